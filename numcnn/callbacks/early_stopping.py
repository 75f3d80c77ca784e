"""EarlyStopping: end the training when it no longer improves."""

from __future__ import annotations

import numpy as np

from numcnn.callbacks.base import Logs, message
from numcnn.callbacks.monitor import MonitorCallback
from numcnn.checks import flag, number, positive_int, verbosity, warn


class EarlyStopping(MonitorCallback):
    """Ends the training when a value in the logs has not improved for some epochs.

    Parameters
    ----------
    monitor : str, default "val_loss"
        The name of the value in the logs.
    min_delta : float, default 0
        The minimum change that counts as an improvement.
    patience : int, default 0
        Number of epochs without improvement that end the training (0 acts as 1; the first epoch
        never ends it).
    verbose : int, default 0
        1: print a line when the training ends early.
    mode : {"auto", "min", "max"}, default "auto"
        Whether smaller or larger values are better; ``"auto"`` decides by the name.
    baseline : float, optional
        An epoch that does not beat this value also counts as one without improvement.
    restore_best_weights : bool, default False
        Whether the model gets the weights of its best epoch back when the training ends, early or
        not.  With an optimizer's `use_ema`, these are the running means at that epoch.  (Keras
        gives back the weights themselves, and so undoes `use_ema`.)
    start_from_epoch : int, default 0
        Number of epochs at the beginning that are ignored.

    Attributes
    ----------
    best : float or None
        The best value so far.
    best_epoch : int
        The epoch of this value, counted from 0.
    stopped_epoch : int
        The epoch after which the training ended early, counted from 0; 0 if it did not.

    Examples
    --------
    >>> stop = EarlyStopping(patience=2, restore_best_weights=True)
    """

    kept = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights")

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = positive_int(patience, "patience", minimum=0)
        self.verbose = verbosity(verbose)
        self.baseline = None if baseline is None else number(baseline, "baseline")
        self.restore_best_weights = flag(restore_best_weights, "restore_best_weights")
        self.start_from_epoch = positive_int(start_from_epoch, "start_from_epoch", minimum=0)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: list[np.ndarray] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget an earlier training."""
        self._begin_anew()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare the value with the best; end the training after too long without improvement."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            warn(
                f"Early stopping conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs or {})}"
            )
            return
        if epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._remember(epoch)  # nothing else has been seen yet
        self.wait += 1
        if self.improved(value, self.best):
            self.best = value
            self._remember(epoch)
            if self.baseline is None or self.improved(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Print the outcome, and give the model its best weights back."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            message(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                best = self.best_epoch + 1
                message(f"Restoring model weights from the end of the best epoch: {best}.")
            self.model.set_weights(self.best_weights)

    def _remember(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.optimizer.final_weights(self.model.parameters)
