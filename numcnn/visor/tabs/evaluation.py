"""The tab *Evaluation*: accuracy by class, and the confusion matrix with its images."""

from __future__ import annotations

from bokeh.models import Column, Model

from numcnn.checks import counted
from numcnn.metrics import accuracy
from numcnn.visor.figures.class_accuracy import plot_per_class_accuracy, update_per_class_accuracy
from numcnn.visor.figures.confusion import plot_confusion_matrix, update_confusion_matrix
from numcnn.visor.figures.theme import html
from numcnn.visor.tabs.subject import Subject


def tab(subject: Subject) -> Column:
    """Return the tab's layout."""
    judged = subject.labels, subject.probabilities, subject.class_names
    return Column(
        html(_heading(subject), name="evaluation-heading"),
        plot_confusion_matrix(*judged, subject.pictures),
        plot_per_class_accuracy(*judged),
        sizing_mode="stretch_width",
        styles={"gap": "0.6rem"},
    )


def update(layout: Model, subject: Subject) -> None:
    """Bring the layout up to the current predictions."""
    judged = subject.labels, subject.probabilities, subject.class_names
    layout.select_one({"name": "evaluation-heading"}).text = _heading(subject)
    update_confusion_matrix(layout, *judged, subject.pictures)
    update_per_class_accuracy(layout, *judged)


def _heading(subject: Subject) -> str:
    """Return in a sentence how many samples are classified correctly."""
    right = 100 * accuracy(subject.labels, subject.probabilities)
    return (
        f"<h2>{right:.2f} % of {counted(len(subject.labels), 'sample')} are classified "
        "correctly</h2>"
        f"<p class='pale'>Guessing would be right for {100 / len(subject.class_names):.0f} %.</p>"
    )
