"""Training: Keras's meaning of fit's arguments, seeds, history, and that it learns."""

import numpy as np
import pytest
from oracles import cases

import numcnn
from numcnn import layers
from numcnn.callbacks import Callback, LambdaCallback
from numcnn.optimizers import SGD, Adam


def small_model(seed=0, dtype="float32", dropout=0.0):
    return numcnn.Sequential(
        [
            layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(10, activation="softmax"),
        ],
        seed=seed,
        dtype=dtype,
    )


def compiled(seed=0, optimizer="adam", **options):
    model = small_model(seed, **options)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.random((50, 8, 8, 1), dtype=np.float32), rng.integers(0, 10, 50)


def test_the_untrained_loss_is_that_of_a_guess(engine):
    rng = np.random.default_rng(0)
    model = numcnn.Sequential(cases.tutorial_layers(layers), seed=0)
    model.compile("adam", "sparse_categorical_crossentropy")
    images = rng.random((200, 28, 28, 1)) * (rng.random((200, 28, 28, 1)) < 0.2)
    loss = model.evaluate(images, rng.integers(0, 10, 200), verbose=0)
    assert loss == pytest.approx(np.log(10), rel=0.05)


def test_twenty_images_are_learned_by_heart(engine, data):
    x, y = data[0][:20], data[1][:20]
    model = compiled(optimizer=Adam(0.01))
    history = model.fit(x, y, batch_size=20, epochs=300, verbose=0)
    assert history.history["loss"][-1] < 0.01
    assert model.evaluate(x, y, verbose=0)[1] == 1.0


def test_the_same_seed_gives_the_same_bytes(engine, data):
    runs = []
    for seed in (7, 7, 8):
        model = compiled(seed, dropout=0.3)
        history = model.fit(*data, batch_size=16, epochs=3, verbose=0)
        runs.append((history.history["loss"], b"".join(w.tobytes() for w in model.get_weights())))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_set_random_seed_makes_models_without_a_seed_repeatable():
    weights = []
    for _ in range(2):
        numcnn.set_random_seed(3)
        weights.append([small_model(seed=None).get_weights()[0] for _ in range(2)])
    np.testing.assert_array_equal(weights[0], weights[1])
    assert not np.array_equal(*weights[0])


def test_numpys_global_generator_is_left_alone(data):
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    compiled(dropout=0.5).fit(*data, verbose=0)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_history_has_keras_keys_in_keras_order(data):
    history = compiled().fit(*data, epochs=2, validation_split=0.2, verbose=0)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.epoch == [0, 1]
    assert history.params == {"verbose": 0, "epochs": 2, "steps": 2}
    assert all(len(values) == 2 for values in history.history.values())


def test_validation_takes_the_last_samples_before_shuffling(data):
    x, y = data
    model = compiled()
    seen = []
    model.compile(
        SGD(0.0), "sparse_categorical_crossentropy", metrics=[lambda t, p: seen.append(t) or 0.0]
    )
    model.fit(x, y, batch_size=50, validation_split=0.25, verbose=0)
    train, validation = seen
    assert len(train) == 37 and len(validation) == 13  # floor(50 · 0.75) = 37
    np.testing.assert_array_equal(validation, y[37:])
    assert sorted(train) == sorted(y[:37]) and list(train) != list(y[:37])


def test_validation_data_wins_over_validation_split(data):
    x, y = data
    model = compiled(optimizer=SGD(0.0))
    held_out = (x[:5], y[:5])
    history = model.fit(x, y, validation_data=held_out, validation_split=0.5, verbose=0)
    assert history.params["steps"] == 2
    expected = model.evaluate(*held_out, verbose=0)
    assert history.history["val_loss"][0] == pytest.approx(expected[0], rel=1e-6)


def test_logs_are_means_over_samples_with_a_short_last_batch(engine, data):
    x, y = data
    model = compiled(optimizer=SGD(0.0))  # nothing is learned, so the mean is that of evaluate
    for size in (50, 16, 7):
        history = model.fit(x, y, batch_size=size, verbose=0)
        loss, accuracy = model.evaluate(x, y, batch_size=50, verbose=0)
        assert history.history["loss"][0] == pytest.approx(loss, rel=1e-5)
        assert history.history["accuracy"][0] == pytest.approx(accuracy)


def test_training_is_measured_before_each_update(data):
    x, y = data
    model = compiled(optimizer=SGD(10.0))
    before = model.evaluate(x, y, batch_size=50, verbose=0)[0]
    history = model.fit(x, y, batch_size=50, verbose=0)
    assert history.history["loss"][0] == pytest.approx(before, rel=1e-5)


def test_epochs_is_the_final_epoch(data):
    model = compiled()
    assert model.fit(*data, epochs=5, initial_epoch=3, verbose=0).epoch == [3, 4]
    assert model.fit(*data, epochs=2, initial_epoch=2, verbose=0).epoch == []


def test_without_shuffling_batches_come_in_order(data):
    x, y = data
    seen = []
    model = small_model()
    model.compile(
        "sgd", "sparse_categorical_crossentropy", metrics=[lambda t, p: seen.extend(t) or 0.0]
    )
    model.fit(x, y, batch_size=20, shuffle=False, verbose=0)
    assert seen == list(y)
    seen.clear()
    model.fit(x, y, batch_size=20, epochs=2, verbose=0)
    first, second = seen[:50], seen[50:]
    assert sorted(first) == sorted(second) == sorted(y)
    assert first != second


def test_class_weight_and_sample_weight_change_the_loss(engine, data):
    x, y = data
    model = compiled(optimizer=SGD(0.0))
    weight = np.where(y == 3, 5.0, 1.0)
    by_class = model.fit(x, y, class_weight={3: 5.0}, verbose=0).history["loss"][0]
    by_sample = model.fit(x, y, sample_weight=weight, verbose=0).history["loss"][0]
    plain = model.evaluate(x, y, verbose=0)[0]
    assert by_class == pytest.approx(by_sample, rel=1e-5)
    assert by_class > plain
    assert model.evaluate(x, y, sample_weight=weight, verbose=0)[0] == pytest.approx(by_class, 1e-5)


@pytest.mark.parametrize("shape", [(50,), (50, 1)])
def test_class_weight_counts_no_and_yes_of_a_single_output(data, shape):
    x, labels = data
    y = (labels > 4).astype(float).reshape(shape)
    weight = np.where(labels > 4, 3.0, 1.0)
    model = numcnn.Sequential([layers.Flatten(), layers.Dense(1, activation="sigmoid")], seed=0)
    model.compile(SGD(0.0), "binary_crossentropy")
    by_class = model.fit(x, y, shuffle=False, class_weight={1: 3.0}, verbose=0)
    by_sample = model.fit(x, y, shuffle=False, sample_weight=weight, verbose=0)
    assert by_class.history["loss"] == by_sample.history["loss"]
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="class_weight needs a class for each sample, 0 to 1"):
        model.fit(x, y * 7, class_weight={1: 3.0}, verbose=0)


@pytest.mark.parametrize(
    "weights",
    [
        {False: 1.0, True: 3.0},
        {0.0: 1.0, 1.0: 3.0},
        {np.int64(0): 1, np.uint8(1): np.float32(3)},
        {np.bool_(False): 1.0, np.True_: 3.0},
        {np.float64(1.0): 3.0},
    ],
    ids=["bool", "float", "NumPy's ints", "NumPy's bools", "one class alone"],
)
def test_class_weight_takes_class_numbers_of_any_kind(weights):
    x = np.array([[1, 0], [0, 1], [1, 1], [0.5, -1]])
    kernel = np.linspace(-1, 1, 2).reshape(2, 1)
    model = numcnn.Sequential([layers.Dense(1, activation="sigmoid", input_shape=(2,))])
    model.layers[0].set_weights([kernel, np.zeros(1)])
    model.compile(SGD(0.0), "binary_crossentropy")
    for y in (np.array([1, 0, 1, 1]), np.array([True, False, True, True])):
        found = model.fit(x, y, class_weight=weights, verbose=0).history["loss"]
        assert found == [pytest.approx(3.10918, abs=5e-6)]


def test_a_weight_of_zero_leaves_a_sample_out_of_the_gradient(engine, data):
    x, y = data[0][:8], data[1][:8]
    with_wrong, without = compiled(optimizer=SGD(1.0)), compiled(optimizer=SGD(1.0))
    labels = y.copy()
    labels[4:] = (labels[4:] + 1) % 10
    with_wrong.train_on_batch(x, labels, sample_weight=[1.0] * 4 + [0.0] * 4)
    without.train_on_batch(x, y, sample_weight=[1.0] * 4 + [0.0] * 4)
    for one, other in zip(with_wrong.get_weights(), without.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_evaluate_and_the_on_batch_methods_give_loss_and_metrics(data):
    x, y = data
    model = compiled()
    loss, accuracy = model.evaluate(x, y, verbose=0)
    assert model.evaluate(x, y, verbose=0, return_dict=True) == {"loss": loss, "accuracy": accuracy}
    assert model.test_on_batch(x, y) == pytest.approx([loss, accuracy], rel=1e-5)
    assert model.train_on_batch(x, y) == pytest.approx([loss, accuracy], rel=1e-5)
    assert model.train_on_batch(x, y) != pytest.approx([loss, accuracy], rel=1e-5)
    np.testing.assert_allclose(model.predict_on_batch(x), model.predict(x, verbose=0), rtol=1e-5)
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert isinstance(model.evaluate(x, y, verbose=0), float)


def test_prediction_does_not_depend_on_the_batch_size(engine, data):
    model = compiled()
    whole = model.predict(data[0], batch_size=50, verbose=0)
    assert whole.shape == (50, 10) and whole.dtype == np.float32
    np.testing.assert_allclose(whole.sum(axis=1), 1, rtol=1e-5)
    for size in (1, 16, 33):
        np.testing.assert_allclose(
            model.predict(data[0], batch_size=size, verbose=0), whole, rtol=1e-5, atol=1e-7
        )


def test_no_class_is_predicted_below_the_threshold(data):
    model = compiled()
    probabilities = model.predict(data[0], verbose=0)
    classes = model.predict_classes(data[0], verbose=0)
    np.testing.assert_array_equal(classes, probabilities.argmax(axis=1))
    threshold = float(np.median(probabilities.max(axis=1)))
    found = model.predict_classes(data[0], verbose=0, threshold=threshold)
    assert 10 < (found == -1).sum() < 40


def test_a_model_that_ends_in_softmax_is_trained_on_its_logits():
    for last in ([layers.Dense(3, activation="softmax")], [layers.Dense(3), layers.Softmax()]):
        model = numcnn.Sequential([layers.Input((2,)), *last], seed=0)
        model.compile(SGD(1.0), "categorical_crossentropy")
        model.layers[0].set_weights([np.array([[40.0, 0, 0], [0, 0, 0]]), np.zeros(3)])
        assert model.trains_on_logits
        x, y = np.array([[1.0, 0.0]]), np.array([[0, 1, 0]])
        assert model.train_on_batch(x, y) == pytest.approx(40)  # not clipped at 16.1
        assert model.layers[0].kernel.grad[0] == pytest.approx([1, -1, 0])


def test_a_custom_metric_sees_probabilities():
    model = numcnn.Sequential([layers.Dense(3, activation="softmax", input_shape=(2,))], seed=0)

    def total(labels, outputs):
        return outputs.sum(axis=1)

    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy", total])
    logs = model.evaluate(np.ones((4, 2)), np.eye(3)[[0, 1, 2, 0]], verbose=0, return_dict=True)
    assert logs["total"] == pytest.approx(1)


def test_callbacks_are_called_in_keras_order(data):
    events = []

    def record(name):
        return lambda *arguments: events.append(name)

    names = (
        "on_train_begin",
        "on_epoch_begin",
        "on_train_batch_begin",
        "on_train_batch_end",
        "on_test_begin",
        "on_test_batch_end",
        "on_test_end",
        "on_epoch_end",
        "on_train_end",
    )
    recorder = LambdaCallback(**{name: record(name) for name in names})
    compiled().fit(*data, batch_size=25, validation_data=data, verbose=0, callbacks=recorder)
    batch = ["on_train_batch_begin", "on_train_batch_end"]
    assert events == [
        "on_train_begin",
        "on_epoch_begin",
        *batch * 2,
        "on_test_begin",
        *["on_test_batch_end"] * 2,
        "on_test_end",
        "on_epoch_end",
        "on_train_end",
    ]


def test_a_callback_can_stop_the_training_and_sees_the_logs(data):
    class Stop(Callback):
        def on_epoch_end(self, epoch, logs=None):
            assert set(logs) == {"accuracy", "loss"}
            self.model.stop_training = epoch == 1

    model = compiled()
    assert model.fit(*data, epochs=10, verbose=0, callbacks=[Stop()]).epoch == [0, 1]
    assert model.history.epoch == [0, 1]


def test_steps_and_validation_frequency(data):
    history = compiled().fit(
        *data,
        batch_size=5,
        epochs=4,
        steps_per_epoch=2,
        validation_data=data,
        validation_steps=1,
        validation_freq=2,
        verbose=0,
    )
    assert history.params["steps"] == 2
    assert len(history.history["loss"]) == 4 and len(history.history["val_loss"]) == 2


def test_any_numeric_input_is_converted(data):
    x, _ = data
    model = compiled()
    expected = model.predict(x, verbose=0)
    for variant in (x.astype(np.float64), x.tolist(), np.asfortranarray(x), x.astype(">f4")):
        np.testing.assert_allclose(model.predict(variant, verbose=0), expected, rtol=1e-5)
    pixels = (x * 255).astype(np.uint8)
    assert model.predict(pixels, verbose=0).dtype == np.float32


def test_a_float64_model_computes_in_float64(engine, data):
    model = compiled(dtype="float64")
    assert model.predict(data[0], verbose=0).dtype == np.float64
    model.fit(*data, verbose=0)
    assert all(weight.dtype == np.float64 for weight in model.get_weights())


def test_the_input_shape_may_come_with_the_data(data):
    model = numcnn.Sequential([layers.Flatten(), layers.Dense(10, activation="softmax")], seed=0)
    model.compile("adam", "sparse_categorical_crossentropy")
    assert not model.built
    model.fit(*data, verbose=0)
    assert model.input_shape == (None, 8, 8, 1)


def test_interrupting_leaves_a_usable_model(data):
    model = compiled()

    def interrupt(epoch, logs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.fit(*data, epochs=3, verbose=0, callbacks=LambdaCallback(on_epoch_end=interrupt))
    assert np.isfinite(model.predict(data[0], verbose=0)).all()
    model.fit(*data, verbose=0)
