"""Exercise 3: how large an output is, how many parameters there are, and max pooling."""

import numpy as np

from numcnn.course.exercises.student import Student, expect


def check(student: Student) -> None:
    """Compare the three functions with the right numbers, on several sizes each."""
    size = student.function("output_size")
    for s, w, t, p in ((28, 5, 1, 0), (9, 3, 3, 0), (28, 3, 1, 2), (8, 3, 2, 0), (10, 3, 2, 1)):
        usual = {
            "plus_one_inside": (s + p - w + 1) // t,
            "plus_one": (s + p - w) // t,
            "not_whole": (s + p - w) / t + 1,
            "padding_ignored": (s - w) // t + 1,
            "padding_twice": (s + 2 * p - w) // t + 1,
            "stride_ignored": s + p - w + 1,
        }
        expect(size(s, w, t, p), (s + p - w) // t + 1, f"output_size({s}, {w}, {t}, {p})", usual)
    count = student.function("conv_parameters")
    for w, c, f in ((3, 1, 32), (3, 32, 64), (5, 8, 16)):
        usual = {
            "no_bias": w * w * c * f,
            "one_bias": w * w * c * f + 1,
            "window_once": w * c * f + f,
            "channels_ignored": w * w * f + f,
        }
        expect(count(w, c, f), w * w * c * f + f, f"conv_parameters({w}, {c}, {f})", usual)
    image = np.random.default_rng(3).integers(-9, 10, (4, 6)).astype(float)
    windows = image.reshape(2, 2, 3, 2)
    every = np.lib.stride_tricks.sliding_window_view(image, (2, 2)).max(axis=(2, 3))
    pools = {
        "mean": windows.mean(axis=(1, 3)),
        "corner": image[::2, ::2],
        "from_zero": np.maximum(windows.max(axis=(1, 3)), 0),
        "overlapping": every[:2, :3],
    }
    expect(student.function("max_pool")(image), windows.max(axis=(1, 3)), "max_pool(image)", pools)
