"""Initializers: the initial values of parameters.

An initializer is called with a shape and returns an array of this shape.  A layer takes one by
name, ``kernel_initializer="he_normal"``, or as an object, ``HeNormal(seed=1)``.

May import: `checks`, `configuration`, `families`, `randomness`.
"""

from numcnn.families import Family
from numcnn.initializers.base import Initializer
from numcnn.initializers.constant import Constant, Ones, Zeros
from numcnn.initializers.random import RandomNormal, RandomUniform, TruncatedNormal
from numcnn.initializers.scaling import GlorotUniform, fans
from numcnn.initializers.variance_scaling import (
    GlorotNormal,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

INITIALIZERS = Family(
    "initializer",
    Initializer,
    {
        "zeros": Zeros,
        "zero": Zeros,
        "ones": Ones,
        "one": Ones,
        "constant": Constant,
        "random_normal": RandomNormal,
        "normal": RandomNormal,
        "random_uniform": RandomUniform,
        "uniform": RandomUniform,
        "truncated_normal": TruncatedNormal,
        "variance_scaling": VarianceScaling,
        "glorot_uniform": GlorotUniform,
        "glorot_normal": GlorotNormal,
        "he_normal": HeNormal,
        "he_uniform": HeUniform,
        "lecun_normal": LecunNormal,
        "lecun_uniform": LecunUniform,
    },
)
get, serialize, deserialize = INITIALIZERS.get, INITIALIZERS.serialize, INITIALIZERS.deserialize
__getattr__ = INITIALIZERS.missing(__name__)

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "deserialize",
    "fans",
    "get",
    "serialize",
]
