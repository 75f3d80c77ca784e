"""A server of pages that only this computer can open."""

from __future__ import annotations

import socket
from collections.abc import Callable

from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.document import Document
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from bokeh.server.util import bind_sockets
from bokeh.server.views.ws import WSHandler
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop

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


def loopback_server(fill: Callable[[Document], None], port: int) -> BaseServer:
    """Return a server of one page; it serves while its ``io_loop``, the thread's own, runs.

    Only this computer can open the page, and only pages from its own address may talk to it.

    Parameters
    ----------
    fill : function of the document
        Makes the page for a browser that opens it.
    port : int
        0 for one that is free.

    Raises
    ------
    OSError
        If the port is taken.
    """
    _try_port(port)
    sockets, port = bind_sockets(LOOPBACK, port)
    application = BokehTornado(
        {"/": Application(FunctionHandler(fill))},
        extra_websocket_origins=[f"localhost:{port}"],
        websocket_max_message_size_bytes=LARGEST_MESSAGE,
    )
    for rule in application.wildcard_router.rules:
        if rule.target is WSHandler:
            rule.target = PromptSocket
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
