"""Every learning-rate schedule is a formula: no step takes longer than another."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numcnn.optimizers import schedules
from numcnn.optimizers.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

FAR = 2**63 - 1  # as far as a file can say
SCHEDULES = {
    "constant length": CosineDecayRestarts(0.1, 10, t_mul=1.0),
    "nearly constant length": CosineDecayRestarts(0.1, 10, t_mul=1 + 1e-12),
    "doubled": CosineDecayRestarts(0.1, 10, m_mul=0.9, alpha=0.1),
    "enormous": CosineDecayRestarts(0.1, 10, t_mul=1e300),
    "higher each time": CosineDecayRestarts(0.1, 10, t_mul=1.0, m_mul=1.1),
    "cosine": CosineDecay(0.1, 10, warmup_target=0.2, warmup_steps=5),
    "polynomial": PolynomialDecay(0.1, 10, cycle=True),
    "exponential": ExponentialDecay(0.1, 10, 0.9),
    "growing": ExponentialDecay(0.1, 10, 1.5, staircase=True),
    "inverse": InverseTimeDecay(0.1, 10, 0.5),
    "pieces": PiecewiseConstantDecay([5], [0.1, 0.2]),
}


def restarted(schedule: CosineDecayRestarts, step: int) -> float:
    """The same, one half wave after another."""
    passed, length, top = float(step), float(schedule.first_decay_steps), 1.0
    while passed >= length:
        passed, length, top = passed - length, length * schedule.t_mul, top * schedule.m_mul
    wave = top * 0.5 * (1 + math.cos(math.pi * passed / length))
    return schedule.initial_learning_rate * ((1 - schedule.alpha) * wave + schedule.alpha)


@given(
    step=st.integers(0, 3000),
    first=st.integers(1, 50),
    t_mul=st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0]),  # exact, as are their powers
    m_mul=st.sampled_from([0.0, 0.5, 0.9, 1.0, 1.5]),
)
def test_restarts_are_where_one_half_wave_after_another_ends(step, first, t_mul, m_mul):
    schedule = CosineDecayRestarts(0.1, first, t_mul, m_mul, alpha=0.01)
    assert schedule(step) == pytest.approx(restarted(schedule, step), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("t_mul", [1.0, 2.0, 3.0, 1.5])
def test_at_a_restart_the_rate_is_at_the_top(t_mul):
    schedule = CosineDecayRestarts(0.1, 8, t_mul)
    begins = [0.0, *(sum(8 * t_mul**k for k in range(count)) for count in range(1, 5))]
    assert [schedule(step) for step in begins] == [0.1] * 5


@pytest.mark.parametrize("name", SCHEDULES)
def test_no_step_takes_longer_than_another(name):
    schedule = SCHEDULES[name]
    start = time.perf_counter()
    rates = [schedule(step) for step in (0, 10**7, 10**12, FAR)]
    assert time.perf_counter() - start < 0.1
    assert all(rate >= 0 for rate in rates)  # and none is NaN


def test_a_rate_that_grows_without_end_is_infinite_and_no_error():
    assert SCHEDULES["growing"](10**6) == math.inf


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        (schedules.ExponentialDecay(0.1, 10, 0.9), [0.1, 0.09688862, 0.08812334]),
        (schedules.ExponentialDecay(0.1, 10, 0.9, staircase=True), [0.1, 0.1, 0.09]),
        (schedules.InverseTimeDecay(0.1, 10, 0.9), [0.1, 0.07874016, 0.04807692]),
        (schedules.PolynomialDecay(0.1, 10), [0.1, 0.07003, 0.0001]),
        (schedules.PolynomialDecay(0.1, 10, cycle=True), [0.1, 0.07003, 0.04006]),
        (schedules.CosineDecay(0.1, 10), [0.1, 0.07938926, 0.0]),
        (schedules.CosineDecayRestarts(0.1, 10), [0.1, 0.07938926, 0.09755283]),
        (schedules.PiecewiseConstantDecay([5, 10], [0.1, 0.2, 0.3]), [0.1, 0.1, 0.3]),
        (schedules.CosineDecay(0.1, 10, warmup_target=0.2, warmup_steps=2), None),
    ],
)
def test_a_schedule_takes_an_array_of_steps(schedule, rates):
    steps = np.array([0, 3, 12])
    np.testing.assert_allclose(schedule(steps), rates or [schedule(n) for n in (0, 3, 12)], 1e-6)
    assert schedule(steps[np.newaxis]).shape == (1, 3) and type(schedule(3)) is float
    assert np.isnan(schedule(math.nan))
    for wrong in (None, "a"):
        with pytest.raises(TypeError, match="step must hold real numbers"):
            schedule(wrong)


def test_schedules_far_away():
    assert schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True)(math.inf) == 0
    assert schedules.PolynomialDecay(0.1, 10)(math.inf) == pytest.approx(0.0001)
    for never_settles in (
        schedules.CosineDecayRestarts(0.1, 10),
        schedules.PolynomialDecay(0.1, 10, cycle=True),
    ):
        assert np.isnan(never_settles(math.inf))
