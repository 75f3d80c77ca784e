"""Every loop of the fast engine against the reference, on arrays that need no compiler.

test_fast_engine.py does this with many and large arrays, which are left out where loops are plain
Python (NUMBA_DISABLE_JIT=1).  Here the engine is told that small arrays are large.
"""

import itertools
import os

import numpy as np
import pytest

import numcnn
from numcnn import activations, engine

pytest.importorskip("numba", reason="the fast engine needs Numba")

from test_fast_engine import check_equal

from numcnn.engine import active_engine
from numcnn.engine.fast.loops import block_sizes, few_pixels, fusion, pointwise, winograd

COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"

RELU = activations.ReLU()
# images, window, strides, padding, filters, activation, pooling
ONE, SIDE_BY_SIDE = (1, 1), ("max", (2, 2), (2, 2), "valid")
HIGH = ("max", (3, 2), (3, 2), "valid")
MEAN, LONG = ("average", (2, 2), (2, 2), "valid"), ("average", (4, 2), (4, 2), "valid")
OVERLAPPING, MEANS = ((kind, (3, 2), (1, 2), "same") for kind in ("max", "average"))
CASES = {
    "plain": ((17, 5, 6, 2), (3, 2), ONE, "valid", 11, None, None),
    "strides": ((17, 7, 8, 2), (3, 2), (2, 3), "valid", 3, "relu", None),
    "same": ((5, 5, 6, 2), (3, 4), ONE, "same", 5, "relu", None),
    "same with strides": ((5, 6, 7, 1), (3, 3), (2, 1), "same", 3, "tanh", None),
    "a window beyond the image": ((3, 3, 2, 2), (5, 5), ONE, "same", 2, None, None),
    "maximum": ((17, 7, 6, 1), (2, 3), ONE, "valid", 3, "relu", SIDE_BY_SIDE),
    "maximum, 3 x 2": ((4, 8, 8, 1), (3, 3), ONE, "same", 3, "relu", HIGH),
    "mean": ((17, 7, 6, 1), (2, 3), ONE, "valid", 3, "relu", MEAN),
    "mean, 4 x 2": ((4, 9, 8, 1), (3, 3), ONE, "same", 3, "relu", LONG),
    "mean of negative numbers": ((4, 6, 8, 1), (3, 3), ONE, "same", 3, None, MEAN),
    "mean behind tanh": ((4, 6, 8, 1), (3, 3), ONE, "same", 3, "tanh", MEAN),
    "one cell, many filters": ((2, 3, 9, 3), (1, 1), (1, 2), "valid", 33, "relu", None),
    "many channels with strides": ((2, 5, 6, 33), (3, 2), (2, 3), "same", 2, None, None),
    "few pixels, sixteen filters": ((17, 5, 4, 8), (2, 3), (2, 1), "same", 16, "relu", None),
    "overlapping maxima": ((4, 6, 7, 1), (2, 2), ONE, "valid", 2, "relu", OVERLAPPING),
    "overlapping means": ((4, 6, 7, 1), (2, 2), ONE, "valid", 2, None, MEANS),
}


def a_stack(case, rng, dtype="float32"):
    shape, (KH, KW), strides, padding, F, activation, pool = case
    kernel = rng.standard_normal((KH, KW, shape[3], F)).astype(dtype)
    kind, window, pool_strides, pool_padding = pool or (None, (1, 1), (1, 1), "valid")
    return {
        "conv": (
            rng.standard_normal(shape).astype(dtype),
            kernel / np.sqrt(kernel[..., 0].size).astype(dtype),
            rng.standard_normal(F).astype(dtype),
            strides,
            padding,
        ),
        "activation": activation,
        "pool": {
            "kind": kind,
            "window": window,
            "strides": pool_strides,
            "padding": pool_padding,
        },
        "input_gradient": True,
        "seed": 1,
    }


@pytest.fixture(params=[False, True], ids=["as small", "as large"])
def as_large(request, monkeypatch):
    """Let the engine take small arrays for large ones."""
    if request.param and COMPILED:
        pytest.skip("compiled, these loops meet large arrays in test_fast_engine.py")
    chosen = (block_sizes.convolution_block, block_sizes.gradient_block, block_sizes.dense_block)
    for choose in chosen:
        choose.cache_clear()
    if request.param:
        monkeypatch.setattr(block_sizes, "LITTLE", -1)
        monkeypatch.setattr(block_sizes, "LITTLE_DENSE", -1)
        monkeypatch.setattr(fusion, "LITTLE", -1)
        monkeypatch.setattr(few_pixels, "LITTLE", -1)
    yield request.param
    for choose in chosen:
        choose.cache_clear()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_convolution_and_what_follows_it(case, as_large):
    check_equal(a_stack(case, np.random.default_rng(0)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("case", ["maximum", "overlapping maxima", "mean", "same"])
def test_a_number_that_is_none(case, value, as_large):
    stack = a_stack(CASES[case], np.random.default_rng(0))
    stack["conv"][0][1, 2, 3, 0] = value
    check_equal(stack)


def test_equal_numbers_in_a_window(as_large):
    for case in ("maximum", "overlapping maxima"):
        stack = a_stack(CASES[case], np.random.default_rng(0))
        x, kernel, bias, *_ = stack["conv"]
        x[:], kernel[:], bias[:] = np.rint(x), 1, 0
        check_equal(stack)


@pytest.mark.parametrize("window", [(2, 2), (3, 2)])
def test_pooling_windows_side_by_side_behind_no_convolution(window):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 5, (17, 7, 6, 3)).astype(np.float32)  # with ties
    x[3, 2, 2, 1] = np.nan
    dy = rng.standard_normal((17, 7 // window[0], 6 // window[1], 3)).astype(np.float32)
    results = []
    for name in engine.ENGINES:
        with numcnn.use_engine(name):
            y, cache = active_engine().maxpool2d_forward(engine.enter(x), window, window, "valid")
            results.append((y, cache.engine.maxpool2d_backward(engine.enter(dy), cache)))
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(engine.leave(one), engine.leave(other))


@pytest.mark.parametrize("images", [1, 17])
@pytest.mark.parametrize("variance", [0.5, 0.0], ids=["folded", "a scale that is infinite"])
def test_batch_normalization_of_given_statistics_behind_a_convolution(images, variance):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((images, 6, 4, 2)).astype(np.float32)
    kernel = rng.standard_normal((3, 3, 2, 5)).astype(np.float32)
    gamma, beta, mean, dy = (rng.standard_normal(5).astype(np.float32) for _ in range(4))
    given = mean, np.array([1, 2, variance, 3, 4], np.float32)
    results = []
    for name in engine.ENGINES:
        with numcnn.use_engine(name), np.errstate(divide="ignore", invalid="ignore"):
            fast, training = active_engine(), images > 1 and variance > 0
            z, convolved = fast.conv2d_forward(
                engine.enter(x, images > 1), kernel, gamma, (1, 1), "same"
            )
            n, _, normed = fast.batchnorm_forward(z, gamma, beta, 0.0, given)
            a, acted = fast.activation_forward(n, activations.get("relu"))
            y, pooled = fast.maxpool2d_forward(a, (2, 2), (2, 2), "valid")
            results.append([engine.leave(y)])
            if training:
                d = pooled.engine.maxpool2d_backward(
                    engine.enter(np.tile(dy, (17, 3, 2, 1))), pooled
                )
                d = acted.engine.activation_backward(d, acted)
                d, dgamma, dbeta = normed.engine.batchnorm_backward(d, normed)
                dx, dkernel, dbias = convolved.engine.conv2d_backward(d, convolved)
                results[-1] += [dgamma, dbeta, engine.leave(dx), dkernel, dbias]
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-4)


@pytest.mark.skipif(COMPILED, reason="compiled, it meets many channels in test_fast_engine.py")
@pytest.mark.parametrize("value", [None, np.inf])
@pytest.mark.parametrize("pool", [None, SIDE_BY_SIDE, MEAN], ids=["", "pooled", "mean"])
@pytest.mark.parametrize("size", [(8, 8), (6, 7)], ids=["whole tiles", "tiles that overlap"])
def test_a_convolution_in_fewer_multiplications(monkeypatch, size, pool, value):
    monkeypatch.setattr(winograd, "MIN_CHANNELS", 0)
    monkeypatch.setattr(fusion, "LITTLE", -1)
    filters = block_sizes.MACHINE.shapes[0][0] + 1
    case = ((3, *size, filters), (3, 3), (1, 1), "same", filters, "relu", pool)
    stack = a_stack(case, np.random.default_rng(0))
    kernel = stack["conv"][1]
    assert winograd.pays(kernel, (1, 1), *size)
    if value is not None:
        stack["conv"][0][1, 2, 3, 0] = value
    check_equal(stack)


def test_where_a_window_sees_nothing_a_convolution_in_fewer_multiplications_is_exactly_0(
    monkeypatch,
):
    monkeypatch.setattr(winograd, "MIN_CHANNELS", 0)
    rng, C = np.random.default_rng(0), block_sizes.MACHINE.shapes[0][0]
    x, kernel = np.zeros((2, 8, 8, C), np.float32), rng.standard_normal((3, 3, C, C))
    x[:, 3:5, 3:5] = rng.random((2, 2, 2, C), np.float32)
    x[..., 1] = x[..., 0]
    kernel[:, :, 0] *= 1000
    kernel[:, :, 1] = -kernel[:, :, 0]  # these two cancel, their rounding errors do not
    with numcnn.use_engine("fast"):
        y, _ = numcnn.engine.active_engine().conv2d_forward(
            engine.enter(x), kernel.astype(np.float32), None, (1, 1), "same"
        )
        y = engine.leave(y)
    sees_something = np.zeros(y.shape, np.bool_)
    sees_something[:, 2:6, 2:6] = True
    np.testing.assert_array_equal(y != 0, sees_something)


def test_tanh_is_right_to_the_last_digits_wherever_it_is_asked():
    rng, special = np.random.default_rng(0), [0.0, np.inf, -np.inf, np.nan, 1e-30, -9.9, 10.1]
    z = np.concatenate([rng.uniform(-11, 11, 900), np.logspace(-20, 1, 93), special])
    z = z.astype(np.float32)
    right = np.tanh(z.astype(np.float64))
    np.testing.assert_allclose(pointwise.tanh(z), right, rtol=5e-7)
    dy = rng.standard_normal(len(z)).astype(np.float32)
    y = right.astype(np.float32)
    np.testing.assert_allclose(pointwise.tanh_back(dy, y), dy * (1 - y * y), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("units", [1, 5, 37])
@pytest.mark.parametrize("rows", [1, 17])
def test_a_dense_layer(rows, units, as_large):
    rng = np.random.default_rng(0)
    x, dy = (rng.standard_normal((rows, n)).astype(np.float32) for n in (9, units))
    kernel, bias = (rng.standard_normal(shape).astype(np.float32) for shape in ((9, units), units))
    results = []
    for name in ("reference", "fast"):
        with numcnn.use_engine(name):
            y, cache = active_engine().dense_forward(x, kernel, bias)
            results.append((y, *cache.engine.dense_backward(dy, cache)))
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def on_both(compute):
    """Compare what a function returns on the two engines, arrays or batches."""
    results = []
    for name in ("reference", "fast"):
        with numcnn.use_engine(name):
            results.append([engine.leave(each) for each in compute(active_engine())])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


BOUNDED = activations.BoundedReLU(2.0), activations.BoundedReLU(3.0, 0.25, 1.0)


@pytest.mark.parametrize("name", ["relu", "softmax", "sigmoid", *BOUNDED])
@pytest.mark.parametrize("shape", [(17, 5), (3, 2, 3, 2)])
def test_an_activation_alone(name, shape):
    rng = np.random.default_rng(0)
    z, dy = (np.rint(2 * rng.standard_normal(shape)).astype(np.float32) for _ in range(2))

    def compute(active):
        few, _ = active.activation_forward(engine.enter(z[:2], False), activations.get(name))
        y, cache = active.activation_forward(engine.enter(z), activations.get(name))
        return few, y, active.activation_backward(engine.enter(dy), cache)

    on_both(compute)


@pytest.mark.parametrize("name", ["relu", "tanh", *BOUNDED])
def test_an_activation_of_numbers_that_are_not_finite(name):
    z = np.tile(np.array([np.inf, -np.inf, np.nan, -2, 0.5], np.float32), (17, 1))

    def compute(active):
        with np.errstate(invalid="ignore"):
            few, _ = active.activation_forward(engine.enter(z[:2], False), activations.get(name))
            y, cache = active.activation_forward(engine.enter(z), activations.get(name))
            return few, y, active.activation_backward(engine.enter(np.ones_like(z)), cache)

    on_both(compute)


@pytest.mark.parametrize("images", [3, 20])
@pytest.mark.parametrize("of_batch", [True, False])
def test_batch_normalization_and_relu_in_one_loop(images, of_batch):
    rng = np.random.default_rng(0)
    x, dy = rng.standard_normal((2, images, 3, 2, 2))
    gamma, beta, mean, variance = rng.uniform(0.5, 1, (4, 2))

    def compute(active):
        given = None if of_batch else (mean, variance)
        y, used, cache = active.batchnorm_forward(engine.enter(x), gamma, beta, 1e-3, given)
        z, of_relu = active.activation_forward(y, RELU)
        back = active.activation_backward(engine.enter(dy), of_relu)
        return z, *used, *active.batchnorm_backward(back, cache), y

    on_both(compute)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("normalized", [True, False])
def test_a_sum_and_relu_in_one_loop_with_the_normalization_before_it(first, normalized):
    rng = np.random.default_rng(0)
    x, other, dy = rng.standard_normal((3, 20, 3, 2, 2))
    gamma, beta = rng.uniform(0.5, 1, (2, 2))

    def compute(active):
        y, _, cache = active.batchnorm_forward(engine.enter(x), gamma, beta, 1e-3, None)
        terms = [y if normalized else engine.enter(x), engine.enter(other)]
        z, of_relu = active.activation_forward(active.add(terms[:: 1 if first else -1]), RELU)
        back = active.activation_backward(engine.enter(dy), of_relu)
        return z, active.add(terms), back, *active.batchnorm_backward(back, cache), y

    on_both(compute)


@pytest.mark.parametrize("largest", [0, 3])
def test_a_logit_much_larger_than_the_others(largest):
    z = np.zeros((3, 4), np.float32)
    z[:, largest] = 1e4
    labels = np.eye(4, dtype=np.float32)[:3]

    def compute(active):
        losses, cache = active.softmax_cross_entropy_forward(z, labels)
        slopes = active.softmax_cross_entropy_backward(np.ones(3, np.float32), cache)
        return losses, slopes, active.activation_forward(z, activations.Softmax())[0]

    on_both(compute)


@pytest.mark.parametrize(("numbers", "units"), [(33_335, 3), (10_003, 10), (1_051, 97)])
def test_a_dense_layer_of_few_images_in_parts(numbers, units):
    rng = np.random.default_rng(0)
    shapes = (2, numbers), (numbers, units), units
    x, kernel, bias = (rng.standard_normal(shape).astype(np.float32) for shape in shapes)
    kernel /= np.float32(np.sqrt(numbers))
    on_both(lambda active: [active.dense_forward(active.enter(x, False), kernel, bias)[0]])


def a_model(rng):
    layers = numcnn.layers
    model = numcnn.Sequential(
        [
            layers.Input((9, 8, 2)),
            layers.Conv2D(5, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(3, 2, strides=(1, 2), padding="same"),
            layers.Flatten(),
            layers.Dense(11, activation="tanh"),
            layers.Dense(4, activation="softmax"),
        ],
        seed=0,
    )
    for parameter in model.parameters:
        parameter.value[...] += rng.standard_normal(parameter.shape) * 0.1
    return model


@pytest.mark.parametrize("images", [1, 3, 16, 17])
def test_a_model_that_predicts_and_trains(images):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((images, 9, 8, 2)).astype(np.float32)
    y = rng.integers(4, size=images)
    results = []
    for name in ("reference", "fast"):
        with numcnn.use_engine(name):
            model = a_model(np.random.default_rng(1))
            predicted = model.predict(x, verbose=0)
            model.compile("adam", "sparse_categorical_crossentropy")
            history = model.fit(x, y, epochs=2, verbose=0).history
            results.append([predicted, history["loss"], *model.get_weights()])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("processor", ["znver5", "icelake-server", "haswell"])
def test_a_block_for_a_few_images_is_one_of_the_shapes_that_fit(processor, monkeypatch):
    monkeypatch.setattr(block_sizes.numba_config, "CPU_NAME", processor)
    shapes = block_sizes._of_this_machine().few_images
    monkeypatch.setattr(block_sizes, "MACHINE", block_sizes._of_this_machine())
    choose = block_sizes.channels_block.__wrapped__  # remembers nothing
    for F, OW in itertools.product(range(1, 80), range(1, 33)):
        P, XB = choose(F, OW)
        fitting = [shape for shape in shapes if shape[0] <= F and shape[1] <= OW]
        assert 1 <= P <= F and 1 <= XB <= OW
        assert (P, XB) in fitting or not fitting


def test_three_pixels_are_no_reason_for_a_loop_that_the_compiler_unrolls(monkeypatch):
    """With 16 registers; eight channels of three pixels at a time take eight times as long."""
    monkeypatch.setattr(block_sizes.numba_config, "CPU_NAME", "haswell")
    monkeypatch.setattr(block_sizes, "MACHINE", block_sizes._of_this_machine())
    assert block_sizes.channels_block.__wrapped__(64, 3) == (32, 3)
