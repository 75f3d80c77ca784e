"""The tab *Input data*: examples with their labels, and how many there are of each class."""

from __future__ import annotations

from html import escape

import numpy as np
from bokeh.models import Column

from numcnn.checks import counted
from numcnn.visor.figures.examples import plot_examples
from numcnn.visor.figures.theme import html
from numcnn.visor.tabs.subject import Subject

EXAMPLES = 20


def tab(subject: Subject) -> Column:
    """Return the tab's layout."""
    x = subject.x
    shape = " × ".join(map(str, x.shape[1:]))
    shown = min(EXAMPLES, len(x))
    return Column(
        html(
            f"<h2>{shown} examples with their labels</h2>"
            f"<p class='pale'>The first {shown} of {counted(len(x), 'sample')}, {shape} "
            "numbers each, from "
            f"{x.min():.4g} to {x.max():.4g}.</p>"
        ),
        plot_examples(x, subject.labels, subject.class_names, EXAMPLES),
        html(_counts(subject)),
        sizing_mode="stretch_width",
        styles={"gap": "0.6rem"},
    )


def _counts(subject: Subject) -> str:
    """Return the table of how many samples there are of each class."""
    counts = np.bincount(subject.labels, minlength=len(subject.class_names))
    percent = counts * (100 / len(subject.x))
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{count:,}</td><td>{part:.1f} %</td></tr>"
        for name, count, part in zip(subject.class_names, counts, percent, strict=True)
    )
    return (
        "<h3>Samples of each class</h3><div class='scroll'><table><tr><th scope='col'>label</th>"
        f"<th scope='col'>samples</th><th scope='col'>share</th></tr>{rows}</table></div>"
    )
