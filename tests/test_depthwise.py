"""Depthwise convolution on both engines: the definition, every batch, its place in a network."""

import itertools

import numpy as np
import pytest

import numcnn
from numcnn import engine, layers
from numcnn.engine import active_engine, reference
from numcnn.engine.fast.runtime import thread_pool
from numcnn.geometry import window_grid

TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
BOTH = ("valid", "same")


def definition(x, kernel, bias, strides, padding, dilation, dy):
    """y, dx, dkernel and dbias, number by number; the gradients from dy(y)."""
    (N, H, W, C), (KH, KW, _, M) = x.shape, kernel.shape
    window = [(size - 1) * apart + 1 for size, apart in zip((KH, KW), dilation, strict=True)]
    OH, OW, top, _, left, _ = window_grid((H, W), tuple(window), strides, padding)
    y = np.zeros((N, OH, OW, C * M)) + (0 if bias is None else bias)
    met = []
    for n, oy, ox, i, j, c, m in np.ndindex(N, OH, OW, KH, KW, C, M):
        iy = oy * strides[0] + i * dilation[0] - top
        ix = ox * strides[1] + j * dilation[1] - left
        if 0 <= iy < H and 0 <= ix < W:
            met.append(((n, oy, ox, c * M + m), (n, iy, ix, c), (i, j, c, m)))
    for out, pixel, cell in met:
        y[out] += kernel[cell] * x[pixel]
    dy, dx, dkernel = dy(y), np.zeros(x.shape), np.zeros(kernel.shape)
    for out, pixel, cell in met:
        dx[pixel] += kernel[cell] * dy[out]
        dkernel[cell] += x[pixel] * dy[out]
    return y, dx, dkernel, None if bias is None else dy.sum(axis=(0, 1, 2))


def computed(name, x, kernel, bias, *geometry, dy):
    """The same by an engine, in its own layout."""
    with numcnn.use_engine(name):
        y, cache = active_engine().depthwise2d_forward(engine.enter(x), kernel, bias, *geometry)
        y = engine.leave(y)
        back = cache.engine.depthwise2d_backward(engine.enter(dy(y)), cache)
    return [None if one is None else engine.leave(one) for one in (y, *back)]


def agree(found, expected, dtype):
    for got, right in zip(found, expected, strict=True):
        if right is None:
            assert got is None
            continue
        assert got.dtype == dtype
        limit = TOLERANCE[dtype] * max(1, np.abs(right).max(initial=0))
        np.testing.assert_allclose(got, right, rtol=0, atol=limit)


@pytest.mark.parametrize("name", sorted(engine.ENGINES))
@pytest.mark.parametrize(
    ("window", "strides", "padding", "dilation", "M"),
    [
        ((3, 3), (1, 1), "same", (1, 1), 1),
        ((3, 3), (2, 2), "same", (1, 1), 1),
        ((3, 2), (1, 2), "valid", (1, 1), 2),
        ((3, 3), (1, 1), "same", (2, 1), 2),
        ((1, 1), (1, 3), "valid", (1, 1), 1),
    ],
)
def test_it_is_the_definition(name, window, strides, padding, dilation, M):
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((2, 6, 5, 2)), rng.standard_normal((*window, 2, M))
    bias = rng.standard_normal(2 * M) if strides == (1, 1) else None
    case = x, kernel, bias, strides, padding, dilation
    found = computed(name, *case, dy=lambda y: np.cos(np.arange(y.size)).reshape(y.shape))
    expected = definition(*case, dy=lambda y: np.cos(np.arange(y.size)).reshape(y.shape))
    agree(found, expected, "float64")


@pytest.mark.parametrize(
    ("size", "M", "dtype"), [(3, 1, "float32"), (3, 2, "float64"), (5, 1, "float32")]
)
def test_the_engines_agree_at_every_batch_and_geometry(size, M, dtype):
    rng = np.random.default_rng(size)
    batches = itertools.cycle([0, 1, 2, 3, 4, 15, 16, 17, 31, 32, 33, 40])
    geometries = itertools.product([(1, 1), (2, 2), (1, 2)], BOTH, [(1, 1), (2, 1)])
    for number, (strides, padding, dilation) in enumerate(geometries):
        for N in (next(batches), next(batches)):
            x = rng.standard_normal((N, 9 + number % 3, 8, 3)).astype(dtype)
            kernel = rng.standard_normal((size, size, 3, M)).astype(dtype)
            bias = rng.standard_normal(3 * M).astype(dtype) if number % 2 else None
            dy = np.random.default_rng(N).standard_normal(1_000 * (N + 1)).astype(dtype)
            case = x, kernel, bias, strides, padding, dilation
            of_both = [
                computed(name, *case, dy=lambda y, dy=dy: dy[: y.size].reshape(y.shape))
                for name in ("fast", "reference")
            ]
            agree(*of_both, dtype)
            if 0 < N <= 3:  # as they are
                with numcnn.use_engine("fast"):
                    few = engine.enter(x, training=False)
                    y, _ = active_engine().depthwise2d_forward(few, *case[1:])
                    assert not isinstance(y, np.ndarray)
                agree([engine.leave(y)], of_both[1][:1], dtype)


def test_without_a_gradient_of_the_input_the_others_are_the_same(engine):
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((3, 6, 6, 2)), rng.standard_normal((3, 3, 2, 1))
    forward = active_engine().depthwise2d_forward
    y, cache = forward(x, kernel, np.zeros(2), (1, 1), "same", (1, 1))
    _, *both = cache.engine.depthwise2d_backward(y, cache)
    dx, *alone = cache.engine.depthwise2d_backward(y, cache, input_gradient=False)
    assert dx is None
    for one, other in zip(both, alone, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.filterwarnings("ignore:invalid value")  # infinity minus infinity
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinity_reach_the_same_places(value):
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((2, 6, 6, 2)), rng.standard_normal((3, 3, 2, 1))
    x[1, 2, 3, 0] = kernel[0, 0, 1, 0] = value
    ys = []
    for name in ("fast", "reference"):
        with numcnn.use_engine(name):
            forward = active_engine().depthwise2d_forward
            ys.append(forward(x, kernel, None, (1, 1), "same", (1, 1))[0])
    np.testing.assert_array_equal(np.isnan(ys[0]), np.isnan(ys[1]))
    np.testing.assert_array_equal(np.isinf(ys[0]), np.isinf(ys[1]))


def test_the_number_of_threads_changes_no_byte():
    rng = np.random.default_rng(0)
    x, kernel = rng.random((40, 16, 16, 8), np.float32), rng.random((3, 3, 8, 1), np.float32)
    results = set()
    try:
        for number in (1, 2, 3):
            thread_pool.use_threads(number)
            found = computed("fast", x, kernel, None, (1, 1), "same", (1, 1), dy=np.cos)
            results.add(b"".join(one.tobytes() for one in found if one is not None))
    finally:
        thread_pool.use_threads()
    assert len(results) == 1


def a_network():
    """Of what stands beside a depthwise convolution in a MobileNet."""
    return numcnn.Sequential(
        [
            layers.Input((9, 8, 3)),
            layers.DepthwiseConv2D(3, 2, "same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(6.0),
            layers.DepthwiseConv2D(3, depth_multiplier=2, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(4),
        ]
    )


def weights_for(model):
    """No output is left without a number, and no batch normalization without an effect."""
    rng = np.random.default_rng(1)
    return [
        rng.normal(0.2, 0.4, weight.shape) if weight.ndim > 1 else rng.uniform(0.2, 1, weight.shape)
        for weight in model.get_weights()
    ]


@pytest.mark.parametrize("images", [1, 3, 20])
def test_a_network_predicts_as_on_the_reference(images):
    x = np.random.default_rng(0).random((images, 9, 8, 3), np.float32)
    predictions = []
    for name in ("fast", "reference"):
        with numcnn.use_engine(name):
            model = a_network()
            model.set_weights(weights_for(model))
            predictions.append(model.predict(x, verbose=0))
            if images == 1 and name == "fast":
                np.testing.assert_allclose(
                    numcnn.Predictor(model)(x), predictions[0], rtol=1e-5, atol=1e-6
                )
    np.testing.assert_allclose(*predictions, rtol=1e-4, atol=1e-5)


def test_a_network_trains_as_on_the_reference():
    rng = np.random.default_rng(0)
    x, y = rng.random((20, 9, 8, 3), np.float32), rng.integers(4, size=20)
    histories = []
    for name in ("fast", "reference"):
        with numcnn.use_engine(name):
            model = a_network()
            loss = numcnn.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(optimizer=numcnn.optimizers.SGD(0.01), loss=loss)
            model.set_weights(weights_for(model))
            histories.append(model.fit(x, y, epochs=3, batch_size=20, verbose=0).history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-4)


@pytest.mark.parametrize("N", [2, 20])
def test_what_follows_a_deferred_convolution_finds_its_numbers(N):
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((N, 8, 6, 2)), rng.standard_normal((3, 3, 2, 1))
    results = []
    for name in ("fast", "reference"):
        with numcnn.use_engine(name):
            of, y = active_engine(), engine.enter(x, training=False)
            for _ in range(2):
                y, _ = of.depthwise2d_forward(y, kernel, None, (1, 1), "same", (1, 1))
            y, _ = of.activation_forward(y, numcnn.activations.ReLU())
            y, _ = of.maxpool2d_forward(y, (2, 2), (2, 2), "valid")
            y, _ = of.depthwise2d_forward(y, kernel, None, (1, 1), "same", (1, 1))
            results.append(engine.leave(of.flatten_forward(y)[0]))
    np.testing.assert_allclose(*results, atol=1e-12)


@pytest.mark.parametrize("layer", [layers.DepthwiseConv2D(3), layers.SeparableConv2D(4, 3)])
def test_the_layers_keep_the_engines_layout(layer):
    x = np.random.default_rng(0).random((4, 6, 6, 2), np.float32)
    with numcnn.use_engine("fast"):
        y = layer.run_forward(engine.enter(x), training=True)
        dx = layer.run_backward(engine.enter(engine.leave(y)))
    assert type(y) is type(dx) is type(engine_layout(x))
    with numcnn.use_engine("reference"):
        np.testing.assert_allclose(engine.leave(y), layer(x), rtol=1e-5, atol=1e-6)


def engine_layout(x):
    with numcnn.use_engine("fast"):
        return engine.enter(x)


def test_the_reference_writes_into_no_argument():
    x, kernel = np.ones((1, 4, 4, 1)), np.ones((3, 3, 1, 1))
    y, cache = reference.depthwise2d_forward(x, kernel, None, (1, 1), "valid", (1, 1))
    dx, _, _ = cache.engine.depthwise2d_backward(y, cache)
    assert (x == 1).all()
    assert (kernel == 1).all()
    assert dx.base is None
