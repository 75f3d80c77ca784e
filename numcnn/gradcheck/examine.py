"""The work of every check: measure each gradient, and find the mistake in each wrong one."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.gradcheck.case import Case
from numcnn.gradcheck.comparison import Comparison
from numcnn.gradcheck.diagnosis import diagnose
from numcnn.gradcheck.report import ArrayCheck, Finding
from numcnn.gradcheck.shapes import wrong_shape
from numcnn.gradcheck.slopes import Slopes
from numcnn.gradcheck.trials import Trial

TOLERANCE = 1e-7
STEP = 1e-4


def examine(
    trial: Trial, slopes: Slopes, gradients: dict[str, Any], tolerance: float
) -> tuple[tuple[ArrayCheck, ...], list[Finding]]:
    """Compare the gradients that `backward` gave with slopes, array by array."""
    checks: list[ArrayCheck] = []
    findings: list[Finding] = []
    for name, array in trial.arrays.items():
        if gradients[name] is None:
            findings.append(Finding("none", name, _nothing(name)))
            continue
        gradient = np.asarray(gradients[name])
        if gradient.shape != array.shape:
            findings.append(_of_wrong_shape(name, array, gradient, slopes, tolerance))
            continue
        comparison = slopes.compare(name, array, gradient, tolerance)
        checks.append(comparison.summary())
        if comparison.wrong.any():
            findings += diagnose(Case(comparison, trial, slopes))
    return tuple(checks), findings


def _nothing(name: str) -> str:
    """Say that a gradient is missing."""
    if name in ("x", "y_pred"):
        return f"backward returned None: it has to end with `return d{name}`."
    return f"backward leaves the gradient of {name} unset: set self.{name}.grad."


def _of_wrong_shape(
    name: str, array: np.ndarray, gradient: np.ndarray, slopes: Slopes, tolerance: float
) -> Finding:
    """Find out how a gradient of another shape becomes right."""
    places = np.arange(array.size)[: slopes.at_most]
    measured = slopes.measure(array, places)

    def is_right(repaired: np.ndarray) -> bool:
        return not Comparison(name, repaired, places, *measured, tolerance).wrong.any()

    return Finding("shape", name, wrong_shape(name, array.shape, gradient, is_right))
