"""The filters of a layer, and its feature maps of an image."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import Model
from bokeh.plotting import figure

from numcnn.checks import model_for, numeric_array, positive_int
from numcnn.picture_checks import kernel_of_images
from numcnn.visor.figures.tiles import map_figure, repaint

MOST = 64
"""Maps that are drawn of one layer."""
IN_A_ROW = 4
"""Maps beside each other: as many as can be looked at on a telephone."""


def plot_filters(kernel: Any, title: str = "Filters", most: int = MOST) -> figure:
    """Draw the windows of weights of a convolution, four in a row, input channel by input channel.

    Parameters
    ----------
    kernel : array_like
        ``(KH, KW, C, F)``.
    title : str
        What is shown.
    most : int, default 64
        How many windows are drawn at most.

    Raises
    ------
    ValueError
        If the kernel has another number of axes.
    """
    weights = kernel_of_images(kernel)
    KH, KW, C, F = weights.shape
    channels, filters = _drawn(C, F, positive_int(most, "most"))
    names = [
        f"{c} → {f}" if C > 1 else f"filter {f}" for c in range(channels) for f in range(filters)
    ]
    left_out = f",\nthe first {channels} of {C} channels" if channels < C else ""
    left_out += f",\nthe first {filters} of {F} filters" if filters < F else ""
    return map_figure(
        f"{title}: {KH} × {KW} weights{left_out}",
        _windows(weights, channels, filters),
        names,
        columns=IN_A_ROW,
    )


def repaint_filters(plot: Model, kernel: np.ndarray, most: int = MOST) -> None:
    """Give a figure that `plot_filters` made the current weights."""
    C, F = kernel.shape[2:]
    repaint(plot, _windows(kernel, *_drawn(C, F, most)))


def _drawn(C: int, F: int, most: int) -> tuple[int, int]:
    """Return of how many channels in, and of how many filters, the windows are drawn."""
    filters = min(F, 8 if C > 1 else 16)
    return min(C, max(1, most // filters)), filters


def _windows(kernel: np.ndarray, channels: int, filters: int) -> np.ndarray:
    """Return the first windows, ``(KH, KW, C, F)`` -> ``(n, KH, KW)``, channel by channel."""
    KH, KW = kernel.shape[:2]
    return kernel[:, :, :channels, :filters].transpose(2, 3, 0, 1).reshape(-1, KH, KW)


def plot_feature_maps(model: Any, image: Any, layer: Any = 0, most: int = MOST) -> figure:
    """Draw a layer's output for one image: its feature maps.

    Parameters
    ----------
    model : Network
        Built.
    image : array_like
        ``(H, W, C)``, one sample.
    layer : int or str, default 0
        The layer's number or its name.
    most : int, default 64
        How many maps are drawn at most.

    Raises
    ------
    ValueError
        If there is no such layer, or the image is not one sample of the model's shape.
    """
    model_for(model, "plot_feature_maps").need_built("plot_feature_maps")
    if isinstance(model.input_shape, list):
        raise ValueError(
            f"plot_feature_maps takes one image, and the model has {len(model.input_shape)} inputs."
        )
    index = layer_number(model, layer)
    sample = numeric_array(image, "image")
    if sample.shape != model.input_shape[1:]:
        raise ValueError(
            f"image must be one sample of shape {model.input_shape[1:]}, got {sample.shape}."
        )
    y = outputs(model, sample[np.newaxis])[index][0]
    found = model.acting[index]
    shape = " × ".join(map(str, y.shape))
    if y.ndim != 3:
        return map_figure(f"{found.name}: {shape} numbers", y.reshape(1, 1, -1), [""], 1, side=700)
    shown = min(y.shape[2], positive_int(most, "most"))
    left_out = f", the first {shown} maps" if shown < y.shape[2] else ""
    return map_figure(
        f"{found.name}: {shape}{left_out}",
        y[:, :, :shown].transpose(2, 0, 1),
        [f"map {number}" for number in range(shown)],
        columns=IN_A_ROW if shown <= 4 * IN_A_ROW else 2 * IN_A_ROW,
    )


def outputs(model: Any, x: np.ndarray) -> list[np.ndarray]:
    """Return each layer's output for the batch x, first to last."""
    return [np.asarray(step.y) for step in model.walk(x)]


def layer_number(model: Any, layer: Any) -> int:
    """Return the number of a layer that is given by its number or its name."""
    names = model.walk_names
    if isinstance(layer, str):
        if layer not in names:
            raise ValueError(
                f"there is no layer {layer!r}; the layers are {', '.join(map(repr, names))}."
            )
        return names.index(layer)
    number = positive_int(layer, "layer", minimum=0)
    if number >= len(names):
        raise ValueError(f"there is no layer {number}: there are {len(names)}, counted from 0.")
    return number
