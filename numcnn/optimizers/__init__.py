"""Optimizers: how a gradient changes a parameter.

``t`` counts the updates from 1, ``w`` is a parameter, ``g`` its gradient; everything is done number
by number, in place.  Formulas and defaults are those of Keras 3.

May import: `checks`, `configuration`, `engine`, `families`, `parameter`, `results`.
"""

from numcnn.families import Family
from numcnn.optimizers import schedules
from numcnn.optimizers.adadelta import Adadelta
from numcnn.optimizers.adagrad import Adagrad
from numcnn.optimizers.adam import Adam
from numcnn.optimizers.adamax import Adamax
from numcnn.optimizers.adamw import AdamW
from numcnn.optimizers.base import Optimizer
from numcnn.optimizers.lion import Lion
from numcnn.optimizers.muon import Muon
from numcnn.optimizers.nadam import Nadam
from numcnn.optimizers.rmsprop import RMSprop
from numcnn.optimizers.sgd import SGD

# Old spellings; without them these names would be the files above.
adam, adamw, adagrad, adadelta, rmsprop, sgd = Adam, AdamW, Adagrad, Adadelta, RMSprop, SGD
adamax, nadam, lion, muon = Adamax, Nadam, Lion, Muon

KINDS: tuple[type[Optimizer], ...] = (
    *(SGD, RMSprop, Adam, AdamW, Adagrad, Adadelta),
    *(Adamax, Nadam, Lion, Muon),
)
OPTIMIZERS = Family("optimizer", Optimizer, {kind.__name__.lower(): kind for kind in KINDS})
get, serialize, deserialize = OPTIMIZERS.get, OPTIMIZERS.serialize, OPTIMIZERS.deserialize
__getattr__ = OPTIMIZERS.missing(__name__)

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Muon",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]
