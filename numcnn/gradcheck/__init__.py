"""Does `backward` agree with `forward`?  Ask for the gradient of any layer, loss or model.

The gradient that `backward` returns is compared, number by number, with the slope of `forward`
itself, measured by moving one number a little up and a little down in float64
(`numcnn.gradcheck.slopes`).

    >>> from numcnn import layers
    >>> report = check_layer(layers.Dense(3, activation="tanh"), (4,))
    >>> report.ok
    True

``python -m numcnn.gradcheck`` checks all layers and losses of numcnn, and prints a table.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from numcnn import losses, penalties
from numcnn.checks import Shape, number, positive_int, shape_of_one_sample
from numcnn.gradcheck.report import ArrayCheck, GradientReport
from numcnn.gradcheck.slopes import Slopes
from numcnn.layers import Layer
from numcnn.network import Network

__all__ = ["ArrayCheck", "GradientReport", "check_layer", "check_loss", "check_model"]

TOLERANCE = 1e-7
STEP = 1e-4


def check_layer(
    layer: Layer,
    input_shape: tuple[int, ...],
    *,
    x: Any = None,
    batch_size: int = 2,
    training: bool = True,
    seed: int = 0,
    step: float = STEP,
    tolerance: float = TOLERANCE,
    at_most: int = 500,
) -> GradientReport:
    """Check a layer: the gradient of its input and of each of its parameters.

    Works on a copy, in float64; the layer itself stays as it is.

    Parameters
    ----------
    layer : Layer
        Built or not.
    input_shape : tuple of int
        Of one sample.
    x : array_like, optional
        The input ``(N, *input_shape)``; by default random numbers between −2 and 2.
    batch_size : int, default 2
        N, if x is not given.
    training : bool, default True
        How `forward` is called; the same numbers are dropped each time.
    seed : int, default 0
        Of x, the parameters and dy.
    step : float, default 1e-4
        h.  For linear functions any step is right, and a large one, such as 1, is the most exact.
    tolerance : float, default 1e-7
        The largest error that is right.
    at_most : int, default 500
        How many numbers of each array are compared, chosen at random if there are more.

    Returns
    -------
    GradientReport

    Examples
    --------
    >>> from numcnn.layers import Conv2D
    >>> print(check_layer(Conv2D(3, 2), (4, 4, 1), step=1.0, tolerance=1e-10))
    Conv2D: (2, 4, 4, 1) -> (2, 3, 3, 3)
        array          numbers  at kinks       error
        x                   32         0  ...
        kernel              12         0  ...
        bias                 3         0  ...
      right: backward and forward agree to 1e-10
    """
    shape = shape_of_one_sample(input_shape, "input_shape")
    rng = np.random.default_rng(seed)
    if x is None:
        inputs = rng.uniform(-2, 2, (positive_int(batch_size, "batch_size"), *shape))
    else:
        inputs = np.array(x, np.float64)
    subject = _float64_copy(layer, (None, *shape), rng)
    chance = subject.rng.bit_generator.state

    def forward() -> np.ndarray:
        subject.rng.bit_generator.state = chance
        return np.asarray(subject.forward(inputs, training=training))

    y = forward()
    dy = rng.standard_normal(y.shape)
    if not training:
        subject.rng.bit_generator.state = chance
        subject.forward(inputs, training=True)  # only to remember what backward needs
    gradients = {"x": (inputs, np.asarray(subject.backward(dy)))}
    gradients |= {p.name: (p.value, np.asarray(p.grad)) for p in subject.parameters if p.trainable}
    slopes = Slopes(forward, dy, rng, step, at_most)
    title = f"{type(layer).__name__}: {inputs.shape} -> {y.shape}"
    return _report(title, slopes, gradients, tolerance)


def check_loss(
    loss: Any,
    y_true: Any,
    y_pred: Any,
    *,
    seed: int = 0,
    step: float = STEP,
    tolerance: float = TOLERANCE,
    at_most: int = 500,
) -> GradientReport:
    """Check a loss: its gradient with respect to the outputs `y_pred`.

    Parameters
    ----------
    loss : str or Loss
    y_true, y_pred : array_like
        A batch of labels and outputs.
    seed, step, tolerance, at_most
        As in `check_layer`.
    """
    subject = losses.get(loss)
    rng = np.random.default_rng(seed)
    outputs = np.array(y_pred, np.float64)
    targets = subject.checked_targets(y_true, outputs.shape[1:], "y_true")
    values, cache = subject.forward(targets, outputs)
    dlosses = rng.standard_normal(values.shape)
    gradients = {"y_pred": (outputs, subject.backward(dlosses, cache))}

    def forward() -> np.ndarray:
        return subject.forward(targets, outputs)[0]

    slopes = Slopes(forward, dlosses, rng, step, at_most)
    return _report(type(subject).__name__, slopes, gradients, tolerance)


def check_model(
    model: Any,
    x: Any,
    y: Any,
    *,
    seed: int = 0,
    step: float = STEP,
    tolerance: float = TOLERANCE,
    at_most: int = 100,
) -> GradientReport:
    """Check a whole compiled model: the gradient of its loss, back to the pixels.

    Works on a copy, in float64; the model itself stays as it is.

    Parameters
    ----------
    model : Sequential
        Compiled.
    x, y : array_like
        A batch of samples and labels.
    seed, step, tolerance, at_most
        As in `check_layer`.
    """
    rng = np.random.default_rng(seed)
    inputs = np.array(x, np.float64)
    subject = copy.deepcopy(model)
    subject.build((None, *inputs.shape[1:]))
    _to_float64(subject)
    loss, to_logits = subject.training_loss, subject.trains_on_logits
    targets = loss.checked_targets(y, subject.output_shape[1:])
    chance = [layer.rng.bit_generator.state for layer in subject.layers]

    def outputs() -> np.ndarray:
        for layer, state in zip(subject.layers, chance, strict=True):
            layer.rng.bit_generator.state = state
        return subject.forward(inputs, training=True, final_activation=not to_logits)

    values, cache = loss.forward(targets, outputs())
    dlosses = rng.standard_normal(values.shape)
    dx = penalties.backward(subject, loss.backward(dlosses, cache), final_activation=not to_logits)
    gradients = {"x": (inputs, dx)}
    for layer in subject.layers:
        for parameter in layer.parameters:
            if parameter.trainable:
                name = f"{layer.name}.{parameter.name}"
                gradients[name] = (parameter.value, np.asarray(parameter.grad))

    def forward() -> np.ndarray:
        return np.append(loss.forward(targets, outputs())[0], subject.penalty())

    slopes = Slopes(forward, np.append(dlosses, 1.0), rng, step, at_most)
    title = f'{type(model).__name__} "{model.name}" with {type(model.loss).__name__}'
    return _report(title, slopes, gradients, tolerance)


def _report(
    title: str,
    slopes: Slopes,
    gradients: dict[str, tuple[np.ndarray, np.ndarray]],
    tolerance: float,
) -> GradientReport:
    """Check the gradients, ``{name: (array, gradient)}``, one after another."""
    limit = number(tolerance, "tolerance", least=0)
    checks = tuple(slopes.check(name, *pair) for name, pair in gradients.items())
    return GradientReport(title, limit, checks)


def _float64_copy(layer: Layer, input_shape: Shape, rng: np.random.Generator) -> Layer:
    """Return a copy of the layer, built, in float64."""
    subject = copy.deepcopy(layer)
    subject.dtype = np.dtype(np.float64)
    if subject.built:
        for parameter in subject.parameters:
            parameter.value = parameter.value.astype(np.float64)
    else:
        subject.rng = rng.spawn(1)[0] if hasattr(rng, "spawn") else copy.deepcopy(rng)
        subject.build_for(input_shape)
        for parameter in subject.parameters:
            if parameter.trainable:  # a bias of zeros would hide errors
                parameter.value += rng.uniform(-0.1, 0.1, parameter.value.shape)
    return subject


def _to_float64(network: Network) -> None:
    """Change a network's parameters to float64."""
    network.dtype = np.dtype(np.float64)
    for layer in network.layers:
        layer.dtype = network.dtype
        for parameter in layer.parameters:
            parameter.value = parameter.value.astype(np.float64)
