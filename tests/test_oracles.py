"""numcnn computes what Keras, PyTorch and ONNX compute.

What they computed is stored; `oracles/README.md` says how it was made.
"""

import json
from typing import Any

import numpy as np
import pytest
from oracles import cases

from numcnn import Sequential, initializers, layers, losses, optimizers
from numcnn.parameter import Parameter

KERAS, PYTORCH, ONNX = (cases.read(oracle) for oracle in ("keras", "pytorch", "onnx"))
OUTPUTS = json.loads((cases.HERE / "keras_outputs.json").read_text(encoding="utf-8"))
ORACLES = {"keras": KERAS, "pytorch": PYTORCH}

TOLERANCE = {"float32": 1e-5, "float64": 1e-10}
both_dtypes = pytest.mark.parametrize("dtype", TOLERANCE)
both_oracles = pytest.mark.parametrize("oracle", ORACLES)


def assert_agrees(
    ours: Any, theirs: np.ndarray, tolerance: float, relative: bool = False, what: str = ""
) -> None:
    """Compare number by number: absolutely, or with `relative` as parts of numbers above 1."""
    assert np.shape(ours) == theirs.shape, what
    rtol = tolerance if relative else 0
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=tolerance, err_msg=what)


def test_the_numbers_given_to_both_are_the_same_on_every_machine() -> None:
    expected = [-0.8308205604553223, -0.17770317196846008, 0.6913964152336121]
    assert cases.numbers("x", 3).tolist() == expected


def test_a_number_that_is_off_by_a_hundred_thousandth_is_noticed() -> None:
    theirs = PYTORCH.arrays["Conv2D/3x3/dkernel"]
    ours = theirs.copy()
    assert_agrees(ours, theirs, TOLERANCE["float32"])
    ours[1, 2, 0, 1] += 1.1e-5
    with pytest.raises(AssertionError):
        assert_agrees(ours, theirs, TOLERANCE["float32"])


# --- layers --------------------------------------------------------------------------------------


def assert_layer_agrees(
    layer: layers.Layer, batch: cases.Batch, stored: cases.Stored, key: str, dtype: str
) -> None:
    """Compare what a layer gives forward and backward, alone in a model, with what is stored."""
    model = Sequential([layer], dtype=dtype)
    model.build((None, *batch.x.shape[1:]))
    model.set_weights(batch.weights)
    y = model.forward(batch.x.astype(dtype), training=True)
    dx = model.backward(batch.dy.astype(dtype))
    ours = cases.named(key, y, dx, *[parameter.grad for parameter in model.parameters])
    for name, values in ours.items():
        assert values.dtype == dtype, name
        assert_agrees(values, stored.arrays[name], TOLERANCE[dtype], what=name)


@both_dtypes
@pytest.mark.parametrize("name", cases.CONVOLUTIONS)
@both_oracles
def test_a_convolution_and_its_gradients_agree(
    engine: str, oracle: str, name: str, dtype: str
) -> None:
    case = cases.CONVOLUTIONS[name]
    layer = layers.Conv2D(case.filters, case.window, case.strides, case.padding)
    batch = cases.convolution_batch(name)
    assert_layer_agrees(layer, batch, ORACLES[oracle], f"Conv2D/{name}", dtype)


@both_dtypes
@pytest.mark.parametrize("name", cases.POOLINGS)
@pytest.mark.parametrize("kind", ["MaxPooling2D", "AveragePooling2D"])
@both_oracles
def test_a_pooling_and_its_gradient_agree_also_where_pixels_tie(
    engine: str, oracle: str, kind: str, name: str, dtype: str
) -> None:
    case = cases.POOLINGS[name]
    layer = getattr(layers, kind)(case.window, case.strides, case.padding)
    batch = cases.pooling_batch(name)
    assert_layer_agrees(layer, batch, ORACLES[oracle], f"{kind}/{name}", dtype)


@both_dtypes
@pytest.mark.parametrize("name", cases.DENSE)
def test_a_dense_layer_and_its_gradients_agree(engine: str, name: str, dtype: str) -> None:
    layer = layers.Dense(cases.DENSE[name][-1])
    assert_layer_agrees(layer, cases.dense_batch(name), PYTORCH, f"Dense/{name}", dtype)


@both_dtypes
@pytest.mark.parametrize("name", cases.ACTIVATIONS)
def test_an_activation_and_its_gradient_agree(engine: str, name: str, dtype: str) -> None:
    layer = layers.Activation(name)
    assert_layer_agrees(layer, cases.activation_batch(name), PYTORCH, f"Activation/{name}", dtype)


# --- losses --------------------------------------------------------------------------------------

LOGITS_LOSSES = {
    "class numbers": (
        losses.SparseCategoricalCrossentropy(from_logits=True),
        cases.LOGITS_LABELS,
        "class numbers",
    ),
    "one-hot labels": (
        losses.CategoricalCrossentropy(from_logits=True),
        cases.one_hot(cases.LOGITS_LABELS, 3),
        "class numbers",
    ),
    "distributions": (
        losses.CategoricalCrossentropy(from_logits=True),
        cases.LOGITS_MIXED_LABELS,
        "distributions",
    ),
    "label smoothing": (
        losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.125),
        cases.one_hot(cases.LOGITS_LABELS, 3),
        "label smoothing",
    ),
}


@both_dtypes
@pytest.mark.parametrize("labels", LOGITS_LOSSES)
def test_cross_entropy_of_logits_and_its_weighted_gradient_agree_with_pytorch(
    engine: str, labels: str, dtype: str
) -> None:
    loss, y, key = LOGITS_LOSSES[labels]
    share = (cases.LOGITS_WEIGHTS / len(y)).astype(dtype)
    values, cache = loss.forward(y, cases.LOGITS.astype(dtype))
    dlogits = loss.backward(share, cache)
    # float32 has seven digits, and there are losses of hundreds
    assert_agrees(values, PYTORCH.arrays[f"logits/{key}/losses"], TOLERANCE[dtype], relative=True)
    assert_agrees(dlogits, PYTORCH.arrays[f"logits/{key}/dlogits"], TOLERANCE[dtype])


@both_dtypes
def test_a_final_softmax_is_trained_from_its_logits_as_in_pytorch(engine: str, dtype: str) -> None:
    model = Sequential([layers.Dense(3, activation="softmax")], dtype=dtype)
    model.build((None, 3))
    model.set_weights([np.eye(3), np.zeros(3)])  # the logits are x
    model.compile(optimizers.SGD(), "sparse_categorical_crossentropy")
    x, weight = cases.LOGITS.astype(dtype), cases.LOGITS_WEIGHTS
    loss = model.train_on_batch(x, cases.LOGITS_LABELS, sample_weight=weight)

    values = PYTORCH.arrays["logits/class numbers/losses"]
    dlogits = PYTORCH.arrays["logits/class numbers/dlogits"]
    dkernel, dbias = (parameter.grad for parameter in model.parameters)
    assert loss == pytest.approx((values * weight).mean(), rel=TOLERANCE[dtype])
    assert_agrees(dbias, dlogits.sum(axis=0), TOLERANCE[dtype])
    assert_agrees(dkernel, cases.LOGITS.T @ dlogits, TOLERANCE[dtype], relative=True)


@both_dtypes
@pytest.mark.parametrize("name", ["categorical", "sparse_categorical"])
def test_cross_entropy_of_probabilities_is_clipped_with_its_gradient_as_in_keras(
    engine: str, name: str, dtype: str
) -> None:
    p, labels = cases.PROBABILITIES.astype(dtype), cases.PROBABILITIES_LABELS
    y = labels if "sparse" in name else cases.one_hot(labels, p.shape[1])
    loss = losses.get(f"{name}_crossentropy")
    values, cache = loss.forward(y, p)
    dp = loss.backward(np.ones_like(values), cache)
    key = f"probabilities/{name}"
    expected = KERAS.arrays.get(f"{key}/losses/{dtype}"), KERAS.arrays.get(f"{key}/dp/{dtype}")
    if "sparse" in name:
        expected = [np.array(OUTPUTS["probabilities"][dtype][part]) for part in ("losses", "dp")]
    assert_agrees(values, expected[0], TOLERANCE[dtype], relative=True)
    assert_agrees(dp, expected[1], TOLERANCE[dtype], relative=True)


# --- initializers and optimizers -----------------------------------------------------------------


@pytest.mark.parametrize("shape", cases.SHAPES)
@pytest.mark.parametrize("name", cases.INITIALIZERS)
def test_initial_weights_have_the_mean_spread_and_range_of_those_of_keras(
    name: str, shape: tuple[int, ...]
) -> None:
    values = cases.INITIALIZERS[name](initializers)(shape)
    mean, std, least, most = cases.statistics(values)
    of_keras = KERAS.arrays[f"initializers/{name}"][cases.SHAPES.index(shape)]
    keras_mean, keras_std, keras_least, keras_most = of_keras

    # two samples of n numbers; the means of normal ones differ by √(2/n) std, their stds by
    # √(1/n) std, and four times that is rare
    assert mean == pytest.approx(keras_mean, abs=4 * keras_std * np.sqrt(2 / values.size))
    assert std == pytest.approx(keras_std, rel=4 / np.sqrt(values.size))
    bounded = "untruncated" not in name
    assert least == pytest.approx(keras_least, rel=0.02 if bounded else 0.3)
    assert most == pytest.approx(keras_most, rel=0.02 if bounded else 0.3)


@both_dtypes
def test_adam_moves_three_weights_as_in_keras_with_epsilon_in_its_place(
    engine: str, dtype: str
) -> None:
    weights = Parameter(cases.THREE_WEIGHTS.astype(dtype), "weights")
    adam = optimizers.Adam()
    for gradient, expected in zip(
        cases.THREE_WEIGHTS_GRADIENTS, KERAS.arrays["three weights"], strict=True
    ):
        weights.grad = gradient.astype(dtype)
        adam.update([weights])
        # the first form of Adam in the paper would move the third weight 0.0007 further
        assert_agrees(weights.value, expected, 1e-12 if dtype == "float64" else 3e-7)


# --- training ------------------------------------------------------------------------------------


def train(model_name: str, optimizer: Any, dtype: str) -> tuple[list[float], Any, list[Any]]:
    """Return the losses of ten steps, the gradients of the first, and the weights at the end."""
    model = Sequential(cases.MODELS[model_name].layers(layers), dtype=dtype)
    model.set_weights(cases.initial_weights(model_name))
    model.compile(optimizer, "categorical_crossentropy")
    step_losses, step_gradients = [], []
    for x, y in cases.model_batches(model_name):
        step_losses.append(model.train_on_batch(x.astype(dtype), y))
        step_gradients.append(cases.in_a_row(parameter.grad for parameter in model.parameters))
    return step_losses, step_gradients[0], model.get_weights()


@both_dtypes
@pytest.mark.large
def test_the_tutorials_model_takes_ten_steps_of_adam_as_in_keras(engine: str, dtype: str) -> None:
    step_losses, gradients, weights = train("tutorial", "adam", dtype)
    key = "training/tutorial/Adam"
    assert_agrees(step_losses, KERAS.arrays[f"{key}/losses/{dtype}"], TOLERANCE[dtype])
    # the gradients of Keras were computed in float64, and stored in float32
    tolerance = {"float32": 1e-6, "float64": 1e-7}[dtype]
    assert_agrees(gradients, KERAS.arrays[f"{key}/gradients"], tolerance)
    weights_at_the_end = cases.in_a_row(weights)
    assert weights_at_the_end.size == 5_994
    assert_agrees(weights_at_the_end, KERAS.arrays[f"{key}/weights/{dtype}"], TOLERANCE[dtype])


@both_dtypes
@pytest.mark.parametrize("name", cases.OPTIMIZERS)
def test_every_optimizer_takes_ten_steps_as_in_keras(engine: str, name: str, dtype: str) -> None:
    step_losses, _, weights = train("small", cases.OPTIMIZERS[name](optimizers), dtype)
    key = f"training/small/{name}"
    assert_agrees(step_losses, KERAS.arrays[f"{key}/losses/{dtype}"], TOLERANCE[dtype])
    weights_at_the_end = cases.in_a_row(weights)
    assert_agrees(weights_at_the_end, KERAS.arrays[f"{key}/weights/{dtype}"], TOLERANCE[dtype])


@both_dtypes
@pytest.mark.parametrize("name", cases.fits())
def test_fit_reports_what_keras_reports_under_the_same_names_in_the_same_order(
    engine: str, name: str, dtype: str
) -> None:
    arguments = cases.fits()[name]
    arguments["x"] = arguments["x"].astype(dtype)
    model = Sequential(cases.small_layers(layers), dtype=dtype)
    names, answers = cases.fitted(model, optimizers, arguments)
    assert names == KERAS.notes["history_names"][name]
    assert isinstance(answers["evaluate"], list)
    # Keras computed this in float64; in float32 it takes Adam's powers in float32 too
    tolerance = {"float32": 5e-5, "float64": 1e-10}[dtype]
    for what, values in answers.items():
        assert_agrees(values, KERAS.arrays[f"fit/{name}/{what}"], tolerance, what=what)


# --- ONNX's own test cases -----------------------------------------------------------------------

ONNX_LAYERS = [name for name, subject in ONNX.notes["cases"].items() if "layer" in subject]
ONNX_LOSSES = [name for name, subject in ONNX.notes["cases"].items() if "loss" in subject]


def onnx_case(name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return a case's layer or loss with its arguments, and its arrays."""
    prefix = f"{name}/"
    arrays = {key: array for key, array in ONNX.arrays.items() if key.startswith(prefix)}
    subject = dict(ONNX.notes["cases"][name])
    return subject, {key.removeprefix(prefix): array for key, array in arrays.items()}


@pytest.mark.parametrize("name", ONNX_LAYERS)
def test_a_layer_passes_onnx_test_case(engine: str, name: str) -> None:
    arguments, arrays = onnx_case(name)
    layer = getattr(layers, arguments.pop("layer"))(**arguments)
    model = Sequential([layer])
    model.build((None, *arrays["x"].shape[1:]))
    model.set_weights([arrays[weight] for weight in ("kernel", "bias") if weight in arrays])
    assert_agrees(model.predict_on_batch(arrays["x"]), arrays["y"], 1e-5)


@pytest.mark.parametrize("name", ONNX_LOSSES)
def test_a_loss_passes_onnx_test_case(engine: str, name: str) -> None:
    subject, arrays = onnx_case(name)
    loss = getattr(losses, subject["loss"])(from_logits=True)
    values, _ = loss.forward(arrays["labels"], arrays["x"])
    values = values * arrays.get("weight", 1)
    reduced = {"none": values, "sum": values.sum(), "mean": values.mean()}[subject["reduction"]]
    assert_agrees(reduced, arrays["y"], 1e-5)


def test_onnx_test_cases_of_every_operator_are_run() -> None:
    ran = {subject.get("layer", "loss") for subject in ONNX.notes["cases"].values()}
    pooling = {"MaxPooling2D", "AveragePooling2D"}
    assert ran == {"Conv2D", *pooling, "Dense", "Softmax", "ReLU", "Flatten", "loss"}
