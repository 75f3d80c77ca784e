"""The course on this computer: pages on loopback, whose steps run in processes of their own.

Every request is checked by the visor's guard (Host, Origin, Sec-Fetch-Site), and everything that
runs code or writes needs the token that only the course's own pages carry.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from numcnn.course import chapter as chapters
from numcnn.course import work
from numcnn.course.page import html
from numcnn.course.page.process import Kernel
from numcnn.visor.pages.guard import Guard

LOOPBACK = "127.0.0.1"
LARGEST = 1_000_000
"""Bytes of a request; a chapter's code has a hundredth of it."""
CONTENT: dict[str, dict[str, Any]] = {
    "run": {"code": str, "place": str},
    "check": {"code": str, "language": str},
    "start": {},
    "stop": {},
    "save": {"text": str, "version": str | None},
}
"""What each action needs beside the chapter's name."""
TYPES = {".css": "text/css", ".js": "text/javascript", ".html": "text/html"}


class CourseServer(ThreadingHTTPServer):
    """Serves the course until it is closed; `url` is its address.

    Parameters
    ----------
    folder : pathlib.Path
        Of the student's files.
    port : int
        0 for one that is free.
    language : {"en", "ko"}
        Of the first page.

    Raises
    ------
    OSError
        If the port is taken.
    """

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0, language: str = "en") -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.folder = folder
        self.token = secrets.token_urlsafe(32)
        files = folder / "files"  # that steps write
        self.kernels: dict[str, Kernel] = defaultdict(lambda: Kernel(files))
        self.guard = Guard(self.server_port)
        self.url = f"http://localhost:{self.server_port}/{language}/index.html"

    def server_close(self) -> None:
        """Stop serving, and end all processes."""
        super().server_close()
        for kernel in self.kernels.values():
            kernel.end()


class _Headers:
    """A request's headers, as the guard asks for them."""

    def __init__(self, message: Any) -> None:
        self.message = message

    def get_list(self, name: str) -> list[str]:
        return self.message.get_all(name, [])


class _Handler(BaseHTTPRequestHandler):
    server: CourseServer
    protocol_version = "HTTP/1.0"  # an answer ends when the connection does

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: the terminal is the student's."""

    def do_GET(self) -> None:
        if not self._refused():
            answer = _page(self.server, self.path.partition("?")[0])
            if answer is None:
                self._answer(404, "text/plain", "There is no such page.")
            else:
                self._answer(200, *answer)

    def do_POST(self) -> None:
        if self._refused():
            return
        token = self.headers.get("X-Course-Token", "").encode("latin-1", "replace")
        if not secrets.compare_digest(token, self.server.token.encode()):
            self._answer(403, "text/plain", "Reload this page: the course was started anew.")
            return
        actions: dict[str, Callable[[dict[str, Any]], None]] = {
            **{"/api/run": self._run, "/api/check": self._run},
            **{"/api/start": self._start, "/api/stop": self._stop, "/api/save": self._save},
        }
        if self.path not in actions:
            self._answer(404, "text/plain", "There is no such action.")
            return
        asked = self._asked()
        if asked is None:
            self._answer(400, "text/plain", "This is no request of a page of the course.")
        elif asked["chapter"] not in chapters.pages():
            self._answer(404, "text/plain", "There is no such chapter.")
        else:
            actions[self.path](asked)

    def _asked(self) -> dict[str, Any] | None:
        """Return the request's content; None if it is not what the course's pages send."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or not 0 < int(length[:10]) <= LARGEST:
            return None
        try:
            asked = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            return None
        needed = {"chapter": str} | CONTENT[self.path.removeprefix("/api/")]
        if not isinstance(asked, dict) or not all(
            name in asked and isinstance(asked[name], kind) for name, kind in needed.items()
        ):
            return None
        return asked

    def _refused(self) -> bool:
        sentence = self.server.guard.refusal(_Headers(self.headers))
        if sentence:
            self._answer(403, "text/plain", sentence)
        return sentence is not None

    def _run(self, asked: dict[str, Any]) -> None:
        """Pass a step or an exercise on to the chapter's process, and its answers back."""
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        kind = self.path.rpartition("/")[2]
        for answer in self.server.kernels[asked["chapter"]].ask({**asked, "kind": kind}):
            self.wfile.write(f"{json.dumps(answer)}\n".encode())
            self.wfile.flush()

    def _start(self, asked: dict[str, Any]) -> None:
        kernel = self.server.kernels[asked["chapter"]]
        if not kernel.lock.locked():
            kernel.end()  # a page that is loaded begins without names
        kernel.start()
        self._answer(200, "application/json", "{}")

    def _stop(self, asked: dict[str, Any]) -> None:
        self.server.kernels[asked["chapter"]].stop()
        self._answer(200, "application/json", "{}")

    def _save(self, asked: dict[str, Any]) -> None:
        file = work.file_of(self.server.folder, asked["chapter"])
        try:
            version = work.save(file, asked["text"], asked["version"])
            result = {"ok": True, "version": version, "file": str(file)}
        except (work.ChangedElsewhereError, OSError) as error:
            result = {"ok": False, "problem": str(error)}
        self._answer(200, "application/json", json.dumps(result))

    def _answer(self, code: int, kind: str, text: str) -> None:
        data = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Frame-Options", "DENY")
        self.end_headers()
        self.wfile.write(data)


def _page(server: CourseServer, path: str) -> tuple[str, str] | None:
    """Return the type and text of a page or an asset; None if there is none."""
    folder, _, name = path.strip("/").rpartition("/")
    if not name:
        address = server.url.partition("://")[2].partition("/")[2]
        return "text/html", f'<!doctype html><meta http-equiv="refresh" content="0;url=/{address}">'
    if folder == "assets" and name in html.ASSETS:
        return TYPES[Path(name).suffix], (html.HERE / name).read_text("utf-8")
    if folder not in chapters.LANGUAGES or not name.endswith(".html"):
        return None
    stem = name.removesuffix(".html")
    settings: dict[str, Any] = {"backend": "native", "token": server.token}
    if stem in chapters.pages(folder):
        file = work.file_of(server.folder, stem)
        text = file.read_text("utf-8") if file.exists() else None
        settings["work"] = {"text": text, "version": work.version(file)}
        return "text/html", html.chapter_page(chapters.named(stem, folder), settings)
    make = {"index": html.contents_page, "glossary": html.glossary_page}.get(stem)
    return ("text/html", make(folder, settings)) if make else None
