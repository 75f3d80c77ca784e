"""Keras's options of saving, loading and cloning, such as skip_mismatch and clone_function."""

import numpy as np
import pytest

import numcnn
from numcnn import layers
from numcnn.models import ModelFileError, clone_model, load_model, save_model

WEIGHTS = ("w.safetensors", "w.weights.h5", "w.h5", "w.keras")


def network(classes=3, names=("first", "last")):
    return numcnn.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(5, activation="relu", name=names[0]),
            layers.Dense(classes, name=names[1]),
        ]
    )


def saved(model, tmp_path, name):
    path = tmp_path / name
    (model.save if name.endswith(".keras") else model.save_weights)(path)
    return path


def same(layer, other):
    return all(map(np.array_equal, layer.get_weights(), other.get_weights()))


@pytest.mark.parametrize(
    ("name", "save_format"),
    [("m.h5", "h5"), ("m.hdf5", "H5"), ("m.keras", "keras"), ("m.safetensors", None)],
)
def test_a_format_may_be_named_that_is_the_endings(tmp_path, name, save_format):
    model = network()
    model.save(tmp_path / name, save_format=save_format)
    save_model(model, tmp_path / name, save_format=save_format, include_optimizer=False)
    assert same(load_model(tmp_path / name).layers[-1], model.layers[-1])


@pytest.mark.parametrize(
    ("name", "save_format", "message"),
    [
        ("m.keras", "h5", "save_format='h5' needs .h5 or .hdf5, got"),
        ("m", "h5", "save_format='h5' needs .h5 or .hdf5, got"),
        ("m", "tf", "writes no SavedModel of TensorFlow: leave save_format out"),
        ("m.keras", "kears", "Did you mean 'keras'"),
    ],
)
def test_a_format_that_disagrees_with_the_ending_is_refused(tmp_path, name, save_format, message):
    with pytest.raises(ValueError, match=message):
        network().save(tmp_path / name, save_format=save_format)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_layer_that_does_not_fit_may_stay_as_it_is(tmp_path, name):
    path = saved(network(), tmp_path, name)
    other, fits = network(classes=7), network()
    before = other.get_weights()
    with pytest.raises(ModelFileError):
        other.load_weights(path)
    assert all(map(np.array_equal, other.get_weights(), before))
    with pytest.warns(UserWarning, match=r'left "last" \(\(5, 7\) \(7,\) in the model, \(5, 3\)'):
        other.load_weights(path, skip_mismatch=True)
    fits.load_weights(path, skip_mismatch=True)
    assert same(other.layers[0], fits.layers[0])
    assert all(map(np.array_equal, other.layers[1].get_weights(), before[2:]))


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_are_taken_by_the_names_of_layers(tmp_path, name):
    source = network(names=("mine", "else"))
    path = saved(source, tmp_path, name)
    other = numcnn.Sequential([layers.Input((4,)), layers.Dense(5, name="mine")])
    other.add(layers.Dense(7, name="last"))
    before = other.get_weights()
    other.load_weights(path, by_name=True)
    assert same(other.layers[0], source.layers[0])
    assert all(map(np.array_equal, other.layers[1].get_weights(), before[2:]))
    with pytest.raises(ModelFileError, match="no weights for any layer of the model: first, last"):
        network().load_weights(path, by_name=True)


@pytest.mark.parametrize("name", WEIGHTS)
def test_of_a_name_whose_shapes_differ_nothing_is_changed(tmp_path, name):
    path, other = saved(network(), tmp_path, name), network(classes=7)
    before = other.get_weights()
    with pytest.raises(ModelFileError, match=r'do not fit "last" .*; skip_mismatch=True leaves'):
        other.load_weights(path, by_name=True)
    assert all(map(np.array_equal, other.get_weights(), before))


@pytest.mark.parametrize("name", WEIGHTS)
def test_inner_models_and_untrained_numbers_are_found_by_name(tmp_path, name):
    def nested():
        inner = [layers.Dense(5, name="d"), layers.BatchNormalization(name="b"), layers.Dense(2)]
        return numcnn.Sequential([layers.Input((4,)), numcnn.Sequential(inner, name="inner")])

    source, other = nested(), nested()
    source.set_weights([np.full_like(one, k) for k, one in enumerate(source.get_weights())])
    path = saved(source, tmp_path, name)
    other.load_weights(path, by_name=True)
    assert all(map(np.array_equal, other.get_weights(), source.get_weights()))


def test_arrays_of_other_names_do_not_fit_though_their_shapes_do(tmp_path):
    def normalized(**options):
        return numcnn.Sequential([layers.Input((4,)), layers.BatchNormalization(**options)])

    path = saved(normalized(center=False), tmp_path, "w.safetensors")
    with pytest.raises(ModelFileError, match="others in the file"):
        normalized(scale=False).load_weights(path, skip_mismatch=True)


def test_the_optimizers_state_is_not_taken_with_some_weights(tmp_path):
    source, other = network(), network(classes=7)
    for model in (source, other):
        model.compile("adam", "mse")
    source.train_on_batch(np.ones((2, 4)), np.ones((2, 3)))
    path = saved(source, tmp_path, "w.safetensors")
    with pytest.warns(UserWarning, match='left "last"'):
        other.load_weights(path, skip_mismatch=True)
    assert other.optimizer.iterations == 0
    whole = network()
    whole.compile("adam", "mse")
    whole.load_weights(path, skip_mismatch=True)
    assert whole.optimizer.iterations == 1


def test_options_must_be_true_or_false(tmp_path):
    path, model = saved(network(), tmp_path, "w.safetensors"), network()
    for options in ({"skip_mismatch": "yes"}, {"by_name": 2}):
        with pytest.raises(TypeError, match="must be True or False"):
            model.load_weights(path, **options)


def wider(layer):
    config = layer.get_config()
    if isinstance(layer, layers.Dense):
        config["units"] += 1
    return type(layer).from_config(config)


def test_a_clone_has_the_layers_that_a_function_returns():
    clone = clone_model(network(), clone_function=wider)
    assert [layer.units for layer in clone.layers] == [6, 4]
    assert clone.output_shape == (None, 4)
    x = layers.Input((4,))
    hidden = layers.Dense(4)(x)
    graph = clone_model(numcnn.Model(x, hidden + layers.Dense(4)(hidden)), wider)
    assert graph.output_shape == (None, 5)
    assert graph(np.ones((1, 4))).shape == (1, 5)


def test_a_clone_function_goes_into_inner_models_if_it_is_told_to():
    inner = numcnn.Sequential([layers.Input((4,)), layers.Dense(2)], name="inner")
    model = numcnn.Sequential([inner, layers.Dense(2)])
    seen = []
    clone_model(model, lambda layer: seen.append(layer.name) or wider(layer))
    assert seen == ["inner", "dense"]
    clone = clone_model(model, wider, recursive=True)
    assert (clone.layers[0].output_shape, clone.output_shape) == ((None, 3), (None, 3))


def test_a_clone_function_must_return_layers():
    with pytest.raises(TypeError, match='must return a layer, got None for "first"'):
        clone_model(network(), clone_function=lambda layer: None)
    with pytest.raises(TypeError, match="must be a function of a layer, got 5"):
        clone_model(network(), clone_function=5)


def test_a_layer_is_no_model():
    for function in (clone_model, lambda layer: numcnn.profile(layer, np.ones((1, 2)))):
        with pytest.raises(TypeError, match=r"must be a model, got .*: put it into a Sequential"):
            function(layers.Dense(2))
