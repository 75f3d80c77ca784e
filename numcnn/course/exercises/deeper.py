"""Exercise 13: a residual block, forward and backward."""

import numpy as np

from numcnn.course.exercises.student import MistakeError, Student, expect


def check(student: Student) -> None:
    """Compare the block and its gradients with the right ones, and with the usual mistakes."""
    rng = np.random.default_rng(13)
    x, dy, w = (rng.normal(size=shape) for shape in ((4, 3), (4, 3), (3, 3)))
    z = x @ w
    relu = np.maximum(z, 0)
    usual = {
        "no_sum": relu,
        "no_relu": x + z,
        "relu_outside": np.maximum(x + z, 0),
        "doubled": z + relu,
        "one_largest": [x + z.max(axis=0), x + z.max()],
    }
    expect(student.function("forward")(x, w), x + relu, "forward(x, w)", usual)

    both = student.function("backward")(dy, x, w)
    if not isinstance(both, tuple | list) or len(both) != 2:
        raise MistakeError("not_two", name="backward")
    dz = dy * (z > 0)
    through = dz @ w.T
    if np.shape(both[0]) == w.shape and np.allclose(both[0], x.T @ dz):
        raise MistakeError("exchanged", name="backward")
    usual = {
        "no_shortcut": through,
        "only_shortcut": dy,
        "no_mask": dy + dy @ w.T,
        "untransposed": dy + dz @ w,
        "product": dy * through,
        "mean_of_both": (dy + through) / 2,
        "mask_of_x": [dy + (dy * (one > 0)) @ w.T for one in (x, x + relu)],
    }
    expect(both[0], dy + through, "dx", usual)
    usual = {"dw_no_mask": x.T @ dy, "dw_mean": x.T @ dz / len(x), "dw_transposed": dz.T @ x}
    expect(both[1], x.T @ dz, "dw", usual)
