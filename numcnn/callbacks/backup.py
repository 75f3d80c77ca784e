"""BackupAndRestore: a training that is stopped, however rudely, goes on where it was."""

from __future__ import annotations

import contextlib
import os

from numcnn.callbacks.base import Callback, Logs
from numcnn.callbacks.model_checkpoint import checked_save_freq
from numcnn.checks import flag, path_of
from numcnn.saving.errors import ModelFileError
from numcnn.saving.training_state import load_training, save_training

NEWEST, PREVIOUS = "training.safetensors", "training.previous.safetensors"


class BackupAndRestore(Callback):
    """Keeps the state of the training in a folder; run the program again, and it goes on.

    The program that is run again must be the same: model, data, arguments of `fit`, callbacks.
    What was kept is everything that the rest of the training depends on: the weights, the
    optimizer, the generators that shuffle and drop out, how far the epoch had come, the history,
    and the state of the other callbacks.  So it ends with the same bytes as if it had never been
    stopped.  (A generator that gives the batches is yours: begin it where the epoch begins.)

    Parameters
    ----------
    backup_dir : str or path
        A folder for this alone.
    save_freq : "epoch" or int, default "epoch"
        Save after each epoch, or after so many batches.
    double_checkpoint : bool, default False
        Whether the state before the last is kept too, in case the last can't be read.
    delete_checkpoint : bool, default True
        Whether the state is deleted once the training is complete.
    """

    kept = ("batches_since_saving",)
    comes_last = True

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        self.folder = path_of(backup_dir, "backup_dir")
        self.save_freq = checked_save_freq(save_freq)
        self.double_checkpoint = flag(double_checkpoint, "double_checkpoint")
        self.delete_checkpoint = flag(delete_checkpoint, "delete_checkpoint")
        self.batches_since_saving = 0
        self.callbacks: list[Callback] = []
        self.resumes_at = -1

    def set_callbacks(self, callbacks: list[Callback]) -> None:
        """Called before the training with all that listen to it."""
        self.callbacks = callbacks

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Go on from the state that an earlier training has left, if there is one."""
        self.batches_since_saving = 0
        self.resumes_at = self.model.position.epoch if self._restored() else -1

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """In the midst of an epoch, undo what the others have done at its beginning once more."""
        if epoch == self.resumes_at and self.model.position.batches:
            self._restored()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Save after every so many batches."""
        if self.save_freq == "epoch" or self.model.stop_training:
            return
        self.batches_since_saving += 1
        if self.batches_since_saving >= int(self.save_freq):
            self.batches_since_saving = 0
            self._save()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save after each epoch."""
        if self.save_freq == "epoch":
            self._save()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Delete what is no longer needed."""
        if not self.delete_checkpoint:
            return
        for pattern in (NEWEST, PREVIOUS, f".{NEWEST}.*.part"):
            for file in self.folder.glob(pattern):
                file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # not empty, or not there
            self.folder.rmdir()

    def _save(self) -> None:
        newest = self.folder / NEWEST
        if self.double_checkpoint and newest.exists():
            newest.replace(self.folder / PREVIOUS)
        save_training(newest, self.model, self.callbacks)

    def _restored(self) -> bool:
        """Go on from the newest state that can be read; say whether there is any."""
        there = [file for file in (self.folder / NEWEST, self.folder / PREVIOUS) if file.exists()]
        for file in there:
            try:
                load_training(file, self.model, self.callbacks)
            except ModelFileError:
                if file == there[-1]:
                    raise
            else:
                return True
        return False
