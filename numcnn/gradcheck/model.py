"""`check_model`: the gradient of a whole model's loss, back to the pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import model_for, number
from numcnn.gradcheck.examine import STEP, TOLERANCE, examine
from numcnn.gradcheck.layer import check_layer
from numcnn.gradcheck.report import ArrayCheck, Finding, GradientReport
from numcnn.gradcheck.slopes import Slopes
from numcnn.gradcheck.trials import ModelTrial
from numcnn.randomness import checked_seed


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

    Works on a copy, in float64; the model itself is not changed.  A layer that returns a wrong dx
    spoils the gradients of all layers before it, so the report says where the way back goes wrong
    first.

    Parameters
    ----------
    model : Sequential
        Compiled.
    x, y : array_like
        A batch of samples and labels; lists of them for several inputs and outputs.
    seed, step, tolerance, at_most
        As in `check_layer`.

    Returns
    -------
    GradientReport
    """
    limit = number(tolerance, "tolerance", minimum=0)
    rng = np.random.default_rng(checked_seed(seed))
    if model_for(model, "check_model").loss is None:
        raise ValueError("check_model: compile the model first; it checks the gradient of a loss.")
    trial = ModelTrial(model, x, y)
    dlosses = trial.random_dy(rng)
    gradients = trial.gradients(dlosses)
    slopes = Slopes(trial.forward, dlosses, rng, step, at_most)
    checks, findings = examine(trial, slopes, gradients, limit)
    if any(check.wrong for check in checks):
        findings = _from_the_culprit_on(trial, checks, findings)
    title = f'{type(model).__name__} "{model.name}" with {type(model.loss).__name__}'
    return GradientReport(title, limit, checks, tuple(findings))


def _from_the_culprit_on(
    trial: ModelTrial, checks: tuple[ArrayCheck, ...], findings: list[Finding]
) -> list[Finding]:
    """Name the layer that is wrong by itself, without the mistakes of those that it spoils."""
    names = trial.model.walk_names
    suspects = _suspects(names, checks)
    guilty: dict[str, GradientReport] = {}
    steps = trial.model.walk(trial.inputs, training=True)
    for name, (layer, x, _) in zip(names, steps, strict=True):
        if name in suspects:
            if layer.reads_several:
                continue
            report = check_layer(layer, x.shape[1:], x=np.asarray(x))
            if not report:
                guilty[name] = report
    text = f"on the way back, {' or '.join(guilty or suspects)} is wrong first"
    if not guilty:
        return [Finding("begins", "", text + "."), *findings]
    named = [
        f" Of its gradient of {one.array}: {one.text}"
        for report in guilty.values()
        for one in report.findings
        if one.array
    ]
    text += ", and spoils the gradients of all layers before it." + "".join(named)
    return [Finding("begins", "", text)]


def _suspects(layers: list[str], checks: tuple[ArrayCheck, ...]) -> list[str]:
    """Return the last layer with a wrong gradient, and the layers behind it that may be to blame.

    These are all up to the next layer with parameters: its own gradients are right, but its dx may
    be wrong.
    """
    wrong = {check.name.rpartition(".")[0] for check in checks if check.wrong}
    right = {check.name.rpartition(".")[0] for check in checks} - wrong
    begin = max(layers.index(name) if name else 0 for name in wrong)
    end = next((i for i in range(begin + 1, len(layers)) if layers[i] in right), len(layers) - 1)
    return layers[begin : end + 1]
