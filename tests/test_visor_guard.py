"""Only this computer's own pages are answered: Host, Origin and Sec-Fetch-Site, on every route."""

import asyncio
import itertools
import logging
import socket
import threading
from contextlib import contextmanager

import pytest
from tornado.httputil import HTTPHeaders

from numcnn import Sequential, layers, visor
from numcnn.visor.pad.server import pad_server
from numcnn.visor.pages.guard import Guard, checked_hosts

SOCKET = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: bnVtY25uIG51bWNubiBudQ==",
    "Sec-WebSocket-Protocol: bokeh, {token}",
)
PATHS = ("/", "/static/js/bokeh.min.js", "/favicon.ico", "/ws", "/metadata", "/autoload.js")


def reader():
    return Sequential(
        [
            layers.Conv2D(2, 5, input_shape=(28, 28, 1)),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ],
        seed=0,
    )


@contextmanager
def live(allow_hosts=()):
    """A live page's port."""
    page = visor.show(reader(), open_browser=False, allow_hosts=allow_hosts)
    try:
        yield int(page.url.rsplit(":", 1)[1].strip("/"))
    finally:
        page.close()


@contextmanager
def pad(allow_hosts=()):
    """The port of a drawing pad."""
    loop, port, started = asyncio.new_event_loop(), [], threading.Event()

    def serve():
        asyncio.set_event_loop(loop)
        server = pad_server(reader(), allow_hosts=allow_hosts)
        server.start()
        port.append(server.port)
        started.set()
        loop.run_forever()
        server.stop()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert started.wait(20)
    try:
        yield port[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@pytest.fixture(scope="module", params=[live, pad])
def port(request):
    with request.param() as served:
        yield served


def answer(port, path, lines, method="GET", version="1.1"):
    """Status and text with which the server answers a request of just these header lines."""
    request = "\r\n".join([f"{method} {path} HTTP/{version}", *lines, "", ""])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request.encode("latin-1"))
        file = connection.makefile("rb")
        status = int(file.readline().split()[1])
        head = list(itertools.takewhile(bytes.strip, file))
        length = next((int(h.split(b":")[1]) for h in head if h.startswith(b"Content-Length")), 0)
        return status, file.read(length if method != "HEAD" else 0).decode()


def headers(host, origin=None, *others):
    return [f"Host: {host}", *([f"Origin: {origin}"] if origin else []), *others]


def socket_lines(port):
    """Header lines of a websocket, with the token that the server's own page has."""
    _, text = answer(port, "/", headers(f"localhost:{port}"))
    token = text.split('"token":"')[1].split('"')[0]
    return tuple(line.format(token=token) for line in SOCKET)


FOREIGN = (
    "evil.example",
    "evil.example:{port}",
    "localhost",
    "127.0.0.1:1",
    "localhost:{port}.evil",
)


def test_every_combination_of_host_and_origin_on_page_and_websocket(port):
    own = [f"localhost:{port}", f"127.0.0.1:{port}", f"LocalHost:{port}"]
    foreign = [name.format(port=port) for name in FOREIGN]
    tried, socket_of_a_page = 0, socket_lines(port)
    for host, origin in itertools.product(own + foreign, [None, *own, *foreign]):
        address = origin and f"http://{origin}"
        good = host in own and origin in (None, *own)
        status, text = answer(port, "/", headers(host, address))
        assert (status == 200) == good, (host, origin)
        assert good or (status == 403 and text.startswith("This page answers ")), (host, origin)
        status, _ = answer(port, "/ws", headers(host, address, *socket_of_a_page))
        assert status == (101 if good else 403), (host, origin)
        tried += 2
    assert tried == 2 * 8 * 9  # also both foreign and alike, as after DNS rebinding


def test_no_route_is_left_out(port):
    for path, method in itertools.product(PATHS, ("GET", "HEAD", "POST", "PUT", "OPTIONS", "BREW")):
        for lines in (
            headers(f"evil.example:{port}"),
            headers(f"localhost:{port}", f"http://evil.example:{port}"),
            headers(f"localhost:{port}", None, "Sec-Fetch-Site: cross-site"),
        ):
            assert answer(port, path, lines, method)[0] == 403, (path, method)
    assert answer(port, "/static/js/bokeh.min.js", headers(f"localhost:{port}"))[0] == 200
    assert answer(port, "/", headers(f"localhost:{port}"))[0] == 200


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["Host:"],
        ["Host: localhost:{port}", "Host: evil.example"],
        ["Host: evil.example", "Host: localhost:{port}"],
        ["Host: localhost:{port}, evil.example"],
        ["Host: evil.example@localhost:{port}"],
        ["Host: localhost:{port}/"],
        ["Host: localhost:{port}\t.evil"],
        ["Host: http://localhost:{port}"],
        ["Host: localhost:{port}\x00"],
        ["Host: localhóst:{port}"],
        ["Host: [localhost]:{port}"],
        ["Host: localhost.:{port}"],
        ["Host: " + "a" * 5_000],
        ["Host: localhost:{port}", "Origin:"],
        ["Host: localhost:{port}", "Origin: null"],
        ["Host: localhost:{port}", "Origin: localhost:{port}"],
        ["Host: localhost:{port}", "Origin: file://"],
        ["Host: localhost:{port}", "Origin: https://localhost:{port}"],
        ["Host: localhost:{port}", "Origin: http://localhost:{port}/"],
        ["Host: localhost:{port}", "Origin: http://localhost:{port}@evil.example"],
        ["Host: localhost:{port}", "Origin: http://localhost:{port}, http://evil.example"],
        [
            "Host: localhost:{port}",
            "Origin: http://localhost:{port}",
            "Origin: http://evil.example",
        ],
        ["Host: localhost:{port}", "Sec-WebSocket-Origin: http://evil.example"],
        ["Host: localhost:{port}", "Origin: \x80\xff"],
        ["Host: localhost:{port}", "Sec-Fetch-Site: nonsense"],
        ["Host: localhost:{port}", "Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site"],
    ],
)
@pytest.mark.parametrize("path", ["/", "/ws"])
def test_malformed_headers_are_refused(port, lines, path, caplog):
    sent = [line.format(port=port) for line in lines]
    more = SOCKET if path == "/ws" else ()
    with caplog.at_level(logging.WARNING):
        status, text = answer(port, path, [*sent, *more])
    assert status in (400, 403)
    assert "<" not in text  # no page
    assert not any(entry.exc_info for entry in caplog.records)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../../../../../../../etc/passwd",
        "/static/..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/static//etc/passwd",
        "/static/js/%00",
        "/static/js/%ff",
        "/static/js",
        "/static/extensions/x/y.js",
    ],
)
def test_a_path_that_leads_out_is_refused_without_a_word_in_the_terminal(port, path, caplog):
    with caplog.at_level(logging.WARNING):
        status, text = answer(port, path, headers(f"localhost:{port}"))
    assert status in (400, 403, 404)
    assert "root:" not in text
    assert caplog.records == []


def test_a_request_of_http_1_0_needs_a_host_too(port):
    assert answer(port, "/", [], version="1.0")[0] == 403


@pytest.mark.parametrize(
    ("site", "mode", "dest", "good"),
    [
        ("none", "navigate", "document", True),
        ("same-origin", "cors", "empty", True),
        ("same-origin", "no-cors", "script", True),
        ("same-origin", "websocket", "empty", True),
        ("same-site", "navigate", "document", True),  # a link on a notebook's page
        ("same-site", "navigate", "iframe", False),
        ("same-site", "no-cors", "script", False),
        ("same-site", "cors", "empty", False),
        ("cross-site", "navigate", "document", False),
        ("cross-site", "no-cors", "image", False),
        ("cross-site", "cors", "empty", False),
    ],
)
def test_what_the_browser_says_of_the_request_is_heeded(port, site, mode, dest, good):
    fetch = (f"Sec-Fetch-Site: {site}", f"Sec-Fetch-Mode: {mode}", f"Sec-Fetch-Dest: {dest}")
    assert (answer(port, "/", headers(f"localhost:{port}", None, *fetch))[0] == 200) == good


def test_no_variable_of_the_library_opens_the_page(port, monkeypatch):
    monkeypatch.setenv("BOKEH_ALLOW_WS_ORIGIN", "*,evil.example")
    lines = headers(f"localhost:{port}", "http://evil.example", *SOCKET)
    assert answer(port, "/ws", lines)[0] == 403


@pytest.mark.parametrize("serve", [live, pad])
def test_a_host_can_be_allowed_by_name(serve):
    with serve(["Box.example", "other.example:8080"]) as port:
        for host, scheme, good in [
            ("box.example", "https", True),
            (f"box.example:{port}", "http", True),
            ("other.example:8080", "https", True),
            (f"localhost:{port}", "http", True),
            ("box.example:1", "http", False),
            (f"other.example:{port}", "http", False),
            ("a.box.example", "http", False),
            ("evil.example", "http", False),
        ]:
            for path, more in (("/", ()), ("/ws", socket_lines(port))):
                status, _ = answer(port, path, headers(host, f"{scheme}://{host}", *more))
                assert (status in (200, 101)) == good, (host, path)


@pytest.mark.parametrize(
    "name", ["*", "", "http://box", "box/", "box:port", "box, other", "b@x", "a b", ".", None, 7]
)
def test_what_is_no_name_of_a_host_is_said(name):
    with pytest.raises(ValueError, match="allow_hosts takes names of hosts"):
        visor.show(reader(), open_browser=False, allow_hosts=[name])
    with pytest.raises(ValueError, match="allow_hosts takes names of hosts"):
        pad_server(reader(), allow_hosts=[name])


def test_one_name_alone_is_no_list_of_names():
    with pytest.raises(TypeError, match=r"allow_hosts must be a list of host names.*got 'box'"):
        checked_hosts("box")


def test_on_port_80_the_port_is_left_out():
    own = HTTPHeaders({"Host": "localhost", "Origin": "http://localhost"})
    assert Guard(80).refusal(own) is None
    assert Guard(81).refusal(own) is not None


def test_a_refusal_is_a_sentence_in_ascii_and_short():
    told = Guard(81).refusal(HTTPHeaders({"Host": "\x1b[31m" + "é" * 500}))
    assert told.isascii() and "\x1b" not in told and len(told) < 200
