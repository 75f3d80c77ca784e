"""Checks of labels, before anything is computed with them.

Each function returns the labels as an array for the loss.  `outputs` is the shape of one output of
the model; `loss` and `name` are the names of the loss and of the labels in error messages.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import counted, numeric_array


def one_hot(y: Any, outputs: tuple[int, ...], loss: str, name: str) -> np.ndarray:
    """Return one-hot labels, ``(N, classes)``.

    Raises
    ------
    ValueError
        If a row is not a distribution over the classes.
    """
    targets = numeric_array(y, name)
    if targets.ndim != 2 or targets.shape[1:] != outputs:
        hint = ""
        if targets.ndim == 1 or targets.shape[1:] == (1,):
            hint = ': for class numbers use loss="sparse_categorical_crossentropy"'
        raise ValueError(
            f"{loss} needs one-hot labels of shape (N, {', '.join(map(str, outputs))}), one column "
            f"for each output of the model, but {name} has shape {targets.shape}{hint}."
        )
    sums = targets.sum(axis=1, dtype=np.float64)
    wrong = ~((targets >= 0).all(axis=1) & (np.abs(sums - 1) < 1e-3))
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"{loss} needs labels that are 0 or more and sum to 1 in each row, but {name}[{row}] "
            f"is {targets[row].tolist()}."
        )
    return targets


def class_numbers(y: Any, outputs: tuple[int, ...], loss: str, name: str) -> np.ndarray:
    """Return class numbers, ``(N,)``, each from 0 to classes − 1.

    Raises
    ------
    ValueError
        If a label is not a class number.
    """
    labels = numeric_array(y, name)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        hint = ""
        if labels.shape[1:] == outputs:
            hint = ': for one-hot labels use loss="categorical_crossentropy"'
        raise ValueError(
            f"{loss} needs one class number a sample, of shape (N,), but {name} has shape "
            f"{labels.shape}{hint}."
        )
    if not outputs or not outputs[-1]:
        raise ValueError(f"{name} goes with outputs (N, classes), and these have no classes.")
    classes = outputs[-1]
    right = (labels >= 0) & (labels < classes)
    if labels.dtype.kind == "f":
        right &= labels == np.floor(labels)
    if not right.all():
        row = int(right.argmin())
        raise ValueError(
            f"{loss} needs class numbers from 0 to {classes - 1}, because the model has "
            f"{counted(classes, 'output')}, but {name}[{row}] is {labels[row]}."
        )
    return labels.astype(np.intp)


def like_outputs(y: Any, outputs: tuple[int, ...], loss: str, name: str) -> np.ndarray:
    """Return labels of the shape of the outputs; for one output a sample also ``(N,)`` will do.

    Raises
    ------
    ValueError
        If they have another shape.
    """
    targets = numeric_array(y, name)
    if targets.ndim == len(outputs) and outputs[-1:] == (1,):
        targets = targets[..., np.newaxis]
    if targets.shape[1:] != outputs:
        raise ValueError(
            f"{loss} compares each output with its label, so {name} needs the shape "
            f"(N, {', '.join(map(str, outputs))}), but has {targets.shape}."
        )
    return targets


def yes_or_no(y: Any, outputs: tuple[int, ...], loss: str, name: str) -> np.ndarray:
    """Return labels from 0 to 1, of the shape of the outputs.

    Raises
    ------
    ValueError
        If a label is not from 0 to 1, or they have another shape.
    """
    targets = like_outputs(y, outputs, loss, name)
    wrong = ~((targets >= 0) & (targets <= 1))
    if wrong.any():
        place = np.unravel_index(int(wrong.argmax()), wrong.shape)
        raise ValueError(
            f"{loss} needs labels from 0 (no) to 1 (yes), but {name}[{', '.join(map(str, place))}] "
            f"is {targets[place]}."
        )
    return targets
