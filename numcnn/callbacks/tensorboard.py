"""TensorBoard: the logs of every epoch in files that TensorBoard shows as curves."""

from __future__ import annotations

import importlib
from os import PathLike
from typing import Any

from numcnn.callbacks.base import Callback, Logs
from numcnn.checks import flag, is_number, path_of, positive_int, shown, warn

OLD_OPTIONS = ("batch_size", "write_grads", "embeddings_layer_names", "embeddings_data")


class TensorBoard(Callback):
    """Writes event files; ``tensorboard --logdir logs`` shows them in a browser.

    The values of an epoch are ``epoch_loss``, ``epoch_accuracy`` and so on, those of the training
    in the folder ``train``, those of the validation in ``validation``, so that TensorBoard draws
    both into one picture.  ``epoch_learning_rate`` is among those of the training.  The files are
    written by tensorboardX: ``pip install "numcnn[tensorboard]"``.

    Parameters
    ----------
    log_dir : path, default "logs"
    histogram_freq : int, default 0
        Write a histogram of every weight after each of so many epochs; 0: none.
    write_graph, write_images, write_steps_per_second, profile_batch
        Accepted; numcnn has `summary`, `plot_model`, `pictures` and `profile` for these.
    update_freq : {"epoch", "batch"} or int, default "epoch"
        ``"batch"``, or a number: also write the values after each batch, or each of so many, as
        ``batch_loss`` and so on.
    embeddings_freq : 0
        numcnn has no embeddings.
    embeddings_metadata : None
    **options
        Arguments of Keras 2, such as ``batch_size``; accepted and ignored.

    Warns
    -----
    UserWarning
        When the training begins, if tensorboardX is not installed: then nothing is written.

    Examples
    --------
    ::

        model.fit(x, y, epochs=5, callbacks=[TensorBoard("logs/first")])
    """

    kept = ("batches_seen",)

    def __init__(
        self,
        log_dir: str | PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: Any = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
        **options: Any,
    ) -> None:
        super().__init__()
        for name in options:
            if name not in OLD_OPTIONS:
                raise TypeError(f"TensorBoard has no argument {name!r}.")
        self.log_dir = path_of(log_dir, "log_dir")
        self.histogram_freq = positive_int(histogram_freq, "histogram_freq", minimum=0)
        self.write_graph = flag(write_graph, "write_graph")
        self.write_images = flag(write_images, "write_images")
        self.write_steps_per_second = flag(write_steps_per_second, "write_steps_per_second")
        if not isinstance(update_freq, str):
            positive_int(update_freq, "update_freq")
        elif update_freq not in ("epoch", "batch"):
            raise ValueError(
                f'update_freq must be "epoch", "batch" or a number, got {shown(update_freq)}.'
            )
        self.update_freq = update_freq
        if positive_int(embeddings_freq, "embeddings_freq", 0) or embeddings_metadata is not None:
            raise ValueError("numcnn has no embeddings: leave out embeddings_freq and _metadata.")
        self.batches_seen = 0
        self._class: Any = None
        self._writers: dict[str, Any] = {}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin to count batches anew."""
        self.batches_seen = 0
        self._class = _writer_class()
        if self._class is None:
            warn(
                "the TensorBoard callback writes nothing, because tensorboardX is not installed: "
                'pip install "numcnn[tensorboard]". CSVLogger needs nothing.'
            )

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Write the means so far, if it is time."""
        self.batches_seen += 1
        every = {"epoch": 0, "batch": 1}.get(self.update_freq, self.update_freq)
        if every and self.batches_seen % every == 0:
            for name, value in (logs or {}).items():
                self._write("train", f"batch_{name}", value, self.batches_seen - 1)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the epoch's values, and the histograms if it is time."""
        for name, value in (logs or {}).items():
            of_validation = name.startswith("val_")
            folder = "validation" if of_validation else "train"
            self._write(folder, f"epoch_{name.removeprefix('val_')}", value, epoch)
        rate = float(self.model.optimizer.learning_rate)
        self._write("train", "epoch_learning_rate", rate, epoch)
        if self._class and self.histogram_freq and epoch % self.histogram_freq == 0:
            for layer in self.model.layers:
                for parameter in layer.parameters:
                    name = f"{layer.name}/{parameter.name}/histogram"
                    self._writer("train").add_histogram(name, parameter.value, epoch)
        for writer in self._writers.values():
            writer.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _write(self, folder: str, name: str, value: Any, step: int) -> None:
        if self._class and is_number(value):  # a callback may put anything into the logs
            self._writer(folder).add_scalar(name, float(value), step)

    def _writer(self, folder: str) -> Any:
        if folder not in self._writers:
            self._writers[folder] = self._class(str(self.log_dir / folder))
        return self._writers[folder]


def _writer_class() -> Any:
    """Return the class that writes event files; None if tensorboardX is not installed."""
    try:
        return importlib.import_module("tensorboardX").SummaryWriter
    except ImportError:
        return None
