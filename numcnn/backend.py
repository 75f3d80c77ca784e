"""What programs ask ``keras.backend`` and ``keras.config`` for, answered for numcnn.

Here the answers are fixed, so the functions that set them take the fixed value and refuse others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import shown
from numcnn.keras_arguments import ADVICE
from numcnn.missing import missing

__all__ = [
    "backend",
    "clear_session",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "epsilon",
    "floatx",
    "get_value",
    "image_data_format",
    "int_shape",
    "set_floatx",
    "set_image_data_format",
]


def backend() -> str:
    """Return what computes: ``"numcnn"``, where Keras says ``"tensorflow"`` or ``"jax"``."""
    return "numcnn"


def floatx() -> str:
    """Return the dtype of a model that is given none, ``"float32"``."""
    return "float32"


def set_floatx(value: str) -> None:
    """Accept ``"float32"``.

    Raises
    ------
    ValueError
        For every other dtype.
    """
    if value != floatx():
        raise ValueError(
            f"numcnn has no dtype for all models, got {shown(value)}: give each model its own, "
            'Sequential(layers, dtype="float64").'
        )


def epsilon() -> float:
    """Return the small number that keeps divisions and logarithms finite, 1e-7."""
    return 1e-7


def image_data_format() -> str:
    """Return where the channels of an image are, ``"channels_last"``: ``(N, H, W, C)``."""
    return "channels_last"


def int_shape(x: Any) -> tuple[int | None, ...]:
    """Return the shape of a symbolic tensor, ``(None, 28, 28, 1)``, or of an array."""
    return tuple(x.shape)


def get_value(x: Any) -> Any:
    """Return a number, such as ``optimizer.learning_rate``, or an array, as NumPy's."""
    return x.numpy() if hasattr(x, "numpy") else np.asarray(x)[()]


def set_image_data_format(data_format: str) -> None:
    """Accept ``"channels_last"``.

    Raises
    ------
    ValueError
        For every other order of the axes.
    """
    if data_format != image_data_format():
        raise ValueError(
            f"numcnn has image_data_format='channels_last' only, got {shown(data_format)}: "
            f"{ADVICE['data_format']}."
        )


def disable_traceback_filtering() -> None:
    """Do nothing: tracebacks are whole."""


def disable_interactive_logging() -> None:
    """Do nothing: ``verbose=0`` or 2 chooses what a training prints."""


enable_traceback_filtering = disable_traceback_filtering
enable_interactive_logging = disable_interactive_logging


def clear_session() -> None:
    """Do nothing: models are freed with their last name, and names are counted in each model."""


INSTEAD = {
    "set_value": "assign it, model.optimizer.learning_rate = value",
    **dict.fromkeys(
        ("abs", "argmax", "cast", "clip", "concatenate", "exp", "flatten", "max", "mean", "round"),
        "NumPy and keras.ops compute it for arrays",
    ),
}
"""What to do in the place of functions that are not there."""


def _lacks(name: str) -> str | None:
    return f"{__name__} has no {name}: {INSTEAD[name]}." if name in INSTEAD else None


__getattr__ = missing(__name__, _lacks)
