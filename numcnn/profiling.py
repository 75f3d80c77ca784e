"""The time of a training step, layer by layer, and how near it is to the machine's limit."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from numcnn import engine, machine
from numcnn.checks import model_for, positive_int
from numcnn.data_checks import samples_for
from numcnn.profiled_step import Row, TimedStep
from numcnn.several import count, each

COLUMNS = ("forward", "backward", "", "", "", "", "of the")
UNITS = ("ms", "ms", "GFLOP", "GB", "GFLOP/s", "GB/s", "limit")


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
    >>> import numpy as np
    >>> import numcnn
    >>> from numcnn import layers
    >>> model = numcnn.Sequential([layers.Conv2D(8, 3, input_shape=(10, 10, 1))])
    >>> with numcnn.use_engine("reference"):
    ...     result = numcnn.profile(model, np.zeros((4, 10, 10, 1)), repeats=2)
    >>> [(row.name, row.flop) for row in result.rows]  # 2·4·8·8·8·3·3 forward, as much backward
    [('into and out of the layout', None), ('conv2d', 73728.0)]
    """
    if hasattr(repeats, "__len__") and not isinstance(repeats, str):
        raise TypeError("profile needs no labels: profile(model, x), and by name repeats=20.")
    repeats = positive_int(repeats, "repeats")
    model = model_for(model, "profile")
    if not model.layers:
        raise ValueError("the model has no layers yet: add some with model.add.")
    samples = samples_for(model, x)
    if not model.built:
        model.build((None, *samples.shape[1:]))
    samples = each(lambda one: one.astype(model.dtype), samples)
    step = TimedStep(model, samples)
    step.run()  # compiles, and finds out what is computed together
    step.clear()
    with step.watch or contextlib.nullcontext():
        for _ in range(repeats):
            step.run()
    return Profile(
        step.rows(),
        count(samples),
        engine.active_engine().__name__.rsplit(".", 1)[-1],
        machine.measure(model.dtype),
    )
