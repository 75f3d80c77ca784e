"""Downloads from a server that does everything wrong, and the cache they go to."""

import errno
import gc
import hashlib
import http.client
import logging
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

import numcnn
from numcnn.datasets.files import download
from numcnn.datasets.files.download import DownloadError, fetch
from numcnn.files import STALE
from numcnn.home import cache_folder

PROJECT = Path(numcnn.__file__).parents[1]
BODY = bytes(range(256)) * 1200  # several times what is read at once
DROPS = 100  # twenty a second; whoever waits for the end notices that it is too late
SCHEMES = download.SCHEMES
SHA256 = hashlib.sha256(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Answers each address with the function that `replies` has for it."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.replies = {}
        self.asked = []
        self.closing = threading.Event()

    def handle_error(self, request, client_address):
        """A client that goes away is what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    """One request, with the faults to choose from."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.server.replies[self.path](self)

    def log_message(self, *arguments):
        """Keep quiet."""

    def head(self, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def whole(self):
        self.head(Content_Length=len(BODY))
        self.wfile.write(BODY)

    def whole_without_its_length(self):
        self.head()
        self.wfile.write(BODY)

    def half(self):
        self.head(Content_Length=len(BODY))
        self.wfile.write(BODY[: len(BODY) // 2])

    def half_in_chunks(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.wfile.write(b"%x\r\n" % len(BODY) + BODY[: len(BODY) // 2])

    def wrong(self):
        self.head(Content_Length=len(BODY))
        self.wfile.write(BODY[::-1])

    def announced_as_too_long(self):
        self.head(Content_Length=len(BODY) + 1)
        self.wfile.write(BODY + b"!")

    def much_too_long(self):
        """A hundred times too long, without saying so; whoever takes it all notices in the end."""
        self.head()
        for _ in range(100):
            self.wfile.write(BODY)

    def without_end(self):
        self.head()
        while not self.server.closing.is_set():
            self.wfile.write(BODY)

    def not_there(self):
        self.send_error(404)

    def broken(self):
        self.send_error(500)

    def not_http(self):
        self.wfile.write(b"220 mail is here\r\n")

    def silent(self):
        self.server.closing.wait()

    def stalled(self):
        self.half()
        self.server.closing.wait()

    def drop_by_drop(self):
        """Never silent for long, and not done for seconds."""
        self.head(Content_Length=len(BODY))
        for byte in BODY[:DROPS]:
            self.wfile.write(bytes([byte]))
            if self.server.closing.wait(0.05):
                break

    def headers_drop_by_drop(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(DROPS):
            if self.server.closing.wait(0.05):
                break
            self.wfile.write(b"x")

    def reset(self):
        """Send half of it, then the packet that says the connection is no more."""
        self.half()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()


def in_turn(*replies):
    """Give the first answer to the first request, and so on."""
    left = iter(replies)
    return lambda handler: next(left)(handler)


def redirect(address):
    return lambda handler: handler.head(302, Location=address, Content_Length=0)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "SCHEMES", ("http",))
    monkeypatch.setattr(download, "DEADLINE", 20.0)  # whatever goes wrong, no test hangs
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()
    gc.collect()  # a connection that was left open makes a warning, and so an error


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """How long it would have waited between its attempts."""
    seconds = []
    monkeypatch.setattr(download.time, "sleep", seconds.append)
    return seconds


def verify(path):
    if path.read_bytes() != BODY:
        raise ValueError("it is not the right file")


def get(server, path, name="/file"):
    return fetch(server.address + name, path, verify, len(BODY))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# What the server does


@pytest.mark.parametrize("reply", [Handler.whole, Handler.whole_without_its_length])
def test_a_file_is_fetched_verified_and_then_taken_from_the_cache(server, tmp_path, reply):
    server.replies["/file"] = reply
    path = tmp_path / "cache" / "file"
    assert get(server, path) == path
    assert path.read_bytes() == BODY
    assert get(server, path) == path
    assert server.asked == ["/file"]
    assert names(path.parent) == ["file"]


FAULTS = {
    "half of it": (Handler.half, 3, r"it broke off after 153,600 of 307,200 bytes"),
    "half of a chunk": (Handler.half_in_chunks, 3, r"IncompleteRead"),
    "wrong contents": (Handler.wrong, 1, r"it is not the right file"),
    "announced as too long": (Handler.announced_as_too_long, 1, r"307,201 bytes, where at most"),
    "a hundred times too long": (Handler.much_too_long, 1, r"it goes on after the 307,200 bytes"),
    "without end": (Handler.without_end, 1, r"it goes on after the 307,200 bytes expected"),
    "404": (Handler.not_there, 1, r"HTTP Error 404"),
    "500": (Handler.broken, 3, r"HTTP Error 500"),
    "not http": (Handler.not_http, 3, r"220 mail is here"),
    "reset": (Handler.reset, 3, r"reset|broke off"),
    "redirect to ftp": (redirect("ftp://127.0.0.1/file"), 1, r"ftp://127.0.0.1/file is not https"),
    "redirect in a circle": (redirect("/file"), None, r"redirect"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_answer_is_one_clear_error_and_leaves_nothing(server, tmp_path, fault):
    server.replies["/file"], attempts, reason = FAULTS[fault]
    with pytest.raises(DownloadError, match=reason) as raised:
        get(server, tmp_path / "file")
    assert str(raised.value).startswith(f"{server.address}/file can't be fetched: ")
    assert names(tmp_path) == []
    assert attempts is None or len(server.asked) == attempts


@pytest.mark.parametrize("fault", [Handler.silent, Handler.stalled])
def test_a_server_that_says_no_more_is_given_up_soon(server, tmp_path, monkeypatch, fault):
    server.replies["/file"] = fault
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    start = time.perf_counter()
    with pytest.raises(DownloadError, match="timed out"):
        get(server, tmp_path / "file")
    assert time.perf_counter() - start < 4
    assert names(tmp_path) == []


@pytest.mark.parametrize("fault", [Handler.drop_by_drop, Handler.headers_drop_by_drop])
def test_a_server_that_says_a_little_now_and_then_is_given_up_at_the_deadline(
    server, tmp_path, monkeypatch, fault
):
    server.replies["/file"] = fault
    monkeypatch.setattr(download, "DEADLINE", 1.5)
    with pytest.raises(DownloadError, match=r"it has not arrived after 1\.5 seconds"):
        get(server, tmp_path / "file")
    assert names(tmp_path) == [] and len(server.asked) == 1


def test_the_deadline_is_for_all_attempts_together(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "DEADLINE", 3)
    server.replies["/file"] = in_turn(Handler.broken, Handler.stalled)
    with pytest.raises(DownloadError, match="has not arrived"):
        get(server, tmp_path / "file")
    assert len(server.asked) == 2


def test_where_there_are_no_threads_it_is_fetched_all_the_same(server, tmp_path, monkeypatch):
    def start():
        raise RuntimeError("can't start new thread")

    no_threads = SimpleNamespace(Thread=lambda **options: SimpleNamespace(start=start))
    server.replies["/file"] = Handler.whole
    monkeypatch.setattr(download, "threading", no_threads)
    assert get(server, tmp_path / "file").read_bytes() == BODY


@pytest.mark.parametrize(
    "fault", [Handler.broken, Handler.half, Handler.half_in_chunks, Handler.reset, Handler.not_http]
)
def test_a_fault_that_passes_is_waited_for(server, tmp_path, pauses, fault):
    server.replies["/file"] = in_turn(fault, fault, Handler.whole)
    assert get(server, tmp_path / "file").read_bytes() == BODY
    assert len(server.asked) == 3
    assert len(pauses) == 2 and 0 < pauses[0] < pauses[1] < 1
    assert names(tmp_path) == ["file"]


def test_a_redirect_to_a_local_file_is_not_followed(server, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(BODY)  # right, were it read
    server.replies["/file"] = redirect(secret.as_uri())
    with pytest.raises(DownloadError, match=r"not allowed|is not https"):
        get(server, tmp_path / "cache" / "file")
    assert names(tmp_path / "cache") == []


@pytest.fixture
def https_server(server, monkeypatch):
    """The server under an https address, without the encryption; the schemes are the real ones."""

    def without_encryption(self, request):
        return self.do_open(http.client.HTTPConnection, request)

    monkeypatch.setattr(urllib.request.HTTPSHandler, "https_open", without_encryption)
    monkeypatch.setattr(download, "SCHEMES", SCHEMES)
    return server


def test_a_redirect_within_https_is_followed_and_one_to_http_is_not(https_server, tmp_path):
    server = https_server
    secure = server.address.replace("http:", "https:")
    server.replies["/right"] = Handler.whole
    server.replies["/secure"] = redirect(f"{secure}/right")
    server.replies["/insecure"] = redirect(f"{server.address}/right")
    fetch(f"{secure}/secure", tmp_path / "file", verify, len(BODY))
    assert server.asked == ["/secure", "/right"]

    server.asked.clear()
    with pytest.raises(DownloadError, match=f"{server.address}/right is not https"):
        fetch(f"{secure}/insecure", tmp_path / "another", verify, len(BODY))
    assert server.asked == ["/insecure"]
    assert names(tmp_path) == ["file"]


def test_an_address_that_is_not_https_is_not_even_asked(https_server, tmp_path):
    with pytest.raises(DownloadError, match="is not https"):
        get(https_server, tmp_path / "file")
    assert https_server.asked == []


def test_certificates_are_checked_also_where_urllib_was_told_not_to(
    https_server, tmp_path, monkeypatch
):
    contexts = []

    def look(self, request):
        contexts.append(self._context)
        raise OSError("looked at")

    monkeypatch.setattr(urllib.request.HTTPSHandler, "https_open", look)
    # what many programs do when a download complains
    monkeypatch.setattr(ssl, "_create_default_https_context", ssl._create_unverified_context)
    with pytest.raises(DownloadError, match="looked at"):
        fetch("https://127.0.0.1/file", tmp_path / "file", verify, 1)
    assert [context.verify_mode for context in contexts] == [ssl.CERT_REQUIRED]
    assert contexts[0].check_hostname


# No internet


def test_without_names_of_hosts_it_gives_up_at_once(tmp_path, monkeypatch, pauses):
    def getaddrinfo(*arguments, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(DownloadError) as raised:
        fetch("https://numcnn.invalid/file", tmp_path / "file", verify, 1)
    assert str(raised.value) == (
        "https://numcnn.invalid/file can't be fetched: Name or service not known"
    )
    assert raised.value.offline
    assert pauses == [] and names(tmp_path) == []


def test_a_refused_connection_is_given_up_within_seconds(tmp_path, monkeypatch, pauses):
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{taken.getsockname()[1]}/file"
        with pytest.raises(DownloadError, match="refused") as raised:
            fetch(url, tmp_path / "file", verify, 1)
    assert str(raised.value) == f"{url} can't be fetched: Connection refused"
    assert raised.value.offline
    assert sum(pauses) < 1 and names(tmp_path) == []


# Several processes, and killed ones

FETCH = """
import hashlib, sys
from pathlib import Path
from numcnn.datasets.files import download

url, path, sha256 = sys.argv[1:]
download.SCHEMES, download.TIMEOUT = ("http",), 60

def verify(path):
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise ValueError("it is not the right file")

place = download.fetch(url, Path(path), verify, 10**6)
verify(place)
print(place)
"""


def start_to_fetch(server, path):
    command = [sys.executable, "-c", FETCH, f"{server.address}/file", str(path), SHA256]
    return subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_eight_processes_may_fetch_the_same_file_at_once(server, tmp_path):
    all_here = threading.Barrier(8, timeout=60)

    def reply(handler):
        all_here.wait()
        handler.whole()

    server.replies["/file"] = reply
    path = tmp_path / "cache" / "file"
    processes = [start_to_fetch(server, path) for _ in range(8)]
    said = [process.communicate() for process in processes]
    assert said == [(f"{path}\n", "")] * 8
    assert len(server.asked) == 8
    assert path.read_bytes() == BODY
    assert names(path.parent) == ["file"]


def test_a_download_killed_midway_shows_nothing_and_the_next_one_succeeds(server, tmp_path):
    midway = threading.Event()

    def reply(handler):
        handler.half()
        midway.set()
        server.closing.wait()

    server.replies["/file"] = in_turn(reply, Handler.whole)
    path = tmp_path / "file"
    with start_to_fetch(server, path) as process:
        assert midway.wait(60)
        process.kill()
    (leftover,) = tmp_path.iterdir()
    assert leftover != path and leftover.name.startswith(".")

    long_ago = time.time() - STALE - 60
    os.utime(leftover, (long_ago, long_ago))
    assert get(server, path).read_bytes() == BODY
    assert names(tmp_path) == ["file"]


# The cache


def test_a_damaged_file_in_the_cache_is_fetched_again_with_one_sentence(server, tmp_path, caplog):
    server.replies["/file"] = Handler.whole
    path = tmp_path / "file"
    path.write_bytes(BODY[:1000])
    assert get(server, path).read_bytes() == BODY
    assert caplog.messages == [f"{path} is fetched again: it is not the right file"]
    assert caplog.records[0].name == "numcnn" and caplog.records[0].levelno == logging.WARNING


def test_a_damaged_file_stays_as_it_was_when_there_is_no_other(server, tmp_path):
    server.replies["/file"] = Handler.not_there
    path = tmp_path / "file"
    path.write_bytes(b"damaged")
    with pytest.raises(DownloadError):
        get(server, path)
    assert path.read_bytes() == b"damaged"


def test_a_full_disk_is_reported_with_the_path(server, tmp_path, monkeypatch):
    server.replies["/file"] = Handler.whole

    def fsync(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(DownloadError) as raised:
        get(server, tmp_path / "file")
    assert f"{tmp_path / 'file'} can't be written: No space left" in str(raised.value)
    assert names(tmp_path) == []


def file_in_the_way(folder, monkeypatch):
    folder.write_bytes(b"no folder")


def read_only(folder, monkeypatch):
    def temporary_file(dir):
        raise OSError(errno.EROFS, "Read-only file system", f"{dir}/{time.perf_counter_ns()}")

    monkeypatch.setattr(download.tempfile, "TemporaryFile", temporary_file)


@pytest.mark.parametrize("obstacle", [file_in_the_way, read_only])
def test_an_unwritable_cache_is_said_once_and_the_file_serves_for_this_run(
    server, tmp_path, monkeypatch, caplog, obstacle
):
    server.replies["/file"] = server.replies["/other"] = Handler.whole
    folder = tmp_path / "cache"
    obstacle(folder, monkeypatch)
    place = get(server, folder / "file")
    assert place.read_bytes() == BODY and folder not in place.parents
    assert get(server, folder / "file") == place
    assert get(server, folder / "other", "/other") == place.with_name("other")
    assert server.asked == ["/file", "/other"]
    (message,) = caplog.messages
    assert message.startswith(f"{folder} can't be written (")
    assert message.endswith("files are kept for this run only.")


def test_what_was_kept_for_one_run_is_gone_after_it(server, tmp_path):
    server.replies["/file"] = Handler.whole
    (tmp_path / "cache").write_bytes(b"no folder")
    with start_to_fetch(server, tmp_path / "cache" / "file") as process:
        said, complaints = process.communicate()
    place = Path(said.strip())
    assert place.name == "file" and not place.parent.exists()
    assert complaints.count("\n") == 1 and f"{tmp_path / 'cache'} can't be written" in complaints


def test_a_cache_that_can_only_be_read_is_read_in_silence(tmp_path, monkeypatch, caplog):
    read_only(tmp_path, monkeypatch)
    (tmp_path / "file").write_bytes(BODY)
    assert fetch("https://numcnn.invalid/", tmp_path / "file", verify, 1) == tmp_path / "file"
    assert caplog.messages == []


def test_the_cache_is_where_the_user_or_the_system_wants_it(tmp_path, monkeypatch):
    for name in ("NUMCNN_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    places = {
        "linux": tmp_path / ".cache" / "numcnn",
        "darwin": tmp_path / "Library" / "Caches" / "numcnn",
        "win32": tmp_path / "AppData" / "Local" / "numcnn",
    }
    for platform, place in places.items():
        monkeypatch.setattr("sys.platform", platform)
        assert cache_folder() == place
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "numcnn"
    monkeypatch.setenv("NUMCNN_HOME", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
