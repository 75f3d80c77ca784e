"""The visor: see a network learn, and ask it why.  Pictures and pages, drawn with Bokeh.

Each figure is one function, and shows inline in a notebook: `plot_history`,
`plot_confusion_matrix`, `plot_per_class_accuracy`, `plot_examples`, `plot_filters`,
`plot_feature_maps`, `plot_weights`, `plot_architecture`.  `report` writes all of them, and more,
into one HTML file; `show` and `FitCallbacks` show them on a page that follows a training.

Bokeh is the extra ``visor``: ``pip install "numcnn[visor]"``.  Nothing is imported before it is
asked for.

The rooms, from the ground up: `figures` are single pictures; `ask` says why a number is what it is;
`tabs` are the parts of a page; `pages` saves them or serves them; `pad` is the page to draw on;
`alone` is the one that needs no Python.

May import: `missing`, `models`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from numcnn.missing import absent, of_module

_HOME = {
    "FitCallbacks": "pages.fit_callbacks",
    "LivePage": "pages.live",
    "Subject": "tabs.subject",
    "draw": "pad.server",
    "page": "alone.page",
    "plot_architecture": "figures.architecture",
    "plot_confusion_matrix": "figures.confusion",
    "plot_examples": "figures.examples",
    "plot_feature_maps": "figures.maps",
    "plot_filters": "figures.maps",
    "plot_history": "figures.curves",
    "plot_per_class_accuracy": "figures.class_accuracy",
    "plot_weights": "figures.weights",
    "report": "pages.saved",
    "save": "pages.saved",
    "show": "pages.live",
    "tabbed_page": "pages.page",
}
"""The public names, and the module of this package in which each is defined."""

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for."""
    if name not in _HOME:
        raise absent(name, of_module(__name__, name))
    if not _HOME[name].startswith("alone."):
        _need_bokeh(name)
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__


def _need_bokeh(name: str) -> None:
    try:
        import_module("bokeh")
    except ImportError as error:
        raise ImportError(
            f"numcnn.visor.{name} draws with Bokeh, which is not installed here: "
            'pip install "numcnn[visor]"'
        ) from error
