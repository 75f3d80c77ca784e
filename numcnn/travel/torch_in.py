"""The weights of a PyTorch state dict for a model of the same layers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from numcnn.saving.container import read_arrays
from numcnn.saving.errors import ModelFileError, refusing
from numcnn.travel.torch_source import named_steps

NAMES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
"""The names of numcnn's parameters in a state dict."""

ORDERS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    4: lambda kernel: kernel.transpose(2, 3, 1, 0),  # (F, C, KH, KW) -> (KH, KW, C, F)
    2: lambda kernel: kernel.T,
}


def load_torch_weights(model: Any, path: Path) -> None:
    """Give a built model the weights of a state dict in a safetensors file, by the layers' names.

    Layers that the file does not name keep their weights; a layer that it names must be there with
    all of its arrays, in the right shapes.

    Raises
    ------
    ModelFileError
        If the file is damaged or fits no layer.  Nothing has been changed then.
    OSError
        If it can't be read.
    """
    arrays = read_arrays(path)
    arrays = {name: a for name, a in arrays.items() if not name.endswith("num_batches_tracked")}
    found: list[tuple[Any, np.ndarray]] = []
    with refusing(path, "it is no state dict of these layers"):
        for step, name in named_steps(model):
            if not any(key.startswith(f"{name}.") for key in arrays):
                continue
            for parameter in step.layer.parameters:
                key = f"{name}.{NAMES.get(parameter.name, parameter.name)}"
                if key not in arrays:
                    raise ModelFileError(f"it has no array {key!r}.")
                array = arrays.pop(key)
                ours = ORDERS[array.ndim](array) if parameter.name == "kernel" else array
                if ours.shape != parameter.value.shape or ours.dtype.kind != "f":
                    raise ModelFileError(
                        f"{key!r} is {array.dtype} {array.shape}, which as numcnn has it is "
                        f"{ours.shape}, and the layer's is {parameter.value.shape}."
                    )
                found.append((parameter, ours.astype(parameter.value.dtype)))
        if not found:
            raise ModelFileError(
                "none of its names is that of a layer: name the layers as the module's attributes, "
                "such as Conv2D(8, 5, name='conv1') for 'conv1.weight'."
            )
    for parameter, array in found:
        parameter.value = np.ascontiguousarray(array)
