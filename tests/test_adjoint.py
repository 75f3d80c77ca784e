"""The way back is the transpose of the way there, at real sizes: <dy, A(x)> = <A'(dy), x>.

Convolution, dense layer and average pooling are linear in x; a max pooling is, too, for the pixels
that win.  So both products are the same number, whatever x and dy are, and no slope is measured.
The difference is relative to |dy|·|y|.  Each case has a control, a way back with one mistake, that
must fail.
"""

import numpy as np
import pytest

from numcnn.engine import active_engine

LIMITS = {"float64": 1e-13, "float32": 1e-5}
CONTROL = 100  # how many times the limit a mistake must exceed

# batch, image, window, channels, filters, strides: the tutorials' own, and odd ones
CONVOLUTIONS = [
    (32, (28, 28), (5, 5), 1, 8, (1, 1)),
    (32, (12, 12), (5, 5), 8, 16, (1, 1)),
    (32, (28, 28), (3, 3), 16, 32, (1, 1)),
    (16, (28, 28), (3, 3), 8, 16, (2, 2)),
    (17, (27, 30), (3, 2), 5, 7, (1, 2)),
    (16, (14, 14), (1, 1), 32, 16, (1, 1)),
    (3, (31, 29), (7, 5), 3, 9, (3, 2)),
]
POOLINGS = [
    (32, (24, 24), (2, 2), 8, (2, 2)),
    (32, (27, 29), (3, 3), 8, (2, 2)),
    (16, (14, 14), (3, 3), 16, (1, 1)),
    (17, (25, 26), (2, 3), 5, (3, 1)),
]
PADDINGS = ["valid", "same"]


def wide(array):
    return np.asarray(array, np.float64)


def random(rng, shape, dtype):
    return rng.standard_normal(shape).astype(dtype)


def gradient_for(y, rng):
    """A dy that goes with y, so that what a mistake leaves out does not cancel by chance."""
    y = np.asarray(y)
    return y + random(rng, y.shape, y.dtype)


def defect(dy, y, gradient, factor):
    """How far <dy, y> is from <gradient, factor>, relative to the length of both."""
    dy, y = wide(dy), wide(y)
    difference = np.vdot(dy, y) - np.vdot(wide(gradient), wide(factor))
    return abs(difference) / (np.linalg.norm(dy) * np.linalg.norm(y))


@pytest.mark.large
@pytest.mark.parametrize("dtype", LIMITS)
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
def test_convolution(engine, case, padding, dtype):
    N, image, window, C, F, strides = case
    rng = np.random.default_rng(0)
    x = random(rng, (N, *image, C), dtype)
    kernel = random(rng, (*window, C, F), dtype)
    forward = active_engine().conv2d_forward
    y, cache = forward(x, kernel, None, strides, padding)
    dy = gradient_for(y, rng)
    dx, dkernel, _ = cache.engine.conv2d_backward(dy, cache)
    assert defect(dy, y, dx, x) < LIMITS[dtype]
    assert defect(dy, y, dkernel, kernel) < LIMITS[dtype]

    forgetful = kernel.copy()
    forgetful[-1, -1] = 0  # a way back that forgets one tap
    _, cache = forward(x, forgetful, None, strides, padding)
    wrong, _, _ = cache.engine.conv2d_backward(dy, cache)
    assert defect(dy, y, wrong, x) > CONTROL * LIMITS[dtype]
    assert defect(dy, y, wide(dkernel)[::-1, :, ::-1], kernel) > CONTROL * LIMITS[dtype]


@pytest.mark.large
@pytest.mark.parametrize("dtype", LIMITS)
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("kind", ["maxpool2d", "averagepool2d"])
@pytest.mark.parametrize("case", POOLINGS, ids=str)
def test_pooling(engine, case, kind, padding, dtype):
    N, image, window, C, strides = case
    rng = np.random.default_rng(1)
    x = random(rng, (N, *image, C), dtype)
    forward = getattr(active_engine(), f"{kind}_forward")
    y, cache = forward(x, window, strides, padding)
    dy = gradient_for(y, rng)
    dx = getattr(cache.engine, f"{kind}_backward")(dy, cache)
    assert defect(dy, y, dx, x) < LIMITS[dtype]

    shortened = dy.copy()
    shortened[:, -1] = 0  # a way back whose loop ends one row too early
    _, cache = forward(x, window, strides, padding)
    wrong = getattr(cache.engine, f"{kind}_backward")(shortened, cache)
    assert defect(dy, y, wrong, x) > CONTROL * LIMITS[dtype]


@pytest.mark.large
@pytest.mark.parametrize("dtype", LIMITS)
@pytest.mark.parametrize(("N", "D", "U"), [(32, 784, 128), (17, 1600, 10), (1, 3136, 100)])
def test_dense(engine, N, D, U, dtype):
    rng = np.random.default_rng(2)
    x, kernel = random(rng, (N, D), dtype), random(rng, (D, U), dtype)
    y, cache = active_engine().dense_forward(x, kernel, None)
    dy = gradient_for(y, rng)
    dx, dkernel, _ = cache.engine.dense_backward(dy, cache)
    assert defect(dy, y, dx, x) < LIMITS[dtype]
    assert defect(dy, y, dkernel, kernel) < LIMITS[dtype]
    assert defect(dy, y, np.roll(wide(dx), 1, axis=1), x) > CONTROL * LIMITS[dtype]
