"""Charts: the curves of a training, and probabilities as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from numcnn.checks import numeric_array
from numcnn.picture_checks import class_names_for, curves_of, history_of
from numcnn.pictures.canvas import INK, NEGATIVE, PALE, POSITIVE, RULE, Canvas, text_width

WIDTH, HEIGHT = 440, 310  # of a chart
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 62, 52  # margins around the axes
TRAINING, VALIDATION = NEGATIVE, POSITIVE
STEP, LONGEST = 28, 150  # from one bar to the next, and the length of a bar for 100 %
MOST_BARS = 12


def curves(history: Any, metrics: Sequence[str] | None = None) -> Image.Image:
    """Draw loss and metrics by epoch, each with its validation curve in the same chart.

    Parameters
    ----------
    history : History or dict of str to list of float
        The result of `Sequential.fit`, or its ``history``.
    metrics : sequence of str, optional
        The curves to draw; by default all, the loss first.

    Raises
    ------
    ValueError
        If a metric is not in the history, or the history is empty.
    """
    values = history_of(history)
    names = curves_of(values, metrics)
    if not any(values[name] for name in names):
        raise ValueError("the history is empty: no epoch has been trained yet.")
    names = [name for name in names if values[name]]
    canvas = Canvas(len(names) * WIDTH, HEIGHT)
    for number, name in enumerate(names):
        _chart(canvas, number * WIDTH, name, values[name], values.get(f"val_{name}", []))
    return canvas.picture


def _chart(
    canvas: Canvas, x: float, name: str, training: list[float], validation: list[float]
) -> None:
    """Draw one metric between axes whose ticks are round numbers."""
    lines = {"training": (training, TRAINING), "validation": (validation, VALIDATION)}
    finite = [value for line, _ in lines.values() for value in line if math.isfinite(value)]
    ticks = round_ticks(min(finite, default=0), max(finite, default=1))
    epochs = max(len(training), len(validation))
    left, right, top, bottom = x + LEFT, x + WIDTH - RIGHT, TOP, HEIGHT - BOTTOM

    def place(epoch: float, value: float) -> tuple[float, float]:
        """Return the position of an epoch's value on the canvas; epochs count from 1."""
        along = (epoch - 0.5) / epochs
        up = (value - ticks[0]) / (ticks[-1] - ticks[0])
        return left + (right - left) * along, bottom - (bottom - top) * up

    canvas.text(left, 14, f"{name.replace('_', ' ').capitalize()} in each epoch", 17)
    for tick in ticks:
        _, y = place(1, tick)
        canvas.line([(left, y), (right, y)], RULE)
        canvas.text(left - 8, y, f"{tick:g}", colour=PALE, anchor="rm")
    for tick in round_ticks(1, epochs):
        if tick == int(tick) and 1 <= tick <= epochs:
            canvas.text(place(tick, 0)[0], bottom + 6, f"{tick:g}", colour=PALE, anchor="ma")
    canvas.text((left + right) / 2, bottom + 26, "epoch", colour=PALE, anchor="ma")
    legend = left
    for label, (line, colour) in lines.items():
        if not line:
            continue
        canvas.line([(legend, 48), (legend + 18, 48)], colour, 2)
        canvas.text(legend + 24, 48, label, colour=INK, anchor="lm")
        legend += 24 + text_width(label) + 20
        first = epochs - len(line) + 1  # validation may have started later
        places = [place(n, v) for n, v in enumerate(line, start=first) if math.isfinite(v)]
        canvas.line(places, colour, 2)
        for point in places:
            canvas.line([point], colour, 1.7)


def round_ticks(low: float, high: float) -> list[float]:
    """Return evenly spaced round numbers, from `low` or below to `high` or above.

    Examples
    --------
    >>> round_ticks(0.13, 0.94)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    >>> round_ticks(1, 10)
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    """
    largest = max(abs(low), abs(high))
    span = high - low if high - low > 1e-5 * largest else (largest or 1.0)  # twelve digits are kept
    power = 10.0 ** math.floor(math.log10(max(span, 1e-300) / 4))  # 5e-324 / 4 would be 0
    step = next(power * times for times in (1, 2, 5, 10) if span / (power * times) <= 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    return [float(f"{n * step:.12g}") for n in range(first, last + 1)]


def bars(
    probabilities: Any, class_names: Sequence[str] | None = None, title: str = "Probabilities"
) -> Image.Image:
    """Draw the probabilities of one sample as bars; the largest is blue.

    Parameters
    ----------
    probabilities : array_like
        ``(classes,)`` from 0 to 1.
    class_names : sequence of str, optional
        By default the class numbers.
    title : str, default "Probabilities"

    Raises
    ------
    ValueError
        If the numbers are not probabilities, or the number of names differs.
    """
    numbers, names = checked_probabilities(probabilities, class_names)
    width = bars_width(names)
    canvas = Canvas(max(width, text_width(title, 17)) + 40, 54 + STEP * min(len(names), MOST_BARS))
    canvas.text(20, 14, title, 17)
    draw_bars(canvas, 20, 48, numbers, names)
    return canvas.picture


def checked_probabilities(
    probabilities: Any, class_names: Sequence[str] | None
) -> tuple[np.ndarray, list[str]]:
    """Return probabilities ``(classes,)`` and a name for each."""
    numbers = numeric_array(probabilities, "probabilities")
    if numbers.ndim != 1 or not numbers.size or not ((numbers >= 0) & (numbers <= 1)).all():
        raise ValueError(
            "probabilities must be one number from 0 to 1 for each class, such as the softmax "
            f"outputs of one sample, got shape {numbers.shape}."
        )
    return numbers, class_names_for(class_names, len(numbers))


def bars_width(names: Sequence[str]) -> float:
    """Return the width of bars with these names."""
    return max(text_width(name, 15) for name in names) + 10 + LONGEST + 56


def draw_bars(
    canvas: Canvas, x: float, y: float, numbers: np.ndarray, names: Sequence[str]
) -> None:
    """Draw a bar for each class; if there are many, for the most probable ones."""
    shown = np.sort(np.argsort(-numbers, kind="stable")[:MOST_BARS])
    zero = x + max(text_width(name, 15) for name in names) + 10
    for row, number in enumerate(shown):
        best = number == numbers.argmax()
        middle = y + STEP * (row + 0.5)
        end = zero + max(1, LONGEST * float(numbers[number]))
        ink = INK if best else PALE
        canvas.text(zero - 10, middle, names[number], 15, ink, anchor="rm")
        canvas.bar(zero, middle - 7, end, middle + 7, NEGATIVE if best else (190, 198, 208))
        canvas.text(end + 6, middle, f"{numbers[number]:.1%}", 13, ink, anchor="lm")
