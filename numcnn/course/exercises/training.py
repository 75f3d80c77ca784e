"""Exercise 8: accuracy, and the confusion matrix."""

import numpy as np

from numcnn.course.exercises.student import Student, expect

SEED = 2


def check(student: Student) -> None:
    """Compare both functions with the right numbers and the usual mistakes."""
    p, labels = _made()
    right = 0.6
    usual = {
        "percent": 100 * right,
        "count": right * len(p),
        "wrong_share": 1 - right,
        "smallest": 0.3,
        "axis": 0.2,
        "first_only": [0.1, 1],
        "no_class": 0,
    }
    expect(student.function("accuracy")(p, labels), right, "accuracy(probabilities, labels)", usual)

    truth = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 1])
    answers = np.array([0, 0, 1, 1, 2, 2, 2, 2, 0, 1])
    matrix = np.zeros((4, 4))  # class 3 is in neither
    np.add.at(matrix, (truth, answers), 1)
    usual = {
        "exchanged": matrix.T,
        "only_one": np.minimum(matrix, 1),
        "diagonal": np.diag(np.diag(matrix)),
        "shares": [matrix / len(truth), matrix / np.maximum(matrix.sum(axis=1), 1)[:, np.newaxis]],
    }
    name = "confusion(labels, answers, 4)"
    expect(student.function("confusion")(truth, answers, 4), matrix, name, usual)


def _made() -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities (10, 10) and labels, for which each usual mistake gives its own share.

    Six answers are right, the first one too; three labels are the least probable class, and two
    are the largest of their columns.
    """
    p = np.random.default_rng(SEED).dirichlet(np.ones(10), 10)
    best, least = p.argmax(axis=1), p.argmin(axis=1)
    labels = np.where(np.arange(10) < 6, best, least)
    labels[9] = next(k for k in range(10) if k not in (best[9], least[9], p.argmax(axis=0)[9]))
    return p, labels
