"""A training that goes wrong is said to, once: the loss is NaN, or far above that of guessing."""

from __future__ import annotations

import math

from numcnn.callbacks import Callback, Logs
from numcnn.checks import warn

FAR = 10
"""A loss so many times that of guessing is no beginner's loss any more, and no network unlearnt."""


class DivergenceWarning(Callback):
    """Warns once, at the end of an epoch, if the loss has left that of guessing far behind.

    Guessing all of K classes alike has a cross-entropy of ln K.  A network that learns is below
    that; one whose updates are too long can be thousands above it.

    Parameters
    ----------
    expected : bool
        Whether a large loss means nothing new: because samples count differently, or because the
        numbers in x are large, which has been said.
    """

    def __init__(self, expected: bool) -> None:
        super().__init__()
        self.expected = expected
        self.said = False

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Look at the epoch's mean loss."""
        loss = (logs or {}).get("loss", 0.0)
        classes = self._classes()
        if self.said or self.model.stop_training:  # TerminateOnNaN has said so
            return
        if not math.isfinite(loss):
            story = "callbacks.TerminateOnNaN() ends a training there."
        elif classes and loss - self.model.penalty() > FAR * math.log(classes):
            story = f"guessing all of {classes} classes alike would give {math.log(classes):.2f}."
        else:
            return
        self.said = True
        rate = f"{self.model.optimizer.learning_rate:g}"
        warn(
            f"after epoch {epoch + 1} the loss is {loss:,.0f}; {story} Most likely the learning "
            f"rate, {rate}, is too large, or the numbers in x are: x / 255.0 brings pixels "
            "between 0 and 1."
        )

    def _classes(self) -> int:
        """Return how many classes a cross-entropy chooses from; 0 if it is another loss."""
        absorbs = self.model.loss.absorbs
        if absorbs is None or self.expected:
            return 0
        return 2 if absorbs == "sigmoid" else int(self.model.output_shape[-1])
