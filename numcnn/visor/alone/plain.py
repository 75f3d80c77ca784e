"""A model in plain values, for loops in another language: what each layer is, and its weights."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn import activations, layers
from numcnn.geometry import window_grid
from numcnn.layers import operations
from numcnn.layers.resampling import Resampling2D
from numcnn.layers.spread import widened
from numcnn.travel.steps import calls_of, refuse_own

Said = dict[str, Any]


def plain_model(model: Any) -> list[Said]:
    """Return the calls of a built model's layers in order of computation; the last is the output.

    Raises
    ------
    ValueError
        If a layer or an activation is one of the user's own.
    """
    rows = []
    steps, _ = calls_of(model)
    for step in steps:
        refuse_own(step.layer, step.name, WRITERS, "a page without Python")
        said = WRITERS[type(step.layer)](step.layer)
        weights = {name: packed(array) for name, array in said.pop("weights", {}).items()}
        kind = said.pop("kind", type(step.layer).__name__)
        output: Any = step.layer.output_shape
        common = {"name": step.name, "inputs": step.inputs, "output": output[1:]}
        rows.append({"kind": kind, **common, **said, "weights": weights})
    return rows


def packed(array: Any) -> str:
    """Return numbers as base64 of their bytes in float32, the lowest byte first."""
    return base64.b64encode(np.asarray(array, "<f4", order="C").tobytes()).decode()


def activation_of(activation: Any) -> Said:
    """Return an activation's name and its constants."""
    if type(activation) not in (*activations.KINDS, activations.BoundedReLU):
        raise ValueError(
            f'a page without Python has no form of the activation "{activation.name}".'
        )
    return {"name": activation.name, **activation.get_config()}


def window(layer: Any, size: tuple[int, int]) -> Said:
    """Return where the windows of a layer lie."""
    dilation = getattr(layer, "dilation_rate", (1, 1))
    wide = widened(size, dilation)
    grid = window_grid(tuple(layer.input_shape[1:3]), wide, layer.strides, layer.padding)
    before = (grid.top, grid.left)
    return {"window": size, "strides": layer.strides, "before": before, "dilation": dilation}


def with_kernel(layer: Any) -> Said:
    """Conv2D and Dense."""
    said = {"activation": activation_of(layer.activation)}
    said["weights"] = {parameter.name: parameter.value for parameter in layer.parameters}
    return said


def convolution(layer: Any) -> Said:
    """Conv2D."""
    return {**with_kernel(layer), **window(layer, layer.kernel_size), "groups": layer.groups}


def depthwise(layer: Any) -> Said:
    """DepthwiseConv2D, and SeparableConv2D with the number of channels between its two steps."""
    said = with_kernel(layer) | window(layer, layer.kernel_size)
    return {**said, "middle": layer.input_shape[-1] * layer.depth_multiplier}


def transposed(layer: Any) -> Said:
    """Conv2DTranspose: `before` are the cells that are cut off."""
    cut = [cut for _, _, cut in layer.sides(tuple(layer.input_shape[1:3]))]
    where = {"window": layer.kernel_size, "strides": layer.strides, "before": cut}
    return {**with_kernel(layer), **where, "dilation": layer.dilation_rate}


def resampling(layer: Resampling2D) -> Said:
    """UpSampling2D and Resizing: two matrices, whatever the interpolation."""
    shape: Any = layer.input_shape
    rows, columns = layer._matrices(shape)
    return {"kind": "Resampling", "weights": {"rows": rows, "columns": columns}}


def central(layer: Any) -> Said:
    """CenterCrop, as what it does for images of this size."""
    shape = layer.input_shape
    inner = layer._inner(np.zeros((1, *shape[1:])))
    inner.input_shape = shape
    return {"kind": type(inner).__name__, **WRITERS[type(inner)](inner)}


def sample_normalization(layer: Any) -> Said:
    """LayerNormalization and GroupNormalization: which numbers are normalised together."""
    split = list(layer.input_shape[1:])
    last = len(split) - 1
    if isinstance(layer, layers.GroupNormalization):
        groups = split[-1] if layer.groups == -1 else layer.groups
        split[-1:] = [groups, split[-1] // groups]
        outside, own = [last], [last, last + 1]
    else:
        own = [axis - 1 for axis in layer._axes]
        outside = [axis for axis in range(last + 1) if axis not in own]
    where = {"split": split, "outside": outside, "own": own, "epsilon": layer.epsilon}
    weights = {parameter.name: parameter.value for parameter in layer.parameters}
    return {"kind": "SampleNormalization", **where, "weights": weights}


def scaling(scale: Any, offset: Any) -> Said:
    """``x · scale + offset``."""
    return {"kind": "Rescaling", "weights": {"scale": np.ravel(scale), "offset": np.ravel(offset)}}


def fixed_normalization(layer: Any) -> Said:
    """Normalization, whose numbers are fixed.

    Raises
    ------
    ValueError
        If they differ from pixel to pixel.
    """
    mean, deviation = layer._both(len(layer.input_shape))
    if mean.size not in (1, layer.input_shape[-1]):
        raise ValueError(f'a page without Python has no form of the layer "{layer.name}".')
    if layer.invert:
        return scaling(deviation, mean)
    return scaling(1 / deviation, -mean / deviation)


def prelu(layer: Any) -> Said:
    """PReLU, and the shape of its slopes."""
    alpha = layer.alpha.value
    return {"slopes": alpha.shape, "weights": {"alpha": alpha}}


def merging(layer: Any) -> Said:
    """A layer that reads several results; of ``a + 2`` the number too."""
    given = getattr(layer, "operands", ())
    for place, one in enumerate(given):
        if one is not None:
            return {"place": place, "shape": np.shape(one), "weights": {"number": np.ravel(one)}}
    return {}


def normalization(layer: Any) -> Said:
    """BatchNormalization in prediction."""
    names = {"moving_mean": "mean", "moving_variance": "variance"}
    weights = {names.get(p.name, p.name): p.value for p in layer.parameters}
    return {"epsilon": layer.epsilon, "weights": weights}


def only_activation(layer: Any) -> Said:
    """An activation as a layer."""
    return {"kind": "Activation", "activation": activation_of(layer.activation)}


def nothing(layer: Any) -> Said:
    """A layer of which its shapes say all."""
    return {}


def unchanged(layer: Any) -> Said:
    """A layer that does nothing in prediction."""
    return {"kind": "Dropout"}


MERGING: tuple[type[layers.Layer], ...] = (
    *(layers.Add, layers.Average, layers.Maximum, layers.Minimum, layers.Multiply),
    *(layers.Subtract, *operations.OPERATIONS.values()),
)
WRITERS: dict[type[layers.Layer], Callable[[Any], Said]] = {
    layers.Activation: only_activation,
    layers.AveragePooling2D: lambda layer: window(layer, layer.pool_size),
    layers.BatchNormalization: normalization,
    layers.CenterCrop: central,
    layers.Concatenate: lambda layer: {"axis": layer.axis % len(layer.output_shape) - 1},
    layers.Conv2D: convolution,
    layers.Conv2DTranspose: transposed,
    layers.Cropping2D: lambda layer: {"before": [sides[0] for sides in layer.cropping]},
    layers.Dense: with_kernel,
    layers.DepthwiseConv2D: depthwise,
    layers.Dropout: unchanged,
    layers.ELU: only_activation,
    layers.Flatten: nothing,
    layers.GlobalAveragePooling2D: nothing,
    layers.GlobalMaxPooling2D: nothing,
    layers.GroupNormalization: sample_normalization,
    layers.InputLayer: unchanged,
    layers.LayerNormalization: sample_normalization,
    layers.LeakyReLU: only_activation,
    layers.MaxPooling2D: lambda layer: window(layer, layer.pool_size),
    layers.Normalization: fixed_normalization,
    layers.PReLU: prelu,
    layers.Permute: lambda layer: {"dims": layer.dims},
    layers.ReLU: only_activation,
    layers.Rescaling: lambda layer: scaling(layer.scale, layer.offset),
    layers.Reshape: nothing,
    layers.Resizing: resampling,
    layers.SeparableConv2D: depthwise,
    layers.Softmax: only_activation,
    layers.UpSampling2D: resampling,
    layers.ZeroPadding2D: lambda layer: {"before": [sides[0] for sides in layer.padding]},
    **dict.fromkeys(layers.ONLY_IN_TRAINING, unchanged),
    **dict.fromkeys(MERGING, merging),
}
