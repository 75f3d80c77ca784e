"""numcnn: a convolutional network that can be read to the last multiplication, and trained.

README.md lists the files that contain every formula of the network, in an order for reading.  It
begins with ``examples/one_file.py``, a whole network in NumPy.  After that, read
``numcnn/gradcheck/``, which measures whether forward and backward agree, and
``numcnn/engine/fast/``, the same arithmetic in compiled loops.
"""

import importlib
from typing import Any

from numcnn import (
    activations,
    callbacks,
    constraints,
    engine,
    gradcheck,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
)
from numcnn.engine import use_engine
from numcnn.functional import Model
from numcnn.layers import Input, Layer
from numcnn.layers.symbolic import Tensor as KerasTensor
from numcnn.missing import absent, of_module
from numcnn.predictor import Predictor
from numcnn.profiling import profile
from numcnn.randomness import set_random_seed
from numcnn.sequential import Sequential

__version__ = "0.1.0"

__all__ = [
    "Input",
    "KerasTensor",
    "Layer",
    "Model",
    "Predictor",
    "Sequential",
    "activations",
    "callbacks",
    "constraints",
    "engine",
    "gradcheck",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "profile",
    "regularizers",
    "set_random_seed",
    "use_engine",
]

_LATER = (
    *("applications", "backend", "datasets", "explain", "ops", "parallel", "pictures"),
    *("preprocessing", "utils", "visor"),
)


def __getattr__(name: str) -> Any:
    """Import what needs more than NumPy, or few programs need, when it is first asked for."""
    if name in _LATER:
        return importlib.import_module(f"numcnn.{name}")
    if name == "config":  # Keras 3 has the same questions there
        return importlib.import_module("numcnn.backend")
    raise absent(name, of_module(__name__, name))
