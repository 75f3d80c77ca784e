"""Activations: what a layer does to each number after its linear part.

Each is two formulas: its value ``y = f(z)``, and its gradient, which turns the gradient with
respect to y into the one with respect to z.  Arrays go in and come out in one shape.

A layer takes an activation by name, ``activation="relu"``, or as an object, such as
``activation=LeakyReLU(0.1)``.  ``activations.relu`` and the others are objects that can be called:

>>> relu([-1.0, 2.0])
array([0., 2.])
"""

from typing import Any

from numcnn.activations.base import Activation
from numcnn.activations.classic import BoundedReLU, Linear, ReLU, Sigmoid, Softmax, Tanh
from numcnn.activations.units import ELU, GELU, SELU, LeakyReLU, Softplus
from numcnn.families import Family
from numcnn.missing import missing

KINDS: tuple[type[Activation], ...] = (
    *(Linear, ReLU, LeakyReLU, ELU, SELU, GELU, Sigmoid, Tanh, Softplus, Softmax),
)
ACTIVATIONS = Family("activation", Activation, {kind.name: kind for kind in KINDS})
serialize, deserialize = ACTIVATIONS.serialize, ACTIVATIONS.deserialize

linear, relu, leaky_relu, elu, selu = Linear(), ReLU(), LeakyReLU(), ELU(), SELU()
gelu, sigmoid, tanh, softplus, softmax = GELU(), Sigmoid(), Tanh(), Softplus(), Softmax()


def get(identifier: Any, name: str = "activation") -> Activation:
    """Return the activation that is meant.

    Parameters
    ----------
    identifier : str, Activation, layer, dict or None
        A name; None is linear; a layer that is nothing but an activation stands for it.
    name : str
        What a message calls the argument.
    """
    if identifier is None:
        return linear
    return ACTIVATIONS.get(getattr(identifier, "as_activation", identifier), name)


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
