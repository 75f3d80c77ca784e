"""Exercise 12: a threshold for answers."""

import numpy as np

from numcnn.course.exercises.student import MistakeError, Student, expect


def check(student: Student) -> None:
    """Compare both functions with the right results and the usual mistakes."""
    p = np.array([[0.7, 0.2, 0.1], [0.2, 0.4, 0.4], [0.1, 0.3, 0.6], [0.25, 0.5, 0.25]])
    best, largest = p.argmax(axis=1), p.max(axis=1)
    right = np.where(largest >= 0.5, best, -1)
    usual = {
        "always": best,
        "opposite": np.where(largest >= 0.5, -1, best),
        "zero": np.where(largest >= 0.5, best, 0),
        "equal": np.where(largest > 0.5, best, -1),
        "probability": [largest, np.where(largest >= 0.5, largest, -1)],
    }
    expect(student.function("recognise")(p, 0.5), right, "recognise(probabilities, 0.5)", usual)

    share = student.function("accuracy_of_answered")
    answers, labels = np.array([0, -1, 2, 1, -1]), np.array([0, 1, 2, 2, 0])
    usual = {"of_all": 2 / 5, "counts": 2}
    expect(share(answers, labels), 2 / 3, "accuracy_of_answered(answers, labels)", usual)
    none = np.asarray(share(np.full(3, -1), labels[:3]), np.float64)
    if np.isnan(none).any():
        raise MistakeError("empty_mean", name="accuracy_of_answered")
    expect(none, 0.0, "accuracy_of_answered of no answers")
