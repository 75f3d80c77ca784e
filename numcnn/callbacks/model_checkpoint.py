"""ModelCheckpoint: save the model while it trains."""

from __future__ import annotations

import os
from numbers import Real
from typing import Any

from numcnn.callbacks.base import Logs, message
from numcnn.callbacks.monitor import MonitorCallback
from numcnn.checks import flag, path_of, positive_int, shown, verbosity, warn
from numcnn.saving.hdf5 import need_h5py

MODELS = (".keras", ".h5", ".hdf5", ".safetensors")
WEIGHTS = (".weights.h5", ".safetensors", ".h5", ".hdf5")


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, after each epoch or after a number of batches.

    Parameters
    ----------
    filepath : str or path
        It ends in ``.safetensors``, ``.keras`` or ``.h5`` (with `save_weights_only`, in
        ``.safetensors``, ``.weights.h5`` or ``.h5``).  ``{epoch}``, counted from 1, ``{batch}`` and
        the names in the logs are filled in: ``"{epoch:02d}-{val_loss:.2f}.keras"``.
    monitor : str, default "val_loss"
        The name of the value in the logs that decides which model is the best.
    verbose : int, default 0
        1: print a line for each decision.
    save_best_only : bool, default False
        Whether to save a model only if it is better than all before.
    save_weights_only : bool, default False
    mode : {"auto", "min", "max"}, default "auto"
        Whether smaller or larger values are better; ``"auto"`` decides by the name.
    save_freq : "epoch" or int, default "epoch"
        Save after each epoch, or each time after this number of batches.
    initial_value_threshold : float, optional
        The value that the first model must beat.
    period : int, default 1
        From Keras 2: with ``save_freq="epoch"``, save after each `period` epochs.
    """

    kept = ("best", "batches_since_saving", "epochs_since_saving")

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
        period: int = 1,
    ) -> None:
        if isinstance(initial_value_threshold, bool) or not isinstance(
            initial_value_threshold, Real | None
        ):
            raise TypeError(
                f"initial_value_threshold must be a number, got {shown(initial_value_threshold)}."
            )
        super().__init__(monitor, mode, best=initial_value_threshold)
        self.filepath = str(path_of(filepath, "filepath"))
        self.verbose = verbosity(verbose)
        self.save_best_only = flag(save_best_only, "save_best_only")
        self.save_weights_only = flag(save_weights_only, "save_weights_only")
        self.save_freq = checked_save_freq(save_freq)
        self.period = positive_int(period, "period")
        self.batches_since_saving = self.epochs_since_saving = 0
        self.epoch = 0
        endings = WEIGHTS if save_weights_only else MODELS
        if not self.filepath.endswith(endings):
            what = "weights" if save_weights_only else "model"
            raise ValueError(
                f"the filepath of a {what} must end in {' or '.join(endings)}, got "
                f"{self.filepath!r}."
            )
        filled(self.filepath, Tried(epoch=1, batch=1))
        if not self.filepath.endswith(".safetensors"):
            need_h5py(self.filepath)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Remember the number of the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Save, if enough batches have passed since the last time."""
        if self.save_freq == "epoch":
            return
        self.batches_since_saving += 1
        if self.batches_since_saving >= int(self.save_freq):
            self.batches_since_saving = 0
            self._save_if_wanted(self.epoch, logs or {}, batch=batch + 1)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save, if `period` epochs have passed since the last time."""
        if self.save_freq != "epoch":
            return
        self.epochs_since_saving += 1
        if self.epochs_since_saving >= self.period:
            self.epochs_since_saving = 0
            self._save_if_wanted(epoch, logs or {})

    def _save_if_wanted(self, epoch: int, logs: Logs, **batch: int) -> None:
        """Save, unless a better model has been saved before."""
        path = filled(self.filepath, {"epoch": epoch + 1, **batch, **logs})
        if not self._wanted(epoch, logs, path):
            return
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)
        self._say(epoch, f"finished saving model to {path}")

    def _wanted(self, epoch: int, logs: Logs, path: str) -> bool:
        """Return whether to save: always, or only the best model so far."""
        if not self.save_best_only:
            self._say(epoch, f"saving model to {path}")
            return True
        value: Any = logs.get(self.monitor)
        if value is None:
            warn(f"Can save best model only with {self.monitor} available.")
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        if not self.improved(value, self.best):
            self._say(epoch, f"{self.monitor} did not improve from {best}")
            return False
        self._say(
            epoch, f"{self.monitor} improved from {best} to {value:.5f}, saving model to {path}"
        )
        self.best = value
        return True

    def _say(self, epoch: int, text: str) -> None:
        if self.verbose > 0:
            message(f"\nEpoch {epoch + 1}: {text}")


class Tried(dict[str, Any]):
    """Values for every name that a filepath may ask for, before there are logs."""

    def __missing__(self, name: str) -> Any:
        return 0.5 if name == "loss" or name.startswith("val_") else 1


def filled(filepath: str, values: dict[str, Any]) -> str:
    """Return a filepath with values for its names in braces.

    Raises
    ------
    KeyError
        If a value is missing.
    ValueError
        If a brace does not hold a name and a format for a number.
    """
    try:
        return filepath.format_map(values)
    except KeyError as error:
        raise KeyError(
            f"{filepath!r} asks for {error}, which is not in the logs; there are "
            f"{', '.join(values)}."
        ) from error
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise ValueError(
            f"the filepath {filepath!r} cannot be filled in ({error}): braces hold a name and a "
            'format, such as "{epoch:02d}-{val_loss:.2f}.keras".'
        ) from error


def checked_save_freq(save_freq: Any) -> str | int:
    """Return "epoch", or the number of batches after which to save."""
    is_name = isinstance(save_freq, str) and save_freq == "epoch"
    return "epoch" if is_name else positive_int(save_freq, "save_freq")
