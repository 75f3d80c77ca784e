"""RandomBrightness and RandomContrast: pictures in another light, in training only."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import items_of, number
from numcnn.layers.augmentation import Augmentation, Range, limits


class LightAugmentation(Augmentation):
    """The base of layers that change the values of pixels, within a range.

    The range is 0 to 255 if it is not given, as in Keras.  Pixels from 0 to 1 need
    ``value_range=(0, 1)``: otherwise every change of brightness makes them black or white.

    Parameters
    ----------
    value_range : (float, float), default (0, 255)
        What the pixels are from and to; the results are clipped to it.
    seed : int or numpy.random.Generator, optional
    **options
        Options of every layer (`Layer`), such as `name`.
    """

    def __init__(self, value_range: Any = (0, 255), seed: Any = None, **options: Any) -> None:
        super().__init__(seed=seed, **options)
        ends = [number(one, "value_range") for one in items_of(value_range, "value_range", "two")]
        if len(ends) != 2 or ends[0] >= ends[1]:
            raise ValueError(
                f"value_range must be (lowest, highest) of the pixels, such as (0, 255) or (0, 1), "
                f"got {value_range!r}."
            )
        self.value_range = (ends[0], ends[1])

    def clipped(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return y within the range, and where it was inside."""
        low, high = self.value_range
        return np.clip(y, low, high), (y >= low) & (y <= high)


class RandomBrightness(LightAugmentation):
    """Add the same number to all pixels of an image: ``y = clip(x + delta · range)``.

    Parameters
    ----------
    factor : float or (float, float)
        The limits of delta, from -1 to 1, as part of the range of values.  0.2 means −0.2 to 0.2.
    value_range, seed
        As in `LightAugmentation`.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> brighter = RandomBrightness((0.2, 0.2), value_range=(0, 1))
    >>> brighter.forward(np.array([0.1, 0.9]).reshape(1, 1, 2, 1), training=True).ravel()
    array([0.3, 1. ], dtype=float32)
    """

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: Any = None, **options: Any
    ) -> None:
        super().__init__(value_range, seed, **options)
        self.factor = limits(factor, "factor", 1)

    def draw(self, x: np.ndarray) -> np.ndarray:
        """What is added to each image."""
        low, high = self.value_range
        delta = self.rng.uniform(*self.factor, (len(x), 1, 1, 1)) * (high - low)
        return delta.astype(x.dtype)

    def apply(self, x: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, Any]:
        """Add it."""
        return self.clipped(x + drawn)

    def change_backward(self, dy: np.ndarray, cache: Any) -> np.ndarray:
        """``dx = dy`` where nothing was clipped."""
        return dy * cache


class RandomContrast(LightAugmentation):
    """Pull the pixels of an image away from their mean, or towards it.

    ``y = clip((x − mean) · c + mean)``, with the mean of each channel of each image.

    Parameters
    ----------
    factor : float or (float, float)
        A pair (lower, upper): c is between 1 − lower and 1 + upper.  A number stands for both.
        (In Keras 3.15 a number f gives 1 to 1 + f.)  From 0 to 1.
    value_range, seed
        As in `LightAugmentation`.
    **options
        Options of every layer (`Layer`), such as `name`.
    """

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: Any = None, **options: Any
    ) -> None:
        super().__init__(value_range, seed, **options)
        both = tuple(factor) if isinstance(factor, tuple | list) else (factor, factor)
        if len(both) != 2:
            raise ValueError(f"factor must be a number or a pair of them, got {factor!r}.")
        lower, upper = (number(one, "factor", minimum=0, maximum=1) for one in both)
        self.factor: Range = (lower, upper)

    def draw(self, x: np.ndarray) -> np.ndarray:
        """The factor c of each image."""
        lower, upper = self.factor
        return self.rng.uniform(1 - lower, 1 + upper, (len(x), 1, 1, 1)).astype(x.dtype)

    def apply(self, x: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, Any]:
        """Move the pixels."""
        mean = x.mean(axis=(1, 2), keepdims=True)
        y, inside = self.clipped((x - mean) * drawn + mean)
        return y, (drawn, inside)

    def change_backward(self, dy: np.ndarray, cache: Any) -> np.ndarray:
        """``dx = c · dy + (1 − c) · mean(dy)``, of what was not clipped."""
        c, inside = cache
        dy = dy * inside
        return c * dy + (1 - c) * dy.mean(axis=(1, 2), keepdims=True)
