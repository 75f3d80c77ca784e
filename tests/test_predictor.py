"""Predictor: what a model answers, one sample at a time."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numba import config

import numcnn
from numcnn import engine, layers
from numcnn.engine.fast.predictor import plan, program
from numcnn.engine.fast.runtime import thread_pool


class Twice(layers.Layer):
    """A learner's layer."""

    def forward(self, x, training=False):
        return 2 * x


ROWS = {
    "convolutions": (
        (12, 12, 2),
        lambda: [
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(20, (2, 3), strides=(2, 1)),
            layers.MaxPooling2D((3, 2)),
            layers.Activation("relu"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(5, activation="softmax"),
        ],
    ),
    "large dense layers": (
        (700,),
        lambda: [
            layers.Dense(170, activation="relu", use_bias=False),
            layers.Dense(600),
            layers.Dense(3),
        ],
    ),
    "what has no loop for one image": (
        (12, 12, 2),
        lambda: [
            Twice(),
            layers.Conv2D(8, 3, padding="same", activation="tanh"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(3, strides=1),
            layers.Conv2D(4, 2, use_bias=False),
            layers.AveragePooling2D(2, padding="same"),
            layers.Conv2D(3, 1, activation="relu"),
            Twice(),
            layers.Reshape((-1,)),
            layers.Dense(4, activation="sigmoid"),
        ],
    ),
    "nothing to compute": ((3, 4), lambda: [layers.Flatten(), layers.Dropout(0.1)]),
    "rows of rows": ((3, 4), lambda: [layers.Dense(2), layers.Dense(3, activation="relu")]),
}


def a_model(rows="convolutions", seed=0, **arguments):
    shape, make = ROWS[rows]
    model = numcnn.Sequential([layers.Input(shape), *make()], seed=seed, **arguments)
    rng = np.random.default_rng(seed)
    for parameter in model.parameters:
        parameter.value = rng.uniform(0.1, 0.6, parameter.value.shape).astype(model.dtype)
    return model


def samples(model, count=1):
    return np.random.default_rng(1).standard_normal((count, *model.input_shape[1:])).astype("f4")


@pytest.mark.parametrize(
    ("rows", "dtype"), [*((rows, "float32") for rows in ROWS), ("convolutions", "float64")]
)
@pytest.mark.parametrize("name", engine.ENGINES)
def test_it_answers_what_the_model_does(name, rows, dtype):
    with numcnn.use_engine(name):
        model = a_model(rows, dtype=dtype)
        predict = numcnn.Predictor(model)
        for x in samples(model, 3):
            y, expected = predict(x[np.newaxis]), model.predict_on_batch(x[np.newaxis])
            assert y.dtype == expected.dtype
            np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_nan_and_infinity_come_through():
    model = a_model()
    predict = numcnn.Predictor(model)
    for bad in (np.nan, np.inf):
        x = samples(model)
        x[0, 3, 4, 1] = bad
        np.testing.assert_array_equal(predict(x), model.predict_on_batch(x))


@pytest.mark.parametrize("name", engine.ENGINES)
def test_it_is_of_one_moment(name):
    with numcnn.use_engine(name):
        model = a_model("what has no loop for one image")
        x = samples(model)
        before = model.predict_on_batch(x)
        predict = numcnn.Predictor(model)
        model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])
        model.pop()
        np.testing.assert_array_equal(predict(x), before)


def test_what_it_gave_stays_and_what_it_was_given_too():
    model = a_model()
    predict = numcnn.Predictor(model)
    x, other = samples(model, 2)[:, np.newaxis]
    kept = x.copy()
    y = predict(x)
    first = y.copy()
    predict(other)
    np.testing.assert_array_equal(y, first)
    np.testing.assert_array_equal(x, kept)


def test_any_array_of_one_sample_will_do():
    model = a_model()
    predict = numcnn.Predictor(model)
    x = np.random.default_rng(0).integers(0, 255, (1, 12, 12, 2))
    expected = model.predict_on_batch(x)
    read_only = x.astype("f4")
    read_only.flags.writeable = False
    turned = np.asfortranarray(x.astype("f4"))
    for same in (x, x.tolist(), x.astype("u1"), x.astype("f8"), read_only, turned):
        np.testing.assert_array_equal(predict(same), expected)


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_helpers_change_no_byte(number, monkeypatch):
    monkeypatch.setattr(program, "WORK_PER_HELPER", 1)
    monkeypatch.setattr(plan, "MIN_PIECE_WORK", 1)
    try:
        thread_pool.use_threads(number)
        for rows in ("convolutions", "large dense layers"):
            model = a_model(rows)
            predict = numcnn.Predictor(model)
            for x in samples(model, 2 if config.DISABLE_JIT else 50):
                y = predict(x[np.newaxis])
                assert y.tobytes() == model.predict_on_batch(x[np.newaxis]).tobytes()
    finally:
        thread_pool.use_threads()


@pytest.mark.filterwarnings("ignore:after epoch 1 the loss is")
def test_several_threads_ask_while_others_train(monkeypatch):
    monkeypatch.setattr(program, "WORK_PER_HELPER", 1)
    monkeypatch.setattr(plan, "MIN_PIECE_WORK", 1)
    monkeypatch.setattr(thread_pool, "WORTHWHILE", 1)
    models = [a_model(seed=seed) for seed in range(2)]
    predictors = [numcnn.Predictor(model) for model in models]
    images = samples(models[0], 20)
    expected = [[model.predict_on_batch(x[np.newaxis]) for x in images] for model in models]

    def ask(which):
        for _ in range(10):
            for x, y in zip(images, expected[which], strict=True):
                np.testing.assert_array_equal(predictors[which](x[np.newaxis]), y)

    def train(seed):
        model = a_model(seed=seed)
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(samples(model, 64), np.arange(64) % 5, epochs=3, verbose=0)

    try:
        thread_pool.use_threads(3)
        with ThreadPoolExecutor(5) as pool:
            jobs = [pool.submit(ask, number % 2) for number in range(3)]
            jobs += [pool.submit(train, seed) for seed in range(2)]
            for job in jobs:
                job.result(timeout=120)
    finally:
        thread_pool.use_threads()


@pytest.mark.skipif(config.DISABLE_JIT, reason="what is not compiled has no helpers")
def test_what_a_helper_raises_is_raised_where_it_was_called_and_is_over(monkeypatch):
    monkeypatch.setattr(program, "WORK_PER_HELPER", 1)
    monkeypatch.setattr(plan, "MIN_PIECE_WORK", 1)
    model = a_model("large dense layers")
    x = samples(model)
    try:
        helper = thread_pool.use_threads(2).helpers[0]
        with numcnn.use_engine("fast"):
            predict = numcnn.Predictor(model)
        run = predict._answer._run

        def helped(*arguments):
            helper.error = ZeroDivisionError("in a helper")
            return False  # as if it had taken a piece, and did not come back

        monkeypatch.setattr(predict._answer, "_run", helped)
        with pytest.raises(ZeroDivisionError, match="in a helper"):
            predict(x)
        monkeypatch.setattr(predict._answer, "_run", run)
        np.testing.assert_allclose(predict(x), model.predict_on_batch(x), rtol=1e-5)
    finally:
        thread_pool.use_threads()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 12, 12, 2)), "a predictor takes one sample at a time"),
        (np.zeros((12, 12, 2)), "the model takes x of shape"),
        (np.zeros((0, 12, 12, 2)), "at least one sample"),
    ],
)
def test_what_is_no_sample_is_refused(x, message):
    with numcnn.use_engine("reference"), pytest.raises(ValueError, match=message):
        numcnn.Predictor(a_model())(x)


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match="Predictor needs a model, got"):
        numcnn.Predictor(layers.Flatten())
    with pytest.raises(ValueError, match=r"Predictor: model .* has no weights yet"):
        numcnn.Predictor(numcnn.Sequential([layers.Flatten()]))
