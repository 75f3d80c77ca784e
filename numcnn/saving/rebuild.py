"""A model made from its configuration, with the weights of a file instead of random ones.

Before a parameter is made, the file must contain an array of its shape.  So a configuration that
asks for 10⁹ units only leads to an error message, and takes no memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from numcnn.checks import counted
from numcnn.initializers import Initializer
from numcnn.saving.architecture import DEEPEST, MODELS, CustomObjects
from numcnn.saving.errors import ModelFileError

MOST_LAYERS = 2_000


class Stored(Initializer):
    """An initializer that gives the array of a file."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __call__(self, shape: Any, dtype: Any = np.float32, rng: Any = None) -> np.ndarray:
        """Return the array, writable."""
        return self.array.astype(dtype)


class NamedWeights:
    """The weights of a file, by names such as ``"conv2d/kernel"``."""

    def __init__(self, arrays: Mapping[str, np.ndarray], model: Any) -> None:
        self.arrays = dict(arrays)
        self.names = {layer: path for path, layer in model.paths()}
        self.seen: Counter[str] = Counter()

    def take(self, layer: Any, name: str) -> np.ndarray:
        """Return the array of a layer's parameter, which is then used up."""
        full = f"{self.names[layer]}/{name}"
        number = self.seen[full]
        self.seen[full] += 1
        return self.arrays.pop(f"{full}_{number}" if number else full)

    def left(self) -> int:
        """Return how many arrays have not been used."""
        return len(self.arrays)


class OrderedWeights:
    """The weights of a file, one list for each layer that has any, in the order of the layers."""

    def __init__(self, layers: Iterable[list[np.ndarray]]) -> None:
        self.waiting = [list(arrays) for arrays in layers if arrays]
        self.of: dict[Any, list[np.ndarray]] = {}

    def take(self, layer: Any, name: str) -> np.ndarray:
        """Return a layer's next array, which is then used up."""
        if layer not in self.of:
            self.of[layer] = self.waiting.pop(0)
        return self.of[layer].pop(0)

    def left(self) -> int:
        """Return how many arrays have not been used."""
        return sum(len(arrays) for arrays in [*self.waiting, *self.of.values()])


class WeightsByLayer:
    """The weights of a file: a list for each layer, by its name."""

    def __init__(self, arrays: Mapping[str, list[np.ndarray]]) -> None:
        self.of = {name: list(several) for name, several in arrays.items()}

    def take(self, layer: Any, name: str) -> np.ndarray:
        """Return a layer's next array, which is then used up."""
        return self.of[layer.name].pop(0)

    def left(self) -> int:
        """Return how many arrays have not been used."""
        return sum(map(len, self.of.values()))


Weights = NamedWeights | OrderedWeights | WeightsByLayer


def class_to_build(said: Mapping[str, Any], kind: Any, custom_objects: CustomObjects) -> Any:
    """Return the class of a model that a file asks for: `kind`, or one of the reader's own."""
    name = said["class_name"]
    if name in MODELS:
        return MODELS[name]
    own = (custom_objects or {}).get(name)
    if isinstance(own, type) and issubclass(own, kind):
        return own
    raise ModelFileError(
        f"the file holds a {name}, and numcnn has Sequential and Functional: a class of your own "
        f"goes into custom_objects={{{name!r}: …}}."
    )


def rebuilt(
    kind: Any,
    config: Mapping[str, Any],
    weights_for: Callable[[Any], Weights],
    custom_objects: CustomObjects = None,
) -> Any:
    """Make a model of the class `kind` from its configuration, with a file's weights.

    Parameters
    ----------
    kind : type
        `Sequential`, or a class of it.
    config : dict
        As `Sequential.get_config` returns it.
    weights_for : function
        Returns the file's weights for the model, which is not built yet.
    custom_objects : dict of str to type, optional
        Layers of your own by their names.
    """
    if _count(config) > MOST_LAYERS:
        raise ModelFileError(f"{_count(config):,} layers are more than {MOST_LAYERS:,}.")
    source: list[Weights] = []

    def prepare(model: Any) -> None:
        source.append(weights_for(model))
        for layer in model.flat:
            layer.add_parameter = _taking(layer, source[0])

    model = kind.from_config(config, custom_objects, prepare)
    for layer in model.flat:
        del layer.add_parameter
    if source[0].left():
        raise ModelFileError(
            f"the file holds {counted(source[0].left(), 'array')} more than its own "
            "configuration asks for."
        )
    return model


def _count(config: Any, depth: int = 0) -> int:
    """Return how many layers a configuration has, those of inner models included."""
    layers = config.get("layers") if isinstance(config, Mapping) else None
    if not isinstance(layers, list | tuple) or depth > DEEPEST:
        return 0
    inner = [layer.get("config") for layer in layers if isinstance(layer, Mapping)]
    return len(layers) + sum(_count(said, depth + 1) for said in inner)


def _taking(layer: Any, weights: Weights) -> Callable[..., Any]:
    """Return the layer's `add_parameter`, that takes a file's array for the initial values."""
    add_parameter = layer.add_parameter

    def from_file(
        name: str, shape: Any, initializer: Any = None, *rest: Any, **options: Any
    ) -> Any:
        try:
            array = weights.take(layer, name)
        except (KeyError, IndexError) as error:
            raise ModelFileError(f'the file has no array for {name} of "{layer.name}".') from error
        if array.shape != tuple(shape) or array.dtype.kind != layer.dtype.kind:
            raise ModelFileError(
                f'{name} of "{layer.name}" is to have shape {tuple(shape)}, and the file has '
                f"{array.dtype} {array.shape}."
            )
        return add_parameter(name, shape, Stored(array), *rest, **options)

    return from_file
