"""Datasets as TensorFlow's programs make them, and functions of arrays as those of Keras 3 do."""

import numpy as np
import pytest

import numcnn
from numcnn import layers, ops
from numcnn.preprocessing.dataset import Dataset

X = np.arange(10, dtype=np.float32).reshape(5, 2)
Y = np.array([0, 1, 0, 1, 0])


def numbers(dataset):
    """The elements of a dataset of single numbers, as Python's."""
    return [int(one) for one in dataset]


@pytest.fixture
def pairs():
    return Dataset.from_tensor_slices((X, Y))


def test_rows_become_batches_and_batches_rows(pairs):
    batches = list(pairs.batch(2))
    assert [x.shape for x, _ in batches] == [(2, 2), (2, 2), (1, 2)]
    np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), X)
    assert len(pairs.batch(2)) == 3 and len(pairs.batch(2, drop_remainder=True)) == 2
    assert [y.numpy() for _, y in pairs.batch(3).unbatch()] == Y.tolist()
    (named,) = Dataset.from_tensor_slices({"a": X, "b": Y}).batch(9)
    assert named["a"].shape == (5, 2) and named["b"].tolist() == Y.tolist()


def test_elements_are_changed_selected_and_counted():
    ten = Dataset.range(10)
    assert numbers(ten.map(lambda n: n * n, num_parallel_calls=-1).take(4)) == [0, 1, 4, 9]
    assert numbers(ten.skip(7).concatenate(Dataset.range(2)).cache().prefetch(-1)) == [
        7,
        8,
        9,
        0,
        1,
    ]
    odd = ten.filter(lambda n: n % 2)
    assert numbers(odd) == [1, 3, 5, 7, 9] and odd.cardinality() == -2
    assert numbers(Dataset.range(2).repeat(2)) == [0, 1, 0, 1]
    assert numbers(Dataset.range(2).repeat().take(5)) == [0, 1, 0, 1, 0]
    assert [int(n + m) for n, m in Dataset.zip(ten, ten.skip(1))] == list(range(1, 19, 2))
    assert [k for k, _ in ten.enumerate(5)] == list(range(5, 15))
    assert numbers(Dataset.from_generator(lambda: iter([3, 1]), output_types=int)) == [3, 1]
    assert [type(n) for n in ten.take(1).as_numpy_iterator()] == [np.ndarray]


def test_shuffling_draws_from_the_next_elements():
    drawn = numbers(Dataset.range(50).shuffle(10, seed=1))
    assert sorted(drawn) == list(range(50)) and drawn != list(range(50))
    assert all(n <= place + 9 for place, n in enumerate(drawn))
    again, fixed = (Dataset.range(50).shuffle(50, 1, each) for each in (True, False))
    assert numbers(again) != numbers(again)
    assert numbers(fixed) == numbers(fixed)


def test_fit_takes_them_as_it_takes_arrays(pairs):
    def model():
        made = numcnn.Sequential([layers.Dense(2, activation="softmax", input_shape=(2,))], seed=1)
        made.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return made

    first, second, third = model(), model(), model()
    by_arrays = first.fit(X, Y, batch_size=2, epochs=2, shuffle=False, verbose=0).history
    batches = pairs.batch(2).map(lambda x, y: (x, y))
    assert second.fit(batches, epochs=2, validation_data=batches, verbose=0).params["steps"] == 3
    assert second.history.history["loss"] == by_arrays["loss"]
    third.fit(batches.repeat(), epochs=2, steps_per_epoch=3, verbose=0)
    assert third.history.history["loss"] == by_arrays["loss"]
    np.testing.assert_array_equal(second.predict(batches, verbose=0), second.predict(X, verbose=0))
    assert second.evaluate(batches, verbose=0) == second.evaluate(X, Y, batch_size=2, verbose=0)


def test_what_has_no_length_says_so(pairs):
    with pytest.raises(ValueError, match="repeats without end: give fit steps_per_epoch"):
        len(pairs.repeat())
    with pytest.raises(TypeError, match="unknown"):
        len(pairs.filter(lambda x, y: True))
    with pytest.raises(ValueError, match="arrays with equally many rows"):
        Dataset.from_tensor_slices((X, Y[:3]))
    with pytest.raises(ValueError, match="batch_size"):
        pairs.batch(0)


def test_functions_of_arrays_are_those_of_numpy():
    np.testing.assert_array_equal(ops.mean(X, axis=0).numpy(), X.mean(axis=0))
    assert ops.argmax(X, axis=-1).tolist() == [1] * 5
    assert ops.one_hot([1, 0], 3).tolist() == [[0, 1, 0], [1, 0, 0]]
    assert ops.convert_to_numpy(ops.cast(X, "int32")).dtype == np.int32
    assert ops.softmax(X).shape == ops.shape(X) == (5, 2)
    assert ops.relu([-1.0, 2.0]).tolist() == [0, 2]
    with pytest.raises(AttributeError, match=r"numcnn.ops has no men; the nearest one is m"):
        ops.men  # noqa: B018


def test_of_symbolic_tensors_there_are_sums_and_a_sentence():
    x = numcnn.Input((4,))
    model = numcnn.Model(x, ops.add(x, ops.multiply(x, 2.0)))
    np.testing.assert_array_equal(model(np.ones((1, 4))), 3 * np.ones((1, 4)))
    with pytest.raises(TypeError, match="mean takes arrays in numcnn, and got a symbolic tensor"):
        ops.mean(x)


@pytest.mark.parametrize(
    "layer", [layers.RandomFlip("horizontal"), layers.RandomCrop(2, 2), layers.Resizing(2, 2)]
)
def test_a_layer_called_on_its_own_takes_one_image_too(layer):
    image = np.random.default_rng(0).random((4, 4, 3)).astype(np.float32)
    one, many = layer(image), layer(image[np.newaxis])
    assert one.shape == many.shape[1:] and one.ndim == 3


def test_augmentation_acts_in_a_call_of_its_own_and_in_a_model_in_training_only():
    images = np.random.default_rng(0).random((64, 4, 4, 1)).astype(np.float32)
    layer = layers.RandomFlip("horizontal", seed=0)
    flipped = (layer(images) != images).any(axis=(1, 2, 3))
    assert 15 < flipped.sum() < 50
    np.testing.assert_array_equal(layer(images, training=False), images)
    model = numcnn.Sequential([layers.Input((4, 4, 1)), layer])
    np.testing.assert_array_equal(model(images), images)
    assert (model(images, training=True) != images).any()
    batches = Dataset.from_tensor_slices((images, images)).batch(64).map(lambda x, y: (layer(x), y))
    ((x, y),) = batches
    assert (x != y).any()
