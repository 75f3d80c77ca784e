"""TerminateOnNaN: end a training that has diverged."""

from __future__ import annotations

import math

from numcnn.callbacks.base import Callback, Logs, message
from numcnn.checks import flag


class TerminateOnNaN(Callback):
    """Ends the training at the first batch after which the loss is NaN or infinite.

    Parameters
    ----------
    raise_error : bool, default False
        Whether to raise a RuntimeError at once instead.  Then no callback sees a regular end of the
        training, and a backup is kept.
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = flag(raise_error, "raise_error")

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Check the loss."""
        loss = (logs or {}).get("loss", 0.0)
        if math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"the loss is {loss} after batch {batch}: lower the learning rate, or look for NaN "
                "in the data. (TerminateOnNaN stopped the training.)"
            )
        message(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
