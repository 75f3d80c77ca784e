"""A server for the drawing pad, on this computer's loopback."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Sequence
from typing import Any

from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.document import Document
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from bokeh.server.util import bind_sockets
from bokeh.server.views.ws import WSHandler
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop

from numcnn.checks import positive_int
from numcnn.visor.pad import Pad, checked_side
from numcnn.visor.pages import page

LOOPBACK = "127.0.0.1"


class PromptSocket(WSHandler):
    """A page's websocket on which every packet leaves at once.

    An answer is several small packets.  The operating system would hold each of them back until the
    one before is acknowledged, which takes the page's side up to 40 ms.
    """

    def open(self) -> None:
        """Begin, when the page has connected."""
        super().open()
        self.set_nodelay(True)


def pad_server(model: Any, port: int = 0, class_names: Sequence[Any] | None = None) -> BaseServer:
    """Return a server of drawing pads; it serves while its ``io_loop`` runs.

    Only this computer can open it, and only pages from its own address may talk to it.

    Raises
    ------
    ValueError
        If a drawing is nothing that the model can read.
    OSError
        If the port is taken.
    """
    checked_side(model)

    def fill(document: Document) -> None:
        pad = Pad(model, class_names)
        subtitle = f"{len(model.layers)} layers, {model.count_params():,} numbers learned"
        page(f"Draw for “{model.name}”", subtitle, {"Draw": pad.layout}, document)
        pad.install(document)

    sockets, port = bind_sockets(LOOPBACK, positive_int(port, "port", least=0))
    application = BokehTornado(
        {"/": Application(FunctionHandler(fill))},
        extra_websocket_origins=[f"localhost:{port}"],
    )
    for rule in application.wildcard_router.rules:
        if rule.target is WSHandler:
            rule.target = PromptSocket
    http_server = HTTPServer(application)
    http_server.add_sockets(sockets)
    return BaseServer(IOLoop.current(), application, http_server)


def draw(model: Any, port: int = 0, open_browser: bool = True) -> None:
    """Open a page to draw on, and serve it until Ctrl-C.

    Parameters
    ----------
    model : Network
        Built, for square images of one or three channels.
    port : int, default 0
        Of the page's address on this computer; 0 for one that is free.
    open_browser : bool, default True
        Whether to open the page as well.

    Raises
    ------
    ValueError
        If the model takes no such images.
    OSError
        If the port is taken.
    """
    server = pad_server(model, port)
    server.start()
    url = f"http://localhost:{server.port}/"
    sys.stdout.write(f"Draw at {url} and end with Ctrl-C.\n")
    sys.stdout.flush()
    if open_browser:
        webbrowser.open(url)
    try:
        server.io_loop.start()
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    finally:
        server.stop()
