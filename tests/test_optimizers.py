"""Optimizers: the published formulas, worked by hand or in higher precision."""

import numpy as np
import pytest

from numcnn import optimizers
from numcnn.optimizers import SGD, Adam, RMSprop
from numcnn.parameter import Parameter


def run(optimizer, start, gradients, dtype=np.float32):
    """Return a parameter's values after each of the gradients."""
    parameter = Parameter(np.array(start, dtype), "w")
    path = []
    for gradient in gradients:
        parameter.grad = np.array(gradient, dtype)
        optimizer.update([parameter])
        path.append(parameter.value.copy())
    return np.array(path)


def test_adam_gives_what_keras_gives(engine):
    path = run(Adam(), (1, -2, 3), [(0.1, -0.2, 1e-6), (0.3, 0.1, 1e-6)])
    np.testing.assert_allclose(path[0], (0.99900001, -1.9990001, 2.9997597), rtol=1e-7)
    np.testing.assert_allclose(path[1], (0.99808222, -1.9987338, 2.9994507), rtol=1e-7)


def test_sgd_plain_momentum_and_nesterov(engine):
    gradients = [(1.0,), (2.0,)]
    np.testing.assert_allclose(run(SGD(0.1), (1.0,), gradients)[:, 0], [0.9, 0.7])
    # velocities -0.1, -0.29
    momentum = run(SGD(0.1, momentum=0.9), (1.0,), gradients)
    np.testing.assert_allclose(momentum[:, 0], [0.9, 0.61], rtol=1e-6)
    # steps 0.9·(-0.1) - 0.1 and 0.9·(-0.29) - 0.2
    nesterov = run(SGD(0.1, momentum=0.9, nesterov=True), (1.0,), gradients)
    np.testing.assert_allclose(nesterov[:, 0], [0.81, 0.349], rtol=1e-6)


def test_rmsprop_divides_by_the_root_mean_square(engine):
    path = run(RMSprop(0.01, rho=0.9), (1.0,), [(2.0,), (2.0,)], np.float64)
    v1, v2 = 0.4, 0.9 * 0.4 + 0.4
    first = 1 - 0.01 * 2 / np.sqrt(v1 + 1e-7)
    np.testing.assert_allclose(path[:, 0], [first, first - 0.02 / np.sqrt(v2 + 1e-7)], rtol=1e-12)


@pytest.mark.parametrize("gradient", [0.0, 1e-38, 1e-20, 1e18], ids=str)
def test_adam_stays_finite_for_zero_denormal_and_huge_gradients(engine, gradient):
    path = run(Adam(), (1.0,), [(gradient,)] * 5)
    assert np.isfinite(path).all()
    assert (np.abs(np.diff(path[:, 0])) <= 1.01e-3).all()


def test_what_is_not_trainable_stays():
    fixed = Parameter(np.ones(2), "fixed", trainable=False)
    fixed.grad = np.ones(2)
    SGD(1.0).update([fixed])
    assert fixed.value.tolist() == [1, 1]


def test_the_learning_rate_may_change_between_updates():
    optimizer = SGD(1.0)
    parameter = Parameter(np.zeros(1), "w")
    parameter.grad = np.ones(1)
    optimizer.update([parameter])
    optimizer.learning_rate = 0.1
    optimizer.update([parameter])
    assert parameter.value[0] == pytest.approx(-1.1)
    assert optimizer.iterations == 2


@pytest.mark.parametrize(("name", "kind"), [("adam", Adam), ("SGD", SGD), ("rmsprop", RMSprop)])
def test_an_optimizer_is_found_by_name(name, kind):
    assert type(optimizers.get(name)) is kind
    assert type(optimizers.get(kind)) is kind
