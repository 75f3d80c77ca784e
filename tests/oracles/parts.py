"""The parts of Keras's surface that numcnn and Keras are both made to show: the very same calls.

Every function takes Keras or numcnn itself.  Inputs grow from seeds, as in `cases`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from oracles import cases

# --- layers --------------------------------------------------------------------------------------


class Part(NamedTuple):
    """A layer, the shape of its input and of its output, and whether it trains."""

    make: Callable[[Any], Any]
    x: tuple[int, ...]
    y: tuple[int, ...]
    training: bool = True


IMAGES = (3, 4, 5, 2)
LAYERS = {
    **{
        f"activation {name}": Part(lambda k, name=name: k.layers.Activation(name), (4, 6), (4, 6))
        for name in (
            *("relu", "leaky_relu", "elu", "selu", "gelu"),
            *("sigmoid", "tanh", "softplus", "softmax", "linear"),
        )
    },
    "LeakyReLU": Part(lambda k: k.layers.LeakyReLU(0.25), (4, 6), (4, 6)),
    "ELU": Part(lambda k: k.layers.ELU(0.7), (4, 6), (4, 6)),
    "ReLU": Part(lambda k: k.layers.ReLU(3.0, 0.1, 0.5), (4, 6), (4, 6)),
    "Softmax": Part(lambda k: k.layers.Softmax(), (4, 6), (4, 6)),
    "BatchNormalization": Part(lambda k: k.layers.BatchNormalization(momentum=0.9), IMAGES, IMAGES),
    "BatchNormalization in prediction": Part(
        lambda k: k.layers.BatchNormalization(), IMAGES, IMAGES, training=False
    ),
    "BatchNormalization of rows": Part(
        lambda k: k.layers.BatchNormalization(epsilon=0.1, scale=False), (5, 3), (5, 3)
    ),
    "BatchNormalization without beta": Part(
        lambda k: k.layers.BatchNormalization(center=False), IMAGES, IMAGES
    ),
    "BatchNormalization frozen": Part(
        lambda k: k.layers.BatchNormalization(trainable=False), IMAGES, IMAGES
    ),
    "GlobalAveragePooling2D": Part(lambda k: k.layers.GlobalAveragePooling2D(), IMAGES, (3, 2)),
    "GlobalAveragePooling2D keepdims": Part(
        lambda k: k.layers.GlobalAveragePooling2D(keepdims=True), IMAGES, (3, 1, 1, 2)
    ),
    "GlobalMaxPooling2D": Part(lambda k: k.layers.GlobalMaxPooling2D(), IMAGES, (3, 2)),
    "GlobalMaxPooling2D ties": Part(lambda k: k.layers.GlobalMaxPooling2D(), IMAGES, (3, 2)),
    "ZeroPadding2D": Part(lambda k: k.layers.ZeroPadding2D(((1, 2), (0, 3))), IMAGES, (3, 7, 8, 2)),
    "Reshape": Part(lambda k: k.layers.Reshape((4, -1)), IMAGES, (3, 4, 10)),
    "Rescaling": Part(lambda k: k.layers.Rescaling(1 / 128, offset=-1), IMAGES, IMAGES),
    "Rescaling by channel": Part(lambda k: k.layers.Rescaling([0.5, 2.0]), IMAGES, IMAGES),
}


def layer_batch(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return x and dy."""
    part = LAYERS[name]
    x = cases.numbers(f"x {name}", part.x, -4.0, 4.0)
    return np.floor(x) if "ties" in name else x, cases.numbers(f"dy {name}", part.y)


def layer_weights(name: str, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """Return weights, all positive: there may be a variance among them."""
    return [cases.numbers(f"w{i} {name}", shape, 0.5, 2.0) for i, shape in enumerate(shapes)]


# --- optimizers ----------------------------------------------------------------------------------

OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "SGD": lambda k: k.optimizers.SGD(0.1),
    "SGD momentum, decay": lambda k: k.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.02),
    "SGD nesterov": lambda k: k.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "SGD clipnorm": lambda k: k.optimizers.SGD(0.1, clipnorm=0.5),
    "SGD clipvalue": lambda k: k.optimizers.SGD(0.1, clipvalue=0.3),
    "SGD global_clipnorm": lambda k: k.optimizers.SGD(0.1, global_clipnorm=0.5),
    "RMSprop": lambda k: k.optimizers.RMSprop(0.01),
    "RMSprop centered": lambda k: k.optimizers.RMSprop(0.01, centered=True),
    "RMSprop momentum": lambda k: k.optimizers.RMSprop(0.01, rho=0.8, momentum=0.7),
    "RMSprop all": lambda k: k.optimizers.RMSprop(0.01, momentum=0.5, centered=True, clipnorm=1.0),
    "Adam": lambda k: k.optimizers.Adam(0.01),
    "Adam amsgrad": lambda k: k.optimizers.Adam(0.01, beta_2=0.9, amsgrad=True),
    "Adam global_clipnorm": lambda k: k.optimizers.Adam(0.01, global_clipnorm=0.5),
    "AdamW": lambda k: k.optimizers.AdamW(0.01),
    "AdamW amsgrad": lambda k: k.optimizers.AdamW(0.01, 0.1, amsgrad=True),
    "Adagrad": lambda k: k.optimizers.Adagrad(0.1),
    "Adagrad from 0": lambda k: k.optimizers.Adagrad(0.1, initial_accumulator_value=0.0),
    "Adadelta": lambda k: k.optimizers.Adadelta(1.0),
    "Adadelta rho": lambda k: k.optimizers.Adadelta(0.5, rho=0.8, weight_decay=0.1),
    "Adamax": lambda k: k.optimizers.Adamax(0.01, beta_2=0.9),
    "Adamax decay": lambda k: k.optimizers.Adamax(0.01, weight_decay=0.1, clipnorm=1.0),
    "Nadam": lambda k: k.optimizers.Nadam(0.01),
    "Nadam betas": lambda k: k.optimizers.Nadam(0.01, 0.7, 0.9),
    "Lion": lambda k: k.optimizers.Lion(0.01),
    "Lion decay": lambda k: k.optimizers.Lion(0.01, 0.6, 0.8, weight_decay=0.1),
    "Muon": lambda k: k.optimizers.Muon(0.01),
    "Muon plain": lambda k: k.optimizers.Muon(
        0.1, nesterov=False, rms_rate=None, momentum=0.8, ns_steps=3, adam_lr_ratio=0.5
    ),
    "Adam ema": lambda k: k.optimizers.Adam(
        0.01, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3
    ),
    "SGD on a schedule": lambda k: k.optimizers.SGD(
        k.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5, staircase=True), momentum=0.5
    ),
    "AdamW on a schedule": lambda k: k.optimizers.AdamW(
        k.optimizers.schedules.CosineDecay(0.01, 6, warmup_target=0.05, warmup_steps=3)
    ),
}
STEPS = 8
WEIGHTS = [("kernel", (3, 4)), ("bias", (4,))]


def optimizer_start() -> list[np.ndarray]:
    """Return a kernel and a bias."""
    return [cases.numbers(f"start {name}", shape) for name, shape in WEIGHTS]


def optimizer_gradients() -> list[list[np.ndarray]]:
    """Return the gradients of both for each step; some are zero, some are huge, some tiny."""
    steps = []
    for step in range(STEPS):
        gradients = [cases.numbers(f"g {step} {name}", shape) for name, shape in WEIGHTS]
        gradients[0][0] = 0.0
        gradients[0][1] *= 100.0 if step % 3 == 0 else 1.0
        gradients[1][:2] *= 1e-5
        steps.append(gradients)
    return steps


SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "ExponentialDecay": lambda s: s.ExponentialDecay(0.1, 10, 0.5),
    "ExponentialDecay staircase": lambda s: s.ExponentialDecay(0.1, 10, 0.5, staircase=True),
    "InverseTimeDecay": lambda s: s.InverseTimeDecay(0.1, 10, 0.5),
    "InverseTimeDecay staircase": lambda s: s.InverseTimeDecay(0.1, 10, 0.5, True),
    "PiecewiseConstantDecay": lambda s: s.PiecewiseConstantDecay([5, 10], [0.1, 0.02, 0.003]),
    "PolynomialDecay": lambda s: s.PolynomialDecay(0.1, 20, 0.01, power=2.0),
    "PolynomialDecay cycle": lambda s: s.PolynomialDecay(0.1, 7, cycle=True),
    "CosineDecay": lambda s: s.CosineDecay(0.1, 20, alpha=0.1),
    "CosineDecay warm-up": lambda s: s.CosineDecay(
        0.01, 20, 0.2, warmup_target=0.1, warmup_steps=5
    ),
    "CosineDecayRestarts": lambda s: s.CosineDecayRestarts(0.1, 5),
    "CosineDecayRestarts, lower tops": lambda s: s.CosineDecayRestarts(0.1, 4, 1.5, 0.8, 0.1),
    "CosineDecayRestarts, equal": lambda s: s.CosineDecayRestarts(0.1, 4, t_mul=1.0, m_mul=0.5),
}
SCHEDULE_STEPS = [0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 14, 19, 20, 21, 25, 33, 50]

# --- losses and metrics --------------------------------------------------------------------------

LOSSES: dict[str, Callable[[Any], Any]] = {
    "MeanSquaredError": lambda k: k.losses.MeanSquaredError(),
    "MeanAbsoluteError": lambda k: k.losses.MeanAbsoluteError(),
    "BinaryCrossentropy": lambda k: k.losses.BinaryCrossentropy(),
    "BinaryCrossentropy smooth": lambda k: k.losses.BinaryCrossentropy(label_smoothing=0.2),
    "BinaryCrossentropy logits": lambda k: k.losses.BinaryCrossentropy(from_logits=True),
    "BinaryCrossentropy logits smooth": lambda k: k.losses.BinaryCrossentropy(True, 0.1),
    "CategoricalCrossentropy smooth": lambda k: k.losses.CategoricalCrossentropy(
        label_smoothing=0.2
    ),
    "CategoricalCrossentropy logits smooth": lambda k: k.losses.CategoricalCrossentropy(True, 0.1),
    "SparseCategoricalCrossentropy logits": lambda k: k.losses.SparseCategoricalCrossentropy(True),
}


def loss_batch(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and outputs."""
    shape = (6, 4)
    logits = cases.numbers(f"logits {name}", shape, -5.0, 5.0)
    classes = cases.labels(f"classes {name}", 6, 4)
    if "logits" in name or name.startswith("Mean"):
        outputs = logits
    else:
        outputs = cases.rounded(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))
        outputs[0, :2] = 0.0, 1.0  # where the clip acts
    if name.startswith("Sparse"):
        return classes, outputs
    if name.startswith("Mean"):
        return cases.numbers(f"targets {name}", shape), outputs
    return cases.one_hot(classes, 4), outputs


METRICS: dict[str, Callable[[Any], Any]] = {
    "BinaryAccuracy": lambda k: k.metrics.BinaryAccuracy(threshold=0.4),
    "CategoricalAccuracy": lambda k: k.metrics.CategoricalAccuracy(),
    "SparseCategoricalAccuracy": lambda k: k.metrics.SparseCategoricalAccuracy(),
    "TopKCategoricalAccuracy": lambda k: k.metrics.TopKCategoricalAccuracy(k=2),
    "SparseTopKCategoricalAccuracy": lambda k: k.metrics.SparseTopKCategoricalAccuracy(k=3),
    "Accuracy": lambda k: k.metrics.Accuracy(),
    "MeanSquaredError": lambda k: k.metrics.MeanSquaredError(),
    "MeanAbsoluteError": lambda k: k.metrics.MeanAbsoluteError(),
    "Precision": lambda k: k.metrics.Precision(),
    "Precision threshold": lambda k: k.metrics.Precision(thresholds=0.3),
    "Precision of class 1": lambda k: k.metrics.Precision(class_id=1),
    "Precision top 2": lambda k: k.metrics.Precision(top_k=2),
    "Recall": lambda k: k.metrics.Recall(),
    "Recall top 3 of class 2": lambda k: k.metrics.Recall(top_k=3, class_id=2),
    "F1Score macro": lambda k: k.metrics.F1Score("macro"),
    "F1Score micro": lambda k: k.metrics.F1Score("micro", threshold=0.4),
    "F1Score weighted": lambda k: k.metrics.F1Score("weighted", name="mine"),
    "AUC": lambda k: k.metrics.AUC(),
    "AUC of PR": lambda k: k.metrics.AUC(curve="PR"),
    "AUC of PR, coarse": lambda k: k.metrics.AUC(5, "PR", summation_method="majoring"),
    "AUC minoring": lambda k: k.metrics.AUC(10, summation_method="minoring"),
    "AUC thresholds": lambda k: k.metrics.AUC(thresholds=[0.2, 0.7, 0.75]),
    "AUC multi_label": lambda k: k.metrics.AUC(multi_label=True, num_labels=5),
    "AUC from_logits": lambda k: k.metrics.AUC(from_logits=True),
}


def measured(make: Callable[[Any], Any], name: str, k: Any) -> list[float]:
    """Return what a metric says after one batch, after another, and after weighted ones."""
    metric = make(k)
    results = []
    for batch in range(2):
        outputs = cases.numbers(f"outputs {batch}", (7, 5), 0.0, 1.0)
        outputs[0] = 0.25  # ties
        classes = cases.labels(f"labels {batch}", 7, 5)
        if name == "Accuracy":
            labels, outputs = classes, cases.labels(f"found {batch}", 7, 5)
        else:
            labels = classes if name.startswith("Sparse") else cases.one_hot(classes, 5)
        metric.update_state(labels, outputs)
        results.append(float(metric.result()))
        metric.update_state(labels, outputs, sample_weight=cases.numbers("weight", 7, 0.0, 2.0))
        results.append(float(metric.result()))
    return results


def mean_of_values(k: Any) -> list[float]:
    """Return what `Mean` says of values, and of values with weights."""
    mean = k.metrics.Mean("some")
    mean.update_state([1.0, 2.0, 6.0])
    first = float(mean.result())
    mean.update_state([[1.0, 3.0]], sample_weight=[[0.5, 2.0]])
    return [first, float(mean.result())]


# --- constraints ---------------------------------------------------------------------------------

CONSTRAINTS: dict[str, Callable[[Any], Any]] = {
    "MaxNorm": lambda k: k.constraints.MaxNorm(1.5),
    "MaxNorm of images": lambda k: k.constraints.MaxNorm(0.5, axis=[0, 1, 2]),
    "NonNeg": lambda k: k.constraints.NonNeg(),
    "UnitNorm": lambda k: k.constraints.UnitNorm(axis=1),
    "MinMaxNorm": lambda k: k.constraints.MinMaxNorm(0.5, 1.0, rate=0.7),
}


def to_constrain() -> np.ndarray:
    """Return a kernel with a row of zeros."""
    kernel = cases.numbers("constrained", (3, 2, 2, 4), -1.0, 1.0)
    kernel[:, 0, 0] = 0.0
    return kernel


# --- fit, with everything at once ----------------------------------------------------------------


def regularized_layers(k: Any) -> list[Any]:
    """Return a model with batch normalisation and every kind of regularizer."""
    r = k.regularizers
    return [
        k.layers.Input((7, 6, 2)),
        k.layers.Conv2D(3, 3, kernel_regularizer=r.L2(0.1), bias_regularizer="l1"),
        k.layers.BatchNormalization(
            momentum=0.8, gamma_regularizer=r.L1(0.05), beta_regularizer=r.L1L2(0.01, 0.02)
        ),
        k.layers.LeakyReLU(0.25, activity_regularizer=r.L2(0.01)),
        k.layers.ZeroPadding2D(1),
        k.layers.Conv2D(4, 2, activation="elu", activity_regularizer=r.l1_l2(0.01, 0.02)),
        k.layers.GlobalAveragePooling2D(),
        k.layers.Dense(5, activation="selu", kernel_initializer="lecun_normal", trainable=False),
        k.layers.Dense(3, activation="softmax", kernel_regularizer=r.l1_l2(0.01, 0.01)),
    ]


def fitted(model: Any, k: Any) -> dict[str, Any]:
    """Fit the model of `regularized_layers`, in Keras or numcnn; return all that comes out."""
    model.set_weights(
        [cases.numbers(f"fit {i}", w.shape, 0.05, 0.4) for i, w in enumerate(model.get_weights())]
    )
    model.compile(
        k.optimizers.RMSprop(0.01, momentum=0.5, weight_decay=0.01),
        k.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy", "mse", k.metrics.CategoricalAccuracy(name="right")],
    )
    x, y = cases.model_data("small", "training", 20)
    val_x, val_y = cases.model_data("small", "validation", 11)
    history = model.fit(
        x,
        cases.one_hot(y, 3),
        batch_size=8,
        epochs=3,
        shuffle=False,
        verbose=0,
        validation_data=(val_x, cases.one_hot(val_y, 3)),
    ).history
    return {
        "names": list(history),
        "history": np.array(list(history.values())),
        "evaluate": np.array(model.evaluate(x, cases.one_hot(y, 3), 7, verbose=0)),
        "weights": cases.in_a_row(model.get_weights()),
    }


def constrained_layers(k: Any) -> list[Any]:
    """Return a model with constraints."""
    c = k.constraints
    return [
        k.layers.Input((7, 6, 2)),
        k.layers.Conv2D(3, 3, kernel_constraint=c.MaxNorm(0.9, axis=[0, 1, 2]), activation="relu"),
        k.layers.Flatten(),
        k.layers.Dense(3, kernel_constraint="unit_norm", bias_constraint=c.NonNeg()),
    ]


def fitted_with_options(model: Any, k: Any) -> dict[str, Any]:
    """Fit the model of `constrained_layers` with the options of training; return what comes out."""
    weights = enumerate(model.get_weights())
    model.set_weights([cases.numbers(f"options {i}", w.shape, -0.4, 0.4) for i, w in weights])
    model.compile(
        k.optimizers.SGD(0.1, momentum=0.5),
        k.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2),
        metrics=["accuracy", "AUC", k.metrics.F1Score("macro"), k.metrics.Precision(name="p")],
        weighted_metrics=["accuracy", "recall", "mse"],
    )
    x, y = cases.model_data("small", "training", 21)
    val_x, val_y = cases.model_data("small", "validation", 11)
    val_weight = cases.numbers("validation weight", 11, 0.0, 2.0)
    history = model.fit(
        x,
        cases.one_hot(y, 3),
        batch_size=4,
        epochs=5,
        shuffle=False,
        verbose=0,
        sample_weight=cases.numbers("weight", 21, 0.0, 2.0),
        validation_data=(val_x, cases.one_hot(val_y, 3), val_weight),
        validation_batch_size=5,
        validation_freq=[2, 5],
    ).history
    evaluated = model.evaluate(x, cases.one_hot(y, 3), 7, verbose=0, return_dict=True)
    return {
        "names": list(history),
        "history": np.concatenate(list(history.values())),
        "evaluate": np.array([evaluated[name] for name in sorted(evaluated)]),
        "weights": cases.in_a_row(model.get_weights()),
    }


def plain_layers(k: Any) -> list[Any]:
    """Return a model of one dense layer."""
    return [k.layers.Input((7, 6, 2)), k.layers.Flatten(), k.layers.Dense(3)]


UPDATES: dict[str, Callable[[Any], Any]] = {
    "averaged": lambda k: k.optimizers.SGD(0.1, momentum=0.5, use_ema=True, ema_momentum=0.8),
    "overwritten": lambda k: k.optimizers.SGD(
        0.1, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=2
    ),
    "accumulating": lambda k: k.optimizers.SGD(
        0.1, momentum=0.9, clipnorm=0.5, gradient_accumulation_steps=3
    ),
}


def updated(name: str, model: Any, k: Any) -> dict[str, Any]:
    """Fit the model of `plain_layers` twice with an optimizer of `UPDATES`."""
    weights = enumerate(model.get_weights())
    model.set_weights([cases.numbers(f"options {i}", w.shape, -0.4, 0.4) for i, w in weights])
    model.compile(UPDATES[name](k), k.losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y = cases.model_data("small", "training", 20)
    options = {"batch_size": 5, "shuffle": False, "verbose": 0}
    history = model.fit(x, y, epochs=2, validation_split=0.25, **options).history
    first = cases.in_a_row(model.get_weights())
    model.fit(x[:15], y[:15], **options)
    return {
        "history": np.array(list(history.values())),
        "first": first,
        "weights": cases.in_a_row(model.get_weights()),
    }


# --- configurations ------------------------------------------------------------------------------

CONFIGURED: dict[str, dict[str, Callable[[Any], Any]]] = {
    "layers": {
        "Conv2D": lambda k: k.layers.Conv2D(
            4, (3, 2), strides=2, padding="same", activation="elu", name="first"
        ),
        "Conv2D regularized": lambda k: k.layers.Conv2D(
            *(4, 3),
            kernel_regularizer="l2",
            bias_regularizer=k.regularizers.L1(0.5),
            activity_regularizer=k.regularizers.L1L2(0.5, 0.25),
            kernel_initializer=k.initializers.HeNormal(seed=3),
            trainable=False,
        ),
        "Dense": lambda k: k.layers.Dense(3, use_bias=False, bias_initializer="ones"),
        "Dense with a layer's activation": lambda k: k.layers.Dense(
            3, activation=k.layers.LeakyReLU(0.5, name="slope")
        ),
        "MaxPooling2D": lambda k: k.layers.MaxPooling2D(3, 2, padding="same"),
        "AveragePooling2D": lambda k: k.layers.AveragePooling2D((2, 3)),
        "Conv2D constrained": lambda k: k.layers.Conv2D(
            *(2, 3),
            kernel_constraint=k.constraints.MaxNorm(3, axis=[0, 1, 2]),
            bias_constraint="non_neg",
        ),
        "Flatten": lambda k: k.layers.Flatten(),
        "Dropout": lambda k: k.layers.Dropout(0.25, seed=5),
        "Activation": lambda k: k.layers.Activation("gelu"),
        "Softmax": lambda k: k.layers.Softmax(),
        "InputLayer": lambda k: k.layers.InputLayer(shape=(28, 28, 1), name="pixels"),
        "BatchNormalization regularized": lambda k: k.layers.BatchNormalization(
            momentum=0.5, beta_regularizer="l1"
        ),
        **{name: part.make for name, part in LAYERS.items() if not name.startswith("activation")},
    },
    "optimizers": OPTIMIZERS,
    "losses": LOSSES,
    "metrics": METRICS,
    "initializers": {
        "Zeros": lambda k: k.initializers.Zeros(),
        "Ones": lambda k: k.initializers.Ones(),
        "Constant": lambda k: k.initializers.Constant(0.5),
        "RandomNormal": lambda k: k.initializers.RandomNormal(0.5, 0.25, seed=1),
        "RandomUniform": lambda k: k.initializers.RandomUniform(-1.0, 1.0),
        "TruncatedNormal": lambda k: k.initializers.TruncatedNormal(stddev=0.5),
        "VarianceScaling": lambda k: k.initializers.VarianceScaling(2.0, "fan_out", "uniform"),
        "GlorotNormal": lambda k: k.initializers.GlorotNormal(),
        "HeUniform": lambda k: k.initializers.HeUniform(),
        "LecunNormal": lambda k: k.initializers.LecunNormal(7),
        "LecunUniform": lambda k: k.initializers.LecunUniform(),
    },
    "constraints": CONSTRAINTS,
    "regularizers": {
        "L1": lambda k: k.regularizers.L1(0.5),
        "L2": lambda k: k.regularizers.L2(0.25),
        "L1L2": lambda k: k.regularizers.l1_l2(0.5, 0.25),
    },
}

# --- initializers --------------------------------------------------------------------------------

INITIALIZERS = {
    "RandomNormal": lambda k: k.initializers.RandomNormal(0.1, 0.2, seed=1),
    "RandomUniform": lambda k: k.initializers.RandomUniform(-0.3, 0.1, seed=1),
    "TruncatedNormal": lambda k: k.initializers.TruncatedNormal(-0.1, 0.3, seed=1),
    "LecunNormal": lambda k: k.initializers.LecunNormal(seed=1),
    "LecunUniform": lambda k: k.initializers.LecunUniform(seed=1),
    "Constant": lambda k: k.initializers.Constant(0.75),
}
INITIALIZERS_SHAPE = (5, 5, 8, 16)
