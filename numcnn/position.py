"""Position: the progress of a training, with the means of the current epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numcnn.callbacks import Logs
from numcnn.metrics.base import Measured


class RunningMeans:
    """Means over the samples of an epoch, up to the last batch added; metrics say theirs."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.samples = 0
        self.measured: dict[str, Measured] = {}

    def add(self, logs: Logs, samples: int) -> None:
        """Add the means over a batch with this number of samples."""
        self.samples += samples
        for name, value in logs.items():
            if isinstance(value, Measured):
                before = self.measured.get(name)
                self.measured[name] = before.with_more(value) if before is not None else value
            else:
                self.sums[name] = self.sums.get(name, 0.0) + value * samples

    def logs(self) -> Logs:
        """Return the means, sorted by name."""
        means = {name: total / self.samples for name, total in self.sums.items()}
        means |= {name: float(value) for name, value in self.measured.items()}
        return dict(sorted(means.items()))


@dataclass
class Position:
    """The progress of a training: all that is needed to resume it here.

    Attributes
    ----------
    epoch : int
        Number of complete epochs.
    batches : int
        Number of complete batches of the current epoch.
    means : RunningMeans
        Means over these batches.
    start : int
        The index of the epoch's first batch in the pass over the data.
    shuffling : dict
        The state of the model's generator before it drew the order of this pass.
    """

    epoch: int
    batches: int = 0
    means: RunningMeans = field(default_factory=RunningMeans)
    start: int = 0
    shuffling: dict[str, Any] = field(default_factory=dict)

    def next_epoch(self, start: int) -> None:
        """Start the next epoch, at batch number `start` of the pass."""
        self.epoch, self.batches, self.means = self.epoch + 1, 0, RunningMeans()
        self.start = start
