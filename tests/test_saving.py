"""Model files of every kind: what comes back, and what is refused and changes nothing."""

import copy
import json
import os
import pickle
import sys

import numpy as np
import pytest

import numcnn
from numcnn import layers, models, optimizers
from numcnn.models import ModelFileError

X = np.random.default_rng(0).random((40, 6, 6, 1), dtype=np.float32)
Y = np.arange(40) % 3

WHOLE_MODELS = ["model.safetensors", "model.keras", "model.h5"]
WEIGHTS = ["w.safetensors", "w.weights.h5"]


def untrained(seed=1, filters=3, optimizer="adam", dropout=0.0, dtype="float32"):
    model = numcnn.Sequential(
        [
            layers.Input((6, 6, 1)),
            layers.Conv2D(filters, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(3, activation="softmax"),
        ],
        seed=seed,
        dtype=dtype,
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def trained(**options):
    model = untrained(**options)
    model.fit(X, Y, batch_size=10, epochs=2, verbose=0)
    return model


def state(model):
    """Everything about a model that loading could change."""
    slots = [model.optimizer.state_of(p) for p in model.parameters] if model.optimizer else []
    return (
        [weights.tobytes() for weights in model.get_weights()],
        [array.tobytes() for arrays in slots for array in arrays],
        model.optimizer and (model.optimizer.iterations, model.optimizer.learning_rate),
        [str(rng.bit_generator.state) for rng in (model.rng, *(x.rng for x in model.layers))],
    )


# What comes back


@pytest.mark.parametrize("name", WHOLE_MODELS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_loaded_model_predicts_the_same_bits_and_trains_on_the_same(tmp_path, name, dtype):
    model = trained(dtype=dtype)
    model.save(tmp_path / name)
    again = models.load_model(tmp_path / name)
    assert again.name == model.name
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    np.testing.assert_array_equal(model.predict(X, verbose=0), again.predict(X, verbose=0))
    for one in (model, again):
        one.fit(X, Y, batch_size=10, epochs=2, shuffle=False, verbose=0)
    assert again.optimizer.iterations == 16
    # Keras keeps the learning rate as a float32, so that 0.001 has fewer digits then
    close = {"rtol": 0, "atol": 0 if "safetensors" in name else 1e-7}
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, **close)


def test_a_native_file_holds_all_chance_and_the_history(tmp_path):
    whole, stopped = trained(dropout=0.5), trained(dropout=0.5)
    stopped.save(tmp_path / "model.safetensors")
    again = models.load_model(tmp_path / "model.safetensors")
    assert again.history.history == stopped.history.history and again.history.epoch == [0, 1]
    for model in (whole, again):
        model.fit(X, Y, batch_size=7, epochs=3, initial_epoch=2, verbose=0)
    assert state(whole) == state(again)


def test_a_model_saved_before_its_shape_is_known_begins_with_the_same_weights(tmp_path):
    model = numcnn.Sequential([layers.Dense(3)])
    model.save(tmp_path / "model.safetensors")
    again = models.load_model(tmp_path / "model.safetensors")
    assert not again.built
    for one in (model, again):
        one.build((None, 4))
    np.testing.assert_array_equal(model.get_weights()[0], again.get_weights()[0])
    with pytest.raises(ValueError, match="has no weights yet"):
        numcnn.Sequential([layers.Dense(3)]).save(tmp_path / "model.h5")


@pytest.mark.parametrize("name", WHOLE_MODELS)
def test_a_model_can_be_loaded_without_what_it_was_compiled_with(tmp_path, name):
    model = trained()
    model.save(tmp_path / name)
    again = models.load_model(tmp_path / name, compile=False)
    assert again.optimizer is None
    np.testing.assert_array_equal(model.get_weights()[0], again.get_weights()[0])
    model.save(tmp_path / name, include_optimizer=False)
    assert models.load_model(tmp_path / name).optimizer.iterations == 0


@pytest.mark.parametrize("name", [*WEIGHTS, *WHOLE_MODELS])
def test_weights_come_back_with_the_optimizers_state(tmp_path, name):
    model, other = trained(), untrained(seed=2)
    (model.save_weights if name in WEIGHTS else model.save)(tmp_path / name)
    other.load_weights(tmp_path / name)
    np.testing.assert_array_equal(model.predict(X, verbose=0), other.predict(X, verbose=0))
    assert state(model)[:2] == state(other)[:2]
    assert other.optimizer.iterations == 8

    bare = numcnn.Sequential(untrained(seed=3).layers)
    bare.load_weights(tmp_path / name)
    np.testing.assert_array_equal(model.predict(X, verbose=0), bare.predict(X, verbose=0))


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_file_of_weights_is_no_model(tmp_path, name):
    trained().save_weights(tmp_path / name)
    with pytest.raises(ModelFileError, match="holds weights and no architecture"):
        models.load_model(tmp_path / name)


OPTIMIZERS = {
    "SGD": optimizers.SGD(0.1),
    "momentum": optimizers.SGD(0.1, momentum=0.9, nesterov=True, clipnorm=1.0),
    "RMSprop": optimizers.RMSprop(momentum=0.5, centered=True),
    "Adam": optimizers.Adam(amsgrad=True),
    "AdamW": optimizers.AdamW(weight_decay=0.01),
    "Adagrad": optimizers.Adagrad(0.1),
    "Adadelta": optimizers.Adadelta(1.0),
    "Adamax": optimizers.Adamax(0.01),
    "Nadam": optimizers.Nadam(0.01),
    "Lion": optimizers.Lion(0.001),
    "Muon": optimizers.Muon(0.01),
    "ema": optimizers.SGD(0.1, use_ema=True, gradient_accumulation_steps=2),
    "schedule": optimizers.Adam(optimizers.schedules.ExponentialDecay(0.01, 5, 0.5)),
}


@pytest.mark.parametrize("name", WHOLE_MODELS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_trains_on_from_where_it_was(tmp_path, name, optimizer):
    model = trained(optimizer=copy.deepcopy(OPTIMIZERS[optimizer]))
    model.save(tmp_path / name)
    again = models.load_model(tmp_path / name)
    assert type(again.optimizer) is type(model.optimizer)
    assert again.optimizer.learning_rate == pytest.approx(model.optimizer.learning_rate)
    for one in (model, again):
        one.fit(X, Y, batch_size=10, shuffle=False, verbose=0)
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


class Gain(layers.Layer):
    def build(self, input_shape):
        self.gain = self.add_parameter("gain", (input_shape[-1],), "ones")

    def compute_output_shape(self, input_shape):
        return input_shape

    def forward(self, x, training=False):
        return self.gain.value * x


@pytest.mark.parametrize("name", WHOLE_MODELS)
def test_layers_of_your_own_are_given_to_load_model_by_name(tmp_path, name):
    model = numcnn.Sequential([layers.Input((4,)), Gain(), layers.Dense(2)])
    model.layers[0].gain.value[:] = [1, 2, 3, 4]
    model.save(tmp_path / name)
    with pytest.raises(ModelFileError, match="numcnn has no layer Gain"):
        models.load_model(tmp_path / name)
    again = models.load_model(tmp_path / name, custom_objects={"Gain": Gain})
    np.testing.assert_array_equal(again.layers[0].gain.value, [1, 2, 3, 4])


def test_metrics_and_losses_come_back_by_their_names(tmp_path):
    def wrongness(labels, outputs):
        return 1.0

    model = trained()
    loss = numcnn.losses.CategoricalCrossentropy(label_smoothing=0.125)
    top_two = numcnn.metrics.TopKCategoricalAccuracy(k=2, name="top_two")
    model.compile("sgd", loss, metrics=["accuracy", wrongness, top_two])
    model.save(tmp_path / "model.keras")
    with pytest.raises(ModelFileError, match="'wrongness' is not known"):
        models.load_model(tmp_path / "model.keras")
    mine = {"wrongness": wrongness}
    again = models.load_model(tmp_path / "model.keras", custom_objects=mine)
    assert [metric.name for metric in again.metrics] == ["accuracy", "wrongness", "top_two"]
    assert again.metrics[2].k == 2
    assert again.loss.label_smoothing == 0.125


def test_the_architecture_goes_through_json():
    model = untrained()
    again = models.model_from_json(model.to_json(indent=2))
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in model.layers]
    assert again.count_params() == model.count_params() and again.optimizer is None
    with pytest.raises(ValueError, match=r'begins with \{"class_name": "Sequential"'):
        models.model_from_json("[1]")


def test_a_clone_has_the_layers_and_weights_of_its_own():
    model = numcnn.Sequential([layers.Input((4,)), Gain(), layers.Dense(2)], seed=1)
    clone = models.clone_model(model)
    assert [layer.name for layer in clone.layers] == ["gain", "dense"]
    clone.layers[0].gain.value[:] = 5
    assert model.layers[0].gain.value[0] == 1


def test_a_model_can_be_copied_and_pickled():
    model = trained(dropout=0.5)
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert state(again) == state(model)
        again.fit(X, Y, verbose=0)
        assert state(again) != state(model)


# Where files are written


def test_an_unknown_ending_is_answered_with_those_that_there_are(tmp_path):
    model = trained()
    for name in ("model", "model.pkl", "model.h5.bak"):
        for call in (model.save, model.save_weights, model.load_weights, models.load_model):
            with pytest.raises(ValueError, match=r"has none that numcnn knows(.|\n)*\.keras "):
                call(tmp_path / name)
    with pytest.raises(ValueError, match=r"ends in \.safetensors, \.weights\.h5"):
        model.save_weights(tmp_path / "w.keras")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_without_the_extra_a_sentence_names_it(tmp_path, monkeypatch, name):
    model = trained()
    monkeypatch.setitem(sys.modules, "h5py", None)
    for call in (model.save, models.load_model, numcnn.callbacks.ModelCheckpoint):
        with pytest.raises(ImportError, match=r'pip install "numcnn\[keras\]"'):
            call(tmp_path / name)


@pytest.mark.parametrize("name", [*WHOLE_MODELS, *WEIGHTS])
def test_a_file_that_is_there_is_written_over_whole_or_not_at_all(tmp_path, name):
    path = tmp_path / name
    model = trained()
    save = model.save_weights if name in WEIGHTS else model.save
    save(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="overwrite=True"):
        save(path, overwrite=False)
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError, match="a folder of that name is in the way"):
        save(path)
    path.rmdir()
    path.write_bytes(before)
    path.chmod(0o640)
    model.fit(X, Y, verbose=0)
    save(path)
    assert path.read_bytes() != before
    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", [*WHOLE_MODELS, *WEIGHTS])
@pytest.mark.skipif(os.name != "posix", reason="needs the limits of POSIX")
def test_a_full_disk_leaves_the_old_file_and_is_reported_with_the_path(tmp_path, monkeypatch, name):
    path = tmp_path / name
    model = trained()
    save = model.save_weights if name in WEIGHTS else model.save
    path.write_bytes(b"old")
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match=f"{name} can't be written") as raised:
            save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(path) in str(raised.value)
    assert path.read_bytes() == b"old" and [file.name for file in tmp_path.iterdir()] == [name]


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    for name in WHOLE_MODELS:
        with pytest.raises(FileNotFoundError, match=name):
            models.load_model(tmp_path / name)
        with pytest.raises(FileNotFoundError, match=name):
            trained().load_weights(tmp_path / name)


# What is refused, and changes nothing


@pytest.mark.parametrize("name", [*WEIGHTS, *WHOLE_MODELS])
@pytest.mark.parametrize(
    "other",
    [
        untrained(filters=4),
        numcnn.Sequential([layers.Dense(3, input_shape=(2,))]),
        numcnn.Sequential([layers.Dense(3, input_shape=(2,)), layers.Dense(3)]),
    ],
    ids=["more filters", "fewer layers", "other layers"],
)
def test_the_weights_of_another_model_are_refused(tmp_path, name, other):
    (other.save_weights if name in WEIGHTS else other.save)(tmp_path / name)
    model = trained()
    before = state(model)
    with pytest.raises(ModelFileError, match=name):
        model.load_weights(tmp_path / name)
    assert state(model) == before


def test_a_last_weight_that_does_not_fit_leaves_the_first_ones_as_they_are(tmp_path):
    other = numcnn.Sequential([*untrained(seed=2).layers[:-1], layers.Dense(4)])
    other.save_weights(tmp_path / "w.safetensors")
    model = trained()
    before = state(model)
    with pytest.raises(ModelFileError, match=r"dense/kernel has shape \(12, 3\) in the model"):
        model.load_weights(tmp_path / "w.safetensors")
    assert state(model) == before


@pytest.mark.parametrize("name", ["model.safetensors", "w.safetensors"])
def test_the_state_of_another_optimizer_is_left_in_the_file(tmp_path, name):
    model, other = trained(optimizer="sgd"), trained()
    (other.save_weights if name in WEIGHTS else other.save)(tmp_path / name)
    model.load_weights(tmp_path / name)
    assert model.optimizer.iterations == 8 and isinstance(model.optimizer, optimizers.SGD)
    np.testing.assert_array_equal(model.get_weights()[0], other.get_weights()[0])


def test_a_checksum_is_no_longer_right_when_a_number_has_changed(tmp_path):
    path = tmp_path / "model.safetensors"
    trained().save(path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match="its checksum is not that of its content"):
        models.load_model(path)


def test_other_peoples_safetensors_files_are_told_apart(tmp_path):
    from safetensors.numpy import save_file

    path = tmp_path / "model.safetensors"
    save_file({"weight": np.zeros(3, np.float32)}, path)
    with pytest.raises(ModelFileError, match=r"model\.safetensors is .* none of numcnn's"):
        models.load_model(path)
    save_file({"weight": np.zeros(3, np.float32)}, path, metadata={"format": "pt"})
    with pytest.raises(ModelFileError, match=r"model\.safetensors is .* none of numcnn's"):
        models.load_model(path)


def test_the_same_model_gives_the_same_file(tmp_path):
    for name in ("one.safetensors", "other.safetensors"):
        trained().save(tmp_path / name)
    one, other = tmp_path.iterdir()
    assert one.read_bytes() == other.read_bytes()


def test_json_that_says_something_twice_is_no_json():
    from numcnn.saving.container import strict_json

    assert strict_json('{"a": [1, {"b": null}]}') == {"a": [1, {"b": None}]}
    with pytest.raises(ValueError, match="'b' is there twice"):
        strict_json('{"a": [1, {"b": 1, "c": 2, "b": 1}]}')
    assert json.loads('{"b": 1, "b": 2}') == {"b": 2}  # what the standard library does
