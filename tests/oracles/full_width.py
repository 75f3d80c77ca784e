"""Print how far five epochs of resnet8 and mobile are from Keras, at full width and in float64.

    KERAS_BACKEND=tensorflow python tests/oracles/full_width.py

Nothing is stored: in float32, rounding moves pixels over the edges of relus.  In float64, Keras on
TensorFlow computes Adam's bias correction from betas of float32, and has a learning rate of float32
(``findings/keras_adam_in_float64_rounds_its_betas.sh``), so numcnn takes the same here.
"""

import functools
import math
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
from oracles import panel

import numcnn


def in_float64(package: Any) -> SimpleNamespace:
    """Return a package of numcnn whose classes make layers and models of float64."""
    names = {name: getattr(package, name) for name in package.__all__}
    kinds = {name for name, thing in names.items() if isinstance(thing, type)}
    return SimpleNamespace(
        **{
            name: functools.partial(thing, dtype="float64") if name in kinds else thing
            for name, thing in names.items()
        }
    )


class LikeKeras(numcnn.optimizers.schedules.LearningRateSchedule):
    """The learning rate that gives Adam the steps of Keras in float64 on TensorFlow."""

    def __call__(self, step: Any) -> float:
        """Return the rate of a step."""
        rate, *rounded = (float(np.float32(one)) for one in (0.001, 0.9, 0.999))
        return rate * corrected(*rounded, step + 1) / corrected(0.9, 0.999, step + 1)


def corrected(beta_1: float, beta_2: float, t: int) -> float:
    """Return Adam's bias correction at step t."""
    return math.sqrt(1 - beta_2**t) / (1 - beta_1**t)


def main() -> None:
    """Train three models of each network, and compare their histories."""
    keras.config.set_floatx("float64")
    ours = SimpleNamespace(
        layers=in_float64(numcnn.layers),
        Model=numcnn.Model,
        Sequential=functools.partial(numcnn.Sequential, dtype="float64"),
    )
    for name in panel.NAMES:
        theirs = panel.trained(panel.model(name, keras))
        for engine in numcnn.engine.ENGINES:
            with numcnn.use_engine(engine):
                found = panel.trained(panel.model(name, ours), numcnn.optimizers.Adam(LikeKeras()))
            apart = {key: np.abs(np.subtract(found[key], theirs[key])).max() for key in theirs}
            said = ", ".join(f"{key} {most:.0e}" for key, most in apart.items())
            print(f"{name}, {engine} engine, from Keras on {keras.backend.backend()}: {said}")


if __name__ == "__main__":
    panel.narrow = lambda rows: rows
    panel.IMAGE, panel.TRAIN, panel.VALIDATE, panel.BATCH_SIZE = (32, 32, 3), 192, 64, 32
    main()
