"""Activations: the nonlinear functions that a layer applies after its linear part.

Each is two formulas: its value ``y = f(z)``, and its gradient, which turns the gradient with
respect to y into the gradient with respect to z.  All arrays have the same shape.

A layer takes an activation by name, ``activation="relu"``, or as an object, such as
``activation=LeakyReLU(0.1)``.  ``activations.relu`` and the others can be called like functions:

>>> relu([-1.0, 2.0])
array([0., 2.])

May import: `checks`, `configuration`, `families`, `missing`, `own_results`, `results`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from numcnn.activations import with_arguments
from numcnn.activations.base import Activation, tried
from numcnn.activations.classic import Linear, ReLU, Sigmoid, Softmax, Tanh
from numcnn.activations.units import ELU, GELU, SELU, BoundedReLU, LeakyReLU, Softplus
from numcnn.families import Family
from numcnn.missing import missing

KINDS: tuple[type[Activation], ...] = (
    *(Linear, ReLU, LeakyReLU, ELU, SELU, GELU, Sigmoid, Tanh, Softplus, Softmax),
)
ACTIVATIONS = Family("activation", Activation, {kind.name: kind for kind in KINDS})
serialize = ACTIVATIONS.serialize
ReLU.function, GELU.function = with_arguments.relu, with_arguments.gelu
Softmax.function = with_arguments.softmax

linear, relu, leaky_relu, elu, selu = Linear(), ReLU(), LeakyReLU(), ELU(), SELU()
gelu, sigmoid, tanh, softplus, softmax = GELU(), Sigmoid(), Tanh(), Softplus(), Softmax()


def get(identifier: Any, name: str = "activation") -> Activation:
    """Return the activation for a name, an object or a configuration.

    Parameters
    ----------
    identifier : str, Activation, layer, dict or None
        None is linear; an activation layer, such as `numcnn.layers.ReLU`, means its activation.
    name : str
        The name of the argument in error messages.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, dict):
        return deserialize(identifier)
    return tried(ACTIVATIONS.get(getattr(identifier, "as_activation", identifier), name))


def deserialize(config: Any, custom_objects: Mapping[str, Callable[..., Any]] | None = None) -> Any:
    """Make an activation from what `serialize` returned, here or in Keras.

    Parameters
    ----------
    config : dict, str or None
        ``{"class_name": …, "config": {…}}``, or a name alone.
    custom_objects : dict of str to type, optional
        Classes of your own by their names.
    """
    return ACTIVATIONS.deserialize(config, {"ReLU": BoundedReLU, **(custom_objects or {})})


__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "BoundedReLU",
    "LeakyReLU",
    "Linear",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "deserialize",
    "elu",
    "gelu",
    "get",
    "leaky_relu",
    "linear",
    "relu",
    "selu",
    "serialize",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
]

__getattr__ = missing(__name__)
