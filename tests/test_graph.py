"""Graphs of layers: shapes, gradients, names, files, and what a program asks of them."""

import copy
import functools

import numpy as np
import pytest

import numcnn
from numcnn import layers
from numcnn.explain import Trace, saliency
from numcnn.gradcheck import check_model
from numcnn.models import clone_model, load_model, model_from_json
from numcnn.predicted_graph import compiled_graph, rows_of
from numcnn.utils import plot_model

ENGINES = ("reference", "fast")
RNG = np.random.default_rng(0)
IMAGES = RNG.random((5, 6, 6, 2))
OTHERS = RNG.random((5, 6, 6, 2))


def image():
    return numcnn.Input((6, 6, 2))


def conv(filters=2, **options):
    return layers.Conv2D(filters, 3, padding="same", **options)


def head(x, units=3):
    return layers.Dense(units, activation="softmax")(layers.GlobalAveragePooling2D()(x))


def diamond():
    x = image()
    y = conv(4, activation="relu")(x)
    return numcnn.Model(x, head(layers.add([conv(4)(y), conv(4, activation="tanh")(y)])))


def residual():
    x = image()
    y = conv(2, activation="tanh")(x)
    y = layers.BatchNormalization()(conv()(y))
    return numcnn.Model(x, head(layers.Activation("tanh")(x + y)))


def concatenated():
    x = image()
    parts = [x, conv(3)(x), layers.AveragePooling2D(3, 1, "same")(x)]
    return numcnn.Model(x, head(layers.Concatenate()(parts)))


def shared():
    x = image()
    twice = conv(activation="tanh")
    return numcnn.Model(x, head(twice(twice(x))))


def siamese():
    a, b = image(), image()
    tower = numcnn.Sequential([conv(3, activation="tanh"), layers.Flatten(), layers.Dense(4)])
    return numcnn.Model([a, b], layers.Dense(3)(layers.Subtract()([tower(a), tower(b)])))


def two_outputs():
    x = image()
    y = layers.Flatten()(conv(activation="tanh")(x))
    return numcnn.Model(
        x,
        [layers.Dense(3, activation="softmax", name="kind")(y), layers.Dense(1, name="size")(y)],
    )


def inner_graph():
    return numcnn.Sequential([diamond_body(), layers.Flatten(), layers.Dense(3)])


def diamond_body():
    x = image()
    return numcnn.Model(x, layers.maximum([conv()(x), x]), name="body")


def arithmetic():
    x = image()
    y = conv(activation="sigmoid")(x)
    return numcnn.Model(x, head((1 - y) * x + y / 2.0 - (-x) / (y + 1.5)))


def gated():
    x = image()
    gate = layers.Dense(2, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    merged = layers.average([layers.multiply([x, gate]), layers.minimum([x, conv()(x)]), x])
    return numcnn.Model(x, head(merged))


def output_in_the_middle():
    x = image()
    y = layers.Flatten()(conv()(x))
    middle = layers.Dense(3, name="middle")(y)
    return numcnn.Model(
        x, [middle, layers.Dense(2, name="last")(layers.Activation("tanh")(middle))]
    )


GRAPHS = [
    *(diamond, residual, concatenated, shared, siamese, two_outputs, inner_graph, arithmetic),
    *(gated, output_in_the_middle),
]
CLASSES = np.array([0, 2, 1, 1, 0])
ONE, TWO, THREE = (RNG.random((5, columns)) for columns in (1, 2, 3))


def data(build):
    x = [IMAGES, OTHERS] if build is siamese else IMAGES
    if build is two_outputs:
        return x, [CLASSES, ONE], ["sparse_categorical_crossentropy", "mse"]
    if build is output_in_the_middle:
        return x, [THREE, TWO], "mse"
    if build in (siamese, inner_graph):
        return x, THREE, "mse"
    return x, CLASSES, "sparse_categorical_crossentropy"


def made(build):
    numcnn.set_random_seed(1)
    model = build()
    x, y, loss = data(build)
    model.compile(numcnn.optimizers.SGD(0.1), loss=loss)
    return model, x, y


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("build", GRAPHS, ids=lambda build: build.__name__)
def test_the_gradients_of_a_graph(build, engine):
    with numcnn.use_engine(engine):
        model, x, y = made(build)
        assert check_model(model, x, y, at_most=12)


def test_a_missing_addition_is_found(monkeypatch):
    def last_only(gradients, number, gradient):
        gradients[number] = gradient

    model, x, y = made(diamond)
    monkeypatch.setattr(numcnn.Model, "_add", staticmethod(last_only))
    assert not check_model(model, x, y, at_most=12)


@pytest.mark.parametrize("build", GRAPHS, ids=lambda build: build.__name__)
def test_both_engines_train_alike_and_files_hold_the_graph(build, tmp_path):
    losses = []
    for engine in ENGINES:
        with numcnn.use_engine(engine):
            model, x, y = made(build)
            history = model.fit(x, y, epochs=2, batch_size=5, verbose=0, shuffle=False)
            losses.append(history.history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-4)
    expected = model.predict(x, verbose=0)
    for ending in (".safetensors", ".keras", ".h5"):
        model.save(tmp_path / f"model{ending}")
        loaded = load_model(tmp_path / f"model{ending}")
        _same(loaded.predict(x, verbose=0), expected)
        assert loaded.get_config() == model.get_config()
        if build is not residual:  # whose loss in training is with each batch's own mean
            expected_loss = model.test_on_batch(x, y)
            np.testing.assert_allclose(loaded.train_on_batch(x, y), expected_loss, rtol=1e-4)
    clone = clone_model(model)
    clone.set_weights(model.get_weights())
    _same(clone.predict(x, verbose=0), expected)
    assert model_from_json(model.to_json()).count_params() == model.count_params()
    _same(copy.deepcopy(model).predict(x, verbose=0), expected)


def _same(found, expected):
    if not isinstance(expected, list):
        found, expected = [found], [expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_keras_finds_the_class_of_a_graph_in_a_file():
    assert diamond().serialized()["module"] == "keras.src.models.functional"
    assert inner_graph().serialized()["module"] == "keras"


def test_the_gradient_of_a_sum_goes_both_ways():
    x = numcnn.Input((3,), dtype="float64")
    dense = layers.Dense(3, use_bias=False, kernel_initializer="zeros")
    model = numcnn.Model(x, layers.Add()([x, dense(x)]))
    model.forward(np.ones((1, 3)), training=True)
    dy = np.array([[1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(model.backward(dy), dy)  # the way through the layer is zero


def test_names_follow_the_making_of_the_layers():
    model = residual()
    names = [layer.name for layer in model.layers]
    assert names == [
        *("input_layer", "conv2d", "conv2d_1", "batch_normalization", "activation"),
        *("global_average_pooling2d", "dense"),
    ]  # the operation `add` has a name and is no layer
    assert model.operations[4].name == "add"
    assert model.get_layer("conv2d_1") is model.layers[2] is model.get_layer(index=2)
    with pytest.raises(ValueError, match="no layer is called 'conv'; the layers are 'input_layer'"):
        model.get_layer("conv")


def test_the_backend_gives_values_and_says_how_to_set_them():
    rate = numcnn.optimizers.Adam(0.01).learning_rate
    assert numcnn.backend.get_value(rate) == 0.01 == numcnn.backend.get_value(0.01)
    assert numcnn.backend.get_value(np.ones(2)).tolist() == [1, 1]
    with pytest.raises(AttributeError, match="assign it, model"):
        numcnn.backend.set_value(rate, 0.1)


def test_weights_have_the_name_variables_too():
    model = diamond()
    model.layers[1].trainable = False
    assert model.variables == model.weights != model.trainable_variables
    assert len(model.trainable_variables) + len(model.non_trainable_variables) == len(model.weights)


def test_the_backend_gives_the_shape_of_a_symbolic_tensor():
    y = conv(7)(image())
    assert numcnn.backend.int_shape(y) == (None, 6, 6, 7)
    assert layers.Dense(numcnn.backend.int_shape(y)[-1])(y).shape[-1] == 7


def test_inner_outputs_of_a_sequential_built_or_loaded(tmp_path):
    model = numcnn.Sequential([image(), conv(), layers.Flatten(), layers.Dense(3)])
    model.compile(loss="mse")
    model.save(tmp_path / "row.keras")
    for row in (model, load_model(tmp_path / "row.keras"), copy.deepcopy(model)):
        inner = numcnn.Model(row.inputs, [layer.output for layer in row.layers[:2]])
        maps, flat = inner.predict(IMAGES, verbose=0)
        np.testing.assert_array_equal(maps.reshape(5, -1), flat)
        assert np.shape(numcnn.Model(inputs=row.input, outputs=row.output)(IMAGES)) == (5, 3)
    with pytest.raises(AttributeError, match='"dense" has no output yet'):
        layers.Dense(3).output  # noqa: B018


def test_training_false_in_a_call_keeps_the_mode_of_prediction():
    x = numcnn.Input((4,))
    norm, drop = layers.BatchNormalization(), layers.Dropout(0.9)
    model = numcnn.Model(x, layers.Dense(2)(drop(norm(x, training=False), training=False)))
    model.compile("sgd", "mse")
    batch = RNG.random((8, 4)) * 5
    before = norm.moving_mean.numpy()
    predicted = model.predict(batch, verbose=0)
    loss = model.train_on_batch(batch, predicted)
    assert loss == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_array_equal(norm.moving_mean.numpy(), before)
    always = numcnn.Model(x, layers.Dropout(0.5)(x, training=True))
    assert (always.predict(batch, verbose=0) == 0).any()


def test_why_through_a_sum_and_a_concatenation():
    numcnn.set_random_seed(0)
    x = image()
    y = conv(activation="relu")(x)
    joined = layers.Concatenate()([layers.add([x, y]), y])
    model = numcnn.Model(x, layers.Dense(2)(layers.Flatten()(joined)))
    trace = Trace(model, IMAGES[0])
    answer = trace.why("add", (1, 2, 0))
    assert answer.account.agrees
    assert "add[1, 2, 0], from the sum of 2 numbers of input and conv2d" in str(answer)
    assert "conv2d[1, 2, 0]" in str(answer)
    copied = trace.why("concatenate", (1, 2, 3))
    assert copied.account.agrees
    assert copied.where(copied.account.terms[0]) == "conv2d[1, 2, 1]"
    fields = trace.receptive_field("add", answer.place)
    assert fields[0][1, 2, 0]  # by the sum itself
    assert fields[0][0:3, 1:4].all()  # and by the convolution
    assert not fields[0][4:].any()
    slopes = saliency(model, IMAGES[0], 1)
    step = np.zeros_like(IMAGES[0])
    step[2, 2, 1] = 1e-2
    both = model.predict(np.stack([IMAGES[0] + step, IMAGES[0] - step]), verbose=0)[:, 1]
    assert slopes[0][2, 2, 1] == pytest.approx((both[0] - both[1]) / 2e-2, rel=1e-2)


class Uncompiled:
    """What a predictor asks of an engine; functions are kept, not compiled."""

    class Traced:
        def __init__(self, shape, dtype):
            self.functions = []

        def __len__(self):
            return 1

    @staticmethod
    def record(function, trace, shape):
        trace.functions.append(function)
        return trace

    record_whole = record

    @staticmethod
    def compile_trace(trace):
        return lambda x: functools.reduce(lambda y, function: function(y), trace.functions, x)


@pytest.mark.parametrize("build", [one for one in GRAPHS if one is not siamese])
def test_a_predictor_cuts_a_graph_into_rows(build):
    model = build()
    rows = rows_of(model.nodes, model.ends)
    assert sum(len(row.nodes) for row in rows) == len(model.nodes)
    assert len(rows) < len(model.nodes)
    with numcnn.use_engine("reference"):
        answer = compiled_graph(copy.deepcopy(model), Uncompiled)
        x = IMAGES[:1].astype(model.dtype)
        _same(answer(x), model.predict_on_batch(x))
        _same(answer(x), model.predict_on_batch(x))


def test_a_compiled_predictor_of_a_graph():
    x = numcnn.Input((4,))
    model = numcnn.Model(x, layers.add([x, layers.Dense(4, activation="relu")(x)]))
    predict, sample = numcnn.Predictor(model), np.array([[1.0, 2.0, -3.0, 0.5]])
    expected = model.predict(sample, verbose=0)
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    np.testing.assert_allclose(predict(sample), expected, rtol=1e-6)


def test_the_picture_of_a_graph(tmp_path):
    model = concatenated()
    for direction in ("TB", "LR"):
        picture = plot_model(model, tmp_path / "graph.png", show_shapes=True, rankdir=direction)
        assert min(picture.size) > 300


def test_the_summary_says_what_each_layer_reads():
    lines = []
    shared().summary(line_length=108, print_fn=lines.append)
    rows = [line for line in lines[0].splitlines() if "conv2d (Conv2D)" in line]
    assert "Connected to" in lines[0]
    assert "input_layer[0][0]," in rows[0]
    lines = []
    numcnn.Model((x := numcnn.Input((4,))), layers.Dense(2)(x)).summary(print_fn=lines.append)
    assert "Connected to" not in lines[0]  # a row needs no such column


def test_the_summary_shows_inner_models_and_what_is_trained():
    x = image()
    inner = diamond_body()
    inner.trainable = False
    lines = []
    model = numcnn.Model(x, layers.Dense(2)(layers.Flatten()(inner(x))))
    model.summary(print_fn=lines.append, expand_nested=True, show_trainable=True)
    rows = {line.split()[1]: line for line in lines[0].splitlines() if line.startswith("│ ")}
    assert rows["body"].split("│")[-2].strip() == "N"
    assert rows["dense"].split("│")[-2].strip() == "Y"
    assert rows["flatten"].split("│")[-2].strip() == "-"
    assert [line for line in lines[0].splitlines() if line.startswith("│ └ conv2d")]


def test_data_by_names_and_the_losses_of_the_outputs():
    a, b = numcnn.Input((4,), name="a"), numcnn.Input((4,), name="b")
    both = layers.Dense(3)
    kind = layers.Dense(2, activation="softmax", name="kind")(both(b))
    model = numcnn.Model([a, b], [layers.Dense(1, name="size")(both(a) + both(b)), kind])
    model.compile(
        "sgd",
        loss={"size": "mse", "kind": "sparse_categorical_crossentropy"},
        loss_weights={"size": 0.5, "kind": 2.0},
        metrics={"kind": ["accuracy"]},
    )
    x = {"a": RNG.random((8, 4)), "b": RNG.random((8, 4))}
    y = {"size": RNG.random((8, 1)), "kind": np.arange(8) % 2}
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    assert list(logs) == ["loss", "size_loss", "kind_loss", "kind_accuracy"]
    assert logs["loss"] == pytest.approx(0.5 * logs["size_loss"] + 2 * logs["kind_loss"])
    history = model.fit(x, y, validation_split=0.25, verbose=0).history
    assert {"size_loss", "val_kind_accuracy"} <= set(history)
    size, kinds = model.predict([x["a"], x["b"]], verbose=0)
    assert size.shape == (8, 1)
    np.testing.assert_allclose(kinds.sum(axis=1), 1, rtol=1e-6)


BAD = {
    "an output from nowhere": (
        lambda x: numcnn.Model(x, layers.Dense(2)(numcnn.Input((4,)))),
        "depend on the Input 'input_layer' .* not among the inputs",
    ),
    "no tensor": (lambda x: numcnn.Model(x, 3), "outputs of a Model must be symbolic tensors"),
    "subclassed": (lambda x: type("Own", (numcnn.Model,), {})(), "automatic differentiation"),
    "two inputs for one": (lambda x: layers.Dense(2)([x, x]), "takes one input, got 2"),
    "one input to merge": (lambda x: layers.Add()(x), "takes at least 2 inputs, got 1"),
    "shapes": (lambda x: layers.Add()([x, numcnn.Input((5,))]), "merges inputs of the same shape"),
    "concatenation": (
        lambda x: layers.Concatenate(1)([numcnn.Input((4, 2)), numcnn.Input((4, 3))]),
        "all other axes must have the same lengths",
    ),
    "names": (
        lambda x: numcnn.Model(x, layers.Dense(2, name="d")(layers.Dense(2, name="d")(x))),
        'two layers of the model are called "d"',
    ),
    "numbers of a symbol": (lambda x: np.add(x, x) if x else None, "is symbolic"),
    "a step of another kind": (lambda x: x[0], "is symbolic"),
    "a merge in a row": (lambda x: numcnn.Sequential([layers.Add()]), "a row has one"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_graph_is_refused_with_a_sentence(name):
    build, message = BAD[name]
    with pytest.raises((TypeError, ValueError), match=message):
        build(numcnn.Input((4,)))
