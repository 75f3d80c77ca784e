"""DivergenceWarning: warn once when the loss is NaN, or far above the loss of guessing."""

from __future__ import annotations

import math

from numcnn.callbacks import Callback, Logs
from numcnn.checks import is_number, warn

FAR = 10
"""The factor above the loss of guessing at which to warn; an untrained network stays below it."""


class DivergenceWarning(Callback):
    """Warns once, at the end of an epoch, if the loss is far above the loss of guessing.

    Giving all K classes the same probability has a cross-entropy of ln K.  A network that learns is
    below this; one whose updates are too large can be thousands above it.

    Parameters
    ----------
    expected : bool
        Whether a large loss is expected: because samples have weights, or because the numbers in x
        are large, which has its own warning.
    """

    def __init__(self, expected: bool) -> None:
        super().__init__()
        self.expected = expected
        self.said = False

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Check the mean loss of the epoch."""
        loss = (logs or {}).get("loss", 0.0)
        classes = self._classes()
        if self.said or self.model.stop_training:  # TerminateOnNaN has said so
            return
        if not is_number(loss):  # a callback has put something else there
            return
        if not math.isfinite(loss):
            story = "callbacks.TerminateOnNaN() would end the training there."
        elif classes and loss - self.model.penalty() > FAR * math.log(classes):
            story = f"guessing among {classes} classes would give {math.log(classes):.2f}."
        else:
            return
        self.said = True
        rate = f"{self.model.optimizer.learning_rate:g}"
        warn(
            f"after epoch {epoch + 1} the loss is {loss:,.0f}; {story} Most likely the learning "
            f"rate, {rate}, is too large, or the numbers in x are: for pixels, use x / 255.0."
        )

    def _classes(self) -> int:
        """Return the number of classes of a cross-entropy; 0 for another loss."""
        absorbs = self.model.loss.absorbs
        if absorbs is None or self.expected:
            return 0
        return 2 if absorbs == "sigmoid" else int(self.model.output_shape[-1])
