"""Checks of what pictures are drawn from: models, histories, names of classes, and kernels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from numcnn.checks import counted, is_number, items_of, model_for, numeric_array, shown


def model_with_one_output(value: Any, function: str) -> Any:
    """Return `value` after checking that it is a built model with one input and one output."""
    model = model_for(value, function)
    model.need_built(function)
    for what, shapes in (("input", model.input_shape), ("output", model.output_shape)):
        if isinstance(shapes, list) and len(shapes) > 1:
            raise ValueError(
                f'{function} needs a model with one {what}, and "{model.name}" has '
                f"{counted(len(shapes), what)}."
            )
    return model


def class_names_for(names: Any, classes: int) -> list[str]:
    """Return a name for each class; by default the class numbers."""
    if names is None:
        return [str(number) for number in range(classes)]
    given = [str(name) for name in items_of(names, "class_names", "names, one for each class")]
    if len(given) != classes:
        raise ValueError(
            f"class_names must have one name for each of {counted(classes, 'class')}, got "
            f"{counted(len(given), 'name')}."
        )
    return given


def history_of(value: Any) -> dict[str, list[float]]:
    """Return the curves of a training from what fit returned, or from its dict.

    A callback may put anything into the logs; what is no number has no curve.
    """
    curves = getattr(value, "history", value)
    if not isinstance(curves, Mapping) or not all(isinstance(name, str) for name in curves):
        raise TypeError(
            "history must be what fit returned, or a dict of lists of numbers by the names of the "
            f"metrics, got {shown(value)}."
        )
    rows = {}
    for name, values in curves.items():
        if not isinstance(values, list | tuple | np.ndarray):
            raise ValueError(
                f"history[{name!r}] must be a list of one number for each epoch, got "
                f"{shown(values)}."
            )
        if all(map(is_number, values)):
            rows[name] = [float(one) for one in values]
    return rows


def curves_of(history: Mapping[str, list[float]], metrics: Any) -> list[str]:
    """Return the metrics to draw; by default those without "val_", the loss first."""
    if metrics is None:
        own = [name for name in history if not name.startswith("val_")]
        return sorted(own, key=lambda name: name != "loss")
    names = [metrics] if isinstance(metrics, str) else items_of(metrics, "metrics", "names")
    for name in names:
        if name not in history:
            known = ", ".join(map(repr, history)) or "nothing"
            raise ValueError(f"the history has no {shown(name)}; it has {known}.")
    return names


def kernel_of_images(value: Any) -> np.ndarray:
    """Return the kernel of a convolution ``(KH, KW, C, F)`` as an array."""
    kernel = numeric_array(value, "kernel")
    if kernel.ndim != 4 or not kernel.size:
        raise ValueError(
            f"kernel must be (KH, KW, C, F), each at least 1, got shape {kernel.shape}."
        )
    return kernel
