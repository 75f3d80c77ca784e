"""Exercise 2: a convolution in seven loops."""

from typing import Any

import numpy as np

from numcnn.course.exercises.student import Student, expect
from numcnn.engine.definition import conv2d


def check(student: Student) -> None:
    """Compare ``conv(x, kernel)`` with the definition, and with the usual mistakes."""
    conv = student.function("conv")
    rng = np.random.default_rng(2)
    for N, H, W, C, KH, KW, F in ((1, 4, 4, 1, 3, 3, 1), (2, 4, 5, 2, 2, 3, 3)):
        x = rng.integers(-4, 5, (N, H, W, C)).astype(float)
        kernel = rng.integers(-4, 5, (KH, KW, C, F)).astype(float)
        expect(conv(x, kernel), _right(x, kernel), "conv(x, kernel)", _usual(x, kernel))


def _right(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return conv2d(x, kernel, None, (1, 1), "valid")


def _usual(x: np.ndarray, kernel: np.ndarray) -> dict[str, Any]:
    """Return what the usual mistakes give."""
    right = _right(x, kernel)
    last, short, one, other = (np.zeros_like(kernel) for _ in range(4))
    last[-1, -1, -1] = kernel[-1, -1, -1]
    short[:-1, :-1] = kernel[:-1, :-1]
    one[:, :, 0] = kernel[:, :, 0]
    other[:, :, -1] = kernel[:, :, -1]
    first = np.zeros_like(right)
    first[0] = right[0]
    return {
        "zeros": np.zeros_like(right),
        "flipped": _right(x, kernel[::-1, ::-1]),
        "transposed": _right(x.swapaxes(1, 2), kernel).swapaxes(1, 2),
        "last_only": _right(x, last),
        "same_corner": np.broadcast_to(right[:, :1, :1], right.shape),
        "one_channel": _right(x, one),
        "last_channel": _right(x, other),
        "places_swapped": right.swapaxes(1, 2),
        "not_reset": [np.cumsum(right, axis=3), np.cumsum(right).reshape(right.shape)],
        "short": _right(x, short),
        "first_image": [first, np.broadcast_to(right[:1], right.shape)],
    }
