"""A model as a picture: a box for each layer, with an arrow to the next."""

from __future__ import annotations

import math
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageDraw

from numcnn.checks import flag, model_for, number, one_of, path_of
from numcnn.files import new_file
from numcnn.pictures import INK, PALE, PAPER, font
from numcnn.utils.graph_layout import Layout

POINTS = 72  # per inch
SMOOTH = 300  # dpi; a coarser picture is drawn at a finer scale, then reduced

# All lengths are in points.
TITLE, TEXT = 16, 14
PAD_X, PAD_Y = 12, 8  # around a text
LINE = 1  # of a box
MARGIN, GAP = 10, 30  # around the picture, and between two boxes
ARROW, HEAD = 2, 9  # the width of an arrow, and the length of its head

GREEN, RED = (34, 120, 60), (170, 44, 44)
DIRECTIONS = ("tb", "bt", "lr", "rl")


class Cell(NamedTuple):
    """A piece of a box: its text and its colours."""

    label: str = ""
    value: str = ""
    size: int = TEXT
    label_colour: tuple[int, int, int] = PALE
    value_colour: tuple[int, int, int] = INK
    paper: tuple[int, int, int] = PAPER

    @property
    def width(self) -> float:
        """In points."""
        return font(self.size * 8).getlength(self.label + self.value) / 8 + 2 * PAD_X

    @property
    def height(self) -> float:
        """In points."""
        return self.size + 2 * PAD_Y


Box = list[list[Cell]]
"""The rows of cells for one layer."""


def plot_model(
    model: Any,
    to_file: str | PathLike[str] | None = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Image.Image:
    """Draw a model's layers as a row of boxes, and write the picture to a file.

    Parameters
    ----------
    model : Sequential
        It must be built: its first layer has an input_shape, or there is an Input.
    to_file : str or path, default "model.png"
        The ending selects the format, such as ``.png``, ``.jpg`` or ``.pdf``; None writes no file.
    show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable : bool
        The details that each box shows beside the layer's class.
    rankdir : {"TB", "BT", "LR", "RL"}
        The direction: from top to bottom, from left to right, or the reverse.
    dpi : float, default 200
        Pixels per inch, from 10 to 1200; a box is about half an inch high.
    expand_nested, splines
        Accepted as in Keras; a `Sequential` has no nested models and no bent arrows.

    Returns
    -------
    PIL.Image.Image
        A notebook shows it.

    Raises
    ------
    ValueError
        If the model is not built, or the format is unknown.

    Examples
    --------
    ::

        plot_model(model, "cnn.png", show_shapes=True, dpi=300)
    """
    dpi = number(dpi, "dpi", minimum=10, maximum=1200)
    direction = one_of(rankdir, DIRECTIONS, "rankdir")
    path = None if to_file is None else path_of(to_file, "to_file")
    kind = "PNG" if path is None else _format(path)
    model_for(model, "plot_model").need_built("plot_model")
    shown = (
        flag(show_shapes, "show_shapes"),
        flag(show_dtype, "show_dtype"),
        flag(show_layer_names, "show_layer_names"),
        flag(show_layer_activations, "show_layer_activations"),
        flag(show_trainable, "show_trainable"),
    )
    called = getattr(model, "called", None)
    layers = model.layers if called is None else [call.layer for call in called]
    boxes = [_box(layer, *shown) for layer in layers]
    rows = [[(k - 1, 0)] * (k > 0) for k in range(len(layers))]
    reads = rows if called is None else [list(call.reads) for call in called]
    if reads == rows:
        picture = _draw(boxes, direction, dpi)
    else:
        sources = [[number for number, _ in read] for read in reads]
        picture = _draw_graph(boxes, sources, direction, dpi)
    if path is not None:
        with new_file(path) as file:
            picture.save(file, kind, dpi=(dpi, dpi), resolution=dpi)
    return picture


def _format(path: Path) -> str:
    """Return Pillow's name for the format of a file."""
    Image.init()
    kind = Image.registered_extensions().get(path.suffix.lower() or ".png", "")
    if kind not in Image.SAVE:
        raise ValueError(
            f"a picture cannot be written as {path.suffix!r}: to_file must end in a format such "
            "as .png, .jpg or .pdf."
        )
    return kind


def _box(
    layer: Any, shapes: bool, dtype: bool, names: bool, activations: bool, trainable: bool
) -> Box:
    """Return the rows of text in the box of a layer."""
    kind = type(layer).__name__
    title = f"{layer.name}  " if names else ""
    title_text = f"({kind})" if names else kind
    white = {"label_colour": PAPER, "value_colour": PAPER, "paper": INK}
    rows = [[Cell(title, title_text, TITLE, **white)]]
    activation = getattr(layer, "activation", None)
    if activations and activation is not None:
        rows.append([Cell("Activation: ", activation.name)])
    cells = []
    if shapes:
        cells += [
            Cell("Input shape: ", str(layer.input_shape)),
            Cell("Output shape: ", str(layer.output_shape)),
        ]
    if dtype:
        cells.append(Cell("Output dtype: ", layer.dtype.name))
    if trainable and layer.parameters:
        word, paper = ("Trainable", GREEN) if layer.trainable else ("Non-trainable", RED)
        cells.append(Cell(value=word, value_colour=PAPER, paper=paper))
    return [*rows, cells] if cells else rows


def _size(box: Box) -> tuple[float, float]:
    """Return the width and height of a box in points."""
    width = max(sum(cell.width for cell in row) for row in box)
    return width, sum(max(cell.height for cell in row) for row in box)


def _draw(boxes: list[Box], direction: str, dpi: float) -> Image.Image:
    """Return the picture of boxes with arrows from each to the next."""
    finer = max(1, math.ceil(SMOOTH / dpi))
    scale = finer * dpi / POINTS  # pixels per point
    sizes = [_size(box) for box in boxes]
    down = direction in ("tb", "bt")
    if direction in ("bt", "rl"):
        boxes, sizes = boxes[::-1], sizes[::-1]
    along, across = (1, 0) if down else (0, 1)
    thick = max(size[across] for size in sizes) + 2 * MARGIN
    long = sum(size[along] for size in sizes) + GAP * (len(sizes) - 1) + 2 * MARGIN

    picture = Image.new("RGB", _pixels((thick, long) if down else (long, thick), scale), PAPER)
    draw = ImageDraw.Draw(picture)
    start = float(MARGIN)
    for index, (box, size) in enumerate(zip(boxes, sizes, strict=True)):
        if index:
            ends = [start - GAP, start]
            _arrow(draw, ends if direction in ("tb", "lr") else ends[::-1], thick / 2, down, scale)
        aside = (thick - size[across]) / 2
        _draw_box(draw, box, (aside, start) if down else (start, aside), size, scale)
        start += size[along] + GAP
    return picture.reduce(finer) if finer > 1 else picture


def _draw_graph(
    boxes: list[Box], sources: list[list[int]], direction: str, dpi: float
) -> Image.Image:
    """Return the picture of a graph: each box below those that it reads, or beside them."""
    finer = max(1, math.ceil(SMOOTH / dpi))
    scale = finer * dpi / POINTS
    down, back = direction in ("tb", "bt"), direction in ("bt", "rl")
    sizes = [_size(box) for box in boxes]
    layout = Layout(sizes if down else [(h, w) for w, h in sizes], sources, GAP)
    across, along = layout.across + 2 * MARGIN, layout.along + 2 * MARGIN

    def place(point: tuple[float, float]) -> tuple[float, float]:
        x, y = point[0] + MARGIN, point[1] + MARGIN
        y = along - y if back else y
        return (x, y) if down else (y, x)

    extent = (across, along) if down else (along, across)
    picture = Image.new("RGB", _pixels(extent, scale), PAPER)
    draw = ImageDraw.Draw(picture)
    for path in layout.paths:
        points = [_pixels(place(point), scale) for point in path]
        draw.line(points, INK, max(1, round(ARROW * scale)), joint="curve")
        _head(draw, points[-2], points[-1], scale)
    for box, size, centre in zip(boxes, sizes, layout.centres, strict=True):
        x, y = place(centre)
        _draw_box(draw, box, (x - size[0] / 2, y - size[1] / 2), size, scale)
    return picture.reduce(finer) if finer > 1 else picture


def _head(draw: Any, before: Any, end: Any, scale: float) -> None:
    """Draw the head of an arrow that comes from one point and ends in another."""
    length = math.hypot(end[0] - before[0], end[1] - before[1]) or 1
    x, y = ((end[0] - before[0]) / length, (end[1] - before[1]) / length)
    size = HEAD * scale
    neck = end[0] - x * size, end[1] - y * size
    side = 0.45 * size
    sides = [(neck[0] - y * side, neck[1] + x * side), (neck[0] + y * side, neck[1] - x * side)]
    draw.polygon([tuple(end), *sides], INK)


def _pixels(points: tuple[float, ...], scale: float) -> Any:
    """Return lengths in whole pixels."""
    return tuple(round(point * scale) for point in points)


def _draw_box(
    draw: Any, box: Box, corner: tuple[float, float], size: tuple[float, float], scale: float
) -> None:
    """Draw the rows of cells of a box, each row as wide as the box."""
    line = max(1, round(LINE * scale))
    y = corner[1]
    for row in box:
        spare = (size[0] - sum(cell.width for cell in row)) / len(row)
        height = max(cell.height for cell in row)
        x = corner[0]
        for cell in row:
            width = cell.width + spare
            edges = _pixels((x, y, x + width + LINE, y + height + LINE), scale)  # shared lines
            draw.rectangle(edges, cell.paper, INK, line)
            letters = font(cell.size * scale)
            left = (x + width / 2) * scale - letters.getlength(cell.label + cell.value) / 2
            middle = (y + height / 2) * scale
            draw.text((left, middle), cell.label, cell.label_colour, letters, "lm")
            left += letters.getlength(cell.label)
            draw.text((left, middle), cell.value, cell.value_colour, letters, "lm")
            x += width
        y += height


def _arrow(draw: Any, ends: list[float], middle: float, down: bool, scale: float) -> None:
    """Draw an arrow from the first of two ends to the second, in the middle of the picture."""
    start, end = ends
    neck = end - math.copysign(HEAD, end - start)

    def place(along: float, across: float) -> tuple[float, float]:
        return (across * scale, along * scale) if down else (along * scale, across * scale)

    draw.line((place(start, middle), place(neck, middle)), INK, max(1, round(ARROW * scale)))
    sides = [place(neck, middle - HEAD * 0.45), place(neck, middle + HEAD * 0.45)]
    draw.polygon([place(end, middle), *sides], INK)
