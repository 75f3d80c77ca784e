"""Optimizers: the published formulas, worked by hand or in higher precision."""

import numpy as np
import pytest

from numcnn import optimizers
from numcnn.optimizers import SGD, Adam, RMSprop, schedules
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


ADAMS = {
    "Adam": Adam,
    "AdamW": lambda **options: optimizers.AdamW(weight_decay=None, **options),
    "AMSGrad": lambda **options: Adam(amsgrad=True, **options),
}


@pytest.mark.parametrize("kind", ADAMS)
@pytest.mark.parametrize("gradient", [0.0, 1e-45, 1e-38, 1e-20, 1e10, 1.8e19], ids=str)
def test_adam_stays_finite_for_zero_denormal_and_huge_gradients(engine, kind, gradient):
    path = run(ADAMS[kind](), (1.0,), [(gradient,)] * 5)
    assert np.isfinite(path).all()
    assert (np.abs(np.diff(path[:, 0])) <= 1.01e-3).all()
    if gradient < 1e-20:
        assert (path == 1).all()  # v is 0 beside epsilon


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("kind", ADAMS)
def test_adam_in_float32_is_nan_after_two_gradients_whose_square_is_infinite(engine, kind):
    """As its docstring says, with the two remedies: a clip, and another dtype."""
    huge = [(1e20,)] * 2
    assert np.isnan(run(ADAMS[kind](), (1.0,), huge)[-1]).all()
    for options, dtype in (({"clipnorm": 1.0}, np.float32), ({}, np.float64)):
        assert np.isfinite(run(ADAMS[kind](**options), (1.0,), huge, dtype)).all()


@pytest.mark.parametrize("kind", optimizers.KINDS)
def test_decay_is_ignored_with_a_warning_that_names_the_schedule_it_was(kind):
    message = rf"{kind.__name__} ignores decay=0.5, .* InverseTimeDecay\(0.1, .*decay_rate=0.5\)"
    with pytest.warns(UserWarning, match=message) as caught:
        optimizer = kind(0.1, decay=0.5)
    assert caught[0].filename == __file__
    optimizer.iterations = 100
    assert optimizer.learning_rate == 0.1
    assert "decay" not in optimizer.get_config()
    kind(0.1, decay=0.0)  # as old files have it: nothing is ignored
    old = schedules.InverseTimeDecay(0.1, decay_steps=1, decay_rate=0.5)
    assert old(100) == pytest.approx(0.1 / (1 + 0.5 * 100))  # Keras 2: lr / (1 + decay · updates)


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


def test_weight_decay_shortens_weights_before_the_step_and_leaves_out_whom_it_is_told(engine):
    kernel, bias = Parameter(np.ones(1), "kernel"), Parameter(np.ones(1), "bias")
    optimizer = SGD(0.5, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    kernel.grad = bias.grad = np.full(1, 0.2)
    optimizer.update([kernel, bias])
    assert kernel.value[0] == pytest.approx(1 - 0.05 - 0.1)
    assert bias.value[0] == pytest.approx(1 - 0.1)
    other = SGD(0.5, weight_decay=0.1)
    other.exclude_from_weight_decay(var_list=[kernel])
    kernel.grad = np.zeros(1)
    other.update([kernel])
    assert kernel.value[0] == pytest.approx(1 - 0.05 - 0.1)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"clipnorm": 1.0}, [[0.6, 0.8], [0.0, 0.5]]),  # each for itself
        ({"global_clipnorm": 1.0}, np.array([[3, 4], [0, 0.5]]) / np.sqrt(25.25)),
        ({"clipvalue": 0.5}, [[0.5, 0.5], [0.0, 0.5]]),
        ({}, [[3.0, 4.0], [0.0, 0.5]]),
    ],
)
def test_gradients_are_clipped(engine, options, expected):
    parameters = [Parameter(np.zeros(2), "one"), Parameter(np.zeros(2), "other")]
    for parameter, gradient in zip(parameters, ([3.0, 4.0], [0.0, 0.5]), strict=True):
        parameter.grad = np.array(gradient)
    SGD(1.0, **options).update(parameters)
    np.testing.assert_allclose([-parameter.value for parameter in parameters], expected)
    assert parameters[0].grad.tolist() == [3, 4]  # what backward said stays


def test_a_schedule_is_asked_with_the_updates_done_before():
    asked = []

    class Falling(schedules.LearningRateSchedule):
        def __call__(self, step):
            asked.append(step)
            return 1.0 / (1 + step)

    optimizer = SGD(Falling())
    parameter = Parameter(np.zeros(1), "w")
    parameter.grad = np.ones(1)
    for _ in range(3):
        optimizer.update([parameter])
    assert asked == [0, 1, 2]
    assert parameter.value[0] == pytest.approx(-(1 + 1 / 2 + 1 / 3))
    assert optimizer.learning_rate == pytest.approx(1 / 4)


def test_the_learning_rate_has_an_old_spelling_and_may_be_a_function():
    optimizer = SGD(lr=0.3)
    assert optimizer.learning_rate == optimizer.lr == 0.3
    optimizer.lr = 0.2
    assert optimizer.learning_rate == 0.2
    rates = iter([0.5, 0.25])
    assert SGD(lambda: next(rates)).learning_rate == 0.5


def test_an_optimizer_has_an_old_spelling():
    from numcnn.optimizers import adagrad, adam

    assert type(adam(lr=0.1)) is Adam
    assert type(optimizers.get(adagrad)) is optimizers.Adagrad


def test_amsgrad_divides_by_the_largest_mean_square_so_far(engine):
    gradients = [(10.0,), (0.1,), (0.1,)]
    plain = run(Adam(0.1, beta_2=0.5), (0.0,), gradients, np.float64)[:, 0]
    careful = run(Adam(0.1, beta_2=0.5, amsgrad=True), (0.0,), gradients, np.float64)[:, 0]
    assert careful[0] == plain[0]
    assert abs(careful[2] - careful[1]) < abs(plain[2] - plain[1])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("adam", Adam), ("SGD", SGD), ("rmsprop", RMSprop), ("AdamW", optimizers.AdamW)),
        *(("adagrad", optimizers.Adagrad), ("adadelta", optimizers.Adadelta)),
    ],
)
def test_an_optimizer_is_found_by_name(name, kind):
    assert type(optimizers.get(name)) is kind
    assert type(optimizers.get(kind)) is kind


@pytest.mark.parametrize("rate", [0.1, optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)])
def test_updates_are_computed_in_the_parameters_dtype(rate):
    """NumPy 2 takes a subclass of float for float64, and not as weak as float itself."""
    seen = []

    class Spy(optimizers.Optimizer):
        def update_one(self, value, grad, learning_rate, *state):
            seen.append((type(learning_rate), (grad * learning_rate).dtype))

    parameter = Parameter(np.ones(3, np.float32), "w")
    parameter.grad = np.ones(3, np.float32)
    Spy(rate, weight_decay=0.1).update([parameter])
    assert seen == [(float, np.float32)]
    expected = np.float32(1) - np.float32(1) * np.float32(0.1) * np.float32(0.1)
    assert (parameter.value == expected).all()
