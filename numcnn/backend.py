"""What programs ask ``keras.backend`` for, answered for numcnn."""

from __future__ import annotations

from numcnn.missing import missing

__all__ = ["backend", "clear_session", "epsilon", "floatx", "image_data_format"]


def backend() -> str:
    """Return what computes: ``"numcnn"``, where Keras says ``"tensorflow"`` or ``"jax"``."""
    return "numcnn"


def floatx() -> str:
    """Return the dtype of a model that is given none, ``"float32"``."""
    return "float32"


def epsilon() -> float:
    """Return the small number that keeps divisions and logarithms finite, 1e-7."""
    return 1e-7


def image_data_format() -> str:
    """Return where the channels of an image are, ``"channels_last"``: ``(N, H, W, C)``."""
    return "channels_last"


def clear_session() -> None:
    """Do nothing: models are freed with their last name, and names are counted in each model."""


__getattr__ = missing(__name__)
