"""The tab *Evaluation*: accuracy by class, and the confusion matrix with its images."""

from __future__ import annotations

from bokeh.models import Column

from numcnn.metrics import accuracy
from numcnn.visor.confusion import plot_confusion_matrix, plot_per_class_accuracy
from numcnn.visor.subject import Subject
from numcnn.visor.theme import html


def tab(subject: Subject) -> Column:
    """Return the tab's layout."""
    labels, probabilities = subject.labels, subject.probabilities
    right = accuracy(labels, probabilities)
    return Column(
        html(
            f"<h2>{right * 100:.2f} % of {len(labels):,} samples are predicted right</h2>"
            "<p class='pale'>Guessing would get "
            f"{100 / len(subject.class_names):.0f} % of them.</p>"
        ),
        plot_confusion_matrix(labels, probabilities, subject.class_names, subject.x),
        plot_per_class_accuracy(labels, probabilities, subject.class_names),
        sizing_mode="stretch_width",
        styles={"gap": "0.6rem"},
    )
