"""`check_layer(..., like=...)`: do two layers with the same weights compute the same?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from numcnn.gradcheck.comparison import EXPLAINED_BY_A_KINK, Comparison, where
from numcnn.gradcheck.lacking import why_different
from numcnn.gradcheck.report import Finding
from numcnn.gradcheck.slopes import Slopes
from numcnn.gradcheck.trials import LayerTrial
from numcnn.layers import Layer
from numcnn.parameter import Parameter

EQUAL = 1e-9
"""The largest relative difference of equal results: sums in another order differ by 1e-15."""

FEW = 20
"""At how many differences of a gradient a kink is looked for."""


def compare_with(
    like: Layer,
    trial: LayerTrial,
    slopes: Slopes,
    gradients: dict[str, Any],
    mistaken: Collection[str],
) -> tuple[str, list[Finding]]:
    """Compare a layer with one of numcnn, on the same weights and random numbers.

    Parameters
    ----------
    like : Layer
        Of numcnn.
    trial : LayerTrial
        Of the other layer.
    slopes : Slopes
        Of the trial.
    gradients : dict
        Of the other layer.
    mistaken : collection of str
        Arrays whose gradients are known to be wrong.

    Returns
    -------
    compared : str
        How the weights were matched, in a sentence.
    findings : list of Finding
        The differences.
    """
    twin = LayerTrial(like, trial.inputs, trial.training, np.random.default_rng(0))
    twin.chance = trial.chance
    kind = type(like).__name__
    pairs = matched(twin.layer.parameters, trial.layer.parameters)
    alone = [f"{one.name} {one.shape}" for pair in pairs if None in pair for one in pair if one]
    if alone:
        text = (
            f"it can't be compared with {kind}: {', '.join(alone)} has no counterpart. Parameters "
            "are matched by name and shape, then by shape alone."
        )
        return "", [Finding("weights", "", text)]
    for ours, theirs in pairs:
        if ours is not None and theirs is not None:  # as has just been seen
            ours.value = np.array(theirs.value, np.float64)

    compared = f"compared with {kind}{_said(pairs)}"
    y, expected = slopes.middle, twin.forward()
    if y.shape != expected.shape:
        text = f"the output has shape {y.shape}, but that of {kind} has shape {expected.shape}."
        return compared, [Finding("output_shape", "", text)]
    findings = []
    outputs = _beside("y", y, expected)
    if outputs.wrong.any():
        reason, words = why_different(outputs, twin)
        findings.append(Finding(reason, "", f"{words}. {_difference(outputs, kind)}"))
    right = twin.gradients(slopes.dy)
    for ours_name, name in [("x", "x"), *_names(pairs, twin, trial)]:
        if name in mistaken and not findings:
            continue  # it has been told
        beside = _beside(name, np.asarray(gradients[name], np.float64), right[ours_name])
        if beside.gradient.shape == right[ours_name].shape and _differs(beside, trial, slopes):
            text = f"the gradient of {name} is not that of {kind}. {_difference(beside, kind)}"
            findings.append(Finding("gradient", "", text))
    if not findings:
        same = "the output is that" if mistaken else "output and gradients are those"
        compared = f"{same} of {kind}{_said(pairs)}"
    return compared, findings


def matched(ours: list[Parameter], theirs: list[Parameter]) -> list[tuple[Any, Any]]:
    """Return pairs of parameters of the same name and shape, then shape; None has no match."""
    left, found = list(theirs), dict.fromkeys(ours)
    for name_too in (True, False):
        for one in (one for one, match in found.items() if match is None):
            for other in left:
                if other.shape == one.shape and (other.name == one.name or not name_too):
                    found[one] = other
                    left.remove(other)
                    break
    return [*found.items(), *((None, other) for other in left)]


def _said(pairs: list[tuple[Any, Any]]) -> str:
    """Say which weights were made equal."""
    equal = ", ".join(
        ours.name if ours.name == theirs.name else f"{theirs.name} for {ours.name}"
        for ours, theirs in pairs
    )
    return f" on the same weights: {equal}" if pairs else ""


def _names(
    pairs: list[tuple[Any, Any]], twin: LayerTrial, trial: LayerTrial
) -> Iterator[tuple[str, str]]:
    """Yield the names of learned parameters that were matched, in both trials."""
    for one, other in pairs:
        for name, parameter in twin.parameters.items():
            for other_name, other_parameter in trial.parameters.items():
                if parameter is one and other_parameter is other:
                    yield name, other_name


def _beside(name: str, theirs: np.ndarray, ours: np.ndarray) -> Comparison:
    """Return a comparison of all numbers of two arrays."""
    right = np.asarray(ours, np.float64).reshape(-1)
    return Comparison(name, theirs, np.arange(right.size), right, np.zeros(right.size), EQUAL)


def _difference(beside: Comparison, kind: str) -> str:
    """Say how many numbers differ, and the worst of them."""
    worst = int(beside.errors.argmax())
    place = ", ".join(map(str, beside.index(worst)))
    return (
        f"{where(beside, 'differ')}; {beside.name}[{place}] is {beside.given[worst]:.6g}, but "
        f"{beside.slopes[worst]:.6g} in {kind}."
    )


def _differs(beside: Comparison, trial: LayerTrial, slopes: Slopes) -> bool:
    """Whether gradients differ, at other places than kinks, where more than one is right."""
    places = beside.places[beside.wrong][:FEW]
    _, bends = slopes.measure(trial.arrays[beside.name], places)
    return bool((EXPLAINED_BY_A_KINK * bends <= EQUAL * beside.scale).any())
