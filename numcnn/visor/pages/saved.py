"""One HTML file with everything about a training; it needs no other file and no internet."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from bokeh.document import Document
from bokeh.embed import file_html
from bokeh.resources import Resources

from numcnn.checks import counted, path_of, shown
from numcnn.files import new_file
from numcnn.visor.pages.page import tabbed_page
from numcnn.visor.tabs.order import TABS
from numcnn.visor.tabs.subject import Subject

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
    """Write a page on a trained model: one file, to be opened in any browser, without the internet.

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
    target = path_of(path, "path")
    return save(report_page(Subject(model, data, history, class_names), title), target)


def report_page(subject: Subject, title: str | None = None) -> Document:
    """Return the page that `report` writes."""
    model = subject.model
    return tabbed_page(
        title or f"Model “{model.name}”",
        f"{counted(len(model.layers), 'layer')}, {counted(model.count_params(), 'parameter')}, "
        f"evaluated on {counted(len(subject.x), 'sample')}",
        {name: module.tab(subject) for name, module in TABS.items()},
    )


def save(document: Document, path: str | PathLike[str]) -> Path:
    """Write a page into one file, to be opened in any browser, without the internet.

    Parameters
    ----------
    document : bokeh.document.Document
        What `page` made.
    path : str or path
        The file, such as ``"page.html"``.  It is whole or not there.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OSError
        If the file can't be written.
    """
    target = path_of(path, "path")
    if not isinstance(document, Document):
        raise TypeError(
            f"document must be a page, such as tabbed_page makes one of figures, got "
            f"{shown(document)}."
        )
    text = file_html(
        document,
        Resources(mode="inline", log_level="warn"),
        template=document.template,
        template_variables=document.template_variables | {"policy": POLICY},
    )
    with new_file(target) as file:
        file.write(text.encode("utf-8"))
    return target
