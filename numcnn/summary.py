"""The table that `Sequential.summary` prints, as Keras draws it."""

from __future__ import annotations

import shutil
from typing import Any

from numcnn.checks import items_of, number, positive_int, shown
from numcnn.notebook import table

LONGEST = 1000
ROW = (88, (0.45, 0.80, 1.0), ("Layer (type)", "Output Shape", "Param #"))
GRAPH = (108, (0.3, 0.56, 0.74, 1.0), (*ROW[2], "Connected to"))
"""Width, ends of the columns, and header: of layers in a row, and of others."""


def summary_table(network: Any, line_length: int | None = None, positions: Any = None) -> str:
    """Return a table of a network's layers: names and types, output shapes, parameter counts.

    Parameters
    ----------
    network : Network
    line_length : int, optional
        By default 88 characters, 108 for a graph, fewer on a narrow terminal.
    positions : sequence of floats, optional
        The ends of the columns, as shares of the line.
    """
    width, columns, header = _form(network)
    length = min(width, shutil.get_terminal_size().columns - 4)
    if line_length is not None:
        length = min(positive_int(line_length, "line_length"), LONGEST)
    parts = columns if positions is None else items_of(positions, "positions", "parts of the line")
    ends = [int(number(part, "positions", minimum=0, maximum=1) * length) for part in parts]
    if len(ends) != len(columns):
        raise ValueError(
            f"positions must be {len(columns)} shares of the line, got {shown(positions)}."
        )
    # A column's border and the two spaces beside its text take three characters.  The table has one
    # border more than columns; as in Keras, the last column but one is narrower for it.
    widths = [end - start - 3 for start, end in zip([0, *ends], ends, strict=False)]
    widths[-2] -= 1
    if min(widths) < 4:
        raise ValueError(f"a line of {length} characters is too short for a summary.")

    rows = _rows(network)
    rules = [
        left + middle.join(line * (width + 2) for width in widths) + right
        for left, line, middle, right in ("┏━┳┓", "┡━╇┩", "├─┼┤", "└─┴┘")
    ]
    top, below_header, between, bottom = rules
    lines = [f'Model: "{network.name}"', top, *_row(header, widths, "┃"), below_header]
    for index, row in enumerate(rows):
        lines += [between] * (index > 0) + _row(row, widths, "│")
    return "\n".join([*lines, bottom, *_totals(network), ""])


def summary_html(network: Any) -> str:
    """Return the same table for a notebook."""
    totals = [line.strip() for line in _totals(network)]
    return table(_form(network)[2], _rows(network), f'Model: "{network.name}"', totals)


def _form(network: Any) -> Any:
    return GRAPH if _branches(network) else ROW


def _branches(network: Any) -> bool:
    """Say whether the layers are no row, each of which reads the one before."""
    called = getattr(network, "called", ())
    row = [((k - 1, 0),) * (k > 0) for k in range(len(called))]
    layers = {id(call.layer) for call in called}
    return [call.reads for call in called] != row or len(layers) != len(called)


def _rows(network: Any) -> list[tuple[str, ...]]:
    """Return the row of each layer, and in a graph of each operation."""
    connected = network.connections() if _branches(network) else {}
    return [
        (
            f"{layer.name} ({type(layer).__name__})",
            _shape(layer),
            _count(layer),
            *([", ".join(connected[layer]) or "-"] if connected else []),
        )
        for layer in getattr(network, "operations", network.layers)
    ]


def _shape(layer: Any) -> str:
    shape = layer.output_shape
    return (
        ", ".join(map(str, shape if isinstance(shape, list) else [shape])) if layer.built else "?"
    )


def _count(layer: Any) -> str:
    return f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"


def _row(cells: Any, widths: list[int], border: str) -> list[str]:
    """Return the lines of one row; a text too long for its cell continues on the next line."""
    folded = [_fold(cell, width) for cell, width in zip(cells, widths, strict=True)]
    lines = []
    for line in range(max(map(len, folded))):
        texts = [parts[line] if line < len(parts) else "" for parts in folded]
        aligned = [f"{text:<{width}}" for text, width in zip(texts, widths, strict=True)]
        aligned[2] = f"{texts[2]:>{widths[2]}}"
        lines.append(f"{border} " + f" {border} ".join(aligned) + f" {border}")
    return lines


def _fold(text: str, width: int) -> list[str]:
    """Break a text at spaces into lines of at most `width` characters; cut longer words."""
    lines = [""]
    for word in text.split(" "):
        if len(word) > width:
            word = f"{word[: width - 1]}…"
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _totals(network: Any) -> list[str]:
    """Return the lines with the number and the size of all parameters."""
    counts = {True: 0, False: 0}
    for parameter in network.parameters:
        counts[parameter.trainable] += parameter.value.size
    size = network.dtype.itemsize
    optimizer = getattr(network, "optimizer", None)
    state = optimizer.count_params() if optimizer is not None else 0
    rows = {
        "Total": counts[True] + counts[False] + state,
        "Trainable": counts[True],
        "Non-trainable": counts[False],
    }
    if state:
        rows["Optimizer"] = state
    return [
        f" {name} params: {count:,} ({_readable(count * size)})" for name, count in rows.items()
    ]


def _readable(size: float) -> str:
    """Return a number of bytes in the largest fitting unit."""
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} TB"
