"""The rules for a layer, besides its numbers: it keeps its arguments, and repeats its results.

`forward_findings` and `backward_findings` run a layer once or twice and name every breach.  Where
nothing can be measured afterwards, they raise `CannotMeasureError` with the reason.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import shown
from numcnn.gradcheck.report import Finding
from numcnn.gradcheck.trials import LayerTrial
from numcnn.layers import Layer


class CannotMeasureError(Exception):
    """A mistake that leaves nothing to measure."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.finding = Finding(kind, "", text)


def started(
    layer: Layer, inputs: np.ndarray, training: bool, rng: np.random.Generator
) -> LayerTrial:
    """Return a trial of the layer.

    Raises
    ------
    CannotMeasureError
        If the layer was never begun, by ``super().__init__()``, or has no `forward`.
    """
    try:
        layer.built  # noqa: B018 - the first attribute that every layer has
    except AttributeError as error:
        raise CannotMeasureError("super", str(error)) from error
    try:
        return LayerTrial(layer, inputs, training, rng)
    except NotImplementedError as error:  # building computes a sample
        raise missing(error, layer, "forward") from error


def missing(error: NotImplementedError, layer: Any, method: str) -> CannotMeasureError:
    """Return the reason to stop when a method has not been written yet."""
    said = f": {error}" if str(error) else ""
    text = f"{type(layer).__name__}: {method} is not written yet{said}"
    return CannotMeasureError("missing", text)


def forward_findings(trial: LayerTrial) -> list[Finding]:
    """Check what `forward` returns, that x stays, and that the same comes twice.

    Raises
    ------
    CannotMeasureError
        If there is no `forward`, or its output can't be measured.
    """
    x = trial.inputs.copy()
    try:
        y = trial.run(x, trial.training)
    except NotImplementedError as error:
        raise missing(error, trial.layer, "forward") from error
    if y is None:
        raise CannotMeasureError("none", "forward returned None: it has to end with `return y`.")
    y = _numbers(y, "forward")
    if y.shape[:1] != x.shape[:1]:
        raise CannotMeasureError(
            "shape",
            f"forward returned an array of shape {y.shape} for x of shape {x.shape}: the first "
            f"axis has to stay the batch, {len(x)}.",
        )
    if y.dtype != np.float64:
        raise CannotMeasureError(
            "float32",
            f"forward returned {y.dtype} for x in float64, too coarse to be measured: make new "
            "arrays with dtype=x.dtype.",
        )
    findings = in_place("forward", {"x": (trial.inputs, x)})
    if not np.array_equal(y, trial.forward(), equal_nan=True):
        raise CannotMeasureError(
            "random",
            "forward is not deterministic: it returned two different outputs for the same x. "
            "Random numbers have to come from self.rng, and nothing may be left over from the "
            "call before.",
        )
    return findings


def backward_findings(
    trial: LayerTrial, dy: np.ndarray
) -> tuple[list[Finding], dict[str, np.ndarray | None]]:
    """Check that x, dy and the weights stay, and that a second `backward` finds the same.

    Returns
    -------
    list of Finding
    dict
        The gradients of the first pass: arrays of any shape, None where there is none.

    Raises
    ------
    CannotMeasureError
        If there is no `backward`.
    """
    layer = trial.layer
    weights = {name: value.copy() for name, value in trial.arrays.items()}
    x, dy_given = trial.inputs.copy(), dy.copy()
    findings = []
    trial.unset_gradients()
    trial.run(x, training=True)
    weights["x"] = x.copy()  # forward may have written into it
    try:
        dx = layer.backward(dy_given)
    except NotImplementedError as error:
        raise missing(error, layer, "backward") from error
    except TypeError:
        if not _adds_to_none(trial, dy):
            raise
        text = (
            "a parameter's gradient is None before the first backward, but backward adds to it or "
            "writes into it: set it with `=`, neither with `+=` nor with `[...] =`."
        )
        findings.append(Finding("added", "", text))
        trial.run(x, training=True)
        dx = layer.backward(dy_given)
    first = {
        name: None if g is None else _numbers(g, f"backward, the gradient of {name}:")
        for name, g in trial.read(dx).items()
    }

    findings += in_place("backward", {"x": (weights.pop("x"), x), "dy": (dy, dy_given)})
    for name, value in weights.items():
        if not np.array_equal(value, trial.arrays[name]):
            trial.arrays[name][...] = value
            text = f"backward changes {name}; it has to set its gradient only, {name}.grad."
            findings.append(Finding("in_place", "", text))
    if not findings:
        trial.run(trial.inputs.copy(), training=True)
        second = trial.read(layer.backward(dy.copy()))
        for name, gradient in first.items():
            findings += _left_over(name, gradient, second[name])
    return findings, first


def _numbers(value: Any, what: str) -> np.ndarray:
    """Return what a method returned as an array of real numbers.

    Raises
    ------
    CannotMeasureError
        If it is anything else.
    """
    try:
        array = np.array(value)
    except ValueError:  # rows of different lengths
        array = np.array(value, object)
    if array.dtype.kind not in "fiub":
        text = f"{what} returned {shown(value)}, which is no array of real numbers."
        raise CannotMeasureError("type", text)
    return array


def in_place(method: str, arrays: dict[str, tuple[np.ndarray, np.ndarray]]) -> list[Finding]:
    """Compare arguments with copies from before the call."""
    return [
        Finding(
            "in_place",
            "",
            f"{method} writes into its argument {name}, which belongs to the caller: work on "
            f"{name}.copy(), or make a new array.",
        )
        for name, (before, after) in arrays.items()
        if not np.array_equal(before, after, equal_nan=True)
    ]


def _adds_to_none(trial: LayerTrial, dy: np.ndarray) -> bool:
    """Whether `backward` works once the gradients are zeros at first, and not None."""
    trial.unset = {name: np.zeros_like(trial.arrays[name]) for name in trial.unset}
    try:
        trial.gradients(dy)
    except TypeError:
        return False
    trial.unset_gradients()
    return True


def _left_over(name: str, first: np.ndarray | None, second: Any) -> list[Finding]:
    """Compare the gradients of two equal passes."""
    if first is None or second is None or first.shape != np.shape(second):
        return []
    if np.allclose(first, second, rtol=1e-9, equal_nan=True):
        return []
    text = f"a second forward and backward with the same x and dy give another gradient of {name}"
    if np.allclose(2 * first, second, rtol=1e-9):
        text += ", twice as large: it is added to the one before. Set it with `=`, not `+=`."
        return [Finding("added", "", text)]
    return [Finding("left_over", "", text + ": something is left over from the first pass.")]
