"""Does `backward` agree with `forward`?  Ask for the gradient of any layer, loss or model.

The gradient that `backward` returns is compared, number by number, with the slope of `forward`
itself, measured by moving one number a little up and a little down (central differences, float64)::

    measured = Σ dy · (f(x + h) − f(x − h)) / 2h

with a random dy, so that errors cannot cancel.  Two steps, h and h/2, serve twice.  Together they
give a better slope than either, ``(4·measured(h/2) − measured(h)) / 3`` (Richardson 1911).  And
they tell a wrong gradient from a kink, such as ReLU's at 0 or a near-tie in max pooling: where f
is smooth, the difference of its slopes to the right and to the left shrinks with h; at a kink it
stays.

    >>> from numcnn import layers
    >>> report = check_layer(layers.Dense(3, activation="tanh"), (4,))
    >>> report.ok
    True

``python -m numcnn.gradcheck`` checks all layers and losses of numcnn, and prints a table.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from numcnn import losses
from numcnn.checks import Shape, number, positive_int, shape_of_one_sample
from numcnn.layers import Layer
from numcnn.network import Network

TOLERANCE = 1e-7
STEP = 1e-4
EXPLAINED_BY_A_KINK = 4.0
"""A kink can make slopes disagree by no more than a few times the change of slope across it."""


@dataclass(frozen=True)
class ArrayCheck:
    """How the gradient of one array did.

    Attributes
    ----------
    name : str
        ``"x"`` or a parameter's name.
    checked, kinks : int
        How many numbers were compared, and at how many of them the function has a kink.
    error : float
        The largest difference that is not explained by a kink, relative to the largest gradient in
        the array.
    index : tuple of int
        Where that is.
    by_backward, measured : float
        The gradient there, as `backward` has it and as it was measured.
    """

    name: str
    checked: int
    kinks: int
    error: float
    index: tuple[int, ...]
    by_backward: float
    measured: float


@dataclass(frozen=True)
class GradientReport:
    """What a gradient check found.  Print it, or ask whether it is `ok`."""

    title: str
    tolerance: float
    arrays: tuple[ArrayCheck, ...]

    @property
    def error(self) -> float:
        """The largest error of all arrays."""
        return max((array.error for array in self.arrays), default=0.0)

    @property
    def wrong(self) -> ArrayCheck | None:
        """The first array whose gradient is wrong, or could not be checked because of kinks."""
        for array in self.arrays:
            unseen = array.kinks == array.checked > 0
            if not array.error <= self.tolerance or unseen:  # a NaN is wrong
                return array
        return None

    @property
    def ok(self) -> bool:
        """Whether every gradient is right."""
        return self.wrong is None

    def __str__(self) -> str:
        lines = [self.title, f"    {'array':<12}{'numbers':>10}{'at kinks':>10}{'error':>12}"]
        for array in self.arrays:
            lines.append(
                f"    {array.name:<12}{array.checked:>10}{array.kinks:>10}{array.error:>12.1e}"
            )
        wrong = self.wrong
        if wrong is None:
            lines.append(f"  right: backward and forward agree to {self.tolerance:.0e}")
        elif wrong.kinks == wrong.checked:
            lines.append(f"  unknown: all of {wrong.name} lies at kinks; try another seed or x")
        else:
            place = f"{wrong.name}[{', '.join(map(str, wrong.index))}]"
            lines.append(
                f"  WRONG: the gradient of {place} is {wrong.by_backward:.10g} by backward, but "
                f"{wrong.measured:.10g} as measured"
            )
        return "\n".join(lines)


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
    measure = _Measurement(forward, dy, rng, step, at_most)
    title = f"{type(layer).__name__}: {inputs.shape} -> {y.shape}"
    return _report(title, measure, gradients, tolerance)


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

    measure = _Measurement(forward, dlosses, rng, step, at_most)
    return _report(type(subject).__name__, measure, gradients, tolerance)


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
    dx = subject.backward(
        loss.backward(dlosses, cache), final_activation=not to_logits, penalties=True
    )
    gradients = {"x": (inputs, dx)}
    for layer in subject.layers:
        for parameter in layer.parameters:
            if parameter.trainable:
                name = f"{layer.name}.{parameter.name}"
                gradients[name] = (parameter.value, np.asarray(parameter.grad))

    def forward() -> np.ndarray:
        return np.append(loss.forward(targets, outputs())[0], subject.penalty())

    measure = _Measurement(forward, np.append(dlosses, 1.0), rng, step, at_most)
    title = f'{type(model).__name__} "{model.name}" with {type(model.loss).__name__}'
    return _report(title, measure, gradients, tolerance)


def _report(
    title: str,
    measure: _Measurement,
    gradients: dict[str, tuple[np.ndarray, np.ndarray]],
    tolerance: float,
) -> GradientReport:
    """Check the gradients, ``{name: (array, gradient)}``, one after another."""
    limit = number(tolerance, "tolerance", least=0)
    checks = tuple(measure.check(name, *pair) for name, pair in gradients.items())
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


@dataclass
class _Measurement:
    """The slope of ``Σ dy · function()``, a function of arrays that are changed in place."""

    function: Callable[[], np.ndarray]
    dy: np.ndarray
    rng: np.random.Generator
    step: float
    at_most: int

    def __post_init__(self) -> None:
        number(self.step, "step", least=1e-12)
        positive_int(self.at_most, "at_most")
        self.middle = np.array(self.function())

    def check(self, name: str, array: np.ndarray, gradient: np.ndarray) -> ArrayCheck:
        """Compare numbers of an array's gradient with the slopes of the function."""
        if gradient.shape != array.shape:
            raise ValueError(
                f"{name} has shape {array.shape}, but the gradient that backward gives for it has "
                f"shape {gradient.shape}."
            )
        places = np.arange(array.size)
        if array.size > self.at_most:
            places = np.sort(self.rng.choice(array.size, self.at_most, replace=False))
        if not places.size:
            return ArrayCheck(name, 0, 0, 0.0, (), 0.0, 0.0)
        slopes, bends = np.array([self.slope(array, place) for place in places.tolist()]).T
        by_backward = gradient.reshape(-1)[places]

        difference = np.abs(by_backward - slopes)
        scale = max(np.abs(slopes).max(), np.abs(by_backward).max()) or 1.0
        noise = 1e-9 * scale
        at_kink = (difference > noise) & (difference <= EXPLAINED_BY_A_KINK * bends)
        errors = np.where(at_kink, 0, difference / scale)
        worst = int(errors.argmax())
        return ArrayCheck(
            name,
            checked=len(places),
            kinks=int(at_kink.sum()),
            error=float(errors[worst]),
            index=tuple(int(i) for i in np.unravel_index(places[worst], array.shape)),
            by_backward=float(by_backward[worst]),
            measured=float(slopes[worst]),
        )

    def slope(self, array: np.ndarray, place: int) -> tuple[float, float]:
        """Return the slope with one number of the array, and how much of its change is a kink."""
        h = self.step
        right, left = self.rise(array, place, h) / h, self.rise(array, place, -h) / -h
        h = self.step / 2
        right_near, left_near = self.rise(array, place, h) / h, self.rise(array, place, -h) / -h
        slope = (4 * (right_near + left_near) - (right + left)) / 6
        # A curve's slopes to the right and to the left differ in proportion to h: what is left over
        # when half of the difference at h is taken from the one at h/2 comes from a kink.
        bend = abs((right_near - left_near) - (right - left) / 2)
        return slope, bend

    def rise(self, array: np.ndarray, place: int, step: float) -> float:
        """Return by how much the function rises if one number is moved by a step."""
        index = np.unravel_index(place, array.shape)
        here = array[index]
        array[index] = here + step
        rise = ((self.function() - self.middle) * self.dy).sum()
        array[index] = here
        return float(rise)
