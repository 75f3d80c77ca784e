"""Exercise 7: one step of Adam."""

from typing import Any

import numpy as np

from numcnn.course.exercises.student import MistakeError, Student, expect
from numcnn.optimizers import Adam
from numcnn.parameter import Parameter

RATE = 0.001


def check(student: Student) -> None:
    """Compare single steps with the formulas and the usual mistakes, then three with Adam's."""
    step = student.function("adam_step")
    rng = np.random.default_rng(7)
    for t in (3, 4):  # in a training that goes on, so that every mistake has numbers of its own
        w, g, m = rng.normal(size=5), rng.normal(0, 3, 5), rng.normal(size=5)
        v = rng.uniform(0.01, 0.02, 5)
        result = step(w, g, m, v, t, RATE)
        if not isinstance(result, tuple | list) or len(result) != 3:
            raise MistakeError("not_three", name="adam_step")
        _one_step(result, w, g, m, v, t)

    w, m, v = rng.normal(size=5), np.zeros(5), np.zeros(5)
    parameter, own = Parameter(w.copy(), "w"), Adam(RATE)
    for t in (1, 2, 3):
        parameter.grad = rng.normal(0, 3, 5)
        w, m, v = step(w, parameter.grad, m, v, t, RATE)
        own.update([parameter])
        expect(w, parameter.value, f"adam_step(w, g, m, v, {t})[0]", tolerance=1e-6)
    _small_gradients(step)


def _small_gradients(step: Any) -> None:
    """Ask for gradients of 0 and near 0, where 1e-7 counts, and for another learning rate."""
    w, zero, g = np.ones(1), np.zeros(1), np.full(1, 1e-6)
    with np.errstate(all="ignore"):
        still = np.asarray(step(w, zero, zero, zero, 1, RATE)[0], np.float64)
    if np.isnan(still).any():
        raise MistakeError("no_small_number", name="adam_step")
    usual = {
        "inside_root": w - RATE * 1e-6 / np.sqrt(1e-12 + 1e-7),
        "no_small_number": w - RATE,
    }
    right = w - RATE * 1e-6 / (1e-6 + 1e-7)
    expect(step(w, g, zero, zero, 1, RATE)[0], right, "w", usual, tolerance=1e-7)
    usual = {"rate_fixed": right}
    right = w - 2 * RATE * 1e-6 / (1e-6 + 1e-7)
    expect(step(w, g, zero, zero, 1, 2 * RATE)[0], right, "w", usual, tolerance=1e-7)


def _one_step(result: Any, w: Any, g: Any, m: Any, v: Any, t: int) -> None:
    """Compare w, m and v after one step."""
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    mc, vc = m / (1 - 0.9**t), v / (1 - 0.999**t)
    for found, right, corrected, kind in (
        (result[1], m, mc, "wrong_m"),
        (result[2], v, vc, "wrong_v"),
    ):
        if np.shape(found) == right.shape and not np.allclose(found, right, rtol=1e-6):
            elsewhere = (result[0], result[1 if found is result[2] else 2])
            if any(np.shape(one) == m.shape and np.allclose(one, right) for one in elsewhere):
                raise MistakeError("other_order", name="adam_step")
            is_corrected = np.allclose(found, corrected, rtol=1e-6)
            raise MistakeError("returns_corrected" if is_corrected else kind, name="adam_step")
    right = w - RATE * mc / (np.sqrt(vc) + 1e-7)
    later = m / (1 - 0.9 ** (t + 1)), v / (1 - 0.999 ** (t + 1))
    usual = {
        "uphill": 2 * w - right,
        "not_corrected": w - RATE * m / (np.sqrt(v) + 1e-7),
        "no_root": w - RATE * mc / (vc + 1e-7),
        "plain": w - RATE * g,
        "m_only": w - RATE * mc,
        "t_ignored": w - RATE * m / 0.1 / (np.sqrt(v / 0.001) + 1e-7),
        "step_only": [w - right, right - w],
        "from_zero": w - RATE * later[0] / (np.sqrt(later[1]) + 1e-7),
    }
    expect(result[0], right, f"adam_step(w, g, m, v, {t})[0]", usual, tolerance=1e-9)
