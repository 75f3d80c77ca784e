"""The checks of data: do they fit the model, and each other?

Arrays are checked once, as a whole, before any computation; batches of a generator and the
like are checked one by one, when they are taken.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numcnn.batches import Samples
from numcnn.checks import Shape, counted, number, numeric_array, shown, warn
from numcnn.several import listed


def checked_data(
    model: Any,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: Any = None,
    name: str = "",
) -> Samples:
    """Return samples, labels and weights that fit a built and compiled model, and each other.

    Error messages call them x and y, after `name`.
    """
    samples = samples_for(model, x, f"{name}x")
    if y is None:
        raise ValueError(f"{name}y is missing: each sample of {name}x needs its label.")
    outputs = model.output_shape
    if isinstance(outputs, list):
        return _for_several(model, samples, y, sample_weight, class_weight, name)
    y = alone(y, model, "output_names")
    samples_of_one = samples[0] if isinstance(samples, list) else samples
    same_length(samples_of_one, numeric_array(y, f"{name}y"), f"{name}x", f"{name}y")
    if len(outputs) > 2 and np.ndim(y) <= 2:
        raise ValueError(
            f"{name}y has one label for each sample, but the outputs have the shape {outputs}: put "
            "Flatten() before the first Dense, so that each sample becomes one row of numbers."
        )
    targets = model.training_loss.checked_targets(y, outputs[1:], f"{name}y")
    for metric in model.metrics:
        metric.check(targets.shape, (None, *outputs[1:]))
    weight = checked_weights(targets, sample_weight, class_weight, outputs[-1])
    return Samples(samples, targets, weight)


def _for_several(
    model: Any, samples: Any, y: Any, sample_weight: Any, class_weight: Any, name: str
) -> Samples:
    """Return the same for a model with several outputs: y is a list, or a dict with their names."""
    if class_weight is not None:
        raise ValueError("class_weight is for models with one output: give sample_weight.")
    labels = by_name(y, model.output_names, f"{name}y", model.loss.losses)
    first = samples[0] if isinstance(samples, list) else samples
    for one, output in zip(labels, model.output_names, strict=True):
        if one is not None:
            title = f"{name}y[{output!r}]"
            same_length(first, numeric_array(one, title), f"{name}x", title)
    known = next(one for one in labels if one is not None)
    labels = [np.zeros((len(known), 0)) if one is None else one for one in labels]
    targets = model.training_loss.checked_targets(labels, model.output_shape, f"{name}y")
    for metric in model.metrics:
        metric.check([one.shape for one in targets], model.output_shape)
    weight = checked_weights(np.zeros((len(first), 1)), sample_weight, None, 1)
    return Samples(samples, targets, weight)


def by_name(given: Any, names: list[str], what: str, needed: Any = None) -> list[Any]:
    """Return arrays that were given as a list or a dict in the order of the names.

    `needed` holds something false for each that may be missing.
    """
    needed = [True] * len(names) if needed is None else needed
    if isinstance(given, dict):
        unknown = [key for key in given if key not in names]
        missing = [one for one, is_needed in zip(names, needed, strict=True) if is_needed]
        missing = [one for one in missing if one not in given]
        if unknown or missing:
            raise ValueError(
                f"{what} needs the keys {', '.join(names)}, got {', '.join(map(str, given))}."
            )
        return [given.get(one) for one in names]
    if isinstance(given, list | tuple) and len(given) == len(names):
        return list(given)
    count = f"{len(given)} of them" if isinstance(given, list | tuple) else "one array"
    raise ValueError(
        f"{what} must be a list of {len(names)} arrays, or a dict, for {', '.join(names)}; got "
        f"{count}."
    )


def alone(given: Any, model: Any, names: str) -> Any:
    """Return what was given for the only input or output, also in a list or a dict of one."""
    if isinstance(given, dict) and len(given) == 1 and list(given) == getattr(model, names, []):
        return next(iter(given.values()))
    if isinstance(given, list | tuple) and len(given) == 1 and np.ndim(given[0]) > 1:
        return given[0]
    return given


def samples_for(model: Any, x: Any, name: str = "x") -> Any:
    """Return samples that fit the model; a list of arrays if it has several inputs."""
    shapes = model.input_shape
    if not isinstance(shapes, list):
        if isinstance(x, dict):
            x = alone(x, model, "input_names")
        elif isinstance(x, list | tuple) and len(x) == 1 and np.ndim(x[0]) == len(shapes or ()):
            x = x[0]
        return checked_samples(x, shapes, name)
    several = by_name(x, model.input_names, name)
    samples = [
        checked_samples(one, shape, f"{name}[{key!r}]")
        for one, shape, key in zip(several, shapes, model.input_names, strict=True)
    ]
    for one, key in zip(samples[1:], model.input_names[1:], strict=True):
        same_length(samples[0], one, f"{name}[{model.input_names[0]!r}]", f"{name}[{key!r}]")
    return samples


def checked_samples(x: Any, input_shape: Shape | None, name: str = "x") -> np.ndarray:
    """Return x as an array of samples for a model that takes `input_shape`, ``(None, …)``.

    A last axis of length 1, such as the channel of grey images, may be missing or superfluous.

    Raises
    ------
    TypeError
        If x does not hold numbers.
    ValueError
        If x holds no sample, or samples of another shape.
    """
    samples = numeric_array(x, name)
    if samples.ndim == 0 or len(samples) == 0:
        raise ValueError(f"{name} must hold at least one sample, got shape {samples.shape}.")
    samples = adjusted(samples, input_shape)
    if input_shape is None or samples.shape[1:] == input_shape[1:]:
        return samples
    raise ValueError(
        f"the model takes {name} of shape {input_shape}, where None is any number of samples, "
        f"but got {samples.shape}{_remedy(samples.shape, input_shape[1:], name)}."
    )


def adjusted(x: np.ndarray, input_shape: Shape | None) -> np.ndarray:
    """Add a missing last axis of length 1 to x, or remove a superfluous one."""
    if input_shape is not None and (*x.shape[1:], 1) == input_shape[1:]:
        return x[..., np.newaxis]
    if input_shape is not None and x.shape[1:] == (*input_shape[1:], 1):
        return x[..., 0]
    return x


def _remedy(shape: tuple[int, ...], wanted: tuple[Any, ...], name: str) -> str:
    """Return advice that probably turns `shape` into samples of the shape `wanted`, or nothing."""
    if shape == wanted:
        return f": one sample needs a batch axis too, {name}[np.newaxis]"
    if len(wanted) == 3 and shape[1:] == (wanted[2], wanted[0], wanted[1]):
        return f": channels come last, {name}.transpose(0, 2, 3, 1)"
    if math.prod(shape[1:]) == math.prod(wanted):
        return f": reshape it, {name}.reshape(-1, {', '.join(map(str, wanted))})"
    return ""


def checked_for_training(x: np.ndarray, name: str = "x", rescaled: bool = False) -> bool:
    """Refuse NaN and infinity; warn if pixels go up to 255, and return whether they do.

    With `rescaled` the model's first layer scales pixels from 0 to 255 itself.
    """
    need_finite(x, name)
    lowest, highest = x.min(), x.max()
    large = bool(not rescaled and x.ndim == 4 and lowest >= 0 and 16 < highest <= 255)
    if large:
        warn(
            f"the pixels of {name} go up to {highest:g}; a network learns better from pixels "
            f"between 0 and 1: use {name} / 255.0."
        )
    return large


def need_finite(x: np.ndarray, name: str) -> None:
    """Refuse NaN and infinity."""
    if x.dtype.kind == "f" and not np.isfinite(x.sum(dtype=np.float64)):
        row = int((~np.isfinite(x)).reshape(len(x), -1).any(axis=1).argmax())
        raise ValueError(
            f"{name} holds NaN or infinite numbers, for the first time in sample {row}: "
            "leave such samples out, or repair them with np.nan_to_num."
        )


def data_for_training(
    model: Any, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None
) -> Samples:
    """Return the result of `checked_data` without NaN or infinity in y.

    A loss of your own may know what to do with them: NaN often means that a label is missing.
    """
    data = checked_data(model, x, y, sample_weight, class_weight)
    losses = getattr(model.loss, "losses", [model.loss])
    for targets, loss in zip(listed(data.y), losses, strict=True):
        if type(loss).__module__.startswith("numcnn."):
            need_finite(targets, "y")
    return data


def same_length(x: np.ndarray, other: np.ndarray, name: str, other_name: str) -> None:
    """Refuse labels or weights unless there is one for each sample."""
    if other.ndim == 0 or len(other) != len(x):
        raise ValueError(
            f"{name} has {counted(len(x), 'sample')}, so {other_name} needs "
            f"{counted(len(x), 'row')}, but its shape is "
            f"{other.shape}."
        )


def checked_weights(
    y: np.ndarray, sample_weight: Any, class_weight: Any, outputs: int
) -> np.ndarray | None:
    """Return the weight of each sample ``(N,)``, or None if all weights are equal.

    Parameters
    ----------
    y : numpy.ndarray
        Checked labels: class numbers ``(N,)``, one-hot ``(N, classes)``, or one output ``(N, 1)``.
    sample_weight : array_like or None
        ``(N,)``, 0 or more.
    class_weight : dict of number to float, or None
        The weight of each class, 1 for a missing class.  The keys may be numbers of any type.
    outputs : int
        Number of outputs of the model: one for each class, or one for two classes, 0 and 1.
    """
    if sample_weight is not None and class_weight is not None:
        raise ValueError("give sample_weight or class_weight, not both.")
    if sample_weight is not None:
        weight = numeric_array(sample_weight, "sample_weight").astype(np.float64)
        if weight.shape != (len(y),):
            raise ValueError(f"sample_weight must have shape ({len(y)},), got {weight.shape}.")
    elif class_weight is not None:
        if not isinstance(class_weight, dict):
            raise TypeError(
                f"class_weight must be a dict, such as {{0: 2.0}}, got {shown(class_weight)}."
            )
        classes = max(2, outputs)
        unknown = [label for label in class_weight if label not in range(classes)]
        if unknown:
            raise ValueError(
                f"class_weight names the class {unknown[0]!r}, but there are {classes} classes, "
                f"0 to {classes - 1}."
            )
        table = np.ones(classes)
        for label, value in class_weight.items():
            # as an index True would mean every class, and 1.0 none
            table[int(label)] = number(value, f"class_weight[{label}]", minimum=0)
        labels = y.argmax(axis=1) if y.ndim == 2 and outputs > 1 else np.rint(y.reshape(len(y), -1))
        if labels.size != len(y) or not np.isin(labels, range(classes)).all():
            raise ValueError(
                f"class_weight needs a class for each sample, 0 to {classes - 1}, but y holds "
                f"other numbers, of shape {y.shape}."
            )
        weight = table[labels.reshape(-1).astype(np.intp)]
    else:
        return None
    if not (np.isfinite(weight) & (weight >= 0)).all():
        raise ValueError("weights must be finite and 0 or more.")
    return weight
