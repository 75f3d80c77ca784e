"""The name ``tensorflow`` in a redirected program.

``tensorflow.keras`` is numcnn.  From TensorFlow itself there are names that programs for Keras
often use: its version, seeds, settings of the machine, datasets, activations, and functions of
arrays that NumPy also has.  All other names raise an error with advice.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from numcnn import activations
from numcnn.missing import absent
from numcnn.ops import of_arrays
from numcnn.preprocessing.dataset import AUTOTUNE, Dataset
from numcnn.randomness import set_random_seed
from numcnn.tensorflow_arrays import TABLE

VERSION = "2.21.0+numcnn"
"""The version that a program sees; numcnn was compared with Keras on TensorFlow 2.21."""

QUIET = ("set_", "enable_", "disable_", "run_")
"""Settings whose names begin like this choose how TensorFlow computes; they do nothing here."""


class Names(SimpleNamespace):
    """A part of TensorFlow of which some names are there."""

    def __getattr__(self, name: str) -> Any:
        raise absent(name, _sentence(f"{self.part}.{name}"))


class Settings:
    """``tensorflow.config``: the only device is the processor, and there is nothing to set."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name in ("experimental", "threading", "optimizer"):
            return Settings(f"{self._name}.{name}")
        if name.startswith("list_"):
            return lambda *arguments, **options: []
        if name.startswith(QUIET):
            return lambda *arguments, **options: None
        raise absent(name, _sentence(f"{self._name}.{name}"))


DTYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8")
MATHS = ("abs", "argmax", "argmin", "equal", "exp", "log", "sqrt", "square")
REDUCING = ("reduce_max", "reduce_mean", "reduce_min", "reduce_sum")
RANDOM = ("normal", "uniform")
UNITS: dict[str, Callable[..., Any]] = {
    "elu": lambda features: activations.elu(features),
    "gelu": lambda features, approximate=False: activations.gelu(features, approximate),
    "leaky_relu": lambda features, alpha=0.2: activations.leaky_relu(features, alpha),
    "relu": lambda features: activations.relu(features),
    "selu": lambda features: activations.selu(features),
    "sigmoid": lambda x: activations.sigmoid(x),
    "softmax": lambda logits, axis=-1: activations.softmax(logits, -1 if axis is None else axis),
    "softplus": lambda features: activations.softplus(features),
    "tanh": lambda x: activations.tanh(x),
}
"""Activations, with TensorFlow's argument names."""
NAMES: dict[str, Any] = {
    **{name: TABLE[name] for name in TABLE if name not in ("log", *RANDOM)},
    **{name: getattr(np, name) for name in DTYPES},
    "Tensor": np.ndarray,  # programs write it where they describe arguments
    "bool": np.bool_,
    "config": Settings("config"),
    "data": Names(
        part="data",
        AUTOTUNE=AUTOTUNE,
        Dataset=Dataset,
        experimental=Names(part="data.experimental", AUTOTUNE=AUTOTUNE),
    ),
    "device": lambda name: nullcontext(),
    "disable_eager_execution": lambda: None,
    "disable_v2_behavior": lambda: None,
    "enable_eager_execution": lambda: None,
    "executing_eagerly": lambda: True,
    "get_logger": lambda: logging.getLogger("tensorflow"),
    "math": Names(part="math", **{name: TABLE[name] for name in (*MATHS, *REDUCING)}),
    "newaxis": None,
    "nn": Names(part="nn", **{name: of_arrays(one, name) for name, one in UNITS.items()}),
    "logging": Names(
        part="logging",
        **{name: getattr(logging, name) for name in ("DEBUG", "ERROR", "FATAL", "INFO", "WARN")},
        set_verbosity=logging.getLogger("tensorflow").setLevel,
    ),
    "random": Names(
        part="random", set_seed=set_random_seed, **{name: TABLE[name] for name in RANDOM}
    ),
    "set_random_seed": set_random_seed,
    "test": Names(
        part="test",
        gpu_device_name=lambda: "",
        is_built_with_cuda=lambda: False,
        is_gpu_available=lambda *arguments, **options: False,
    ),
    "version": SimpleNamespace(VERSION=VERSION, GIT_VERSION=VERSION),
}
OF_KERAS = ("initializers", "losses", "metrics", "optimizers")
"""Modules of Keras that are also modules of TensorFlow."""
INSTEAD = {
    "GradientTape": "layers have backward(), and train_on_batch serves a loop of your own",
    "saved_model": "model.save and keras.models.load_model keep a model in a .keras file",
    "train": "keras.optimizers has Adam, SGD and others, and callbacks save checkpoints",
}
"""Advice about some large parts of TensorFlow."""


class TensorFlow(ModuleType):
    """The module ``tensorflow`` of a redirected program."""

    __version__ = VERSION

    def __getattr__(self, name: str) -> Any:
        if name == "keras":
            return importlib.import_module("numcnn")
        if name in OF_KERAS:
            return importlib.import_module(f"numcnn.{name}")
        if name in ("compat", "v1", "v2"):
            return self
        if name in NAMES:
            return NAMES[name]
        raise absent(name, _sentence(name))


def _sentence(name: str) -> str:
    """Return the message for a missing part of TensorFlow."""
    instead = INSTEAD.get(name.partition(".")[0])
    advice = f"in its place, {instead}" if instead else "do this part with NumPy, or leave it out"
    return (
        f"tensorflow.{name} is asked for, but numcnn stands in for tensorflow.keras only, and for "
        f"a few names beside it: {advice}."
    )


def missing_module(fullname: str) -> ModuleNotFoundError:
    """Return the error for ``import tensorflow.something``."""
    return ModuleNotFoundError(_sentence(fullname.removeprefix("tensorflow.")), name=fullname)
