"""The time of a training step, layer by layer, and how near it is to the machine's limit."""

from __future__ import annotations

import contextlib
import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from numcnn import engine, machine
from numcnn.checks import model_for, positive_int
from numcnn.data_checks import samples_for
from numcnn.geometry import taps, window_grid
from numcnn.layers import Conv2D, Dense, Layer
from numcnn.layers.base import ActivatedLayer
from numcnn.predictor import is_graph

CONVERSIONS = "into and out of the layout"
FORWARD, BACKWARD = 0, 1
DOORS = -1
"""In the place of a layer's number: the conversion to and from the engine's layout."""
COLUMNS = ("forward", "backward", "", "", "", "", "of the")
UNITS = ("ms", "ms", "GFLOP", "GB", "GFLOP/s", "GB/s", "limit")


class Row(NamedTuple):
    """One layer, or several that the engine computes in one loop.

    name : of the layer, or names with + between them
    forward, backward : seconds, medians
    flop : multiplications and additions, forward and backward; None where they are not known
    moved : minimum of bytes to read and write, forward and backward
    in_loops : seconds of both that the engine's compiled loops take; None if it has none
    """

    name: str
    forward: float
    backward: float
    flop: float | None
    moved: float
    in_loops: float | None = None

    @property
    def seconds(self) -> float:
        """Forward and backward."""
        return self.forward + self.backward


@dataclass(frozen=True, repr=False)
class Profile:
    """What `profile` measured; printed, it is a table.

    rows : list of Row
    images : number of samples in the batch
    engine : name of the engine
    limit : numcnn.machine.Machine, the speed limits of the machine
    """

    rows: list[Row]
    images: int
    engine: str
    limit: machine.Machine

    @property
    def seconds(self) -> float:
        """Of all rows."""
        return sum(row.seconds for row in self.rows)

    def share(self, row: Row) -> float | None:
        """Return how near a row is to the machine's limit; None where FLOP is not known.

        1 is the limit: the roofline for this number of operations and bytes (`numcnn.machine`).  A
        share is above 1 where the engine saves multiplications.
        """
        if not row.flop or not row.seconds:
            return None
        return row.flop / row.seconds / self.limit.attainable(row.flop, row.moved)

    def __str__(self) -> str:
        known = sum(row.flop or 0 for row in self.rows)
        moved = sum(row.moved for row in self.rows)
        forward = sum(row.forward for row in self.rows)
        total = Row("all", forward, self.seconds - forward, known or None, moved)
        width = max(len(row.name) for row in [*self.rows, total])
        in_loops = sum(row.in_loops or 0 for row in self.rows) / max(self.seconds, 1e-9)
        lines = [
            f"{self.images:,} images, {self.engine} engine"
            + (f", {in_loops:.0%} of the time in compiled loops" if in_loops else ""),
            f"the machine's limit: {self.limit}",
            " " * width + "".join(f"{title:>10}" for title in COLUMNS),
            " " * width + "".join(f"{unit:>10}" for unit in UNITS),
        ]
        for row in [*self.rows, total]:
            share = self.share(row)
            cells = [
                f"{row.forward * 1e3:.3f}",
                f"{row.backward * 1e3:.3f}",
                "" if row.flop is None else f"{row.flop / 1e9:.3f}",
                f"{row.moved / 1e9:.4f}" if row.moved else "",
                "" if row.flop is None else f"{row.flop / max(row.seconds, 1e-9) / 1e9:.1f}",
                f"{row.moved / max(row.seconds, 1e-9) / 1e9:.1f}" if row.moved else "",
                "" if share is None or row is total else f"{share:.0%}",
            ]
            lines.append(f"{row.name:<{width}}" + "".join(f"{cell:>10}" for cell in cells))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def profile(model: Any, x: Any, repeats: int = 20) -> Profile:
    """Measure every layer of a model, forward and backward, as in a training step.

    The model is not changed: its layers are copied first.  Loss, optimizer and the gradient with
    respect to x are left out.

    GFLOP counts the operations in the formulas of convolutions and dense layers, a multiplication
    and an addition as two; cells of a window outside the image do not count.  An engine that needs
    fewer operations can exceed the limit.  For other layers the column is blank.

    GB is the minimum to read and write, each array once: forward a layer reads x and its parameters
    and writes y; backward it reads dy, x and its parameters and writes dx and their gradients.

    Layers that the engine computes in one loop share a row, and the arrays between them do not
    count.  The conversion of batches to the engine's layout and back has its own row.  The first
    line gives the share of the time in compiled loops; Python takes the rest, and its part is
    larger in small batches.

    Parameters
    ----------
    model : Network or Sequential
        It is built for x if it has not been built.
    x : array_like
        ``(N, …)``, a batch.
    repeats : int, default 20
        Number of steps; each time is their median.

    Returns
    -------
    Profile

    Raises
    ------
    ValueError, TypeError
        If x does not fit the model.

    Examples
    --------
    >>> import numcnn
    >>> from numcnn import layers
    >>> model = numcnn.Sequential([layers.Conv2D(8, 3, input_shape=(10, 10, 1))])
    >>> with numcnn.use_engine("reference"):
    ...     result = numcnn.profile(model, np.zeros((4, 10, 10, 1)), repeats=2)
    >>> [(row.name, row.flop) for row in result.rows]  # 2·4·8·8·8·3·3 forward, as much backward
    [('into and out of the layout', None), ('conv2d', 73728.0)]
    """
    if hasattr(repeats, "__len__"):
        raise TypeError("profile needs no labels: profile(model, x), and by name repeats=20.")
    repeats = positive_int(repeats, "repeats")
    model = model_for(model, "profile")
    if not model.layers:
        raise ValueError("the model has no layers yet: add some with model.add.")
    samples = samples_for(model, x)
    if not model.built:
        model.build((None, *samples.shape[1:]))
    if is_graph(model):
        raise ValueError(
            "profile measures layers in a row, and this model is a graph: profile a Sequential of "
            "the layers of one of its branches."
        )
    samples = samples.astype(model.dtype)
    step = _Step(model, samples)
    step.run()  # compiles, and finds out what is computed together
    step.clear()
    with step.watch or contextlib.nullcontext():
        for _ in range(repeats):
            step.run()
    return Profile(
        step.rows(),
        len(samples),
        engine.active_engine().__name__.rsplit(".", 1)[-1],
        machine.measure(model.dtype),
    )


class _Step:
    """A training step on copies of a model's layers, with a clock beside each of them."""

    def __init__(self, model: Any, x: np.ndarray) -> None:
        self.layers: list[Layer] = copy.deepcopy(model.flat)
        self.x = x
        self.first = model.first_with_parameters()
        last = self.layers[-1]
        self.to_logits = isinstance(last, ActivatedLayer) and getattr(
            model, "trains_on_logits", False
        )
        outputs: Any = model.output_shape
        dy = np.random.default_rng(0).standard_normal((len(x), *outputs[1:])) / len(x)
        self.dy = dy.astype(model.dtype)
        self.deferred = [False] * len(self.layers)
        self.watch: Any = getattr(engine.active_engine(), "stopwatch", None)
        self.clear()

    def clear(self) -> None:
        """Forget the times."""
        self.steps: list[np.ndarray] = []

    def run(self) -> None:
        """Go forward and backward once."""
        # by layer, with the doors as the last; by direction; seconds, and those in loops
        self.steps.append(np.zeros((len(self.layers) + 1, 2, 2)))
        x = self.x
        for index, layer in enumerate(self.layers):
            x = self._for(layer, x, FORWARD)
            x = self._timed(index, FORWARD, self._operation(index, "linear", "forward"), x, True)
            self.deferred[index] = getattr(x, "deferred", False)
        self._timed(DOORS, FORWARD, engine.leave, x)

        dy = self.dy
        for index in reversed(range(self.first, len(self.layers))):
            layer = self.layers[index]
            layer.input_gradient = index > self.first
            dy = self._for(layer, dy, BACKWARD)
            operation = self._operation(index, "linear_backward", "backward")
            dy = self._timed(index, BACKWARD, operation, dy)

    def _timed(
        self, index: int, direction: int, operation: Callable[..., Any], *arguments: Any
    ) -> Any:
        """Return what an operation returns; add how long it took, and loops within it."""
        loops, start = self._seconds_in_loops(), time.perf_counter()
        result = operation(*arguments)
        seconds = time.perf_counter() - start
        self.steps[-1][index, direction] += seconds, self._seconds_in_loops() - loops
        return result

    def _seconds_in_loops(self) -> float:
        return self.watch.seconds if self.watch else 0.0

    def _operation(self, index: int, to_logits: str, whole: str) -> Callable[..., Any]:
        """Return a layer's method; that of the last stops at the logits if training does."""
        stops = self.to_logits and index == len(self.layers) - 1
        return getattr(self.layers[index], to_logits if stops else whole)

    def _for(self, layer: Layer, x: Any, direction: int) -> Any:
        """Return x in the layout that the layer gets in a network (`Component.run_forward`)."""
        door = engine.enter if layer.takes_engine_layout else engine.leave
        return self._timed(DOORS, direction, door, x)

    def rows(self) -> list[Row]:
        """Return the table: layers up to one that does not leave its work to the next are a row."""
        rows = [self._row(CONVERSIONS, [DOORS], None, 0)]
        start = 0
        for index in range(len(self.layers)):
            if self.deferred[index] and index + 1 < len(self.layers):
                continue
            group = range(start, index + 1)
            name = " + ".join(self.layers[member].name for member in group)
            flops = [flop for flop in map(self._flop, group) if flop is not None]
            known = float(sum(flops)) if flops else None
            rows.append(self._row(name, list(group), known, float(self._moved(group))))
            start = index + 1
        return rows

    def _row(self, name: str, members: list[int], flop: float | None, moved: float) -> Row:
        """Return a row of what takes so long together: medians over all steps."""
        together = np.stack(self.steps)[:, members].sum(1)
        (forward, loops), (backward, loops_back) = np.median(together, 0).tolist()
        return Row(name, forward, backward, flop, moved, loops + loops_back if self.watch else None)

    def _flop(self, index: int) -> int | None:
        """Return what a layer multiplies and adds: once forward, once for each gradient."""
        layer, n = self.layers[index], len(self.x)
        passes = 1 if index < self.first else 2 if index == self.first else 3
        shapes: Any = layer.input_shape, layer.output_shape
        if isinstance(layer, Dense):
            return passes * 2 * n * math.prod(shapes[0][1:]) * layer.units
        if isinstance(layer, Conv2D):
            _, H, W, C = shapes[0]
            grid = window_grid((H, W), layer.kernel_size, layer.strides, layer.padding)
            inside = sum(
                math.prod(side.stop - side.start for side in tap.outputs[1:])
                for tap in taps(grid, (H, W), layer.kernel_size, layer.strides)
            )
            return passes * 2 * n * inside * C * layer.filters
        return None

    def _moved(self, group: range) -> int:
        """Return the minimum of bytes that a row reads and writes."""
        shapes: Any = self.layers[group[0]].input_shape, self.layers[group[-1]].output_shape
        x, y = (len(self.x) * math.prod(shape[1:]) for shape in shapes)
        weights = sum(self.layers[member].count_params() for member in group)
        numbers = x + weights + y
        if group[-1] >= self.first:
            numbers += y + x + 2 * weights + (x if group[0] > self.first else 0)
        return numbers * self.x.dtype.itemsize
