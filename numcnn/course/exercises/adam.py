"""Exercise 7: one step of Adam."""

import numpy as np

from numcnn.course.exercises.student import MistakeError, Student, expect
from numcnn.optimizers import Adam
from numcnn.parameter import Parameter

RATE = 0.001


def check(student: Student) -> None:
    """Compare three steps with the formulas, the usual mistakes, and numcnn's own Adam."""
    step = student.function("adam_step")
    rng = np.random.default_rng(7)
    w, m, v = rng.normal(size=5), np.zeros(5), np.zeros(5)
    parameter = Parameter(w.copy(), "w")
    own = Adam(RATE)
    for t in (1, 2, 3):
        g = rng.normal(0, 3, 5)
        result = step(w, g, m, v, t, RATE)
        if not isinstance(result, tuple | list) or len(result) != 3:
            raise MistakeError("not_three", name="adam_step")
        w_before = w
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        mc, vc = m / (1 - 0.9**t), v / (1 - 0.999**t)
        for found, right, corrected, kind in (
            (result[1], m, mc, "wrong_m"),
            (result[2], v, vc, "wrong_v"),
        ):
            if np.shape(found) == right.shape and not np.allclose(found, right, rtol=1e-6):
                is_corrected = np.allclose(found, corrected, rtol=1e-6)
                raise MistakeError("returns_corrected" if is_corrected else kind, name="adam_step")
        w = w_before - RATE * mc / (np.sqrt(vc) + 1e-7)
        usual = {
            "uphill": 2 * w_before - w,
            "not_corrected": w_before - RATE * m / (np.sqrt(v) + 1e-7),
            "no_root": w_before - RATE * mc / (vc + 1e-7),
            "plain": w_before - RATE * g,
            "m_only": w_before - RATE * mc,
            "from_zero": w_before
            - RATE * (m / (1 - 0.9 ** (t + 1))) / (np.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-7),
        }
        expect(result[0], w, f"w after step {t}", usual, tolerance=1e-9)
        parameter.grad = g
        own.update([parameter])
        expect(result[0], parameter.value, f"w after step {t}", tolerance=1e-6)
