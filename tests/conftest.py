"""Fixtures: every engine, the folder of real data, and places to download from and to."""

import os
import socket
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import settings

import numcnn
from numcnn.datasets.files import download

settings.register_profile("numcnn", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("without a compiler", settings.get_profile("numcnn"), max_examples=4)
COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"
settings.load_profile("numcnn" if COMPILED else "without a compiler")


@pytest.fixture(params=sorted(numcnn.engine.ENGINES))
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the test once on each engine; the value is the engine's name."""
    with numcnn.use_engine(request.param):
        yield request.param


@pytest.fixture
def real_data() -> Path:
    """The folder of real MNIST and Fashion-MNIST, named by NUMCNN_DATA."""
    folder = os.environ.get("NUMCNN_DATA")
    if not folder:
        pytest.skip("real data is needed: set NUMCNN_DATA to the folder that holds it")
    return Path(folder)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty cache, and no other host than this one."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **options):
        if host == "127.0.0.1":
            return look_up(host, *arguments, **options)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("NUMCNN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def served(tmp_path, monkeypatch) -> Iterator[tuple[Path, list[str], str]]:
    """A folder that a server on this machine shows, what was asked for, and its address."""
    folder = tmp_path / "server"
    folder.mkdir()
    asked = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *arguments):
            pass

    monkeypatch.setattr(download, "SCHEMES", ("http",))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield folder, asked, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Use all cores for the whole suite; a few files are ready sooner in this process."""
    few = config.args_source is pytest.Config.ArgsSource.ARGS
    return 0 if few else min(os.cpu_count() or 1, 4)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what is large where the loops of the fast engine are not compiled."""
    reason = "too large for loops that are not compiled (NUMBA_DISABLE_JIT)"
    for item in items:
        if not COMPILED and item.get_closest_marker("large"):
            engine_name = getattr(item, "callspec", None) and item.callspec.params.get("engine")
            if engine_name != "reference":
                item.add_marker(pytest.mark.skip(reason=reason))
