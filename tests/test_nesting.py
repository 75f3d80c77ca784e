"""A model among the layers of another: it computes, trains, tells and saves as its layers would."""

import numpy as np
import pytest

import numcnn
from numcnn import layers
from numcnn.callbacks import BackupAndRestore
from numcnn.explain import Trace
from numcnn.gradcheck import check_model
from numcnn.models import ModelFileError, clone_model, load_model

RNG = np.random.default_rng(0)
X = RNG.random((24, 8, 8, 1), dtype=np.float32)
Y = RNG.integers(0, 3, 24)


def features(name=None):
    return numcnn.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(2, 3, activation="relu"),
            layers.Dropout(0.2),
            layers.Flatten(),
        ],
        name=name,
        seed=1,
    )


def nested():
    """A model whose layers are two models, and a layer between them and behind them."""
    head = numcnn.Sequential([layers.Dense(4, activation="tanh"), layers.Dense(3)], seed=3)
    model = numcnn.Sequential(
        [features("features"), layers.Dense(5), head, layers.Softmax()], name="outer", seed=2
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def in_a_row(model):
    """The same layers in one model, with weights and chance of their own but the same values."""
    flat = numcnn.Sequential([layers.Input((8, 8, 1))], seed=2)
    for layer in model.flat:
        flat.add(type(layer).from_config({**layer.get_config(), "name": None}))
    flat.set_weights(model.get_weights())
    for one, other in zip(flat.layers, model.flat, strict=True):
        one.rng.bit_generator.state = other.rng.bit_generator.state
    flat.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return flat


def test_it_computes_and_trains_as_its_layers_in_a_row(engine):
    model = nested()
    flat = in_a_row(model)
    np.testing.assert_array_equal(model.predict(X, verbose=0), flat.predict(X, verbose=0))
    expected = flat.fit(X, Y, batch_size=8, epochs=3, verbose=0).history
    assert model.fit(X, Y, batch_size=8, epochs=3, verbose=0).history == expected
    for one, other in zip(model.get_weights(), flat.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    predict = numcnn.Predictor(model)
    np.testing.assert_allclose(predict(X[:1]), model.predict(X[:1], verbose=0), atol=1e-6)


def test_softmax_behind_a_trained_model_gives_its_probabilities():
    model = numcnn.Sequential([layers.Flatten(input_shape=(8, 8)), layers.Dense(3)], seed=0)
    probabilities = numcnn.Sequential([model, layers.Softmax()])
    logits = model.predict(X, verbose=0)
    exps = np.exp(logits)
    found = probabilities.predict(X, verbose=0)
    np.testing.assert_allclose(found, exps / exps.sum(axis=1, keepdims=True), rtol=1e-5)
    assert probabilities.layers[0] is model
    assert probabilities.input_shape == (None, 8, 8) and probabilities.output_shape == (None, 3)


def test_the_layers_are_shared_and_the_seed_of_the_outer_model_makes_all_weights():
    inner = features()
    outer = numcnn.Sequential([inner, layers.Dense(3)], seed=0)
    outer.compile("sgd", "mse")
    before = inner.get_weights()[0]
    outer.fit(X, np.eye(3)[Y], verbose=0)
    assert (inner.get_weights()[0] != before).any()

    def made():
        encoder = numcnn.Sequential([layers.Flatten(), layers.Dense(2)])
        decoder = numcnn.Sequential([layers.Dense(64), layers.Reshape((8, 8, 1))])
        return numcnn.Sequential([layers.Input((8, 8, 1)), encoder, decoder], seed=5)

    for one, other in zip(made().get_weights(), made().get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_summary_names_and_counts_the_inner_model_as_one(capsys):
    model = nested()
    model.summary()
    text = capsys.readouterr().out
    assert "features (Sequential)" in text and "(None, 72)" in text
    assert "sequential (Sequential)" in text and "softmax (Softmax)" in text
    assert "conv2d" not in text
    assert f" Total params: {20 + 365 + 24 + 15:,}" in text
    assert [path for path, _ in model.paths()] == [
        *["features/conv2d", "features/dropout", "features/flatten", "dense"],
        *["sequential/dense", "sequential/dense_1", "softmax"],
    ]


def test_models_inside_of_models_inside_of_models():
    model = numcnn.Sequential([numcnn.Sequential([nested()]), layers.Dense(2)])
    assert len(model.flat) == 8 and model.predict(X, verbose=0).shape == (24, 2)


@pytest.mark.parametrize("ending", [".safetensors", ".keras", ".h5"])
def test_a_file_gives_the_same_model_back(tmp_path, ending):
    if ending != ".safetensors":
        pytest.importorskip("h5py")
    model = nested()
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / f"model{ending}")
    loaded = load_model(tmp_path / f"model{ending}")
    assert [type(layer) for layer in loaded.layers] == [type(layer) for layer in model.layers]
    assert [path for path, _ in loaded.paths()] == [path for path, _ in model.paths()]
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    assert loaded.optimizer.iterations == model.optimizer.iterations
    if ending == ".safetensors":  # only numcnn's own goes on with the same chance
        for one in (model, loaded):
            one.fit(X, Y, verbose=0)
        assert loaded.history.history["loss"][-1] == model.history.history["loss"][-1]


@pytest.mark.parametrize("ending", [".safetensors", ".weights.h5"])
def test_weights_alone_go_into_a_file_and_back(tmp_path, ending):
    if ending == ".weights.h5":
        pytest.importorskip("h5py")
    model, other = nested(), nested()
    model.fit(X, Y, verbose=0)
    model.save_weights(tmp_path / f"w{ending}")
    other.load_weights(tmp_path / f"w{ending}")
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    with pytest.raises(ModelFileError):
        in_a_row(model).load_weights(tmp_path / f"w{ending}")


def test_configurations_and_clones_keep_the_models_inside():
    model = nested()
    for made in (numcnn.Sequential.from_config(model.get_config()), clone_model(model)):
        assert isinstance(made.layers[0], numcnn.Sequential) and made.layers[0].name == "features"
        assert made.get_config() == model.get_config()
        made.set_weights(model.get_weights())
        np.testing.assert_array_equal(made.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_configuration_nests_only_so_deep():
    config = {"name": "inner", "layers": []}
    for _ in range(50):
        config = {"layers": [{"class_name": "Sequential", "config": config}]}
    with pytest.raises(ValueError, match="models inside of models go at most 20 deep"):
        numcnn.Sequential.from_config(config)


def test_a_stopped_training_goes_on(tmp_path):
    class StopError(Exception):
        pass

    class Stop(numcnn.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise StopError

    def train(folder, *more):
        model = nested()
        backup = BackupAndRestore(folder)
        model.fit(X, Y, 8, epochs=4, verbose=0, callbacks=[*more, backup])
        return [weights.tobytes() for weights in model.get_weights()]

    expected = train(tmp_path / "whole")
    with pytest.raises(StopError):
        train(tmp_path / "part", Stop())
    assert train(tmp_path / "part") == expected


def test_questions_gradients_and_the_profile_go_through(engine):
    model = nested()
    trace = Trace(model, X[0])
    assert trace.names[1] == "features/conv2d"
    assert "features/conv2d" in str(trace.why("features/conv2d", (1, 1, 0)))
    rows = numcnn.profile(model, X, repeats=1).rows
    assert any("conv2d" in row.name for row in rows)
    assert check_model(model, X[:4], Y[:4])


def test_penalties_of_inner_layers_count():
    inner = numcnn.Sequential(
        [layers.Dense(3, kernel_regularizer="l2", activity_regularizer="l1", input_shape=(4,))],
        seed=0,
    )
    outer = numcnn.Sequential([inner, layers.Dense(2)], seed=0)
    outer(np.ones((2, 4)), training=True)
    assert outer.penalty() == inner.penalty() > 0


def test_what_does_not_fit_is_refused_and_nothing_is_changed():
    inner = features()
    with pytest.raises(ValueError, match=r'layer "conv2d" is in this model already'):
        numcnn.Sequential([inner, inner])
    with pytest.raises(ValueError, match=r"model \"sequential\" was built for \(None, 8, 8, 1\)"):
        numcnn.Sequential([layers.Input((4, 4, 1)), inner])
    with pytest.raises(ValueError, match="was built for float32, but this model computes in"):
        numcnn.Sequential([inner], dtype="float64")
    with pytest.raises(TypeError, match="the layers of a model must be in a list"):
        numcnn.Sequential(inner)
    unbuilt = numcnn.Sequential([layers.Flatten(), layers.Dense(2)])
    with pytest.raises(ValueError, match="does not fit here"):
        numcnn.Sequential([layers.Input((8, 8, 1)), unbuilt, layers.Conv2D(2, 3)])
    assert not unbuilt.built and unbuilt.input_shape is None
