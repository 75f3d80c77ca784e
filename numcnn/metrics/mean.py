"""Mean: the mean of values that a program has itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import numeric_array
from numcnn.metrics.base import Metric
from numcnn.results import Number


class Mean(Metric):
    """The mean of all values so far: for a training loop of your own, not for `compile`.

    Parameters
    ----------
    name, dtype
        As in `Metric`.

    Examples
    --------
    >>> loss = Mean("loss")
    >>> loss.update_state([0.5, 0.25])
    >>> loss.update_state(0.0)
    >>> loss.result()
    0.25
    """

    def check(self, labels: Any, outputs: Any) -> None:
        """Refuse to be one of the metrics of `compile`."""
        raise ValueError(
            f"{self.name} is the mean of values, and does not compare labels and outputs: use it "
            'in a loop of your own, or metrics=["accuracy"].'
        )

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Add values, optionally with a weight for each; the mean of a row counts as one value."""
        array = numeric_array(values, "values").astype(np.float64)
        given = 1.0 if sample_weight is None else sample_weight
        weight = numeric_array(given, "sample_weight")
        if weight.shape != array.shape[: weight.ndim]:
            raise ValueError(
                f"sample_weight needs the shape of the values, {array.shape}, got {weight.shape}."
            )
        if array.size == 0:
            return
        weight = weight.reshape((*weight.shape, *[1] * (array.ndim - weight.ndim)))
        weights = np.broadcast_to(weight, array.shape)
        rows = (len(array), -1) if array.ndim else (1, 1)
        parts = [one.reshape(rows).mean(axis=1).sum() for one in (array * weights, weights)]
        self._add(np.array(parts))

    def __call__(self, values: Any, sample_weight: Any = None) -> Number:  # type: ignore[override]
        """Add values, and return the mean of all so far."""
        self.update_state(values, sample_weight)
        return self.result()
