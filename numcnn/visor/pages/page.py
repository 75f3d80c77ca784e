"""A page: a title and tabs, each a Bokeh layout; the same for saved pages and live ones."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any

from bokeh.core.templates import get_env
from bokeh.document import Document
from bokeh.models import CustomJS, LayoutDOM

from numcnn.visor.figures.assets import read
from numcnn.visor.figures.theme import colour_variables


def tabbed_page(
    title: str,
    subtitle: str,
    tabs: dict[str, LayoutDOM],
    document: Document | None = None,
    live: bool = False,
) -> Document:
    """Return a document that shows one of several layouts at a time.

    Parameters
    ----------
    title, subtitle : str
        What the page shows.
    tabs : dict of str to LayoutDOM
        The layouts by the names on the tabs.
    document : Document, optional
        An empty one to fill, as a server hands it out; by default a new one.
    live : bool, default False
        Whether a server is to hear which tab is looked at: the layout that is ``visible``.
    """
    document = document or Document()
    document.title = title
    names = {}
    for name, layout in tabs.items():
        layout.name = key_of(name)
        names[layout.name] = name
        document.add_root(layout)
    announce_ready(document)
    document.template = _template()
    document.template_variables.update(
        heading=escape(title),
        subtitle=escape(subtitle),
        tabs={key: escape(name) for key, name in names.items()},
        live=live,
        style=colour_variables() + read(__package__, "page.css"),
        script=read(__package__, "page.js"),
    )
    return document


def announce_ready(document: Document) -> None:
    """Let the page's own script begin when Bokeh has drawn the page."""
    document.js_on_event("document_ready", CustomJS(code=read(__package__, "ready.js")))


def key_of(name: str) -> str:
    """Return the name of a tab as the page's address has it.

    Examples
    --------
    >>> key_of("Input data")
    'input-data'
    """
    return name.lower().replace(" ", "-")


@cache
def _template() -> Any:
    return get_env().from_string(read(__package__, "page.html"))
