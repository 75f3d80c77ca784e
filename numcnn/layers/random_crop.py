"""RandomCrop: another part of the image in every epoch."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, image_axes, positive_int
from numcnn.layers.augmentation import Augmentation
from numcnn.layers.resampling import Resizing


class RandomCrop(Augmentation):
    """Cut a part out of each image, at a place of its own; in prediction the middle.

    An image that is too small is cut to the wanted shape and enlarged, as by `Resizing` with
    ``crop_to_aspect_ratio=True``.  (Keras draws one place for the whole batch, and cuts nothing in
    prediction.)

    Parameters
    ----------
    height, width : int
        The size of the part.
    seed : int or numpy.random.Generator, optional
    **options
        Options of every layer (`Layer`), such as `name`.

    Attributes
    ----------
    resizing : Resizing or None
        What acts in its place on images that are too small.

    Examples
    --------
    >>> RandomCrop(2, 3).forward(np.zeros((5, 8, 8, 1)), training=True).shape
    (5, 2, 3, 1)
    """

    def __init__(self, height: int, width: int, seed: Any = None, **options: Any) -> None:
        super().__init__(seed=seed, **options)
        self.height, self.width = positive_int(height, "height"), positive_int(width, "width")
        self.resizing: Resizing | None = None

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, height, width, C)``."""
        *_, C = image_axes(input_shape)
        return (None, self.height, self.width, C)

    def build(self, input_shape: Shape) -> None:
        """Find out whether the images are large enough."""
        H, W, _ = image_axes(input_shape)
        self.resizing = None
        if self.height > H or self.width > W:
            self.resizing = Resizing(
                self.height, self.width, crop_to_aspect_ratio=True, dtype=self.dtype
            )
            self.resizing.build_for(input_shape)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> y ``(N, height, width, C)``."""
        x = self.checked(x)
        if self.resizing is not None:
            return self.resizing.forward(x, training)
        y, cache = self.apply(x, self.draw(x) if training and not self.inference else None)
        self.remember(cache, training)
        return y

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, height, width, C)`` -> dx ``(N, H, W, C)``."""
        return self.resizing.backward(dy) if self.resizing else super().backward(dy)

    def draw(self, x: np.ndarray) -> np.ndarray:
        """``(N, 2)``, the first row and the first column of each part."""
        _, H, W, _ = x.shape
        free = np.array([H - self.height, W - self.width])
        return self.rng.integers(free + 1, size=(len(x), 2))

    def apply(self, x: np.ndarray, drawn: np.ndarray | None) -> tuple[np.ndarray, Any]:
        """Cut the parts out; the middle if nothing is drawn."""
        N, H, W, _ = x.shape
        if drawn is None:
            middle = [(H - self.height) // 2, (W - self.width) // 2]
            drawn = np.tile(middle, (N, 1))
        image = np.arange(N)[:, np.newaxis, np.newaxis]
        rows = drawn[:, :1, np.newaxis] + np.arange(self.height)[:, np.newaxis]
        columns = drawn[:, 1:, np.newaxis] + np.arange(self.width)
        cells = image, rows, columns
        return x[cells], (cells, x.shape)

    def change_backward(self, dy: np.ndarray, cache: Any) -> np.ndarray:
        """Zeros around the gradients of the parts."""
        cells, shape = cache
        dx = np.zeros(shape, dy.dtype)
        dx[cells] = dy
        return dx
