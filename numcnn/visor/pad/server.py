"""A server for the drawing pad, on this computer's loopback."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterable, Sequence
from typing import Any

from bokeh.document import Document
from bokeh.models import Column
from bokeh.server.server import BaseServer

from numcnn.checks import counted, positive_int
from numcnn.console import write
from numcnn.visor.pad.pad import Pad, checked_side
from numcnn.visor.pages.loopback import loopback_server
from numcnn.visor.pages.page import tabbed_page


def pad_server(
    model: Any,
    port: int = 0,
    class_names: Sequence[Any] | None = None,
    allow_hosts: Iterable[str] = (),
) -> BaseServer:
    """Return a server of drawing pads; it serves while its ``io_loop`` runs.

    Only this computer can open it, and only pages from its own address may talk to it.

    Raises
    ------
    TypeError, ValueError
        If the model takes no drawings, or a name to allow is none.
    OSError
        If the port is taken.
    """
    checked_side(model)

    frame = tabbed_page(
        f"Draw for “{model.name}”",
        f"{counted(len(model.layers), 'layer')}, {counted(model.count_params(), 'parameter')}",
        {"Draw": Column(sizing_mode="stretch_width")},
    )

    def fill(document: Document) -> None:
        pad = Pad(model, class_names)
        document.roots[0].children = [pad.layout]
        pad.install(document)

    return loopback_server(frame, fill, positive_int(port, "port", minimum=0), allow_hosts)


def draw(
    model: Any, port: int = 0, open_browser: bool = True, allow_hosts: Iterable[str] = ()
) -> None:
    """Open a page to draw on, and serve it until Ctrl-C.

    Parameters
    ----------
    model : Network
        Built, for square images of one or three channels.
    port : int, default 0
        Of the page's address on this computer; 0 for one that is free.
    open_browser : bool, default True
        Whether to open the page as well.
    allow_hosts : iterable of str, optional
        Further names under which the page may be opened, as in `show`.

    Raises
    ------
    TypeError, ValueError
        If the model takes no such images, or a name to allow is none.
    OSError
        If the port is taken.
    """
    server = pad_server(model, port, allow_hosts=allow_hosts)
    Pad(model)  # compiles the loops, so that the page is not empty for that time
    server.start()
    url = f"http://localhost:{server.port}/"
    try:
        write(f"Draw at {url} and end with Ctrl-C.\n")
        if open_browser:
            webbrowser.open(url)
        server.io_loop.start()
    except KeyboardInterrupt:
        write("\n")
    finally:
        server.stop()
