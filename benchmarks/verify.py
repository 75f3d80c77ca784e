"""Is it the same work?  Nobody is timed who computes something else."""

from __future__ import annotations

from typing import Any

import numpy as np

import numcnn
from benchmarks import models
from benchmarks.contestants import Task

STEPS = 10
MOST = 2, 64
"""Batches, and images of a batch, on which it is proved: the forms are those that are timed."""
LOSS_TOLERANCE = 1e-4
"""Of a loss, relative.  Libraries that sum float32 numbers in different orders differ by 1e-6; Adam
with its epsilon in another place is off by 2e-3."""
NORM_TOLERANCE = 5e-3
"""Of the first loss, from the first update on, where there is batch normalization: Adam makes steps
of one size from gradients of any size, and batch normalization leaves many of these near 0."""
PROBABILITY_TOLERANCE = 1e-4
DROPOUT_TOLERANCE = 0.1
"""Of the mean loss of a pass with dropout on, relative: each library draws its own numbers."""


def probes(task: Task) -> dict[str, tuple[Task, int]]:
    """Return what a contestant has to do before it may be timed: ``{name: (task, passes)}``.

    To train: ten updates with one batch; two passes over the batches, as they will be timed but
    without dropout; and one with it.  To predict: one pass.  Few images are enough (`MOST`).
    """
    batches, images = MOST
    task = task._replace(
        images=task.images[:batches, :images], labels=task.labels[:batches, :images]
    )
    if task.what == "predict":
        return {"probabilities": (task, 1)}
    plain = task._replace(dropout=0.0)
    one_batch = plain._replace(images=plain.images[:1], labels=plain.labels[:1])
    asked = {
        "loss, one batch again and again": (one_batch, STEPS),
        "mean loss of a pass": (plain, 2),
    }
    if task.dropout:
        asked["mean loss of a pass with dropout"] = (task, 1)
    return asked


def expected(task: Task, passes: int) -> list[list[Any]]:
    """Return the right answers, any of which will do: numcnn's reference engine in float64.

    To train there are two, the other in float32.  Keras, and whoever follows it, computes Adam's
    step size in float32, and so 7e-6 larger than PyTorch, which takes float64; ten steps of the
    panel's mlp make 3e-4 of the loss of it.
    """
    dtypes = ["float64"] if task.what == "predict" else ["float64", "float32"]
    return [answers(task, passes, dtype) for dtype in dtypes]


def answers(task: Task, passes: int, dtype: str) -> list[Any]:
    """Return what numcnn's reference engine answers in a dtype."""
    with numcnn.use_engine("reference"):
        model = models.build(task.model, task.dropout, task.weights, dtype=dtype)
        if task.what == "predict":
            images, _ = task.in_one_array()
            return [model.predict(images, batch_size=task.batch, verbose=0)] * passes
        model.compile("adam", "sparse_categorical_crossentropy")
        return [
            float(
                np.mean(
                    [
                        model.train_on_batch(x, y)
                        for x, y in zip(task.images, task.labels, strict=True)
                    ]
                )
            )
            for _ in range(passes)
        ]


def difference(task: Task, got: list[Any], right: list[list[Any]]) -> str | None:
    """Return in what a contestant's answers differ from the first of the right ones.

    None if they agree with any of them.
    """
    found = [difference_from(task, got, wanted) for wanted in right]
    return found[0] if all(found) else None


def difference_from(task: Task, got: list[Any], wanted: list[Any]) -> str | None:
    """Return in what a contestant's answers differ from some; None if they do not."""
    for number, (one, right) in enumerate(zip(got, wanted, strict=True), start=1):
        if task.what == "predict":
            if np.shape(one) != np.shape(right):
                return f"probabilities of shape {np.shape(one)}, not {np.shape(right)}"
            worst = float(np.abs(one - right).max())
            if not worst <= PROBABILITY_TOLERANCE:
                return f"a probability is off by {worst:.1e}"
            continue
        tolerance = (DROPOUT_TOLERANCE if task.dropout else LOSS_TOLERANCE) * right
        if task.normed and (number > 1 or len(task.images) > 1):
            tolerance = max(tolerance, NORM_TOLERANCE * wanted[0])
        if not abs(one - right) <= tolerance:
            return f"loss {number} of {len(got)} is {one:.5f}, where {right:.5f} is right"
    return None
