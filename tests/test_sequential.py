"""The container: adding, naming, building, weights, and the summary."""

import numpy as np
import pytest
from oracles import cases

import numcnn
from numcnn import layers
from numcnn.engine import portions


def tutorial():
    return numcnn.Sequential(cases.tutorial_layers(layers), seed=0)


SUMMARY = """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ conv2d (Conv2D)                      │ (None, 24, 24, 8)           │             208 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ max_pooling2d (MaxPooling2D)         │ (None, 12, 12, 8)           │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ conv2d_1 (Conv2D)                    │ (None, 8, 8, 16)            │           3,216 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ max_pooling2d_1 (MaxPooling2D)       │ (None, 4, 4, 16)            │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ flatten (Flatten)                    │ (None, 256)                 │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dense (Dense)                        │ (None, 10)                  │           2,570 │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 5,994 (23.41 KB)
 Trainable params: 5,994 (23.41 KB)
 Non-trainable params: 0 (0.00 B)
"""


def test_the_summary_is_the_table_of_keras(capsys):
    tutorial().summary(line_length=88)
    assert capsys.readouterr().out == SUMMARY


def test_the_summary_counts_the_optimizer_after_training():
    model = tutorial()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.train_on_batch(np.zeros((1, 28, 28, 1)), np.zeros(1))
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    assert " Total params: 17,984 (70.25 KB)" in lines[0]
    assert " Optimizer params: 11,990 (46.84 KB)" in lines[0]


def test_a_narrow_summary_folds_and_cuts():
    model = numcnn.Sequential(name="folded")
    model.add(layers.Dense(10, input_shape=(3,), name="a_very_long_layer_name_that_goes_on"))
    lines: list[str] = []
    model.summary(line_length=50, print_fn=lines.append)
    assert "│ a_very_long_layer_… │ (None, 10)     │      40 │\n│ (Dense)  " in lines[0]
    with pytest.raises(ValueError, match="too short for a summary"):
        model.summary(line_length=20)


def test_the_summary_of_a_model_that_is_not_built_says_so():
    lines: list[str] = []
    numcnn.Sequential([layers.Dense(3)]).summary(print_fn=lines.append, line_length=88)
    assert "│ ? " in lines[0] and "0 (unbuilt) │" in lines[0]


def test_layers_are_named_and_numbered_per_model():
    names = [layer.name for layer in tutorial().layers]
    assert names == [
        "conv2d",
        "max_pooling2d",
        "conv2d_1",
        "max_pooling2d_1",
        "flatten",
        "dense",
    ]
    assert [layer.name for layer in tutorial().layers] == names


def test_layers_can_be_added_and_taken_off():
    model = numcnn.Sequential(name="mine")
    model.add(layers.Input((4,)))
    model.add(layers.Dense(3))
    model.add(layers.Dense(2))
    assert model.output_shape == (None, 2) and model.count_params() == 15 + 8
    assert model.pop().name == "dense_1"
    assert model.output_shape == (None, 3)
    model.add(layers.Dense(5))
    assert model.output_shape == (None, 5)
    assert model.input_shape == (None, 4)


def test_a_layer_that_does_not_fit_is_not_added():
    model = numcnn.Sequential([layers.Conv2D(2, 3, input_shape=(6, 6, 1)), layers.MaxPooling2D(2)])
    with pytest.raises(ValueError) as refused:
        model.add(layers.Conv2D(4, 5))
    text = str(refused.value)
    assert "a window of 5 x 5 does not fit into an image of 2 x 2" in text
    assert "    input          (None, 6, 6, 1)\n" in text
    assert "    conv2d         (None, 4, 4, 2)\n" in text
    assert "    max_pooling2d  (None, 2, 2, 2)\n" in text
    assert "    conv2d_1       <- here" in text
    assert len(model.layers) == 2 and model.built
    model.add(layers.Conv2D(4, 2))
    assert model.output_shape == (None, 1, 1, 4)


def test_a_layer_beyond_all_memory_is_not_added():
    model = numcnn.Sequential([layers.Dense(3, input_shape=(4,))])
    with pytest.raises(ValueError, match=r'Dense "dense_1" does not fit here: there is not enough'):
        model.add(layers.Dense(10**14))
    assert len(model.layers) == 1
    assert model.predict(np.ones((1, 4)), verbose=0).shape == (1, 3)


def test_a_layer_of_ones_own_that_fails_is_not_added():
    class Own(layers.Layer):
        def build(self, input_shape):
            raise KeyError("mine")

    model = numcnn.Sequential([layers.Dense(3, input_shape=(4,))])
    with pytest.raises(KeyError, match="mine"):
        model.add(Own())
    assert len(model.layers) == 1 and model.built


def test_a_failed_build_leaves_nothing_behind():
    model = numcnn.Sequential([layers.Dense(3), layers.MaxPooling2D(2)], seed=0)
    with pytest.raises(ValueError, match="needs images") as refused:
        model.build((None, 4))
    assert "    dense          (None, 3)\n" in str(refused.value)
    assert not model.layers[0].built
    model.pop()
    model.build((None, 7))
    assert model.output_shape == (None, 3)


def test_a_refused_fit_leaves_an_unbuilt_model_unbuilt():
    model = numcnn.Sequential([layers.Flatten(), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="class numbers from 0 to 2"):
        model.fit(np.zeros((2, 4)), [0, 3])
    assert not model.built and model.input_shape is None
    model.fit(np.zeros((2, 5)), [0, 2], verbose=0)


def test_layers_of_another_model_must_fit():
    first, second, third = numcnn.Sequential(
        [layers.Dense(4, input_shape=(8,)), layers.Dense(3), layers.Dense(2)]
    ).layers
    with pytest.raises(
        ValueError, match=r'"dense_2" was built for samples of shape \(3,\), but it'
    ):
        numcnn.Sequential([first, third])
    assert numcnn.Sequential([second, third]).predict(np.ones((5, 4)), verbose=0).shape == (5, 2)


def test_layers_that_another_model_has_built_still_have_to_be_told_the_shape():
    model = numcnn.Sequential([layers.Dense(4), layers.Dense(3)])
    numcnn.Sequential(model.layers).build((None, 5))
    assert not model.built and model.output_shape is None
    with pytest.raises(ValueError, match=r'"dense" was built for samples of shape \(5,\), but its'):
        model.predict(np.ones((2, 6)), verbose=0)
    assert model.predict(np.ones((2, 5)), verbose=0).shape == (2, 3)
    assert model.input_shape == (None, 5)


def test_a_refused_fit_leaves_the_layers_of_another_model_built():
    trained = tutorial()
    before = [weight.tobytes() for weight in trained.get_weights()]
    model = numcnn.Sequential([layers.Rescaling(2.0), *trained.layers])
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="class numbers from 0 to 9"):
        model.fit(np.zeros((1, 28, 28, 1)), [10])
    assert trained.built and not model.built
    trained.predict(np.zeros((1, 28, 28, 1)), verbose=0)
    assert [weight.tobytes() for weight in trained.get_weights()] == before


def test_weights_go_out_and_in():
    one, other = tutorial(), tutorial()
    weights = [weight + 1 for weight in one.get_weights()]
    other.set_weights(weights)
    for value, weight in zip(other.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(value, weight)
    assert one.count_params() == 5994
    with pytest.raises(ValueError, match='model "sequential" has 6 weights, got 1'):
        other.set_weights(weights[:1])


def test_initial_weights_depend_on_the_seed_and_the_place_only():
    short = numcnn.Sequential([layers.Dense(3, input_shape=(4,))], seed=5)
    long = numcnn.Sequential([layers.Dense(3, input_shape=(4,)), layers.Dense(2)], seed=5)
    np.testing.assert_array_equal(short.get_weights()[0], long.get_weights()[0])


def test_each_layer_has_random_numbers_of_its_own():
    model = numcnn.Sequential([layers.Dense(4, input_shape=(4,)), layers.Dense(4)], seed=5)
    branches = np.random.SeedSequence(5).spawn(2)[1].spawn(2)  # shuffling is branch 0, layers are 1
    for layer, branch in zip(model.layers, branches, strict=True):
        expected = numcnn.initializers.GlorotUniform()((4, 4), rng=np.random.default_rng(branch))
        np.testing.assert_array_equal(layer.kernel.value, expected)


def test_forward_and_backward_of_the_whole_network(engine):
    model = tutorial()
    x = np.random.default_rng(0).random((3, 28, 28, 1), dtype=np.float32)
    y = model.forward(x, training=True)
    logits = model.forward(x, final_activation=False)
    exps = np.exp(logits)
    np.testing.assert_allclose(y, exps / exps.sum(axis=1, keepdims=True), rtol=1e-5)
    dx = model.backward(np.ones_like(y))
    assert dx.shape == x.shape
    model.forward(x, training=True)
    assert model.backward(np.ones_like(y), input_gradient=False) is None


@pytest.mark.parametrize("as_graph", [False, True])
def test_a_walk_ends_where_forward_ends(engine, as_graph):
    model = tutorial()
    if as_graph:
        model = numcnn.Model(model.input, model.output)
    x = np.random.default_rng(0).random((3, 28, 28, 1), dtype=np.float32)
    for final_activation in (True, False):
        *_, last = steps = list(model.walk(x, final_activation=final_activation))
        y = model.forward(x, final_activation=final_activation)
        np.testing.assert_array_equal(np.asarray(last.y), y)
        assert [step.layer for step in steps] == model.layers[-len(steps) :]
        assert np.asarray(steps[0].y).min() == 0  # ReLU acts, also on the way to logits


@pytest.mark.parametrize("as_graph", [False, True])
def test_only_gradients_that_a_parameter_needs_are_computed_in_training(
    engine, monkeypatch, as_graph
):
    model = numcnn.Sequential(
        [
            *(layers.AveragePooling2D(2, input_shape=(4, 4, 1)), layers.Flatten()),
            *(layers.Dense(2), layers.Dense(3)),
        ],
        seed=0,
    )
    first, second = model.layers[2:]
    given = {}
    for layer in model.layers:

        def noting(dy, layer=layer, backward=layer.backward):
            given[layer] = backward(dy)
            return given[layer]

        monkeypatch.setattr(layer, "backward", noting)
    if as_graph:
        model = numcnn.Model(model.input, model.output)
    y = model.forward(np.ones((2, 4, 4, 1), np.float32), training=True)
    assert model.backward(np.ones_like(y), input_gradient=False) is None
    assert list(given) == [second, first]
    assert given[second].shape == (2, 2) and given[first] is None
    assert first.kernel.grad.shape == (4, 2)


def test_a_large_batch_is_predicted_in_portions_by_layers_that_compute_in_an_engine(
    engine, monkeypatch
):
    class Minus(layers.Layer):
        """Minus the mean of the batch."""

        def forward(self, x, training=False):
            return x - x.mean(axis=0)

    class Counting(layers.Conv2D):
        """A convolution that notes how many images it gets."""

        takes_engine_layout = True

        def linear(self, x, training=False):
            sizes.append(len(x))
            return super().linear(x, training)

    sizes = []
    x = np.random.default_rng(0).random((200, 6, 6, 1), np.float32)
    body = [Counting(4, 3, activation="relu"), layers.Flatten(), layers.Dense(3)]
    model = numcnn.Sequential(body, seed=0)
    whole = model.predict_on_batch(x)
    assert sizes == [200]
    monkeypatch.setattr(portions, "CACHE", 70 * 4 * 4 * 4 * 4)  # of 70 samples of (4, 4, 4) numbers
    sizes.clear()
    np.testing.assert_allclose(model.predict_on_batch(x), whole, atol=1e-6)
    assert sizes == [64, 64, 64, 8]
    fresh = numcnn.Sequential([layers.Flatten(), layers.Dense(3)])  # is built by what comes
    assert fresh.forward(x).shape == (200, 3)
    centred = numcnn.Sequential([*body, Minus()]).predict_on_batch(x)
    np.testing.assert_allclose(centred.mean(axis=0), 0, atol=1e-6)


def test_a_custom_layer_always_gets_plain_arrays(engine):
    seen = []

    class Watcher(layers.Layer):
        def forward(self, x, training=False):
            seen.append(x)
            return x

        def backward(self, dy):
            seen.append(dy)
            return dy

    model = numcnn.Sequential(
        [
            layers.Conv2D(3, 2, input_shape=(5, 4, 2)),
            Watcher(),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ],
        seed=0,
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    seen.clear()
    model.train_on_batch(np.ones((7, 5, 4, 2)), np.zeros(7))
    assert [type(array) for array in seen] == [np.ndarray, np.ndarray]
    assert [array.shape for array in seen] == [(7, 4, 3, 3)] * 2
