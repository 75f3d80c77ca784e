"""Position: how far a training has come, with the means of its epoch so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numcnn.callbacks import Logs


class RunningMeans:
    """Means over the samples of an epoch, up to the last batch added."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.samples = 0

    def add(self, logs: Logs, samples: int) -> None:
        """Add the means over a batch of so many samples."""
        self.samples += samples
        for name, value in logs.items():
            self.sums[name] = self.sums.get(name, 0.0) + value * samples

    def logs(self) -> Logs:
        """Return the means, sorted by name."""
        return {name: self.sums[name] / self.samples for name in sorted(self.sums)}


@dataclass
class Position:
    """How far a training has come, so that it can stop here and go on.

    Attributes
    ----------
    epoch : int
        The epochs done.
    batches : int
        The batches done of the epoch after them.
    means : RunningMeans
        Of those batches.
    start : int
        The batch of a pass over the data with which this epoch begins.
    shuffling : dict
        The state of the model's generator before it drew the order of this pass.
    """

    epoch: int
    batches: int = 0
    means: RunningMeans = field(default_factory=RunningMeans)
    start: int = 0
    shuffling: dict[str, Any] = field(default_factory=dict)

    def next_epoch(self, start: int) -> None:
        """Note that an epoch is done, and where the next one begins."""
        self.epoch, self.batches, self.means = self.epoch + 1, 0, RunningMeans()
        self.start = start
