"""Everybody who takes part, each in its best form.

A contestant has two methods, ``train(task)`` and ``predict(task)``.  Each returns the *forms* in
which its library can do the work, ``{name: prepare}``: ``prepare()`` makes a fresh model with the
task's weights, brings the data into the layout that the library likes best, and returns a function
that does one pass over the batches.  None of that preparation is timed.  A training pass returns
the mean loss of its batches; a prediction pass returns a list with the probabilities of each batch.

Of several forms, the fastest on this machine is timed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.networks import NETWORKS, Norm, flat
from numcnn.engine import ENGINES

LEARNING_RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-7


class Task(NamedTuple):
    """What is to be done: ``"train"`` or ``"predict"``, with a network of `benchmarks.networks`.

    images ``(steps, batch, H, W, C)`` float32, labels ``(steps, batch)`` int64; weights in the
    order of the network's rows, in Keras's layout.
    """

    what: str
    model: str
    weights: list[np.ndarray]
    images: np.ndarray
    labels: np.ndarray
    dropout: float = 0.0

    @property
    def batch(self) -> int:
        return self.images.shape[1]

    @property
    def normed(self) -> bool:
        """Whether the network has batch normalization."""
        return any(isinstance(row, Norm) for row in flat(NETWORKS[self.model].rows))

    def in_one_array(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all images, ``(N, H, W, C)``, and all labels, ``(N,)``."""
        return self.images.reshape(-1, *self.images.shape[2:]), self.labels.reshape(-1)

    def __str__(self) -> str:
        size = "one image" if self.batch == 1 else f"batch {self.batch}"
        return f"{self.what} {self.model}, {size}"


class NotMine(Exception):  # noqa: N818 - not an error: this contestant does not do such a task
    """Raised by a contestant for a task that it does not take on."""


Forms = dict[str, Callable[[], Callable[[], Any]]]

OURS = {engine: f"numcnn, {engine} engine" for engine in sorted(ENGINES)}
BOOKS = "NumPy im2col of the books"
TUTORIALS = ("A", "B")
"""The networks of the tutorials."""
PEERS = ("PyTorch, channels_last", "PyTorch, NCHW", "Keras on TensorFlow", "JAX, jit")
RUNTIMES = ("onnxruntime", "onnxruntime, one thread", "OpenVINO")
"""They predict only; numcnn's ratio to them stands beside, and counts where one image does."""

CONTESTANTS: dict[str, tuple[str, str, Any]] = {  # name -> module, class, its argument
    **{name: ("ours", "Numcnn", engine) for engine, name in OURS.items()},
    "PyTorch, channels_last": ("pytorch", "PyTorch", True),
    "PyTorch, NCHW": ("pytorch", "PyTorch", False),
    "Keras on TensorFlow": ("keras_tensorflow", "Keras", None),
    "JAX, jit": ("jax_jit", "Jax", None),
    "onnxruntime": ("runtimes", "OnnxRuntime", False),
    "onnxruntime, one thread": ("runtimes", "OnnxRuntime", True),
    "OpenVINO": ("runtimes", "OpenVino", None),
    BOOKS: ("books", "Books", None),
}


def make(name: str, threads: int) -> Any:
    """Return a contestant that works with so many threads; imports its library only now."""
    module, cls, argument = CONTESTANTS[name]
    contestant = getattr(importlib.import_module(f"benchmarks.contestants.{module}"), cls)
    return contestant(argument, threads)
