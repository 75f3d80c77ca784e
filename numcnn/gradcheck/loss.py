"""`check_loss`: the gradient of a loss with respect to the outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn import losses
from numcnn.checks import number
from numcnn.gradcheck.examine import STEP, TOLERANCE, examine
from numcnn.gradcheck.report import GradientReport
from numcnn.gradcheck.slopes import Slopes
from numcnn.gradcheck.trials import LossTrial
from numcnn.randomness import checked_seed


def check_loss(
    loss: Any,
    y_true: Any,
    y_pred: Any,
    *,
    seed: int = 0,
    step: float = STEP,
    tolerance: float = TOLERANCE,
    at_most: int = 500,
) -> GradientReport:
    """Check a loss: its gradient with respect to the outputs `y_pred`.

    Parameters
    ----------
    loss : str or Loss
    y_true, y_pred : array_like
        A batch of labels and outputs.
    seed, step, tolerance, at_most
        As in `check_layer`.

    Returns
    -------
    GradientReport

    Examples
    --------
    >>> assert check_loss("mse", [[1.0, 0.0]], [[0.3, 0.6]])
    """
    subject = losses.get(loss)
    limit = number(tolerance, "tolerance", minimum=0)
    rng = np.random.default_rng(checked_seed(seed))
    targets, outputs = subject.checked_pair(y_true, y_pred)
    trial = LossTrial(subject, targets, outputs.astype(np.float64))
    dlosses = trial.random_dy(rng)
    slopes = Slopes(trial.forward, dlosses, rng, step, at_most)
    checks, findings = examine(trial, slopes, trial.gradients(dlosses), limit)
    return GradientReport(type(subject).__name__, limit, checks, tuple(findings))
