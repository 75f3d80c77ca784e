"""`check_layer`: a layer's gradients, its manners, and its likeness to a layer of numcnn."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import flag, number, numeric_array, positive_int, shape_of_one_sample
from numcnn.gradcheck.contract import (
    CannotMeasureError,
    backward_findings,
    forward_findings,
    started,
)
from numcnn.gradcheck.examine import STEP, TOLERANCE, examine
from numcnn.gradcheck.likeness import compare_with
from numcnn.gradcheck.report import GradientReport
from numcnn.gradcheck.slopes import Slopes
from numcnn.layers import Layer
from numcnn.randomness import checked_seed


def check_layer(
    layer: Layer,
    input_shape: tuple[int, ...],
    *,
    like: Layer | None = None,
    x: Any = None,
    batch_size: int = 2,
    training: bool = True,
    seed: int = 0,
    step: float = STEP,
    tolerance: float = TOLERANCE,
    at_most: int = 500,
) -> GradientReport:
    """Check a layer: the gradient of its input and of each of its parameters.

    Works on a copy, in float64; the layer itself is not changed.  The report is true if everything
    is right, and names the mistake if its numbers prove it.

    Parameters
    ----------
    layer : Layer
        Built or not.
    input_shape : tuple of int
        Of one sample.
    like : Layer, optional
        A layer that should compute the same, such as ``Conv2D(...)``: it gets the same weights, and
        outputs and gradients are compared too.  A mistake that forward and backward share can be
        seen in no other way.  Weights belong together if they have the same name and shape; the
        others if they have the same shape, in their order.
    x : array_like, optional
        The input ``(N, *input_shape)``; by default random numbers between −2 and 2.
    batch_size : int, default 2
        N, if x is not given.
    training : bool, default True
        How `forward` is called; the same numbers are dropped each time.
    seed : int, default 0
        Of x, the parameters and dy.
    step : float, default 1e-4
        h.  For linear functions any step is right, and a large one, such as 1, is the most exact.
    tolerance : float, default 1e-7
        The largest error that is right.
    at_most : int, default 500
        How many numbers of each array are compared, chosen at random if there are more.

    Returns
    -------
    GradientReport

    Raises
    ------
    TypeError
        If `layer` or `like` is no layer.

    Examples
    --------
    >>> from numcnn.layers import Conv2D
    >>> assert check_layer(Conv2D(3, 2), (4, 4, 1))
    >>> print(check_layer(Conv2D(3, 2), (4, 4, 1), step=1.0, tolerance=1e-10))
    Conv2D: (2, 4, 4, 1) -> (2, 3, 3, 3)
        array          numbers   wrong  at kinks       error
        x                   32       0         0  ...
        kernel              12       0         0  ...
        bias                 3       0         0  ...
      right: backward and forward agree to 1e-10
    """
    _is_layer(layer, "layer")
    if like is not None:
        _is_layer(like, "like")
    limit = number(tolerance, "tolerance", minimum=0)
    shape = shape_of_one_sample(input_shape, "input_shape")
    rng = np.random.default_rng(checked_seed(seed))
    training = flag(training, "training")
    if x is None:
        inputs = rng.uniform(-2, 2, (positive_int(batch_size, "batch_size"), *shape))
    else:
        inputs = numeric_array(x, "x").astype(np.float64)
        if not inputs.size or inputs.shape[1:] != shape:
            raise ValueError(f"x must have the shape (N, *{shape}), got {inputs.shape}.")
    title = f"{type(layer).__name__}: {inputs.shape}"
    try:
        trial = started(layer, inputs, training, rng)
        findings = forward_findings(trial)
        dy = trial.random_dy(rng)
        title = f"{title} -> {dy.shape}"
        manners, gradients = backward_findings(trial, dy)
    except CannotMeasureError as stop:
        return GradientReport(title, limit, findings=(stop.finding,))
    slopes = Slopes(trial.forward, dy, rng, step, at_most)
    checks, mistakes = examine(trial, slopes, gradients, limit)
    findings += [*manners, *mistakes]
    compared = ""
    if like is not None:
        mistaken = set(trial.arrays) - {check.name for check in checks if not check.wrong}
        compared, differences = compare_with(like, trial, slopes, gradients, mistaken)
        findings += differences
    return GradientReport(title, limit, checks, tuple(findings), compared)


def _is_layer(layer: Any, name: str) -> None:
    """Refuse anything but a layer."""
    if isinstance(layer, type) and issubclass(layer, Layer):
        raise TypeError(
            f"{name} must be a layer, got the class {layer.__name__}: make one, "
            f"{layer.__name__}(...)."
        )
    if not isinstance(layer, Layer):
        raise TypeError(f"{name} must be a Layer, got {layer!r} ({type(layer).__name__}).")
