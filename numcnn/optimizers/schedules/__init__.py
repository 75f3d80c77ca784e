"""Learning-rate schedules: steps that grow shorter as training goes on.

``Adam(ExponentialDecay(0.01, decay_steps=1000, decay_rate=0.9))``: at each update the optimizer
asks its schedule, a function of the number of updates done so far.

May import: `checks`, `configuration`, `families`, `results`.
"""

from numcnn.families import Family
from numcnn.optimizers.schedules.base import LearningRateSchedule
from numcnn.optimizers.schedules.cosine import CosineDecay, CosineDecayRestarts
from numcnn.optimizers.schedules.decay import (
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

KINDS: tuple[type[LearningRateSchedule], ...] = (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
SCHEDULES = Family("schedule", LearningRateSchedule, {kind.__name__: kind for kind in KINDS})
serialize, deserialize = SCHEDULES.serialize, SCHEDULES.deserialize
__getattr__ = SCHEDULES.missing(__name__)

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]
