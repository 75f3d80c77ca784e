"""Exercise 8: accuracy, and the confusion matrix."""

import numpy as np

from numcnn.course.exercises.student import Student, expect


def check(student: Student) -> None:
    """Compare both functions with the right numbers and the usual mistakes."""
    rng = np.random.default_rng(8)
    p = rng.dirichlet(np.ones(5), 5)
    best = p.argmax(axis=1)
    labels = best.copy()
    labels[0] = (labels[0] + 1) % 5
    right = float((best == labels).mean())
    usual = {
        "percent": 100 * right,
        "count": right * len(p),
        "wrong_share": 1 - right,
        "smallest": (p.argmin(axis=1) == labels).mean(),
        "axis": (p.argmax(axis=0) == labels).mean(),
    }
    expect(student.function("accuracy")(p, labels), right, "accuracy(probabilities, labels)", usual)

    truth = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 1])
    answers = np.array([0, 0, 1, 1, 2, 2, 2, 2, 0, 1])
    matrix = np.zeros((3, 3))
    np.add.at(matrix, (truth, answers), 1)
    usual = {
        "exchanged": matrix.T,
        "only_one": np.minimum(matrix, 1),
        "diagonal": np.diag(np.diag(matrix)),
        "shares": [matrix / len(truth), matrix / matrix.sum(axis=1, keepdims=True)],
    }
    name = "confusion(labels, answers, 3)"
    expect(student.function("confusion")(truth, answers, 3), matrix, name, usual)
