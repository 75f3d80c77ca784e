"""One image in a network: the maps of every layer, and the probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from numcnn.checks import numeric_array
from numcnn.picture_checks import model_with_one_output
from numcnn.pictures.canvas import PALE, Canvas, text_width
from numcnn.pictures.charts import (
    MOST_BARS,
    STEP,
    bars_width,
    checked_probabilities,
    draw_bars,
)
from numcnn.pictures.sheets import as_colours, diverging

MARGIN, GAP, SPACE = 20, 34, 6  # around all, between stages, between maps
TOP, HEIGHT, FOOT = 106, 300, 56  # top and maximum height of stages, and the space below them
MOST_MAPS = 32  # of a layer
KEY = "Each map has its own scale: white is 0, orange is its largest number, blue is below 0."


class _Stage(NamedTuple):
    """One column: its heading, and its maps as colours (n, H, W, 3)."""

    name: str
    shape: str
    tiles: np.ndarray
    columns: int
    size: int

    @property
    def width(self) -> float:
        maps = self.columns * (self.size + SPACE) - SPACE
        return max(maps, text_width(self.name, 15), text_width(self.shape, 13))

    @property
    def height(self) -> int:
        return -(-len(self.tiles) // self.columns) * (self.size + SPACE) - SPACE


def journey(
    model: Any, image: Any, class_names: Sequence[str] | None = None, title: str = ""
) -> Image.Image:
    """Draw the output of every layer for an image, and the probabilities at the end.

    Parameters
    ----------
    model : Sequential
        An image classifier whose output is probabilities.
    image : array_like
        ``(H, W, channels)``, from 0 to 1.
    class_names : sequence of str, optional
        By default the class numbers.
    title : str
        By default a title with the model's name.

    Raises
    ------
    ValueError
        If the image does not fit the model, or the output is not a row of probabilities.
    """
    model_with_one_output(model, "journey")
    shape = model.input_shape[1:]
    if len(shape) != 3:
        raise ValueError(
            f"journey draws images (height, width, channels), and model {model.name!r} takes "
            f"samples of shape {shape}."
        )
    batch = numeric_array(image, "image").astype(model.dtype)[np.newaxis]  # (1, H, W, C)
    if batch.shape[1:] != shape:
        raise ValueError(
            f"the image must have the shape that model {model.name!r} was built for, {shape} "
            f"(height, width, channels), got {batch.shape[1:]}."
        )
    stages = [_Stage("image", _shape(batch[0]), as_colours(batch), 1, 168)]
    y = batch
    for step in model.walk(batch):
        before, y = y, np.asarray(step.y)  # (1, H, W, C), and at the end (1, classes)
        if y.ndim == 4 and not np.array_equal(before, y):  # skip layers that change nothing
            stages.append(_maps(step.layer, y[0]))
    numbers, names = checked_probabilities(y[0], class_names)
    return _drawn(stages, numbers, names, title or f"An image on its way through {model.name!r}")


def _maps(layer: Any, y: np.ndarray) -> _Stage:
    """Return the maps (H, W, C) of a layer, each with its own scale of colours."""
    H, _, C = y.shape
    shown = min(C, MOST_MAPS)
    maps = y[:, :, :shown].transpose(2, 0, 1)  # (shown, H, W)
    largest = np.abs(maps).max(axis=(1, 2), keepdims=True)
    columns = 1 if shown == 1 else 2 if shown <= 8 else 4
    rows = -(-shown // columns)
    size = min((HEIGHT + SPACE) // rows - SPACE, int(np.clip(30 + 1.5 * H, 38, 66)))
    activation = getattr(getattr(layer, "activation", None), "name", "linear")
    name = layer.name if activation == "linear" else f"{layer.name}, {activation}"
    shape = _shape(y) if shown == C else f"{_shape(y)}, first {shown}"
    tiles = as_colours(diverging(maps / np.where(largest > 0, largest, 1)))
    return _Stage(name, shape, tiles, columns, size)


def _shape(array: np.ndarray) -> str:
    return " x ".join(map(str, array.shape))


def _drawn(stages: list[_Stage], numbers: np.ndarray, names: list[str], title: str) -> Image.Image:
    """Draw the stages from left to right, and the bars after them."""
    end = bars_width(names)
    width = sum(stage.width + GAP for stage in stages) + end + 2 * MARGIN
    canvas = Canvas(max(width, text_width(title, 18) + 2 * MARGIN), TOP + HEIGHT + FOOT)
    canvas.text(MARGIN, 16, title, 18)
    x: float = MARGIN
    for stage in stages:
        _heading(canvas, x + stage.width / 2, stage.name, stage.shape)
        inner = stage.columns * (stage.size + SPACE) - SPACE
        left, top = x + (stage.width - inner) / 2, TOP + (HEIGHT - stage.height) / 2
        for number, tile in enumerate(stage.tiles):
            row, column = divmod(number, stage.columns)
            step = stage.size + SPACE
            canvas.image(tile, left + column * step, top + row * step, stage.size, stage.size)
        x += stage.width + GAP
    shown = min(len(names), MOST_BARS)
    classes = f"{shown} of {len(names)} classes" if shown < len(names) else f"{shown} classes"
    _heading(canvas, x + end / 2, "probabilities", classes)
    draw_bars(canvas, x, TOP + (HEIGHT - shown * STEP) / 2, numbers, names)
    canvas.text(MARGIN, TOP + HEIGHT + 26, KEY, 13, PALE)
    return canvas.picture


def _heading(canvas: Canvas, middle: float, name: str, shape: str) -> None:
    """Write a stage's name and shape, centred."""
    canvas.text(middle, 56, name, 15, anchor="ma")
    canvas.text(middle, 77, shape, 13, PALE, anchor="ma")
