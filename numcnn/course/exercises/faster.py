"""Exercise 14: a convolution as one matrix product."""

import numpy as np

from numcnn.course.exercises.student import Student, expect


def check(student: Student) -> None:
    """Compare ``im2col`` and ``conv_fast`` with the right numbers and the usual mistakes."""
    x = np.random.default_rng(14).integers(-9, 10, (4, 5)).astype(float)
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2))  # (3, 4, 2, 2)
    rows = windows.reshape(12, 4)
    usual = {
        "column_order": windows.swapaxes(0, 1).reshape(12, 4),
        "window_columns": windows.swapaxes(2, 3).reshape(12, 4),
        "transposed": rows.T,
        "short": windows[:-1, :-1].reshape(6, 4),
        "same_corner": np.broadcast_to(rows[0], rows.shape),
    }
    expect(student.function("im2col")(x, 2), rows, "im2col(x, 2)", usual)
    kernel = np.array([[1.0, -2.0], [3.0, 5.0]])
    right = (windows * kernel).sum(axis=(2, 3))
    usual = {
        "flat": right.ravel(),
        "flipped": (windows * kernel[::-1, ::-1]).sum(axis=(2, 3)),
    }
    expect(student.function("conv_fast")(x, kernel), right, "conv_fast(x, kernel)", usual)
