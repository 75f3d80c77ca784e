"""TensorFlow's functions of arrays in a redirected program: its arguments, values and dtypes."""

import numpy as np
import pytest

from numcnn import ops
from numcnn.tensorflow_names import TensorFlow

tf = TensorFlow("tensorflow")
GRID = [[1.0, 2.0], [3.0, 4.0]]
CUT = [[1, 5], [7, 2]]
NAMES = {"tf": tf, "ops": ops, "np": np, "GRID": GRID, "CUT": CUT}


@pytest.mark.parametrize(
    ("call", "dtype", "values"),
    [
        ("tf.constant([1.0, 2.0])", "float32", [1, 2]),
        ("tf.constant([1, 2.5])", "float32", [1, 2.5]),
        ("tf.constant(3)", "int32", 3),
        ("tf.constant([2**40])", "int64", [2**40]),
        ("tf.constant([True, False])", "bool", [True, False]),
        ("tf.constant(np.array([1.0]))", "float64", [1]),
        ("tf.constant([np.float64(1.5)])", "float64", [1.5]),
        ("tf.constant([1, 2], 'float32')", "float32", [1, 2]),
        ("tf.constant(0, shape=(2, 1))", "int32", [[0], [0]]),
        ("tf.constant(1, tf.float32, [2])", "float32", [1, 1]),
        ("tf.constant([1, 2, 3, 4], shape=[2, 2])", "int32", [[1, 2], [3, 4]]),
        ("tf.convert_to_tensor([1, 2], dtype_hint=tf.float32)", "float32", [1, 2]),
        ("tf.convert_to_tensor(np.ones(1), dtype_hint=tf.float32)", "float64", [1]),
        ("tf.reduce_mean([1, 2, 4])", "int32", 2),
        ("tf.reduce_mean([-1, -2])", "int32", -1),
        ("tf.reduce_mean(np.array([200, 100], np.uint8))", "uint8", 150),
        ("tf.reduce_mean(np.array([], np.int32))", "int32", 0),
        ("tf.reduce_mean(np.array([1.0, 2, 4]))", "float64", 7 / 3),
        ("tf.reduce_mean(input_tensor=GRID, axis=1, keepdims=True)", "float32", [[1.5], [3.5]]),
        ("tf.reduce_mean(GRID, [0, 1], True)", "float32", [[2.5]]),
        ("tf.reduce_sum(GRID, axis=1, keepdims=True)", "float32", [[3], [7]]),
        ("tf.reduce_sum(np.array([200, 100], np.uint8))", "uint8", 44),
        ("tf.reduce_max(CUT, axis=-1, keepdims=True)", "int32", [[5], [7]]),
        ("tf.reduce_min(CUT, 0, True, name='low')", "int32", [[1, 2]]),
        ("tf.math.reduce_mean(CUT)", "int32", 3),
        ("tf.argmax(CUT)", "int64", [1, 0]),
        ("tf.argmax(CUT, axis=1, output_type=tf.int32)", "int32", [1, 0]),
        ("tf.argmin(CUT, 1)", "int64", [0, 1]),
        ("tf.cast([1.7, -1.7], tf.int32)", "int32", [1, -1]),
        ("tf.cast([0, 2], tf.bool)", "bool", [False, True]),
        ("tf.reshape(tensor=[1, 2], shape=[2, -1])", "int32", [[1], [2]]),
        ("tf.expand_dims([1.0], axis=-1)", "float32", [[1]]),
        ("tf.squeeze([[1.0, 2.0]], [0])", "float32", [1, 2]),
        ("tf.transpose(a=GRID, perm=[1, 0])", "float32", [[1, 3], [2, 4]]),
        ("tf.zeros(shape=(1, 2), dtype='int64')", "int64", [[0, 0]]),
        ("tf.zeros(2)", "float32", [0, 0]),
        ("tf.ones([1, 2], tf.bool)", "bool", [[True, True]]),
        ("tf.one_hot([1, 5, -1], 3, axis=0)", "float32", [[0, 0, 0], [1, 0, 0], [0, 0, 0]]),
        ("tf.one_hot([1, 0], 2, on_value=5, off_value=-1)", "int32", [[-1, 5], [5, -1]]),
        ("tf.one_hot([1], depth=2, dtype=tf.int32)", "int32", [[0, 1]]),
        ("tf.stack([1, 2.5])", "float32", [1, 2.5]),
        ("tf.stack([np.float32(1), 2])", "float32", [1, 2]),
        ("tf.concat(axis=0, values=[[1], [2]])", "int32", [1, 2]),
        ("tf.equal(np.array([0.1]), [0.1])", "bool", [True]),
        ("tf.equal(np.array([1.0]), np.array([1]))", "bool", [True]),
        ("tf.sqrt([4.0])", "float32", [2]),
        ("tf.square([3])", "int32", [9]),
        ("tf.abs([-1.0])", "float32", [1]),
        ("ops.mean([1, 2, 4])", "float32", 7 / 3),
        ("ops.mean(x=GRID, axis=0, keepdims=True)", "float32", [[2, 3]]),
        ("ops.sum([1, 2, 4])", "int32", 7),
        ("ops.sum(np.array([1.0, 2.0]))", "float64", 3),
        ("ops.convert_to_tensor([1.0])", "float32", [1]),
        ("ops.convert_to_tensor([1.0], 'float64')", "float64", [1]),
        ("ops.reshape(x=[1, 2], newshape=[2, 1])", "int32", [[1], [2]]),
        ("ops.maximum(x1=[1.0], x2=[2.0])", "float32", [2]),
        ("ops.zeros((1,), dtype='float64')", "float64", [0]),
        ("ops.full((1,), 2.0, dtype='float64')", "float64", [2]),
    ],
)
def test_values_and_dtypes_are_those_of_tensorflow(call, dtype, values):
    """The numbers are what TensorFlow 2.21 and Keras 3.15.1 gave for the same calls."""
    found = eval(call, NAMES).numpy()
    assert found.dtype == dtype
    assert found.shape == np.shape(values)
    np.testing.assert_allclose(found, values, rtol=1e-6)


@pytest.mark.filterwarnings("error")
def test_the_mean_of_no_numbers_is_nan_without_a_warning():
    assert np.isnan(tf.reduce_mean([]).numpy())


def test_random_numbers_have_the_dtype_and_the_range_that_is_asked_for():
    whole = tf.random.uniform([50], 0, maxval=3, dtype=tf.int32, seed=1).numpy()
    assert whole.dtype == np.int32
    assert set(whole.tolist()) == {0, 1, 2}
    assert tf.random.uniform((50,)).numpy().max() < 1
    drawn = tf.random.normal((2,), mean=9.0, stddev=0.0, dtype=tf.float64, seed=1, name="a")
    assert drawn.numpy().tolist() == [9, 9]
    assert drawn.dtype == np.float64


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("tf.constant([1.5], tf.int32)", "has fractions, and can't become int32: tf.cast"),
        ("tf.constant([1, 2, 3], shape=[2, 2])", r"shape \(2, 2\) holds 4 numbers, and value"),
        ("tf.reduce_mean([True])", "reduce_mean takes numbers, got bool: tf.cast"),
        ("tf.reduce_mean([1.0], axes=0)", r"reduce_mean\(\) got an unexpected keyword .*'axes'"),
        ("tf.expand_dims([1.0])", r"expand_dims\(\) missing 1 required positional argument"),
        ("tf.argmax(CUT, output_type=tf.float32)", "output_type must be one of int16, "),
        ("tf.sqrt([4])", "sqrt takes floats, got int32: tf.cast"),
        ("tf.one_hot([1.0], 2)", "takes class numbers, whole numbers, got float32"),
        ("tf.concat([np.ones(1), np.ones(1, int)], 0)", "dtypes float64 and int64: tf.cast"),
        ("tf.zeros([2], dtype=None)", "dtype must be one of numbers, such as tf.float32"),
        ("tf.cast([2], 'text')", "dtype must be one of numbers, such as tf.float32, got 'text'"),
        ("tf.random.normal((2,), men=1.0)", r"normal\(\) got an unexpected keyword"),
    ],
)
def test_what_tensorflow_refuses_is_refused_with_a_sentence(call, message):
    with pytest.raises(TypeError, match=message):
        eval(call, NAMES)


def test_random_whole_numbers_need_an_end():
    with pytest.raises(ValueError, match="needs maxval for whole numbers"):
        tf.random.uniform((2,), dtype=tf.int64)
