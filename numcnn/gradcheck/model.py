"""`check_model`: the gradient of a whole model's loss, back to the pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import number
from numcnn.gradcheck.examine import STEP, TOLERANCE, examine
from numcnn.gradcheck.report import ArrayCheck, Finding, GradientReport
from numcnn.gradcheck.slopes import Slopes
from numcnn.gradcheck.trials import ModelTrial


def check_model(
    model: Any,
    x: Any,
    y: Any,
    *,
    seed: int = 0,
    step: float = STEP,
    tolerance: float = TOLERANCE,
    at_most: int = 100,
) -> GradientReport:
    """Check a whole compiled model: the gradient of its loss, back to the pixels.

    Works on a copy, in float64; the model itself stays as it is.  A layer that returns a wrong dx
    spoils the gradients of all layers before it, so the report says where the way back goes wrong
    first.

    Parameters
    ----------
    model : Sequential
        Compiled.
    x, y : array_like
        A batch of samples and labels.
    seed, step, tolerance, at_most
        As in `check_layer`.

    Returns
    -------
    GradientReport
    """
    limit = number(tolerance, "tolerance", least=0)
    rng = np.random.default_rng(seed)
    trial = ModelTrial(model, np.array(x, np.float64), y)
    dlosses = trial.random_dy(rng)
    gradients = trial.gradients(dlosses)
    slopes = Slopes(trial.forward, dlosses, rng, step, at_most)
    checks, findings = examine(trial, slopes, gradients, limit)
    findings += _where_it_begins([layer.name for layer in trial.model.layers], checks)
    title = f'{type(model).__name__} "{model.name}" with {type(model.loss).__name__}'
    return GradientReport(title, limit, checks, tuple(findings))


def _where_it_begins(layers: list[str], checks: tuple[ArrayCheck, ...]) -> list[Finding]:
    """Name the layers that may have spoilt the gradients: the last with a wrong one, or after it.

    Behind the last layer with a wrong gradient, up to the next one whose parameters are right,
    any layer may have returned a wrong dx.
    """
    wrong = [check.name.rpartition(".")[0] for check in checks if check.wrong]
    if not wrong:
        return []
    right = {check.name.rpartition(".")[0] for check in checks} - {"", *wrong}
    begin = max(layers.index(name) if name else 0 for name in wrong)
    end = next((i for i in range(begin + 1, len(layers)) if layers[i] in right), len(layers) - 1)
    suspects = layers[begin : end + 1]
    text = "on the way back the first wrong gradient comes from "
    text += (
        " or ".join(suspects) + ": try check_layer on " + ("it." if len(suspects) == 1 else "them.")
    )
    return [Finding("begins", "", text)]
