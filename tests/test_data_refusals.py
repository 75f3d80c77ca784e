"""Data and datasets that do not fit: a sentence before anything changes."""

import numpy as np
import pytest

from numcnn import Input, layers, losses, utils
from numcnn.preprocessing.dataset import Dataset
from numcnn.preprocessing.image import ImageDataGenerator
from numcnn.sequential import Sequential

FOUR = np.arange(4)
X = np.random.default_rng(0).random((4, 3)).astype(np.float32)
IMAGES = np.random.default_rng(1).random((2, 8, 8, 1)).astype(np.float32)
NUMBERS = Dataset.range(3)


def small_model(loss="mse"):
    model = Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize(
    "sizes",
    [
        {"left_size": 5},
        {"left_size": 4},
        {"right_size": 5},
        {"left_size": 0.5, "right_size": 0.6},
        {"left_size": 0.1},
        {"left_size": 0.99},
    ],
)
def test_parts_that_do_not_fit_are_refused(sizes):
    with pytest.raises(ValueError, match=r"of 4 rows make parts of .* each needs at least one row"):
        utils.split_dataset(FOUR, **sizes)


@pytest.mark.parametrize(
    ("left", "right", "rows"), [(0.7, 0.3, [3, 1]), (0.3, 0.3, [1, 1]), (1, 2, [1, 2])]
)
def test_parts_that_fit(left, right, rows):
    parts = utils.split_dataset(FOUR, left_size=left, right_size=right)
    assert [len(part) for part in parts] == rows


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: NUMBERS.map(5), "map needs a function, got 5"),
        (lambda: NUMBERS.filter(None), "filter needs a function, got None"),
        (lambda: Dataset.from_generator(iter([1])), "from_generator needs a function"),
        (lambda: NUMBERS.repeat("a"), "count must be a whole number, got 'a'"),
        (lambda: NUMBERS.repeat(1.5), "count must be a whole number, got 1.5"),
        (lambda: NUMBERS.enumerate("a"), "start must be a whole number"),
        (lambda: Dataset.range("a"), "a limit of range must be a whole number"),
        (lambda: NUMBERS.concatenate(5), "concatenate needs datasets, got 5"),
        (lambda: NUMBERS.concatenate(FOUR), "use Dataset.from_tensor_slices"),
        (lambda: Dataset.zip(5), "zip needs datasets, got 5"),
        (lambda: Dataset.zip((NUMBERS, 5)), "zip needs datasets, got 5"),
    ],
)
def test_a_dataset_is_refused_before_its_first_element(call, sentence):
    with pytest.raises(TypeError, match=sentence):
        call()


def test_datasets_that_are_joined():
    assert list(NUMBERS.repeat(2)) == [0, 1, 2, 0, 1, 2] and NUMBERS.repeat(-1).cardinality() == -1
    assert [tuple(map(int, pair)) for pair in Dataset.zip(NUMBERS, NUMBERS)] == [
        (0, 0),
        (1, 1),
        (2, 2),
    ]
    assert list(NUMBERS.concatenate(NUMBERS)) == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize(
    ("result", "error", "sentence"),
    [
        (None, TypeError, "preprocessing_function's result must hold real numbers"),
        ("a", TypeError, "preprocessing_function's result must hold real numbers"),
        (IMAGES[0, :4], ValueError, r"an image of the shape \(8, 8, 1\) .* returned \(4, 8, 1\)"),
    ],
)
def test_a_preprocessing_function_returns_an_image(result, error, sentence):
    flow = ImageDataGenerator(preprocessing_function=lambda x: result).flow(IMAGES)
    with pytest.raises(error, match=sentence):
        next(flow)


@pytest.mark.parametrize("range_", ["brightness_range", "zoom_range"])
def test_a_range_may_begin_with_its_larger_number(range_):
    both = [ImageDataGenerator(**{range_: two}) for two in ([2.0, 1.0], [1.0, 2.0])]
    drawn = [one.get_random_transform((8, 8, 1), seed=3) for one in both]
    assert drawn[0] == drawn[1]
    assert next(both[0].flow(IMAGES)).shape == IMAGES.shape


@pytest.mark.parametrize("stream", [False, True])
def test_labels_of_nan_are_refused_before_the_training(stream):
    model = small_model()
    y = np.array([1.0, 2.0, np.nan, 4.0])
    before = model.get_weights()[0].copy()
    data = (Dataset.from_tensor_slices((X, y)).batch(4),) if stream else (X, y)
    with pytest.raises(ValueError, match=r"y holds NaN or infinite numbers, .* in sample 2"):
        model.fit(*data, verbose=0)
    assert np.array_equal(model.get_weights()[0], before)


def test_a_loss_of_ones_own_may_take_nan_for_a_missing_label():
    class WithoutMissing(losses.MeanSquaredError):
        def forward(self, targets, outputs):
            return super().forward(np.where(np.isnan(targets), outputs, targets), outputs)

    model = small_model(WithoutMissing())
    history = model.fit(X, np.array([1.0, 2.0, np.nan, 4.0]), verbose=0).history
    assert np.isfinite(history["loss"]).all()


@pytest.mark.parametrize("name", ["steps_per_epoch", "validation_steps"])
def test_steps_are_called_by_their_names(name):
    with pytest.raises(ValueError, match=f"^{name} must be at least 1, got 0"):
        small_model().fit(X, FOUR, validation_data=(X, FOUR), verbose=0, **{name: 0})


def test_a_validation_generator_that_ends_is_called_so():
    ends = iter([(X, FOUR)])
    with pytest.warns(UserWarning, match="As validation_data it must give validation_steps"):
        small_model().fit(X, FOUR, validation_data=ends, validation_steps=2, verbose=0)


@pytest.mark.parametrize(
    "layer",
    [layers.GroupNormalization(1), layers.BatchNormalization(), layers.LayerNormalization()],
)
def test_single_numbers_have_no_channels(layer):
    with pytest.raises(ValueError, match=r"samples with a channel axis, .* the shape \(None,\)"):
        layer(Input(()))
