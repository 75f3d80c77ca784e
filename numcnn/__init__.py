"""numcnn: a convolutional network that can be read to the last multiplication, and trained.

Read it in this order; in these files stands every formula of the network:

1. ``examples/mnist.py``        the program: data, layers, training, results
2. ``numcnn/datasets/mnist.py`` from the pixels of a picture file to batches
3. ``numcnn/network.py``        layers in a row: forward, and backward
4. ``numcnn/layers/base.py``    what a layer is
5. ``numcnn/layers/convolution.py``, ``pooling.py``, ``flatten.py``, ``dense.py``
6. ``numcnn/activations/classic.py``  ReLU and softmax
7. ``numcnn/engine/reference.py``  the arithmetic: im2col, one matrix product, col2im
8. ``numcnn/losses/cross_entropy.py``  cross-entropy
9. ``numcnn/optimizers/adam.py``  Adam
10. ``numcnn/training.py``      the training loop

and then ``numcnn/gradcheck/``, which measures whether forward and backward agree, and
``numcnn/engine/fast/``, the same arithmetic with its loops turned the right way round.
"""

import importlib
from typing import Any

from numcnn import (
    activations,
    callbacks,
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


def __getattr__(name: str) -> Any:
    """Import what needs more than NumPy, or few programs need, when it is first asked for."""
    if name in ("backend", "datasets", "pictures", "utils"):
        return importlib.import_module(f"numcnn.{name}")
    raise absent(name, of_module(__name__, name))
