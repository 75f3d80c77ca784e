"""One HTML file that shows all of a training, and needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from bokeh.embed import file_html
from bokeh.resources import Resources

from numcnn.files import new_file
from numcnn.visor.pages import page
from numcnn.visor.subject import Subject
from numcnn.visor.tabs import TABS

POLICY = (
    "default-src 'none'; img-src data: blob:; font-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline' 'unsafe-eval'"
)
"""The browser is told to fetch nothing.  Bokeh's own callbacks are texts of JavaScript: 'eval'."""


def report(
    model: Any,
    history: Any,
    data: Any,
    path: str | PathLike[str],
    class_names: Sequence[Any] | None = None,
    title: str | None = None,
) -> Path:
    """Write a page on a trained model: one file, to be opened in any browser, without network.

    Parameters
    ----------
    model : Sequential
        Trained.
    history : History or dict or None
        What `Sequential.fit` returned; None for a model that was trained elsewhere.
    data : (x, y)
        Samples ``(N, …)`` and their labels, to evaluate the model on: not those of the training.
    path : str or path
        The file, such as ``"report.html"``.  It is whole or not there.
    class_names : sequence of str, optional
        By default the class numbers.
    title : str, optional
        By default the model's name.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    TypeError, ValueError
        If the data do not fit the model; nothing is written then.
    OSError
        If the file can't be written.
    """
    subject = Subject(model, data, history, class_names)
    text = report_html(subject, title)
    target = Path(path)
    with new_file(target) as file:
        file.write(text.encode("utf-8"))
    return target


def report_html(subject: Subject, title: str | None = None) -> str:
    """Return the page as text."""
    model = subject.model
    document = page(
        title or f"Model “{model.name}”",
        f"{len(model.layers)} layers, {model.count_params():,} numbers learned, "
        f"evaluated on {len(subject.x):,} samples",
        {name: module.tab(subject) for name, module in TABS.items()},
    )
    return file_html(
        document,
        Resources(mode="inline", log_level="warn"),
        template=document.template,
        template_variables=document.template_variables | {"policy": POLICY},
    )
