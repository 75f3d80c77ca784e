"""Initializers: the initial values of parameters.

An initializer is called with a shape and returns an array of this shape.  A layer takes one by
name, ``kernel_initializer="he_normal"``, or as an object, ``HeNormal(seed=1)``.

May import: `checks`, `configuration`, `families`, `own_results`, `randomness`.
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
# Keras's other spellings; without them `constant` would be the file above.
constant, ones, zeros = Constant, Ones, Zeros
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
glorot_normal, he_normal, lecun_normal = GlorotNormal, HeNormal, LecunNormal
glorot_uniform, he_uniform, lecun_uniform = GlorotUniform, HeUniform, LecunUniform
variance_scaling = VarianceScaling

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
    "constant",
    "deserialize",
    "fans",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "random_normal",
    "random_uniform",
    "serialize",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]
