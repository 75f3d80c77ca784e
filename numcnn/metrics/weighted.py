"""A metric in which each sample counts by its weight: one of `compile`'s `weighted_metrics`."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.metrics.base import Metric


class WeightedMetric(Metric):
    """A metric that takes ``sample_weight`` and ``class_weight`` into account.

    Parameters
    ----------
    metric : Metric
    name : str
        Its name in the history, such as ``"weighted_accuracy"``.
    """

    weighted = True

    def __init__(self, metric: Metric, name: str) -> None:
        super().__init__(name)
        self.metric = metric
        self.of_ranks, self.better = metric.of_ranks, metric.better

    def values(self, labels: Any, outputs: Any) -> np.ndarray:
        """Return each sample's value ``(N,)``, without its weight."""
        return self.metric.values(labels, outputs)

    def tally(self, labels: Any, outputs: Any, weights: Any = None) -> np.ndarray:
        """Return what the metric counts, each sample by its weight."""
        return self.metric.tally(labels, outputs, weights)

    def outcome(self, tally: np.ndarray) -> Any:
        """Return the metric's value."""
        return self.metric.outcome(tally)

    def check(self, labels: Any, outputs: Any) -> None:
        """Refuse labels that the metric refuses."""
        self.metric.check(labels, outputs)
