"""Diagnoses of a gradient's numbers as such: zero, not finite, rounded, or off by a factor."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from numcnn.gradcheck.case import Case
from numcnn.gradcheck.comparison import Comparison
from numcnn.gradcheck.slopes import Slopes

FEW = 12
"""How many slopes a second experiment measures."""

COMMON = 3
"""Sizes up to this one are too common to be pointed out."""


def zero(case: Case) -> str | None:
    """All zeros: never filled."""
    if case.comparison.gradient.any():
        return None
    return "It is 0 everywhere: backward never fills it."


def not_finite(case: Case) -> str | None:
    """Some NaN or infinity."""
    finite = np.isfinite(case.comparison.gradient)
    if finite.all():
        return None
    kinds = "NaN" if np.isnan(case.comparison.gradient[~finite]).all() else "NaN or infinite"
    return f"{(~finite).sum()} of its {finite.size} numbers are {kinds}."


def rounded(case: Case) -> str | None:
    """Right, but as exact as float32 or float16 only."""
    gradient = case.comparison.gradient
    if gradient.dtype not in (np.float32, np.float16):
        return None
    if not np.nanmax(case.comparison.errors) <= 32 * np.finfo(gradient.dtype).eps:
        return None
    return f"It is {gradient.dtype}, too coarse for this check: make new arrays with dtype=x.dtype."


def unchanged(case: Case) -> str | None:
    """The argument of `backward`, returned as it came."""
    if not np.array_equal(case.comparison.gradient, case.slopes.dy):
        return None
    return "It is dy itself: backward returns its argument without a change."


def sign(case: Case) -> str | None:
    """The right numbers with the other sign."""
    if not case.comparison.proves(-case.comparison.gradient):
        return None
    return "Every number has the wrong sign."


def factor(case: Case) -> str | None:
    """The right numbers times a constant; whether it depends on the batch size is measured."""
    share = common_factor(case.comparison)
    if share is None:
        return None
    text = f"Every number is {in_words(share)} what it should be"
    N = len(next(iter(case.trial.arrays.values())))
    again = _with_one_more(case)
    for power, by in ((-1, "divided"), (1, "multiplied")):
        if again is not None and math.isclose(again, share * ((N + 1) / N) ** power, rel_tol=1e-6):
            rest = share / N**power
            text += f"; with {N + 1} samples instead of {N} it is {in_words(again).split()[0]}"
            return f"{text}. So it is {by} by the batch size{_also(rest)}.{_sizes(case, rest)}"
    return f"{text}.{_sizes(case, share)}"


def _also(rest: float) -> str:
    """Say what is left of a factor once the batch size is taken out."""
    size = in_words(abs(rest)).split()[0]
    times = "" if math.isclose(abs(rest), 1) else f", and multiplied by {size}"
    return times + (", and its sign is wrong" if rest < 0 else "")


def common_factor(comparison: Comparison) -> float | None:
    """Return the constant by which every number is multiplied by mistake, if there is one."""
    said = comparison.smooth & (comparison.slopes != 0)
    share = _ratio(comparison.given[said], comparison.slopes[said])
    if not share or not comparison.proves(comparison.gradient / share):
        return None
    # Two numbers may have a common factor by chance, but hardly a simple one.
    different = len({f"{abs(slope):.6g}" for slope in comparison.slopes[said]})
    return share if different > 2 or _simple(share) else None


def in_words(share: float) -> str:
    """Return a factor as one says it.

    Examples
    --------
    >>> in_words(0.5), in_words(-2.0), in_words(1 / 18), in_words(0.7123)
    ('1/2 of', '-2 times', '1/18 of', '0.7123 times')
    """
    simple = _simple(share)
    if simple is None:
        return f"{share:.6g} times"
    return f"{simple} of" if abs(simple) < 1 else f"{simple} times"


def _ratio(given: np.ndarray, right: np.ndarray) -> float:
    """Return the factor between two arrays; 0 if there is none, or no number."""
    if not right.any() or not np.isfinite(given).all():
        return 0.0
    return float(given @ right / (right @ right))


def _simple(share: float) -> Fraction | None:
    """Return a factor as a fraction, if it is a simple one."""
    fraction = Fraction(share).limit_denominator(10_000)
    top, bottom = abs(fraction.numerator), fraction.denominator
    simple = 1 in (top, bottom) or max(top, bottom) <= 10
    exact = abs(float(fraction) - share) <= 1e-7 * abs(share)
    return fraction if simple and exact and top else None


def _with_one_more(case: Case) -> float | None:
    """Return the factor when the batch has one more sample."""
    trial, rng = case.trial.with_one_more(), case.slopes.rng
    dy = trial.random_dy(rng)
    name = case.comparison.name
    gradient, array = np.asarray(trial.gradients(dy)[name]), trial.arrays[name]
    if gradient.shape != array.shape:
        return None
    places = case.comparison.places[case.some_places(FEW)]
    slopes = Slopes(trial.forward, dy, rng, case.slopes.step, FEW)
    right, _ = slopes.measure(array, places)
    return _ratio(gradient.reshape(-1)[places], right) or None


def _sizes(case: Case, share: float) -> str:
    """Say which sizes of the arrays, or options of the layer, a factor is equal to."""
    simple = _simple(share) or Fraction(1)
    size = max(abs(simple.numerator), simple.denominator)
    names = [name for name, value in _known_sizes(case) if value == size]
    if size <= COMMON or 1 not in (abs(simple.numerator), simple.denominator) or not names:
        return ""
    return f" {size} is {', or '.join(names[:2])}."


def _known_sizes(case: Case) -> Iterator[tuple[str, int]]:
    """Yield sizes with their names: of y, of the arrays, and the layer's own options."""
    for name, array in {"y": case.slopes.middle, **case.trial.arrays}.items():
        batch = name in ("x", "y")
        if array.ndim == 4:
            rows, columns = array.shape[1:3] if batch else array.shape[:2]
            yield f"{rows} x {columns}, the rows and columns of {name}", rows * columns
        if batch and array.ndim > 1:
            yield f"the last axis of {name}", array.shape[-1]
            yield f"the number of values in a sample of {name}", array[0].size
    layer = getattr(case.trial, "layer", None)
    for name, value in (vars(layer) if layer else {}).items():
        if isinstance(value, tuple) and len(value) == 2 and all(type(v) is int for v in value):
            yield f"{value[0]} x {value[1]}, the {name}", math.prod(value)
