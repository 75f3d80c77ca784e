"""What a step shows besides text: pictures, tables, live curves, a file to keep.

In the course's own page the events go to the session that runs the step; in Jupyter to its
display; elsewhere there is text only.
"""

from __future__ import annotations

import base64
import itertools
import sys
import time
from collections.abc import Callable
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

from numcnn import notebook
from numcnn.callbacks import Callback
from numcnn.callbacks.base import Logs
from numcnn.console import write

Event = dict[str, Any]
Emit = Callable[[Event], None]

OFTEN = 0.2
"""Seconds between two pictures of a curve that moves."""
HEIGHT = 700
"""Pixels of a page in a frame."""

_emit: Emit | None = None
_numbers = itertools.count(1)


def send_to(emit: Emit | None) -> Emit | None:
    """Let `show` send its events there; return where they went before."""
    global _emit
    before, _emit = _emit, emit
    return before


def show(*things: Any) -> None:
    """Show pictures, tables, reports or texts below the step.

    Parameters
    ----------
    *things : object
        A Pillow image, an object that has a picture for notebooks (a model's summary, a report), or
        anything that can be printed.
    """
    for thing in things:
        if _emit is not None:
            _emit(event_of(thing))
        elif (display := _jupyter()) is not None:
            display(thing)
        else:
            write(f"{thing}\n")


def event_of(thing: Any) -> Event:
    """Return what the page needs in order to show an object."""
    if isinstance(thing, str):
        return {"type": "text", "text": f"{thing}\n"}
    for name, kind in (("_repr_html_", "html"), ("_repr_svg_", "html"), ("_repr_png_", "png")):
        method = getattr(thing, name, None)
        found = method() if callable(method) and not isinstance(thing, type) else None
        if found is not None:
            data = base64.b64encode(found).decode() if isinstance(found, bytes) else found
            return {"type": kind, "data": data, "alt": type(thing).__name__}
    return {"type": "text", "text": f"{thing!r}\n"}


def download(path: str | PathLike[str]) -> None:
    """Offer a file that a step has written, so that the reader can keep it.

    Raises
    ------
    OSError
        If there is no such file.
    """
    file = Path(path)
    data = file.read_bytes()
    if _emit is None:
        write(f"{file.resolve()}, {len(data):,} bytes\n")
    else:
        _emit({"type": "file", "name": file.name, "data": base64.b64encode(data).decode()})


def show_page(path: str | PathLike[str]) -> None:
    """Show an HTML file that a step has written, in a frame below the step.

    Parameters
    ----------
    path : str or path
        A page that needs no other file, such as one that `numcnn.visor.report` has written.

    Raises
    ------
    OSError
        If there is no such file.
    """
    file = Path(path)
    text = file.read_text("utf-8")
    if _emit is not None:
        _emit({"type": "frame", "name": file.name, "data": text})
    elif (display := _jupyter()) is not None:
        frame = f'<iframe srcdoc="{escape(text)}" width="100%" height="{HEIGHT}"></iframe>'
        display(sys.modules["IPython.display"].HTML(frame))
    else:
        write(f"{file.resolve()}, to be opened in a browser\n")


class LiveCurves(Callback):
    """Draws loss and metrics while `fit` runs; the last point moves with every batch.

    Examples
    --------
    ::

        model.fit(x, y, epochs=5, verbose=0, callbacks=[LiveCurves()])
    """

    comes_last = True

    def __init__(self) -> None:
        super().__init__()
        self.series: dict[str, list[float]] = {}
        self.handle: Any = None
        self.number = 0
        self.drawn = 0.0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin with empty curves."""
        self.series, self.number, self.drawn, self.handle = {}, next(_numbers), 0.0, None

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Move the last point, a few times a second."""
        if time.perf_counter() - self.drawn > OFTEN:
            moving = {name: [*self.series.get(name, []), value] for name, value in _of(logs)}
            kept = {name: line for name, line in self.series.items() if name not in moving}
            self._draw({**moving, **kept}, f"{batch + 1} / {self.params['steps']}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Add a point to every curve."""
        for name, value in _of(logs):
            self.series.setdefault(name, []).append(value)
        self._draw(self.series, f"{epoch + 1} / {self.params['epochs']}")

    def _draw(self, series: dict[str, list[float]], where: str) -> None:
        """Replace the curves that were shown before."""
        self.drawn = time.perf_counter()
        numbers = "  ".join(f"{name} {line[-1]:.4f}" for name, line in series.items() if line)
        picture = f"{notebook.curves(series)}<div class='numbers'>{where}  {numbers}</div>"
        if _emit is not None:
            _emit({"type": "update", "id": f"curves-{self.number}", "data": picture})
        elif (display := _jupyter()) is not None:
            html = sys.modules["IPython.display"].HTML(picture)
            if self.handle is None:
                self.handle = display(html, display_id=True)
            else:
                self.handle.update(html)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """On a terminal, write the last numbers, as there are no curves."""
        if _emit is None and _jupyter() is None:
            show("  ".join(f"{name} {line[-1]:.4f}" for name, line in self.series.items()))


def _of(logs: Logs | None) -> list[tuple[str, float]]:
    """Return the numbers of a training, loss and accuracy first."""
    found = {name: float(value) for name, value in (logs or {}).items()}
    first = [name for name in ("loss", "accuracy") if name in found]
    return [(name, found[name]) for name in [*first, *sorted(found.keys() - first)]]


def _jupyter() -> Any:
    """Return Jupyter's display function, if this runs in one of its kernels."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    return display
