"""A server of pages that only this computer can open."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import Any

from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.document import Document
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from bokeh.server.util import bind_sockets
from bokeh.server.views.ws import WSHandler
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import IOLoop
from tornado.web import RequestHandler

from numcnn.visor.pages.guard import Guard, checked_hosts

LOOPBACK = "127.0.0.1"
LARGEST_MESSAGE = 1_000_000
"""Bytes that a page may send at once; a drawing has a tenth of it at most."""


class PromptSocket(WSHandler):
    """A page's websocket on which every packet leaves at once.

    An answer is several small packets.  The operating system would hold each of them back until the
    one before is acknowledged, which takes the page's side up to 40 ms.
    """

    def open(self) -> None:
        """Begin, when the page has connected."""
        super().open()
        self.set_nodelay(True)

    def check_origin(self, origin: str) -> bool:
        """Accept every origin here: `GuardedServer` has refused the foreign ones."""
        return True


class GuardedServer(BokehTornado):
    """Bokeh's server behind numcnn's own guard, which sees every request before any route does.

    Bokeh looks at the Origin of websockets only, and an environment variable changes what it
    accepts.

    Parameters
    ----------
    guard : Guard
    *arguments, **options
        Of `bokeh.server.tornado.BokehTornado`.
    """

    def __init__(self, guard: Guard, *arguments: Any, **options: Any) -> None:
        self.guard = guard
        super().__init__(*arguments, **options)
        for rule in self.wildcard_router.rules:
            if rule.target is WSHandler:
                rule.target = PromptSocket

    def find_handler(self, request: HTTPServerRequest, **options: Any) -> Any:
        """Return what answers a request: a page, a file, the websocket, or a refusal."""
        sentence = self.guard.refusal(request.headers)
        if sentence is None:
            return super().find_handler(request, **options)
        return self.get_handler_delegate(request, Refusal, {"sentence": sentence})


class Refusal(RequestHandler):
    """Answers any request with 403 and a sentence."""

    def initialize(self, sentence: str) -> None:
        """Take the sentence that says why."""
        self.sentence = sentence
        self.SUPPORTED_METHODS = (self.request.method or "",)

    def prepare(self) -> None:
        """Answer before the method is looked at."""
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{self.sentence}\n")


def loopback_server(
    fill: Callable[[Document], None], port: int, allow_hosts: Iterable[str] = ()
) -> BaseServer:
    """Return a server of one page; it serves while its ``io_loop``, the thread's own, runs.

    Only this computer can open the page, and only pages from its own address may talk to it: every
    other request is answered with 403 and a sentence.

    Parameters
    ----------
    fill : function of the document
        Makes the page for a browser that opens it.
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
    application = GuardedServer(
        Guard(port, allowed),
        {"/": Application(FunctionHandler(fill))},
        websocket_max_message_size_bytes=LARGEST_MESSAGE,
    )
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
