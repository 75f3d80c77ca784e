"""Conv and ConvTranspose of ONNX as layers of numcnn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn.checks import counted
from numcnn.layers.spread import widened
from numcnn.layers.transposed_convolution import Conv2DTranspose
from numcnn.travel.onnx_file import Node
from numcnn.travel.onnx_reading import Reading, Value, array_at, refuse
from numcnn.travel.onnx_windows import Constants, image, padding_of, pads_of, two, zero_padded


def kernel_of(node: Node, constants: Constants) -> np.ndarray:
    """Return the kernel of four axes, whose window is that of kernel_shape."""
    kernel = array_at(node, constants, 1, "kernel")
    said = node.attributes.get("kernel_shape", list(kernel.shape[2:]))
    if kernel.ndim != 4 or said != list(kernel.shape[2:]):
        raise refuse(node, f"its kernel {kernel.shape} contradicts its kernel_shape, or is not 2-D")
    return kernel


def with_bias(
    node: Node, constants: Constants, kernel: np.ndarray, config: dict[str, Any]
) -> list[np.ndarray]:
    """Return a layer's weights, and say in its configuration whether there is a bias."""
    config["use_bias"] = len(constants) > 2 and bool(node.inputs[2])
    if not config["use_bias"]:
        return [kernel]
    bias = array_at(node, constants, 2, "bias")
    if bias.shape != (config["filters"],):
        raise refuse(node, f"its bias has the shape {bias.shape}, not {(config['filters'],)}")
    return [kernel, bias]


def convolution(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """Conv as Conv2D or DepthwiseConv2D, behind ZeroPadding2D if its padding is neither's."""
    x, (C, *size) = image(node, reading, x)
    kernel = kernel_of(node, constants)
    F, channels, *window = kernel.shape
    groups = node.attributes.get("group", 1)
    if groups < 1 or F % groups or channels * groups != C:
        many = f" in {groups} groups" if groups != 1 else ""
        raise refuse(
            node, f"its kernel is for {counted(channels, 'channel')}{many}, and the image has {C}"
        )
    dilation, strides = two(node, "dilations", [1, 1]), two(node, "strides", [1, 1])
    wide = widened((window[0], window[1]), dilation)
    pads = pads_of(node, size, wide, strides)
    padding = padding_of(size, wide, strides, pads)
    if padding is None:
        x, padding = zero_padded(reading, x, pads), "valid"
    config: dict[str, Any] = {"kernel_size": tuple(window), "strides": strides}
    config |= {"padding": padding, "dilation_rate": dilation, "filters": F}
    weights = with_bias(node, constants, kernel.transpose(2, 3, 1, 0), config)
    class_name = "Conv2D"
    if groups == C and C > 1:  # a window for each channel
        class_name, config["depth_multiplier"] = "DepthwiseConv2D", config.pop("filters") // C
        weights[0] = weights[0].reshape(*window, C, F // C)
    elif groups > 1:
        config["groups"] = groups
    y = reading.follow(x, class_name, config, weights, reading.name_of(node, 1))
    return y._replace(positive=False)


def transposed(reading: Reading, node: Node, x: Value, constants: Constants) -> Value:
    """ConvTranspose as Conv2DTranspose; what is cut off otherwise, Cropping2D cuts off."""
    x, (C, *size) = image(node, reading, x)
    kernel = kernel_of(node, constants)
    said = node.attributes
    if said.get("group", 1) != 1 or "output_shape" in said or kernel.shape[0] != C:
        raise refuse(
            node, f"it has groups, or states an output_shape, or {C} channels meet {kernel.shape}"
        )
    if said.get("auto_pad", "NOTSET") not in ("NOTSET", "", "VALID"):
        raise refuse(node, "its auto_pad must be written out as pads")
    top, left, bottom, right = pads_of(node, size, (1, 1), (1, 1))
    further = said.get("output_padding", [0, 0])
    if len(further) != 2 or min(further) < 0:
        raise refuse(node, f"its output_padding is {further}, and must be two numbers from 0 on")
    config: dict[str, Any] = {
        "filters": kernel.shape[1],
        "kernel_size": kernel.shape[2:],
        "strides": two(node, "strides", [1, 1]),
        "dilation_rate": two(node, "dilations", [1, 1]),
    }
    weights = with_bias(node, constants, kernel.transpose(2, 3, 1, 0), config)
    before, after = (top, left), (bottom - further[0], right - further[1])
    how = _cut_so(config, size, before, after)
    if how is None and min(*before, *after) < 0:
        raise refuse(node, f"pads {said.get('pads')} and output_padding {further} add more cells")
    name = reading.name_of(node, 1)
    y = reading.follow(x, "Conv2DTranspose", {**config, **(how or {})}, weights, name)
    y = y._replace(positive=False)
    if how is None:
        _, covers = _cells(config, size)
        given = [
            (b, length - covered + a)
            for b, a, length, covered in zip(before, after, *covers, strict=True)
        ]
        y = reading.follow(y, "Cropping2D", {"cropping": given})
    return y


def _cells(config: dict[str, Any], size: Any, **options: Any) -> tuple[list[int], Any]:
    """Return what a layer cuts off before, and the lengths of its output and of its windows."""
    lengths, covered, cut = zip(*Conv2DTranspose(**config, **options).sides(size), strict=True)
    return list(cut), (lengths, covered)


def _cut_so(config: dict[str, Any], size: Any, before: Any, after: Any) -> dict[str, Any] | None:
    """Return the padding with which a layer cuts off these cells; None if there is none."""
    wide = widened(config["kernel_size"], config["dilation_rate"])
    for padding in ("valid", "same"):
        gone = [2 * (k // 2) if padding == "same" else 0 for k in wide]
        further = tuple(g - b - a for g, b, a in zip(gone, before, after, strict=True))
        for output_padding in (None, further):
            options = {"padding": padding, "output_padding": output_padding}
            try:
                cut, (lengths, covered) = _cells(config, size, **options)
            except ValueError:  # no output_padding, or nothing would be left
                continue
            ends = [c - n - b for c, n, b in zip(covered, lengths, cut, strict=True)]
            if cut == list(before) and ends == list(after):
                return options
    return None


CONVOLUTIONS: dict[str, Callable[..., Value]] = {"Conv": convolution, "ConvTranspose": transposed}
