"""Exercise 4: softmax, cross-entropy, and the gradient of both together."""

import numpy as np

from numcnn.course.exercises.student import MistakeError, Student, expect


def check(student: Student) -> None:
    """Compare the three functions with the formulas, also at large scores."""
    rng = np.random.default_rng(4)
    z = rng.normal(0, 2, (4, 4))
    t = np.eye(4)[[1, 0, 3, 3]]
    e, s = np.exp(z), np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    softmax = student.function("softmax")
    usual = {
        "whole_batch": [e / e.sum(), s / s.sum()],
        "wrong_axis": [e / e.sum(axis=0), s / s.sum(axis=0)],
        "no_keepdims": [e / e.sum(axis=1), s / s.sum(axis=1)],
        "no_exponential": z / z.sum(axis=1, keepdims=True),
    }
    expect(softmax(z), p, "softmax(z)", usual)
    with np.errstate(all="ignore"):
        large = np.asarray(softmax(z + 1000.0))
    if np.isnan(large).any():
        raise MistakeError("overflow", name="softmax")
    expect(large, p, "softmax(z + 1000)", tolerance=1e-5)
    with np.errstate(all="ignore"):
        mixed = np.asarray(softmax(z + np.array([[0.0], [1000.0], [0.0], [-1000.0]])))
    if np.isnan(mixed).any():
        raise MistakeError("one_maximum", name="softmax")

    losses = -(t * np.log(p)).sum(axis=1)
    usual = {
        "positive": -losses,
        "mean_loss": [losses.mean(), losses.sum()],
        "over_samples": -(t * np.log(p)).sum(axis=0),
        "base_two": [losses / np.log(2), losses / np.log(10)],
        "all_classes": -np.log(p).sum(axis=1),
    }
    expect(student.function("cross_entropy")(p, t), losses, "cross_entropy(p, t)", usual)
    usual = {
        "opposite": t - p,
        "divided": (p - t) / len(z),
        "only_p": p,
        "no_softmax": z - t,
    }
    expect(student.function("score_gradient")(z, t), p - t, "score_gradient(z, t)", usual)
