"""A metric of one output, in a model with several."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.metrics.base import Metric


class OfOutput(Metric):
    """A metric that looks at one output, and bears its name, ``"digit_accuracy"``.

    Parameters
    ----------
    metric : Metric
    index : int
        Which one of the outputs.
    output : str
        The name of the output.
    """

    def __init__(self, metric: Metric, index: int, output: str) -> None:
        super().__init__(f"{output}_{metric.name}")
        self.metric, self.index = metric, index
        self.of_ranks, self.better = metric.of_ranks, metric.better

    def values(self, labels: Any, outputs: Any) -> np.ndarray:
        """Return each sample's value ``(N,)``, for lists of labels and outputs."""
        return self.metric.values(labels[self.index], outputs[self.index])

    def check(self, labels: Any, outputs: Any) -> None:
        """Refuse labels whose shape does not fit that of the output."""
        self.metric.check(labels[self.index], outputs[self.index])
