"""What the parts of Keras's surface give in numcnn, and five epochs of training, is Keras's.

What Keras gave is stored; `oracles/README.md` says how it was made.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracles import cases, parts, trainings

import numcnn
from numcnn.parameter import Parameter

KERAS, OPTIMIZERS = cases.read("keras_parts"), cases.read("keras_optimizers")
NUMBERS = KERAS.arrays | OPTIMIZERS.arrays
TRAININGS = json.loads((Path(cases.HERE) / "keras_trainings.json").read_text(encoding="utf-8"))
TOLERANCE = {"float32": 1e-5, "float64": 1e-10}
both_dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


ROUNDED_BY_KERAS = (
    "activation leaky_relu",
    "activation gelu",
    "on a schedule",
    "Muon",
    "accumulating",
    "schedule/",
    "fit/",
)
"""There is a constant, such as 0.2 or √½, in these, that Keras holds in float32."""


def assert_agrees(ours: Any, key: str, tolerance: float) -> None:
    """Compare number by number: as parts of numbers above 1, absolutely below."""
    theirs = NUMBERS[key]
    if any(name in key for name in ROUNDED_BY_KERAS):
        tolerance = max(tolerance, 1e-6)
    assert np.shape(ours) == theirs.shape, key
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance, err_msg=key)


@both_dtypes
@pytest.mark.parametrize("name", parts.LAYERS)
def test_a_layer_there_and_back(engine: str, name: str, dtype: str) -> None:
    part = parts.LAYERS[name]
    x, dy = (array.astype(dtype) for array in parts.layer_batch(name))
    model = numcnn.Sequential([part.make(numcnn)], dtype=dtype)
    model.build((None, *x.shape[1:]))
    (layer,) = model.layers
    layer.set_weights(parts.layer_weights(name, [w.shape for w in layer.get_weights()]))
    if not part.training:
        layer.trainable = False  # then it computes as in prediction, and can go back
    y = model.forward(x, training=True)
    gradients = [model.backward(dy)]
    learned = [p for p in layer.parameters if p.learned]
    gradients += [p.grad for p in learned if layer.get_config()["trainable"] or not part.training]
    kept = [np.zeros(0), *(p.value for p in layer.parameters if not p.learned)]
    if "frozen" in name:
        gradients, kept = gradients[:1], [np.zeros(0), *layer.get_weights()]
    assert y.dtype == gradients[0].dtype == dtype
    assert_agrees(y, f"layer/{name}/y/{dtype}", TOLERANCE[dtype])
    assert_agrees(cases.in_a_row(gradients), f"layer/{name}/gradients/{dtype}", TOLERANCE[dtype])
    assert_agrees(cases.in_a_row(kept), f"layer/{name}/kept/{dtype}", TOLERANCE[dtype])


@both_dtypes
@pytest.mark.parametrize("name", parts.OPTIMIZERS)
def test_an_optimizer_step_by_step(engine: str, name: str, dtype: str) -> None:
    optimizer = parts.OPTIMIZERS[name](numcnn)
    weights = [
        Parameter(start.astype(dtype), parameter)
        for start, (parameter, _) in zip(parts.optimizer_start(), parts.WEIGHTS, strict=True)
    ]
    path = []
    for gradients in parts.optimizer_gradients():
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient.astype(dtype)
        optimizer.update(weights)
        path.append(cases.in_a_row(weight.value for weight in weights))
    assert_agrees(np.array(path), f"optimizer/{name}/{dtype}", TOLERANCE[dtype])


@pytest.mark.parametrize("name", parts.SCHEDULES)
def test_a_schedule(name: str) -> None:
    schedule = parts.SCHEDULES[name](numcnn.optimizers.schedules)
    rates = [schedule(step) for step in parts.SCHEDULE_STEPS]
    assert_agrees(rates, f"schedule/{name}", 1e-8)


@both_dtypes
@pytest.mark.parametrize("name", parts.LOSSES)
def test_a_loss_and_its_gradient(engine: str, name: str, dtype: str) -> None:
    labels, outputs = parts.loss_batch(name)
    loss, outputs = parts.LOSSES[name](numcnn), outputs.astype(dtype)
    values, cache = loss.forward(loss.checked_targets(labels, outputs.shape[1:]), outputs)
    gradient = loss.backward(np.full(len(values), 1 / len(values), dtype), cache)
    assert gradient.dtype == dtype
    assert_agrees(values.mean(), f"loss/{name}/value/{dtype}", TOLERANCE[dtype])
    assert_agrees(gradient, f"loss/{name}/gradient/{dtype}", TOLERANCE[dtype])


@pytest.mark.parametrize("name", parts.METRICS)
def test_a_metric_of_two_batches_and_of_weighted_ones(name: str) -> None:
    results = parts.measured(parts.METRICS[name], name, numcnn)
    assert_agrees(results, f"metric/{name}", 1e-6)  # Keras adds up in float32


def test_the_mean_of_values() -> None:
    assert_agrees(parts.mean_of_values(numcnn), "metric of values", 1e-6)


@both_dtypes
@pytest.mark.parametrize("name", parts.CONSTRAINTS)
def test_a_constraint(name: str, dtype: str) -> None:
    kernel = parts.CONSTRAINTS[name](numcnn)(parts.to_constrain().astype(dtype))
    assert kernel.dtype == dtype
    assert_agrees(kernel, f"constraint/{name}/{dtype}", TOLERANCE[dtype])


@pytest.mark.parametrize("name", parts.INITIALIZERS)
def test_an_initializer_has_the_mean_spread_and_range(name: str) -> None:
    values = parts.INITIALIZERS[name](numcnn)(parts.INITIALIZERS_SHAPE)
    mean, std, least, most = cases.statistics(values)
    keras_mean, keras_std, keras_least, keras_most = NUMBERS[f"initializer/{name}"]
    # two samples of n numbers: their means differ by √(2/n) std, their stds by √(1/n) std
    assert mean == pytest.approx(keras_mean, abs=4 * keras_std * np.sqrt(2 / values.size) + 1e-9)
    assert std == pytest.approx(keras_std, rel=4 / np.sqrt(values.size), abs=1e-9)
    bounded = name != "RandomNormal"
    assert least == pytest.approx(keras_least, abs=0.02 if bounded else 0.2)
    assert most == pytest.approx(keras_most, abs=0.02 if bounded else 0.2)


@both_dtypes
def test_fit_with_batch_normalization_regularizers_and_frozen_layers(
    engine: str, dtype: str
) -> None:
    model = numcnn.Sequential(parts.regularized_layers(numcnn), dtype=dtype)
    results = parts.fitted(model, numcnn)
    assert results.pop("names") == KERAS.notes["history_names"]
    for what, values in results.items():
        assert_agrees(values, f"fit/{what}/{dtype}", TOLERANCE[dtype])


@both_dtypes
def test_fit_with_constraints_and_weighted_metrics(engine: str, dtype: str) -> None:
    subject = numcnn.Sequential(parts.constrained_layers(numcnn), dtype=dtype)
    results = parts.fitted_with_options(subject, numcnn)
    assert results.pop("names") == KERAS.notes["option_names"]
    for what, values in results.items():
        # Keras measures accuracies, areas and means in float32
        tolerance = TOLERANCE[dtype] if what == "weights" else max(TOLERANCE[dtype], 1e-6)
        assert_agrees(values, f"options/{what}/{dtype}", tolerance)


@both_dtypes
@pytest.mark.parametrize("name", parts.UPDATES)
def test_fit_with_averaged_weights_and_accumulated_gradients(
    engine: str, name: str, dtype: str
) -> None:
    subject = numcnn.Sequential(parts.plain_layers(numcnn), dtype=dtype)
    for what, values in parts.updated(name, subject, numcnn).items():
        tolerance = max(TOLERANCE[dtype], 1e-6) if what == "history" else TOLERANCE[dtype]
        assert_agrees(values, f"{name}/{what}/{dtype}", tolerance)


@pytest.mark.parametrize(
    ("model", "optimizer"), [case.split() for case in TRAININGS["histories"]], ids=str
)
def test_five_epochs_of_training(engine: str, model: str, optimizer: str) -> None:
    assert TRAININGS["digits"] == trainings.fingerprint(), (
        "the generated digits are others now: make keras_trainings.json again"
    )
    subject = numcnn.Sequential(trainings.MODELS[model](numcnn))
    ours = trainings.trained(subject, numcnn, optimizer, "float32")
    theirs = TRAININGS["histories"][f"{model} {optimizer}"]
    assert list(ours) == list(theirs)
    for name, values in theirs.items():
        assert len(values) == trainings.EPOCHS
        np.testing.assert_allclose(ours[name], values, rtol=0, atol=1e-5, err_msg=name)


# --- configurations ------------------------------------------------------------------------------

CONFIGURED = [(family, name) for family, members in parts.CONFIGURED.items() for name in members]


OF_EVERY_LAYER = {"name", "trainable", "dtype"}  # an activation that is a layer has them in Keras


def same(ours: Any, theirs: Any, where: str) -> None:
    """Compare what numcnn and Keras write; each may leave out what has its default."""
    if isinstance(theirs, dict) and theirs.get("class_name") == "DTypePolicy":
        theirs = theirs["config"]["name"]
    if isinstance(ours, dict) and isinstance(theirs, dict):
        missing = {key for key in set(ours) ^ set(theirs) if ours.get(key, theirs.get(key))}
        assert missing <= {"axis", "build_config", *OF_EVERY_LAYER}, f"{where}: {missing}"
        for key in set(ours) & set(theirs):
            if key != "name":  # numcnn counts the layers of a model, Keras those of a process
                same(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(ours, list | tuple) and isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for index, pair in enumerate(zip(ours, theirs, strict=True)):
            same(*pair, f"{where}[{index}]")
    elif isinstance(ours, float) and isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=1e-7), where  # learning rates are float32 there
    else:
        assert ours == theirs, where


@pytest.mark.parametrize(("family", "name"), CONFIGURED, ids=str)
def test_what_is_written_down_is_what_keras_writes_and_is_read_back(family: str, name: str) -> None:
    module = getattr(numcnn, family)
    theirs = KERAS.notes["configurations"][f"{family}/{name}"]
    ours = module.serialize(parts.CONFIGURED[family][name](numcnn))
    same(ours, theirs, name)
    same(module.serialize(module.deserialize(theirs)), theirs, name)


def test_a_model_is_what_keras_writes_and_is_read_back() -> None:
    theirs = KERAS.notes["configurations"]["model"]
    ours = numcnn.Sequential(parts.regularized_layers(numcnn), name="regularized").get_config()
    same(ours, theirs, "model")
    same(numcnn.Sequential.from_config(theirs).get_config(), theirs, "model")
