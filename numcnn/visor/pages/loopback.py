"""A server of pages that only this computer can open."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterable
from typing import Any

from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.document import Document
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from bokeh.server.util import bind_sockets
from bokeh.server.views.autoload_js_handler import AutoloadJsHandler
from bokeh.server.views.doc_handler import DocHandler
from bokeh.server.views.metadata_handler import MetadataHandler
from bokeh.server.views.multi_root_static_handler import MultiRootStaticHandler
from bokeh.server.views.root_handler import RootHandler
from bokeh.server.views.static_handler import StaticHandler
from bokeh.server.views.ws import WSHandler
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import IOLoop
from tornado.web import RequestHandler

from numcnn.visor.pages.guard import Guard, checked_hosts
from numcnn.visor.pages.handlers import FileHandler, PageHandler, PageSocket, Refusal, framed
from numcnn.visor.pages.page import announce_ready

LOOPBACK = "127.0.0.1"
LARGEST_MESSAGE = 1_000_000
"""Bytes that a page may send at once; a drawing has a tenth of it at most."""
MOST_PAGES = 20
"""That are open at the same time: each takes some megabytes."""
FORGOTTEN = 2_000
"""Milliseconds after which a page that was closed, or lost its connection, is forgotten."""


class GuardedServer(BokehTornado):
    """Bokeh's server behind numcnn's own guard, which sees every request before any route does.

    Bokeh looks at the Origin of websockets only, and an environment variable changes what it
    accepts.

    Parameters
    ----------
    guard : Guard
    frame : Document
        The page with empty tabs: what a browser gets first.
    fill : function of the document
        Fills the tabs, which are the document's roots, for a browser that has connected.
    """

    def __init__(self, guard: Guard, frame: Document, fill: Callable[[Document], None]) -> None:
        self.guard = guard
        empty = frame.to_json()

        def fill_frame(document: Document) -> None:
            document.replace_with_json(empty)  # so its roots are those of the frame
            announce_ready(document)
            fill(document)

        super().__init__(
            {"/": Application(FunctionHandler(fill_frame))},
            websocket_max_message_size_bytes=LARGEST_MESSAGE,
            secret_key=secrets.token_bytes(32),
            sign_sessions=True,
            unused_session_lifetime_milliseconds=FORGOTTEN,
            check_unused_sessions_milliseconds=FORGOTTEN,
        )
        self.pages: set[PageSocket] = set()
        self.frame = framed(frame, self.resources())
        rules = self.wildcard_router.rules
        ours: dict[Any, Any]
        ours = {DocHandler: PageHandler, WSHandler: PageSocket, StaticHandler: FileHandler}
        for rule in rules:
            rule.target = ours.get(rule.target, rule.target)
        # Each GET of these would make a page, tell of the pages, or look for files elsewhere.
        unused = (AutoloadJsHandler, MetadataHandler, RootHandler, MultiRootStaticHandler)
        self.wildcard_router.rules = [rule for rule in rules if rule.target not in unused]

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another page."""
        return len(self.pages) >= MOST_PAGES

    def log_request(self, handler: RequestHandler) -> None:
        """Log what this server did wrong, and not what was asked wrongly."""
        if handler.get_status() == 500:
            super().log_request(handler)

    def find_handler(self, request: HTTPServerRequest, **options: Any) -> Any:
        """Return what answers a request: a page, a file, the websocket, or a refusal."""
        sentence = self.guard.refusal(request.headers)
        if sentence is None:
            return super().find_handler(request, **options)
        return self.get_handler_delegate(request, Refusal, {"sentence": sentence})


def loopback_server(
    frame: Document,
    fill: Callable[[Document], None],
    port: int,
    allow_hosts: Iterable[str] = (),
) -> BaseServer:
    """Return a server of one page; it serves while its ``io_loop``, the thread's own, runs.

    Only this computer can open the page, and only pages from its own address may talk to it: every
    other request is answered with 403 and a sentence.

    Parameters
    ----------
    frame : Document
        The page with empty tabs, which every browser gets first.
    fill : function of the document
        Fills the tabs, which are the document's roots, for a browser that has connected.
    port : int
        0 for one that is free.
    allow_hosts : iterable of str
        Further names under which the page may be opened, as through a proxy.

    Raises
    ------
    TypeError, ValueError
        If a name to allow is none.
    OSError
        If the port is taken.
    """
    allowed = checked_hosts(allow_hosts)
    _try_port(port)
    sockets, port = bind_sockets(LOOPBACK, port)
    application = GuardedServer(Guard(port, allowed), frame, fill)
    http_server = HTTPServer(application, max_buffer_size=LARGEST_MESSAGE)
    http_server.add_sockets(sockets)
    return BaseServer(IOLoop.current(), application, http_server)


def _try_port(port: int) -> None:
    """Refuse a port that is taken; Tornado would leave a socket open after finding that out."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise OSError(
                error.errno, f"port {port} of {LOOPBACK} can't be used: {error.strerror}"
            ) from error
