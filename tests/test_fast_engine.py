"""The fast engine against the reference: hundreds of random networks, forward and backward."""

from threading import Event, Thread

import numpy as np
import pytest

import numcnn
from numcnn import activations, engine

pytest.importorskip("numba", reason="the fast engine needs Numba")

from benchmarks.reliability import networks_agree
from numcnn.engine import active_engine
from numcnn.engine.fast.layouts import few_images
from numcnn.engine.fast.layouts.batch import Batch
from numcnn.engine.fast.layouts.few_images import FewImages
from numcnn.engine.fast.loops import block_sizes, columns, few_pixels, winograd
from numcnn.engine.fast.loops.block_sizes import LITTLE
from numcnn.engine.fast.runtime import compiling, memory, thread_pool

TOLERANCE = {"float32": 1e-5, "float64": 1e-12}


def a_stack(rng, big=False):
    """Images, and what is done to them: convolution, perhaps relu, perhaps pooling."""
    dtype = str(rng.choice(["float32", "float64"]))
    N = int(rng.integers(1, 20))
    H, W = (int(n) for n in rng.integers(1, 10, 2))
    C, F = (int(n) for n in rng.integers(1, 5, 2))
    KH, KW = (int(n) for n in rng.integers(1, 6, 2))
    if big:  # from few sizes, because each block size is compiled on its own
        dtype, N, (H, W) = "float32", int(rng.integers(33, 65)), rng.integers(10, 15, 2)
        C, F, KH = int(rng.choice([4, 8])), int(rng.choice([8, 16])), int(rng.choice([3, 5]))
        KW = KH
    elif rng.random() < 0.1:
        KH, KW = H, W  # the window is the image
    strides = tuple(int(s) for s in rng.integers(1, 4, 2)) if rng.random() < 0.5 else (1, 1)
    padding = str(rng.choice(["valid", "same"]))
    x = rng.standard_normal((N, H, W, C)).astype(dtype)
    kernel = rng.standard_normal((KH, KW, C, F)).astype(dtype) / np.sqrt(KH * KW * C).astype(dtype)
    bias = rng.standard_normal(F).astype(dtype) if rng.random() < 0.8 else None
    pool = {"kind": rng.choice([None, "max", "max", "average"])}
    pool["window"] = tuple(int(n) for n in rng.integers(1, 4, 2)) if rng.random() < 0.5 else (2, 2)
    pool["strides"] = pool["window"] if rng.random() < 0.7 else (1, 2)
    pool["padding"] = str(rng.choice(["valid", "same"]))
    return {
        "conv": (x, kernel, bias, strides, padding),
        "activation": rng.choice([None, "relu", "relu", "tanh"]),
        "pool": pool,
        "input_gradient": bool(rng.random() < 0.8),
        "seed": int(rng.integers(1 << 30)),
    }


def run(stack, enter=True):
    """Everything that the stack computes, forward and backward, as plain arrays."""
    x, *rest = stack["conv"]
    rng = np.random.default_rng(stack["seed"])
    y, conv = active_engine().conv2d_forward(engine.enter(x) if enter else x, *rest)
    activation = stack["activation"] and activations.get(stack["activation"])
    if activation:
        y, acted = active_engine().activation_forward(y, activation)
    pool = stack["pool"]
    if pool["kind"]:
        arguments = pool["window"], pool["strides"], pool["padding"]
        y, pooled = getattr(active_engine(), f"{pool['kind']}pool2d_forward")(y, *arguments)
    y = engine.leave(y)
    dy = rng.standard_normal(y.shape).astype(y.dtype)
    d = engine.enter(dy) if enter else dy
    if pool["kind"]:
        d = getattr(pooled.engine, f"{pool['kind']}pool2d_backward")(d, pooled)
    if activation:
        d = acted.engine.activation_backward(d, acted)
    dx, dkernel, dbias = conv.engine.conv2d_backward(d, conv, stack["input_gradient"])
    gradients = {"dkernel": dkernel, "dbias": dbias, "dx": None if dx is None else engine.leave(dx)}
    return {"y": y, **gradients}


def outcome(stack, name, **how):
    """What an engine makes of a stack: arrays, or the words with which it refuses."""
    with numcnn.use_engine(name), np.errstate(all="ignore"):
        try:
            return run(stack, **how)
        except ValueError as error:
            return str(error)


def check_equal(stack, **how):
    expected, got = outcome(stack, "reference", **how), outcome(stack, "fast", **how)
    if isinstance(expected, str) or isinstance(got, str):
        assert got == expected
        return
    for name, array in expected.items():
        if array is None:
            assert got[name] is None
            continue
        assert got[name].shape == array.shape and got[name].dtype == array.dtype
        scale = max(1.0, float(np.abs(array[np.isfinite(array)]).max(initial=0)))
        close = TOLERANCE[str(array.dtype)] * scale
        np.testing.assert_allclose(got[name], array, rtol=close, atol=close, err_msg=name)


@pytest.mark.large
@pytest.mark.parametrize("block", range(6))
def test_small_stacks_of_random_geometry(block):
    rng = np.random.default_rng(block)
    for _ in range(44):
        check_equal(a_stack(rng), enter=bool(rng.random() < 0.8))


@pytest.mark.large
@pytest.mark.parametrize("block", range(3))
def test_stacks_large_enough_for_special_loops(block):
    rng, special = np.random.default_rng(100 + block), 0
    for _ in range(15):
        stack = a_stack(rng, big=True)
        x, kernel, *_ = stack["conv"]
        special += x.size * kernel.size > 4 * LITTLE
        check_equal(stack)
    assert special >= 10


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    "big", [False, pytest.param(True, marks=pytest.mark.large)], ids=["small", "large"]
)
def test_nan_and_infinity_reach_the_same_places(value, big):
    rng = np.random.default_rng(7)
    for _ in range(12):
        stack = a_stack(rng, big)
        x = stack["conv"][0]
        x[tuple(rng.integers(x.shape))] = value
        check_equal(stack)


@pytest.mark.parametrize("first", ["convolution", "pooled", "depthwise", "dense"])
@pytest.mark.parametrize("infinite", ["kernel", "bias", "next kernel"])
def test_lanes_without_an_image_are_no_part_of_a_gradient(first, infinite):
    layers = numcnn.layers
    front = {
        "convolution": [layers.Conv2D(8, 3, activation="relu"), layers.Flatten()],
        "pooled": [layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()],
        "depthwise": [layers.DepthwiseConv2D(3, activation="relu"), layers.Flatten()],
        "dense": [layers.Flatten(), layers.Dense(8, activation="relu")],
    }[first]
    x = np.random.default_rng(0).random((5, 6, 6, 3), np.float32) + 0.1

    def gradients(name):
        with numcnn.use_engine(name), np.errstate(all="ignore"):
            model = numcnn.Sequential([layers.Input((6, 6, 3)), *front, layers.Dense(4)], seed=0)
            kernel, bias, kernel_2, _ = model.parameters
            kernel.value[...] = -np.abs(kernel.value)
            bias.value[...] = 0.2  # which relu lets through where there is no image
            weights = {"kernel": kernel, "bias": bias, "next kernel": kernel_2}[infinite].value
            weights[(0,) * weights.ndim] = -np.inf
            dy = np.ones_like(model.forward(x, training=True))
            model.backward(dy)
            return [parameter.grad for parameter in model.parameters]

    for got, expected in zip(gradients("fast"), gradients("reference"), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.large
@pytest.mark.parametrize(
    ("image", "window", "strides", "padding", "filters"),
    [
        ((20, 9, 12, 32), (1, 1), (1, 1), "valid", 25),
        ((17, 11, 10, 32), (1, 1), (2, 3), "same", 24),
        ((18, 8, 12, 32), (3, 3), (2, 2), "same", 20),
    ],
)
def test_columns_of_a_row_and_gradients_between_strides(image, window, strides, padding, filters):
    rng = np.random.default_rng(0)
    kernel = rng.standard_normal((*window, image[3], filters)).astype(np.float32)
    kernel /= np.float32(np.sqrt(kernel[..., 0].size))
    x, bias = (rng.standard_normal(shape).astype(np.float32) for shape in (image, filters))
    pool = {"kind": None, "window": (2, 2), "strides": (2, 2), "padding": "valid"}
    how = {"activation": "relu", "pool": pool, "input_gradient": True, "seed": 1}
    assert columns.pays(kernel, block_sizes.MACHINE.shapes[0]) or strides != (1, 1)
    check_equal({"conv": (x, kernel, bias, strides, padding), **how})


@pytest.mark.large
@pytest.mark.parametrize(
    ("image", "strides", "filters", "input_gradient", "pool"),
    [((40, 8, 7, 32), (2, 2), 32, True, None), ((20, 4, 5, 64), (1, 1), 64, False, "max")],
)
def test_few_pixels_and_many_filters(image, strides, filters, input_gradient, pool):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(image).astype(np.float32)
    kernel = rng.standard_normal((3, 3, image[3], filters)).astype(np.float32) / 20
    x[3, 1, 2, 5] = np.nan
    pool = {"kind": pool, "window": (2, 2), "strides": (2, 2), "padding": "valid"}
    how = {"activation": "relu", "pool": pool, "input_gradient": input_gradient, "seed": 1}
    block = block_sizes.turned_block(image[3], filters)
    assert few_pixels.pays(20, image[3], filters, block, 20 * kernel.size * len(x))
    check_equal({"conv": (x, kernel, None, strides, "same"), **how})


def a_stack_for_winograd(rng, dtype=None):
    """A window of 3 × 3 with many channels on both sides, and any size of image."""
    stack = a_stack(rng)
    padding = stack["conv"][4]
    dtype = dtype or stack["conv"][0].dtype
    (H, W), (C, F) = rng.integers(8, 13, 2), rng.integers(29, 40, 2)
    x = rng.standard_normal((int(rng.integers(1, 40)), H, W, C)).astype(dtype)
    kernel = (rng.standard_normal((3, 3, C, F)) / np.sqrt(9 * C)).astype(dtype)
    bias = rng.standard_normal(F).astype(dtype)
    stack["conv"] = (x, kernel, bias, (1, 1), padding)
    stack["pool"]["window"] = stack["pool"]["strides"] = (2, 2)
    assert winograd.pays(kernel, (1, 1), H - 2, W - 2)
    return stack


@pytest.mark.large
@pytest.mark.parametrize("number", range(7))
def test_a_random_network_trains_as_on_the_reference(number):
    assert networks_agree.difference(number, seed=1) is None


@pytest.mark.large
@pytest.mark.parametrize("value", [None, np.nan, np.inf, -np.inf])
def test_many_channels_in_fewer_multiplications(value):
    rng = np.random.default_rng(11)
    for _ in range(12):  # of another value in one dtype only: each loop takes seconds to compile
        stack = a_stack_for_winograd(rng, None if value is None else "float32")
        x, kernel, bias, strides, _ = stack["conv"]
        if value is not None and rng.random() < 0.7:
            x[tuple(rng.integers(x.shape))] = value
        elif value is not None:
            kernel[1, 1, rng.integers(kernel.shape[2]), 5] = value
            stack["conv"] = (x, kernel, bias, strides, "same")  # so that it meets every pixel
        check_equal(stack)


@pytest.mark.large
@pytest.mark.parametrize("largest", [3e38, 1e38, 3e37, 1e37])  # two of the first are infinite
def test_numbers_too_large_for_winograd_are_computed_by_the_definition(largest):
    rng = np.random.default_rng(12)
    x = rng.choice([-largest, largest], (20, 8, 8, 20)).astype(np.float32)
    kernel = (rng.standard_normal((3, 3, 20, 20)) / 200).astype(np.float32)
    assert winograd.pays(kernel, (1, 1), 8, 8)
    results = {}
    for name in ("reference", "fast"):
        with numcnn.use_engine(name):
            y, _ = active_engine().conv2d_forward(engine.enter(x), kernel, None, (1, 1), "same")
            results[name] = engine.leave(y) / largest
    assert np.isfinite(results["fast"]).all()
    np.testing.assert_allclose(results["fast"], results["reference"], atol=1e-6)


@pytest.mark.large
def test_a_weight_that_is_nan_is_seen_in_every_output_of_its_filter():
    stack = a_stack(np.random.default_rng(3), big=True)
    stack["activation"] = stack["pool"]["kind"] = None
    kernel = stack["conv"][1]
    kernel[kernel.shape[0] // 2, kernel.shape[1] // 2, 0, 5] = np.nan
    y = outcome(stack, "fast")["y"]
    assert np.isnan(y[..., 5]).all() and not np.isnan(y[..., :5]).any()


def test_an_empty_batch_is_no_trouble():
    stack = a_stack(np.random.default_rng(5))
    x, *rest = stack["conv"]
    stack["conv"] = (x[:0], *rest)
    check_equal(stack)
    check_equal(stack, enter=False)


@pytest.mark.parametrize("shape", [(1, 40), (3, 40), (1, 2000)])
def test_dense_layers_of_few_rows(shape):
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal(shape), rng.standard_normal((shape[1], 70))
    bias = rng.standard_normal(70)
    y, _ = few_engine("dense_forward")(FewImages(x), kernel, bias)
    np.testing.assert_allclose(y.plain, x @ kernel + bias, rtol=1e-12, atol=1e-12)


def few_engine(operation):
    return getattr(engine.engine_named("fast"), operation)


def a_model(**arguments):
    layers = numcnn.layers
    model = numcnn.Sequential(
        [
            layers.Conv2D(8, 3, padding="same", activation="relu", input_shape=(12, 12, 3)),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, (2, 3), strides=(1, 2), activation="tanh"),
            layers.MaxPooling2D(2, strides=1),
            layers.Conv2D(4, 1),
            layers.AveragePooling2D(2, padding="same"),
            layers.Flatten(),
            layers.Dense(7, activation="relu"),
            layers.Dense(5, activation="softmax"),
        ],
        seed=1,
        **arguments,
    )
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("images", range(1, few_images.MAX_IMAGES + 1))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_few_images_are_predicted_as_they_are_among_many(images, dtype):
    with numcnn.use_engine("fast"):
        model = a_model(dtype=dtype)
        x = np.random.default_rng(0).random((20, 12, 12, 3))
        many = model.predict(x, verbose=0)
        np.testing.assert_allclose(
            model.predict(x[:images], verbose=0), many[:images], rtol=1e-5, atol=1e-6
        )


@pytest.mark.large
def test_a_float64_history_is_the_reference_engines():
    rng = np.random.default_rng(0)
    x, y = rng.random((100, 12, 12, 3)), rng.integers(5, size=100)
    histories = []
    for name in engine.ENGINES:
        with numcnn.use_engine(name):
            history = a_model(dtype="float64").fit(x, y, epochs=3, verbose=0)
            histories.append(history.history)
    for key in histories[0]:
        np.testing.assert_allclose(histories[0][key], histories[1][key], rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 3, 2, 2), (16, 4, 4, 3), (21, 9, 8, 4), (35, 7), (9, 4, 3)])
@pytest.mark.parametrize("of_batch", [True, False])
def test_batch_normalization_is_the_formula(shape, dtype, of_batch):
    rng = np.random.default_rng(0)
    C = shape[-1]
    x = (rng.standard_normal(shape) * 3 + 7).astype(dtype)
    dy = rng.standard_normal(shape).astype(dtype)
    gamma, beta = rng.standard_normal((2, C)).astype(dtype)
    given = None if of_batch else (gamma * 2, beta**2 + 1)
    results = []
    for name in engine.ENGINES:
        with numcnn.use_engine(name):
            batch = engine.enter(x)
            if name == "fast" and len(shape) != 3:
                lanes = batch.numbers.reshape(*batch.numbers.shape[:3], -1, 16)
                lanes[-1, ..., len(x) - len(x) // 16 * 16 or 16 :] = np.nan  # no image is there
            for g, b in ((gamma, beta), (None, None)):
                y, used, cache = active_engine().batchnorm_forward(batch, g, b, 1e-3, given)
                dx, *gradients = cache.engine.batchnorm_backward(engine.enter(dy), cache)
                if name == "fast" and len(shape) != 3:
                    lanes = dx.numbers.reshape(*dx.numbers.shape[:3], -1, 16)
                    assert not lanes[-1, ..., len(x) - len(x) // 16 * 16 or 16 :].any()
                results.append([engine.leave(y), *used, engine.leave(dx), *gradients])
    half = len(results) // 2
    for of_fast, of_reference in zip(results[:half], results[half:], strict=True):
        for got, expected in zip(of_fast, of_reference, strict=True):
            assert got.dtype == dtype and got.shape == expected.shape
            close = 1e-11 if dtype == np.float64 else 2e-5
            np.testing.assert_allclose(got, expected, rtol=close, atol=close * shape[0])


@pytest.mark.parametrize("offset", [0, 100, 10_000])
def test_batch_normalization_keeps_its_digits_far_from_zero(offset):
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((33, 6, 6, 3)) + offset).astype(np.float32)
    dy = rng.standard_normal(x.shape).astype(np.float32)

    def computed(name, dtype):
        with numcnn.use_engine(name):
            given = engine.enter(x.astype(dtype))
            y, used, cache = active_engine().batchnorm_forward(given, None, None, 1e-3)
            back = cache.engine.batchnorm_backward(engine.enter(dy.astype(dtype)), cache)
            return [engine.leave(one) for one in (y, *used, *back)]

    right = computed("reference", np.float64)
    errors = [
        [
            np.abs(got - expected).max() / np.abs(expected).max()
            for got, expected in zip(computed(name, np.float32), right, strict=True)
        ]
        for name in ("fast", "reference")
    ]
    for of_fast, of_reference in zip(*errors, strict=True):
        assert of_fast <= 4 * of_reference + 5e-7


@pytest.mark.large
def test_the_number_of_threads_changes_no_byte():
    results = set()
    try:
        for number in (1, 2, 3, 5):
            thread_pool.use_threads(number)
            with numcnn.use_engine("fast"):
                rng = np.random.default_rng(0)
                model = a_model()
                model.fit(rng.random((150, 12, 12, 3)), rng.integers(5, size=150), verbose=0)
                results.add(b"".join(weight.tobytes() for weight in model.get_weights()))
                one = model.predict(rng.random((1, 12, 12, 3)), verbose=0)
                results.add(one.tobytes())
    finally:
        thread_pool.use_threads()
    assert len(results) == 2  # the weights, and the prediction


@pytest.mark.large
def test_what_a_loop_of_a_helper_raises_is_raised_where_it_was_called():
    @compiling.loop
    def fail(marks, start, stop):
        if start:
            raise ZeroDivisionError("in a helper")

    try:
        thread_pool.use_threads(3)
        marks = np.zeros(30, np.int64)
        with pytest.raises(ZeroDivisionError, match="in a helper"):
            thread_pool.parallel_for(fail, 30, 1 << 30, marks)
        thread_pool.parallel_for(mark, 30, 1 << 30, marks)
        assert set(marks) == {1}
    finally:
        thread_pool.use_threads()


def test_a_piece_that_failed_only_once_is_not_taken_for_done():
    @compiling.loop
    def fail_once(failed, start, stop):
        if failed[0] == 0:
            failed[0] = 1
            raise MemoryError

    with pytest.raises(MemoryError):
        thread_pool.parallel_for(fail_once, 30, 1, np.zeros(1, np.int64))


def test_a_thread_does_not_wait_for_helpers_that_do_not_come():
    pool = thread_pool.use_threads(3)
    for helper in pool.helpers:
        helper.retire()
        helper.join(30)
        assert not helper.is_alive()
    marks = np.zeros(30, np.int64)
    try:
        thread_pool.parallel_for(mark, 30, 1 << 30, marks)
        assert set(marks) == {1}
    finally:
        thread_pool.use_threads()


@compiling.loop
def mark(marks, start, stop):
    for k in range(start, stop):
        marks[k] += 1


def test_the_number_of_threads_changes_while_others_compute():
    def compute():
        while not enough.is_set():
            marks = np.zeros(20, np.int64)
            thread_pool.parallel_for(mark, 20, 1 << 30, marks)
            counts.extend(set(marks))

    enough, counts = Event(), []
    others = [Thread(target=compute, daemon=True) for _ in range(2)]
    try:
        for other in others:
            other.start()
        for number in range(20):
            thread_pool.use_threads(1 + number % 4)
        enough.set()
        for other in others:
            other.join(30)
            assert not other.is_alive()
    finally:
        thread_pool.use_threads()
    assert set(counts) == {1}


def test_memory_is_used_again_once_its_array_and_all_views_are_gone():
    array = memory.empty((300, 100), np.float32)
    place = array.ctypes.data
    assert place % memory.CACHE_LINE == 0
    view = array[10:].reshape(-1)
    del array
    other = memory.empty((300, 100), np.float32)
    assert other.ctypes.data != place  # a view still lives
    del view
    assert memory.empty((100, 300), np.float32).ctypes.data == place


@pytest.mark.large
def test_training_and_predicting_do_not_grow():
    import resource

    with numcnn.use_engine("fast"):
        rng = np.random.default_rng(0)
        model, x, y = a_model(), rng.random((200, 12, 12, 3)), rng.integers(5, size=200)
        model.fit(x, y, epochs=3, verbose=0)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        model.fit(x, y, epochs=20, verbose=0)
        for _ in range(300):
            model.predict(x[:1], verbose=0)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 5_000  # kilobytes


def test_a_batch_inside_says_its_public_shape():
    fast = engine.engine_named("fast")
    batch = fast.enter(np.zeros((20, 5, 4, 3), np.float32))
    assert isinstance(batch, Batch) and batch.shape == (20, 5, 4, 3) and len(batch) == 20
    assert batch.numbers.shape == (2, 3, 5, 4 * 16)
    assert np.asarray(batch).shape == (20, 5, 4, 3)


def test_other_numbers_are_refused_in_words():
    with (
        numcnn.use_engine("fast"),
        pytest.raises(TypeError, match="float32 and float64, got int64"),
    ):
        _, cache = active_engine().flatten_forward(np.zeros((1, 2)))
        cache.engine.flatten_backward(np.zeros((1, 2)), cache)
        active_engine().maxpool2d_forward(np.zeros((1, 4, 4, 1), np.int64), (2, 2), (2, 2), "valid")


def test_loops_of_one_factory_have_different_symbols_and_the_same_loop_has_one():
    from numcnn.engine.fast.runtime.compiling import with_symbol_of_its_own

    def factory(block):
        def loop(x):
            return x + block

        return with_symbol_of_its_own(loop).__qualname__

    assert factory(3) == factory(3)
    assert factory(3) != factory(4)


@pytest.mark.parametrize("offset", [0.0, -1e2, 1e3, -1e4, 1e4])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_digits_of_losses_and_probabilities_survive_an_offset(offset, dtype):
    fast, rng = engine.engine_named("fast"), np.random.default_rng(0)
    precision = {"float32": 1e-6, "float64": 2e-14}[dtype]
    for classes in (2, 3, 10):
        logits = (3 * rng.standard_normal((40, classes)) + offset).astype(dtype)
        logits[0] = offset
        logits[1, 0] += 20  # a sure prediction: its loss is far below the last digit of 1
        targets = np.eye(classes, dtype=dtype)[rng.integers(classes, size=40)]
        targets[1] = np.eye(classes)[0]
        shifted = logits.astype(np.longdouble)
        shifted -= shifted.max(1, keepdims=True)
        others = np.exp(shifted)
        np.put_along_axis(others, shifted.argmax(1)[:, np.newaxis], 0, 1)  # the largest is 1
        total = others.sum(1, keepdims=True)
        losses, cache = fast.softmax_cross_entropy_forward(logits, targets)
        expected = -(targets * (shifted - np.log1p(total))).sum(1)
        np.testing.assert_allclose(losses, expected.astype("f8"), rtol=precision)
        probabilities = (np.exp(shifted) / (1 + total)).astype("f8")
        np.testing.assert_allclose(cache[0], probabilities, rtol=precision)
        for batch in (fast.enter(logits), FewImages(logits[:3])):
            y, _ = fast.activation_forward(batch, activations.get("softmax"))
            np.testing.assert_allclose(y, probabilities[: len(y)], rtol=precision)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_loss_of_logits_that_are_not_finite_is_not_finite():
    fast = engine.engine_named("fast")
    logits = np.array([[np.inf, 0, 1], [0, np.nan, 1], [np.inf, 0, np.inf]], np.float32)
    losses, _ = fast.softmax_cross_entropy_forward(logits, np.eye(3, dtype=np.float32))
    assert np.isnan(losses).all()


def test_dense_rows_of_rows_are_flattened_and_trained():
    results = {}
    for name in ("reference", "fast"):
        with numcnn.use_engine(name):
            model = numcnn.Sequential(
                [
                    numcnn.layers.Dense(5, activation="relu", input_shape=(3, 4)),
                    numcnn.layers.Flatten(),
                    numcnn.layers.Dense(4, activation="softmax"),
                ],
                seed=0,
                dtype="float64",
            )
            model.compile("sgd", "sparse_categorical_crossentropy")
            rng = np.random.default_rng(0)
            model.fit(rng.random((20, 3, 4)), rng.integers(4, size=20), epochs=2, verbose=0)
            results[name] = model.get_weights()
    for ours, right in zip(results["fast"], results["reference"], strict=True):
        np.testing.assert_allclose(ours, right, rtol=1e-10)
