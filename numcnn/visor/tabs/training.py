"""The tab *Training*: loss and metrics, epoch by epoch."""

from __future__ import annotations

from html import escape

from bokeh.models import Column

from numcnn.visor.figures.curves import plot_history
from numcnn.visor.figures.theme import html
from numcnn.visor.tabs.subject import Subject


def tab(subject: Subject) -> Column:
    """Return the tab's layout."""
    return Column(
        html(f"<h2>How it learned</h2>{_last(subject.history)}"),
        plot_history(subject.history),
        sizing_mode="stretch_width",
        styles={"gap": "0.6rem"},
    )


def _last(history: dict[str, list[float]]) -> str:
    """Return the last epoch's numbers in a sentence."""
    if not history:
        return ""
    epochs = max(map(len, history.values()))
    numbers = ", ".join(
        f"{escape(name)} {values[-1]:.4f}" for name, values in history.items() if values
    )
    return f"<p class='pale'>After {epochs} epoch{'s' * (epochs > 1)}: {numbers}.</p>"
