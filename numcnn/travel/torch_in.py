"""The weights of a PyTorch state dict for a model of the same layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from numcnn.saving.container import read_arrays
from numcnn.saving.errors import ModelFileError, refusing
from numcnn.travel.torch_source import named_layers
from numcnn.travel.torch_weights import kept


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
        for name, layer in named_layers(model).items():
            places = [(f"{name}{one.key}", one) for one in kept(layer)]
            if not any(key in arrays for key, _ in places):
                continue
            for key, (parameter, _, there, back) in places:
                if key not in arrays:
                    raise ModelFileError(f"it has no array {key!r}.")
                array = arrays.pop(key)
                wanted = there(parameter.value).shape
                if array.shape != wanted or array.dtype.kind != "f":
                    raise ModelFileError(
                        f"{key!r} is {array.dtype} {array.shape}, and the layer's {parameter.name} "
                        f"{parameter.value.shape} would be float numbers {wanted} there."
                    )
                ours = back(array)
                found.append((parameter, ours.astype(parameter.value.dtype)))
        if not found:
            raise ModelFileError(
                "none of its names is that of a layer: name the layers as the module's attributes, "
                "such as Conv2D(8, 5, name='conv1') for 'conv1.weight'."
            )
    for parameter, array in found:
        parameter.value = np.ascontiguousarray(array)
