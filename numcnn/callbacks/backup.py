"""BackupAndRestore: resume a training that was interrupted at any moment."""

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
    """Saves the state of the training in a folder; run the same program again to resume it.

    Model, data, arguments of `fit` and callbacks must be the same.  The saved state is everything
    that the rest of the training depends on: the weights, the optimizer, the random generators for
    shuffling and dropout, the position in the epoch, the history, and the state of the other
    callbacks.  So the result is the same, byte for byte, as without the interruption.  (If a
    generator of yours supplies the batches, start it where the epoch starts.)

    Parameters
    ----------
    backup_dir : str or path
        A folder that is used for nothing else.
    save_freq : "epoch" or int, default "epoch"
        Save after each epoch, or each time after this number of batches.
    double_checkpoint : bool, default False
        Whether to keep the previous state too, in case the last one cannot be read.
    delete_checkpoint : bool, default True
        Whether to delete the state when the training is complete.
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
        """Receive all callbacks of the training, before it begins."""
        self.callbacks = callbacks

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Resume from the state of an earlier training, if there is one."""
        self.batches_since_saving = 0
        self.resumes_at = self.model.position.epoch if self._restored() else -1

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Resume in the middle of an epoch: undo what the others do at its beginning again."""
        if epoch == self.resumes_at and self.model.position.batches:
            self._restored()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Save, if enough batches have passed since the last time."""
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
        """Delete the saved state, which is no longer needed."""
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
        """Resume from the newest state that can be read; return whether there is one."""
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
