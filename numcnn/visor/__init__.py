"""The visor: see a network learn, and ask it why.  Pictures and pages, drawn with Bokeh.

Each figure is one function, and shows inline in a notebook: `plot_history`,
`plot_confusion_matrix`, `plot_per_class_accuracy`, `plot_examples`, `plot_filters`,
`plot_feature_maps`, `plot_weights`, `plot_architecture`.  `report` writes all of them, and more,
into one HTML file; `show` and `FitCallbacks` show them on a page that follows a training.

Bokeh is the extra ``visor``: ``pip install 'numcnn[visor]'``.  Nothing is imported before it is
asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "FitCallbacks": "fit_callbacks",
    "LivePage": "live",
    "Subject": "subject",
    "draw": "pad_server",
    "page": "pages",
    "plot_architecture": "architecture",
    "plot_confusion_matrix": "confusion",
    "plot_examples": "examples",
    "plot_feature_maps": "maps",
    "plot_filters": "maps",
    "plot_history": "curves",
    "plot_per_class_accuracy": "class_accuracy",
    "plot_weights": "weights",
    "report": "saved",
    "save": "saved",
    "show": "live",
}
"""The public names, and the module of this package in which each is defined."""

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import_module("bokeh")
    except ImportError as error:
        raise ImportError(
            f"numcnn.visor.{name} draws with Bokeh, which is not installed here: "
            "pip install 'numcnn[visor]'"
        ) from error
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
