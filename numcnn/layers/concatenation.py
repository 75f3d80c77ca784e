"""Concatenate: several batches beside each other, along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, counted, positive_int
from numcnn.layers.merging import Merge


class Concatenate(Merge):
    """The inputs one after the other along an axis, by default the channels.

    Backward, dy is cut at the same places, and each input gets its own piece.

    Parameters
    ----------
    axis : int, default -1
        Any axis but that of the batch.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> Concatenate()([np.zeros((2, 5, 5, 3)), np.ones((2, 5, 5, 1))]).shape
    (2, 5, 5, 4)
    """

    fewest = 1

    def __init__(self, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = positive_int(axis, "axis", minimum=-10)
        if self.axis == 0:
            raise ValueError("axis 0 is the batch, whose samples stay apart: axis=-1 is the last.")

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """``[(None, …, C1), (None, …, C2)]`` -> ``(None, …, C1 + C2)``."""
        shapes = [tuple(shape) for shape in input_shape]
        rank = len(shapes[0])
        axis = self.axis % rank if -rank < self.axis < rank else None
        if axis is None and len({len(shape) for shape in shapes}) == 1:
            raise ValueError(
                f'Concatenate "{self.name}" joins inputs along axis {self.axis}, and they have '
                f"{counted(rank, 'axis')}, 0 to {rank - 1}, got {' and '.join(map(str, shapes))}."
            )
        others = {(*shape[:axis], *shape[axis + 1 :]) if axis else () for shape in shapes}
        if not axis or len(others) != 1 or len({len(shape) for shape in shapes}) != 1:
            shown = " and ".join(map(str, shapes))
            raise ValueError(
                f'Concatenate "{self.name}" joins inputs along axis {self.axis}; all other axes '
                f"must have the same lengths, got {shown}."
            )
        joined: Any = list(shapes[0])
        joined[axis] = sum(shape[axis] for shape in shapes)
        return tuple(joined)

    def value(self, xs: list[np.ndarray]) -> np.ndarray:
        """All of them in one array."""
        return np.concatenate(xs, self.axis)

    def gradients(self, dy: np.ndarray, xs: list[np.ndarray], y: np.ndarray) -> list[np.ndarray]:
        """The pieces of dy."""
        ends = np.cumsum([x.shape[self.axis] for x in xs])
        return np.split(dy, ends[:-1], self.axis)


def concatenate(inputs: Any, axis: int = -1, **options: Any) -> Any:
    """``Concatenate(axis, **options)(inputs)``."""
    return Concatenate(axis, **options)(inputs)
