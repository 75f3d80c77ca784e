"""Both engines against the seven loops, and the rules of the contract."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numcnn
from numcnn import activations, engine
from numcnn.engine import active_engine, definition, products, reference

ENGINES = sorted(engine.ENGINES)
on_every_engine = pytest.mark.parametrize("name", ENGINES)


@st.composite
def windows(draw):
    """A batch of images, a window that fits, strides and padding."""
    H, W = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    padding = draw(st.sampled_from(["valid", "same"]))
    most = (H, W) if padding == "valid" else (5, 5)
    window = draw(st.integers(1, most[0])), draw(st.integers(1, most[1]))
    strides = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    shape = draw(st.integers(0, 3)), H, W, draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng, shape, window, strides, padding


@on_every_engine
@given(case=windows(), filters=st.integers(1, 4), with_bias=st.booleans())
def test_convolution_is_the_seven_loops(name, case, filters, with_bias):
    rng, shape, window, strides, padding = case
    x = rng.standard_normal(shape)
    kernel = rng.standard_normal((*window, shape[-1], filters))
    bias = rng.standard_normal(filters) if with_bias else None
    with numcnn.use_engine(name):
        y, cache = active_engine().conv2d_forward(x, kernel, bias, strides, padding)
        dy = rng.standard_normal(y.shape)
        dx, dkernel, dbias = cache.engine.conv2d_backward(dy, cache)
    np.testing.assert_allclose(y, definition.conv2d(x, kernel, bias, strides, padding), atol=1e-12)
    expected = definition.conv2d_gradients(x, kernel, dy, strides, padding)
    np.testing.assert_allclose(dx, expected[0], atol=1e-12)
    np.testing.assert_allclose(dkernel, expected[1], atol=1e-12)
    if with_bias:
        np.testing.assert_allclose(dbias, expected[2], atol=1e-12)
    else:
        assert dbias is None


@on_every_engine
@given(case=windows(), average=st.booleans(), ties=st.booleans())
def test_pooling_is_the_loops(name, case, average, ties):
    rng, shape, window, strides, padding = case
    x = rng.integers(0, 3, shape).astype(float) if ties else rng.standard_normal(shape)
    with numcnn.use_engine(name):
        if average:
            y, cache = active_engine().averagepool2d_forward(x, window, strides, padding)
        else:
            y, cache = active_engine().maxpool2d_forward(x, window, strides, padding)
        dy = rng.standard_normal(y.shape)
        backward = (
            cache.engine.averagepool2d_backward if average else cache.engine.maxpool2d_backward
        )
        dx = backward(dy, cache)
    oracle = definition.averagepool2d if average else definition.maxpool2d
    expected_y, expected_dx = oracle(x, dy, window, strides, padding)
    np.testing.assert_allclose(y, expected_y, atol=1e-12)
    np.testing.assert_allclose(dx, expected_dx, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_operation_keeps_the_dtype_and_leaves_its_arguments_alone(engine, dtype):
    for name, arguments in operations(dtype).items():
        before = [np.copy(a) for a in arguments if isinstance(a, np.ndarray)]
        y, cache = getattr(active_engine(), f"{name}_forward")(*arguments)
        dy = np.ones_like(y)
        results = getattr(cache.engine, f"{name}_backward")(dy, cache)
        for result in [y, *(results if isinstance(results, tuple) else [results])]:
            assert result.dtype == dtype, name
            assert isinstance(result, np.ndarray), name
        after = [a for a in arguments if isinstance(a, np.ndarray)]
        for old, new in zip(before, after, strict=True):
            np.testing.assert_array_equal(old, new, err_msg=name)
        np.testing.assert_array_equal(dy, np.ones_like(y), err_msg=name)


@pytest.mark.parametrize(
    "arrange",
    [
        pytest.param(np.asfortranarray, id="Fortran order"),
        pytest.param(lambda a: a[::-1], id="reversed"),
        pytest.param(lambda a: np.repeat(a, 2, axis=-1)[..., ::2], id="strided"),
        pytest.param(lambda a: np.broadcast_to(a[:1], a.shape), id="broadcast"),
        pytest.param(lambda a: _read_only(a), id="read-only"),
    ],
)
def test_any_memory_layout_gives_the_same_result(engine, arrange):
    for name, (x, *rest) in operations(np.float64).items():
        odd = arrange(x)
        results = []
        for argument in (odd, np.ascontiguousarray(odd)):
            if name == "dropout":
                rest = [0.5, np.random.default_rng(0)]
            y, cache = getattr(active_engine(), f"{name}_forward")(argument, *rest)
            dy = np.random.default_rng(1).standard_normal(y.shape)
            dx = getattr(cache.engine, f"{name}_backward")(dy, cache)
            results.append((y, *(dx if isinstance(dx, tuple) else [dx])))
        for one, other in zip(*results, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12, err_msg=name)


def operations(dtype):
    """The arguments of each forward operation, on a small batch."""
    rng = np.random.default_rng(0)

    def numbers(*shape):
        return rng.standard_normal(shape).astype(dtype)

    images = numbers(3, 6, 5, 2)
    rows = numbers(3, 4)
    targets = np.eye(4, dtype=dtype)[[1, 0, 3]]
    return {
        "conv2d": (images, numbers(3, 2, 2, 4), numbers(4), (1, 2), "same"),
        "depthwise2d": (images, numbers(3, 3, 2, 2), numbers(4), (1, 2), "same", (2, 1)),
        "maxpool2d": (images, (2, 3), (2, 1), "same"),
        "averagepool2d": (images, (2, 3), (2, 1), "same"),
        "dense": (rows, numbers(4, 5), numbers(5)),
        "flatten": (images,),
        "activation": (images, activations.ReLU()),
        "dropout": (images, 0.5, np.random.default_rng(0)),
        "softmax_cross_entropy": (rows, targets),
    }


def _read_only(array):
    view = array.copy()
    view.flags.writeable = False
    return view


def test_every_engine_has_the_functions_of_the_reference():
    operations = {
        name: inspect.signature(function)
        for name, function in vars(reference).items()
        if inspect.isfunction(function) and name.endswith(("_forward", "_backward", "_update"))
    }
    operations["enter"] = inspect.signature(reference.enter)
    assert len(operations) == 24
    for module in map(engine.engine_named, engine.ENGINES):
        for name, promised in operations.items():
            own = inspect.signature(getattr(module, name))
            assert list(own.parameters) == list(promised.parameters), (module.__name__, name)
            for parameter, other in zip(
                own.parameters.values(), promised.parameters.values(), strict=True
            ):
                assert parameter.default == other.default, (module.__name__, name)


def test_a_global_mean_is_one_pass_of_numpy_on_the_reference_and_the_same_on_the_fast_engine():
    rng = np.random.default_rng(0)
    x, dy = rng.random((5, 40, 30, 3), np.float32), rng.random((5, 1, 1, 3), np.float32)
    y, cache = reference.global_mean_forward(x)
    np.testing.assert_array_equal(y, x.mean(axis=(1, 2), keepdims=True))
    with numcnn.use_engine("fast"):
        other, kept = active_engine().global_mean_forward(x)
        dx = kept.engine.global_mean_backward(dy, kept)
    np.testing.assert_allclose(other, y, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(dx, cache.engine.global_mean_backward(dy, cache), rtol=1e-6)


def test_products_are_the_same_without_a_blas(monkeypatch):
    rng = np.random.default_rng(0)
    a, b, c = (rng.normal(size=shape).astype(np.float32) for shape in ((7, 5), (5, 3), (7, 4)))
    for blas in (True, False):
        monkeypatch.setattr(products, "BLAS", blas)
        for found, right in (
            (products.product(a, b), a @ b),
            (products.product_over_rows(a, c), a.T @ c),
        ):
            np.testing.assert_allclose(found, right, rtol=1e-5, atol=1e-6)
            assert found.dtype == np.float32


def test_use_engine_is_undone_at_the_end_of_a_block():
    before = active_engine()
    with numcnn.use_engine("reference"):
        assert active_engine() is reference
    assert active_engine() is before


def test_a_cache_is_read_by_the_engine_that_made_it(engine):
    x = np.ones((1, 4, 4, 1))
    _, cache = active_engine().maxpool2d_forward(x, (2, 2), (2, 2), "valid")
    with numcnn.use_engine("reference"):
        dx = cache.engine.maxpool2d_backward(np.ones((1, 2, 2, 1)), cache)
    assert dx.sum() == 4


def test_padding_never_wins_a_max_pooling(engine):
    x = np.full((1, 3, 3, 1), -np.inf)
    y, cache = active_engine().maxpool2d_forward(x, (2, 2), (2, 2), "same")
    dx = cache.engine.maxpool2d_backward(np.ones_like(y), cache)
    assert dx.sum() == y.size  # every window found a pixel of its own
    x = np.full((1, 3, 3, 1), -5.0)
    y, _ = active_engine().maxpool2d_forward(x, (2, 2), (1, 1), "same")
    assert (y == -5).all()


def test_a_tie_goes_to_the_first_pixel_row_by_row(engine):
    x = np.ones((1, 2, 2, 1))
    y, cache = active_engine().maxpool2d_forward(x, (2, 2), (2, 2), "valid")
    dx = cache.engine.maxpool2d_backward(np.ones_like(y), cache)
    assert dx.ravel().tolist() == [1, 0, 0, 0]


def test_nan_and_infinity_come_through(engine):
    x = np.zeros((2, 4, 4, 1))
    x[0, 1, 1], x[1, 2, 2] = np.nan, np.inf
    kernel = np.ones((2, 2, 1, 1))
    y, _ = active_engine().conv2d_forward(x, kernel, np.zeros(1), (1, 1), "valid")
    assert np.isnan(y[0]).sum() == 4 and np.isinf(y[1]).sum() == 4
    y, cache = active_engine().maxpool2d_forward(x, (2, 2), (2, 2), "valid")
    assert np.isnan(y[0]).sum() == 1 and np.isinf(y[1]).sum() == 1
    dx = cache.engine.maxpool2d_backward(np.ones_like(y), cache)
    assert dx[0, 1, 1] == 1 and dx[1, 2, 2] == 1  # the gradient follows
    y, _ = active_engine().activation_forward(x, activations.ReLU())
    assert np.isnan(y[0]).sum() == 1 and np.isinf(y[1]).sum() == 1


def test_softmax_cross_entropy_of_huge_logits_is_finite_and_right(engine):
    logits = np.array([[1e4, -1e4, 0.0], [0.0, 20.0, 0.0]], np.float32)
    targets = np.eye(3, dtype=np.float32)[[1, 0]]
    losses, cache = active_engine().softmax_cross_entropy_forward(logits, targets)
    np.testing.assert_allclose(losses, [2e4, 20.0], rtol=1e-6)
    dlogits = cache.engine.softmax_cross_entropy_backward(np.ones(2, np.float32), cache)
    np.testing.assert_allclose(dlogits, [[1, -1, 0], [-1, 1, 2.06e-9]], atol=1e-11)


def test_dropout_drops_the_same_numbers_on_every_engine_and_keeps_the_mean(engine):
    x = np.ones((200, 50), np.float32)
    y, cache = active_engine().dropout_forward(x, 0.2, np.random.default_rng(3))
    expected = np.random.default_rng(3).random(x.shape, np.float32) >= 0.2
    np.testing.assert_array_equal(y != 0, expected)
    assert set(np.unique(y)) == {0.0, 1.25}
    np.testing.assert_array_equal(cache.engine.dropout_backward(x, cache), y)


@pytest.mark.parametrize("step", [1, 2], ids=["contiguous", "every other number"])
def test_adam_does_what_its_formula_says_in_float32(engine, step):
    rng = np.random.default_rng(0)
    value, grad, m, v = np.zeros((4, 1000 * step), np.float32)[:, ::step]
    value[:], grad[:] = rng.standard_normal((2, 1000))
    exact = [a.astype(np.longdouble) for a in (value, grad, m, v)]
    for _ in range(3):
        active_engine().adam_update(value, grad, m, v, 1e-3, 0.9, 0.999, 1e-7)
        w, g, mm, vv = exact
        mm += (g - mm) * (1 - np.longdouble(0.9))
        vv += (g * g - vv) * (1 - np.longdouble(0.999))
        w -= np.longdouble(1e-3) * mm / (np.sqrt(vv) + np.longdouble(1e-7))
    np.testing.assert_allclose(value, exact[0].astype(np.float64), rtol=1e-5, atol=1e-6)
    assert value.dtype == m.dtype == v.dtype == np.float32
