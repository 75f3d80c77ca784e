"""Live pages and the drawing pad: strangers are refused, and nothing that is sent makes them grow.

    python -m benchmarks.reliability.live_pages [--quick]

Raw requests, as no browser would send them: every combination of Host, Origin and Sec-Fetch-Site,
on page, file and websocket; paths that lead out of the folder of files; headers, bodies and
messages that are too large; frames that are none; and fifty visitors at once who open a page and
have it drawn.  Strangers must get 403, the page's own visitors what they ask for, and beyond the
room for pages 503; after each kind the page must still be there, and nothing may grow.

The control is the same without the guard: strangers must be seen to get in.
"""

import argparse
import asyncio
import contextlib
import itertools
import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

from tornado.httpclient import HTTPClientError

from benchmarks.reliability.memory import resident
from numcnn import visor
from numcnn.visor.pages.guard import Guard
from numcnn.visor.pages.loopback import FORGOTTEN, LARGEST_MESSAGE, MOST_PAGES
from tests import test_visor_guard as raw
from tests import test_visor_server as pages

HOSTS = ("localhost:{port}", "127.0.0.1:{port}", *raw.FOREIGN)
SITES = {None: True, "none": True, "same-origin": True, "same-site": False, "cross-site": False}
PATHS_OUT = (
    "/static/../../../../../../../../../../etc/passwd",
    "/static/..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
    "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static//etc/passwd",
    "/static/js/..%5c..%5c..%5cetc%5cpasswd",
    "/static/js/%00/etc/passwd",
    "/static/extensions/../../../../../../../../../etc/passwd",
    "/../../etc/passwd",
    "//etc/passwd",
    "/static/js",
    "/static/",
)
FRAMES = {
    "reserved bits": b"\xf1\x80" + bytes(4),
    "an operation that is none": b"\x83\x80" + bytes(4),
    "a control frame in pieces": b"\x09\x80" + bytes(4),
    "a control frame that is too long": b"\x89\xfe\xff\xff" + bytes(4),
    "a continuation of nothing": b"\x80\x80" + bytes(4),
    "a text that is not UTF-8": b"\x81\x82" + bytes(4) + b"\xff\xfe",
    "a length of 2^63": b"\x82\xff" + struct.pack(">Q", 2**63) + bytes(4),
    "a length of 2^40": b"\x82\xff" + struct.pack(">Q", 2**40) + bytes(4),
    "a message one byte too long": b"\x82\xff" + struct.pack(">Q", LARGEST_MESSAGE + 1) + bytes(4),
    "a closing of one byte": b"\x88\x81" + bytes(4) + b"\x03",
}
VISITORS = 50
MOST_GROWTH = 20.0
"""MB by which a second crowd of visitors may make the process grow."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer combinations, one crowd")
    quick = parser.parse_args().quick
    tried = good = 0
    for served in (raw.live, raw.pad):
        with served() as port:
            for name, trial in TRIALS.items():
                outcomes = list(trial(port, quick))
                wrong = [what for what, fine in outcomes if not fine]
                tried, good = tried + len(outcomes), good + len(outcomes) - len(wrong)
                print(f"  {served.__name__}, {name}: {len(outcomes)} tried, {len(wrong)} wrong")
                print(*(f"    {what}\n" for what in wrong[:5]), sep="", end="")
    outcomes = list(crowds(1 if quick else 3))
    print(*(f"    {what}\n" for what, fine in outcomes if not fine), sep="", end="")
    tried, good = tried + len(outcomes), good + sum(fine for _, fine in outcomes)
    print(f"requests: {good} of {tried} answered as they should be")
    entered = strangers_without_a_guard()
    print(f"control, no guard: {f'{entered} strangers get in' if entered else 'NOT noticed'}")
    if good < tried or not entered:
        raise SystemExit("not as it should be")


Outcomes = Iterator[tuple[str, bool]]


def combinations(port: int, quick: bool) -> Outcomes:
    """Ask for page, file and websocket with every combination of headers."""
    hosts = [host.format(port=port) for host in HOSTS]
    origins = [None, *(f"http://{host}" for host in hosts), "null", f"https://{hosts[0]}"]
    own = hosts[:2]
    kinds = [("/", (), 200), ("/static/js/bokeh.min.js", (), 200)]
    kinds += [("/ws", raw.socket_lines(port), 101)]
    every = list(itertools.product(hosts, origins, SITES, kinds))
    for host, origin, site, (path, more, right) in every[:: 7 if quick else 1]:
        fine = host in own and origin in (None, *(f"http://{name}" for name in own)) and SITES[site]
        lines = raw.headers(host, origin, *([f"Sec-Fetch-Site: {site}"] if site else []), *more)
        status, _ = raw.answer(port, path, lines)
        yield f"{host}, {origin}, {site}, {path}: {status}", status == (right if fine else 403)


def traversal(port: int, quick: bool) -> Outcomes:
    for path in PATHS_OUT:
        status, text = raw.answer(port, path, raw.headers(f"localhost:{port}"))
        yield f"{path}: {status}", status in (400, 403, 404) and "root:" not in text


def oversize(port: int, quick: bool) -> Outcomes:
    """Send too much, or say so; the connection must be closed or refused, and nothing kept."""
    host = f"POST / HTTP/1.1\r\nHost: localhost:{port}\r\n"
    requests = {
        "a header of 3 MB": f"{host}X: {'x' * 3_000_000}\r\n\r\n",
        "100,000 headers": host + "".join(f"X{i}: 1\r\n" for i in range(100_000)) + "\r\n",
        "an address of 3 MB": f"GET /{'x' * 3_000_000} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n",
        "a body of 10^12 bytes": f"{host}Content-Length: {10**12}\r\n\r\n{'x' * 100_000}",
        "a body of 3 MB": f"{host}Content-Length: 3000000\r\n\r\n{'x' * 3_000_000}",
        "a body without end": f"{host}Transfer-Encoding: chunked\r\n\r\n"
        + f"10000\r\n{'x' * 65_536}\r\n" * 50,
        "a length that is none": f"{host}Content-Length: -1\r\n\r\n",
        "no request": "\x00\xff" * 1_000 + "\r\n\r\n",
    }
    for what, request in requests.items():
        before = resident()
        said = exchanged(port, request.encode("latin-1"))
        refused = said is not None and not said.startswith(b"HTTP/1.1 2")
        yield what, refused and resident() - before < MOST_GROWTH and there(port)


def frames(port: int, quick: bool) -> Outcomes:
    """Send what is no frame, or one that is too large; the socket must be closed."""
    for what, frame in FRAMES.items():
        lines = raw.headers(f"localhost:{port}", None, *raw.socket_lines(port))
        request = "\r\n".join(["GET /ws HTTP/1.1", *lines, "", ""]).encode()
        before = resident()
        said = exchanged(port, request, frame)
        yield what, said is not None and resident() - before < MOST_GROWTH and there(port)


TRIALS: dict[str, Callable[[int, bool], Outcomes]] = {
    "Host, Origin and Sec-Fetch-Site": combinations,
    "paths that lead out": traversal,
    "too large": oversize,
    "frames that are none": frames,
}


def exchanged(port: int, *parts: bytes) -> bytes | None:
    """Send parts, each after some answer to the one before; None if it is not closed in time."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            for part in parts:
                connection.sendall(part)
                if part is not parts[-1]:
                    said += connection.recv(65_536)
            if len(parts) == 1:
                connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(65_536):
                said += more
        except TimeoutError:
            return None
        except OSError:  # it was closed while more was sent
            return said
    return said


def there(port: int) -> bool:
    """Say whether the page answers its own visitor."""
    return raw.answer(port, "/", raw.headers(f"localhost:{port}"))[0] == 200


def crowds(rounds: int) -> Outcomes:
    """Let fifty visitors come at once, again and again, and have their pages drawn."""
    page = visor.show(raw.reader(), open_browser=False)
    sizes = []
    try:
        for number in range(rounds + 1):
            drawn, refused = asyncio.run(crowd(page))
            fine = drawn == MOST_PAGES and refused == VISITORS - MOST_PAGES
            yield f"crowd {number}: {drawn} pages drawn, {refused} visitors refused", fine
            time.sleep(3 * FORGOTTEN / 1_000)
            sizes.append(resident())
    finally:
        page.close()
    grown = sizes[-1] - sizes[0]
    print(f"  crowds of {VISITORS}: {sizes[0]:.0f} MB after the first, {grown:+.1f} MB later")
    yield f"the process grows by {grown:.1f} MB", grown < MOST_GROWTH


async def crowd(page: Any) -> tuple[int, int]:
    """Return how many of the visitors had a page drawn, and how many were refused."""
    tokens = [pages.token_of(pages.html(page)) for _ in range(VISITORS)]
    async with contextlib.AsyncExitStack() as stack:

        async def visit(token: str) -> bool:
            try:
                opened = await stack.enter_async_context(pages.opened(page, token))
                return bool((await pages.pulled(opened))["doc"]["roots"])
            except HTTPClientError as error:
                if error.code != 503:
                    raise
                return False

        drawn = await asyncio.gather(*map(visit, tokens))
    return sum(drawn), drawn.count(False)


def strangers_without_a_guard() -> int:
    """Return how many of the strangers get in where nothing is checked."""
    checked = Guard.refusal
    Guard.refusal = lambda self, headers: None  # type: ignore[method-assign]
    try:
        with raw.live() as port:
            return sum(not fine for _, fine in combinations(port, quick=True))
    finally:
        Guard.refusal = checked  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
