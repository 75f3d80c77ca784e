"""A student's layer beside one of numcnn: `check_layer` says what is wrong with it."""

from __future__ import annotations

from typing import Any

from numcnn.course.exercises.student import MistakeError, Student
from numcnn.gradcheck import check_layer
from numcnn.layers import Layer


def compare(student: Student, name: str, like: Any, input_shape: tuple[int, ...]) -> None:
    """Check a layer class of the student's.

    Raises
    ------
    MistakeError
        Of the kind ``"layer"``, with the report's sentences, if the report is false.
    """
    made = student[name]
    layer = made() if isinstance(made, type) else made
    if not isinstance(layer, Layer):
        raise MistakeError("no_layer", name=name)
    report = check_layer(layer, input_shape, like=like, batch_size=3)
    if not report:
        wrong = [line.strip() for line in report.sentences() if not line.startswith("output and")]
        raise MistakeError("layer", name=name, report="\n".join(wrong))
