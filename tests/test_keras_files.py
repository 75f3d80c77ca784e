"""Files of Keras: numcnn writes what Keras writes, and reads what Keras has written.

What is in Keras's own files is stored in oracles/keras_files.npz; here they are made again from it.
"""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest
from oracles import augmented, cases, graph_file, saved

import numcnn
from numcnn import layers, losses, optimizers
from numcnn.saving.hdf5 import read_unsealed
from numcnn.saving.keras_layout import places

STORED = cases.read("keras_files")
FILES = STORED.notes["files"]
every_kind = pytest.mark.parametrize("kind", saved.KINDS)
ENDINGS = ["model.keras", "model.h5", "model.weights.h5"]


def test_every_layer_and_optimizer_of_numcnn_is_among_the_models():
    others = graph_file.KINDS | set(
        augmented.CONFIGURED
    )  # test_keras_graphs.py, test_augmentation.py
    assert {kind.__name__ for kind in layers.KINDS} == set(saved.LAYERS) | others
    names = {name.partition(",")[0] for name in saved.OPTIMIZERS}
    assert {kind.__name__ for kind in optimizers.KINDS} == names
    assert set(FILES) == set(saved.KINDS)


def variables_of_keras(kind):
    """The numbers in a file of Keras, by their places in model.weights.h5."""
    prefix = f"{kind}/"
    return {
        key.removeprefix(prefix): array
        for key, array in STORED.arrays.items()
        if key.startswith(prefix)
    }


def make_file_of_keras(path, kind):
    """Make again what Keras has written."""
    stored, variables = FILES[kind], variables_of_keras(kind)
    if path.name == "model.h5":
        named = {name: variables[place] for name, place in stored["same"].items()}
        with h5py.File(path, "w") as file:
            saved.plant(file, stored["older"], named)
        return
    if path.name == "model.weights.h5":
        with h5py.File(path, "w") as file:
            saved.plant(file, stored["newer"], variables)
        return
    saved.write_file(path, stored["config"], stored["newer"], variables)


def keras_weights(kind):
    """The weights in the order of get_weights, as the newer layout numbers them."""
    model = saved.model(kind, numcnn)
    variables = variables_of_keras(kind)
    return [
        variables[f"{place}/vars/{number}"]
        for place, layer in places(model)
        for number in range(len(layer.parameters))
    ]


@pytest.mark.parametrize("ending", ENDINGS)
@every_kind
def test_what_keras_saved_is_loaded_bit_for_bit_predicts_the_same_and_trains_on(
    tmp_path, kind, ending
):
    path = tmp_path / ending
    make_file_of_keras(path, kind)
    if ending == "model.weights.h5":
        model = saved.model(kind, numcnn)
        model.load_weights(path)
    else:
        model = numcnn.models.load_model(path)
    for ours, theirs in zip(model.get_weights(), keras_weights(kind), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    predicted = model.predict(saved.X, verbose=0)
    np.testing.assert_allclose(predicted, STORED.arrays[f"{kind}/predictions"], rtol=0, atol=1e-6)
    assert model.optimizer.iterations == 3 // (model.optimizer.gradient_accumulation_steps or 1)
    if kind != "layer Dropout":
        saved.train(model)
        later = cases.in_a_row(model.get_weights())
        np.testing.assert_allclose(later, STORED.arrays[f"{kind}/later"], rtol=0, atol=1e-5)


def our_file(tmp_path, kind, ending):
    model = saved.model(kind, numcnn)
    saved.train(model)
    path = tmp_path / ending
    (model.save_weights if ".weights." in ending else model.save)(path)
    return path


@every_kind
def test_a_keras_archive_has_exactly_the_members_groups_arrays_and_attributes_of_keras(
    tmp_path, kind
):
    with zipfile.ZipFile(our_file(tmp_path, kind, "model.keras")) as archive:
        assert archive.namelist() == FILES[kind]["members"]
        config = json.loads(archive.read("config.json"))
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
            nodes, _ = saved.tree(file)
    assert saved.without_widths(nodes) == saved.without_widths(FILES[kind]["newer"])
    theirs = FILES[kind]["config"]
    assert set(config) == set(theirs)
    assert config["build_config"] == theirs["build_config"]
    assert set(config["compile_config"]) == set(theirs["compile_config"])
    assert_says_the_same(
        config["compile_config"]["optimizer"], theirs["compile_config"]["optimizer"]
    )
    for ours, layer in zip(config["config"]["layers"], theirs["config"]["layers"], strict=True):
        assert_says_the_same(ours, layer)


def said(config):
    """What is said in a configuration; null says no more than nothing."""
    return {name for name, value in config.items() if value is not None}


def assert_says_the_same(ours, theirs):
    """Compare two configurations: the same class, and the same values under the same names."""
    assert (ours["module"], ours["class_name"]) == (theirs["module"], theirs["class_name"])
    assert ours["registered_name"] == theirs["registered_name"]
    assert said(ours["config"]) == said(theirs["config"])
    for name, value in theirs["config"].items():
        if name == "dtype":  # Keras writes a policy, and reads a name as well
            continue
        if isinstance(value, dict) and "class_name" in value:
            assert_says_the_same(ours["config"][name], value)
        elif isinstance(value, float):
            assert np.float32(ours["config"][name]) == np.float32(value), name
        else:
            assert ours["config"].get(name) == value, name


@every_kind
def test_a_weights_file_has_exactly_the_groups_arrays_and_attributes_of_keras(tmp_path, kind):
    with h5py.File(our_file(tmp_path, kind, "model.weights.h5")) as file:
        nodes, _ = saved.tree(file)
    assert saved.without_widths(nodes) == saved.without_widths(FILES[kind]["newer"])


@every_kind
def test_an_h5_file_has_exactly_the_groups_arrays_and_attributes_of_keras(tmp_path, kind):
    with h5py.File(our_file(tmp_path, kind, "model.h5")) as file:
        ours, _ = saved.tree(file)
    theirs = FILES[kind]["older"]
    ours, theirs = saved.without_widths(ours), saved.without_widths(theirs)
    for nodes in (ours, theirs):
        for place in ("/", "model_weights"):
            assert nodes[place]["attrs"].pop("backend") in ("numpy", "jax")
    our_attributes, their_attributes = ours.pop("/")["attrs"], theirs.pop("/")["attrs"]
    assert ours == theirs
    assert set(our_attributes) == set(their_attributes)
    mine, keras = (json.loads(each["model_config"]) for each in (our_attributes, their_attributes))
    assert set(mine) == set(keras)
    for one, other in zip(mine["config"]["layers"], keras["config"]["layers"], strict=True):
        assert set(one) == set(other) and one["class_name"] == other["class_name"]
        assert said(one["config"]) == said(other["config"])
    mine, keras = (
        json.loads(each["training_config"]) for each in (our_attributes, their_attributes)
    )
    assert set(mine) == set(keras)
    assert mine["optimizer_config"]["class_name"] == keras["optimizer_config"]["class_name"]


def test_an_array_that_is_missing_or_too_many_is_noticed(tmp_path):
    path = our_file(tmp_path, "layer Dense", "model.weights.h5")
    with h5py.File(path) as file:
        nodes, _ = saved.tree(file)
    stored = dict(FILES["layer Dense"]["newer"])
    assert saved.without_widths(nodes) == saved.without_widths(stored)
    stored.pop("layers/dense/vars/1")
    assert saved.without_widths(nodes) != saved.without_widths(stored)


@pytest.mark.parametrize("ending", ["model.h5", "model.weights.h5"])
def test_the_seal_behind_an_hdf5_file_is_no_part_of_it(tmp_path, ending):
    path = our_file(tmp_path, "layer Conv2D", ending)
    data, body = path.read_bytes(), read_unsealed(path)
    assert data.startswith(body) and len(data) == len(body) + 79
    with h5py.File(path) as sealed, h5py.File(io.BytesIO(body)) as bare:
        assert str(saved.tree(sealed)) == str(saved.tree(bare))


def test_a_graph_without_its_connections_is_refused_with_a_sentence(tmp_path):
    path = our_file(tmp_path, "layer Dense", "model.keras")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"]) | {"class_name": "Functional"}
    members["config.json"] = json.dumps(config)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(numcnn.models.ModelFileError, match="can't be loaded"):
        numcnn.models.load_model(path)


@pytest.mark.parametrize("name", ["mse", "MSE", "mae", "bce", "mean_squared_error"])
def test_an_h5_file_has_the_long_name_of_its_loss(tmp_path, name):
    """Keras 3.15.1 loads no ``.h5`` in which a short one stands."""
    model = numcnn.Sequential([numcnn.layers.Dense(1, "sigmoid", input_shape=(2,))])
    model.compile("sgd", name, metrics=["mae"])
    model.save(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5") as file:
        said = json.loads(file.attrs["training_config"])
    assert said["loss"] == losses.get(name).name and len(said["loss"]) > 3
    again = numcnn.models.load_model(tmp_path / "model.h5")
    assert type(again.loss) is type(model.loss)
    assert [metric.name for metric in again.metrics] == ["mae"]


def test_weights_alone_in_the_layout_of_keras_2(tmp_path):
    """Keras 3.15.1 reads such a file and writes none."""
    image = numcnn.Input((6, 6, 1))
    x = numcnn.layers.BatchNormalization()(numcnn.layers.Conv2D(3, 3)(image))
    model = numcnn.Model(image, numcnn.layers.Dense(2)(numcnn.layers.Flatten()(x)))
    model.save_weights(tmp_path / "weights.h5")
    with h5py.File(tmp_path / "weights.h5") as file:
        assert list(file.attrs["layer_names"]) == [layer.name for layer in model.layers]
        assert file["dense"].attrs["weight_names"].shape == (2,)
        assert "optimizer_weights" not in file and "model_weights" not in file
    other = numcnn.models.clone_model(model)
    other.load_weights(tmp_path / "weights.h5")
    for ours, theirs in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(numcnn.models.ModelFileError, match="holds weights and no architecture"):
        numcnn.models.load_model(tmp_path / "weights.h5")


def test_the_ending_hdf5_is_another_name_for_h5(tmp_path):
    model = numcnn.Sequential([numcnn.layers.Dense(1, input_shape=(2,))], seed=0)
    model.compile("sgd", "mse")
    kept = numcnn.callbacks.ModelCheckpoint(tmp_path / "{epoch:02d}-{loss:.2f}.hdf5")
    model.fit(np.zeros((2, 2)), np.zeros((2, 1)), verbose=0, callbacks=[kept])
    again = numcnn.models.load_model(tmp_path / "01-0.00.hdf5")
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])
