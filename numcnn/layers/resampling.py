"""UpSampling2D and Resizing: the same image with other numbers of rows and columns.

Along one axis the new pixels are weighted means of old ones, so resampling is a matrix product for
the rows and another for the columns, ``y = A x Bᵀ``, and the way back is ``dx = Aᵀ dy B``.

The centre of pixel i lies at ``i + 1/2``: of M new pixels in place of N, the centre of the new
pixel i lies at ``(i + 1/2)·N / M`` on the old axis.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from numcnn.checks import Shape, flag, image_axes, one_of, pair, positive_int
from numcnn.layers.base import Layer

METHODS = ("nearest", "bilinear")


@lru_cache(maxsize=256)
def resampling_matrix(new: int, old: int, method: str) -> np.ndarray:
    """Return the weights ``(new, old)`` of the old pixels in each new one; rows sum to 1.

    Examples
    --------
    >>> print(resampling_matrix(4, 2, "bilinear"))
    [[1.   0.  ]
     [0.75 0.25]
     [0.25 0.75]
     [0.   1.  ]]
    """
    centres = (np.arange(new) + 0.5) * old / new
    matrix, every = np.zeros((new, old)), np.arange(new)
    if method == "nearest":
        matrix[every, np.minimum(centres.astype(int), old - 1)] = 1
        return matrix
    place = np.clip(centres - 0.5, 0, old - 1)
    before = np.minimum(place.astype(int), max(old - 2, 0))
    share = place - before
    matrix[every, before] = 1 - share
    matrix[every, np.minimum(before + 1, old - 1)] += share
    return matrix


class Resampling2D(Layer):
    """The base of layers that give an image of another size."""

    interpolation: str
    takes_engine_layout = False
    takes_one_image = True

    def new_size(self, H: int, W: int) -> tuple[int, int]:
        """Return the rows and columns of the output."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, OH, OW, C)``."""
        H, W, C = image_axes(input_shape)
        return (None, *self.new_size(H, W), C)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> y ``(N, OH, OW, C)``."""
        x = self.checked(x)
        self.remember(x.shape, training)
        return self._product(x, *self._matrices(x.shape), x.dtype)

    def backward(self, dy: np.ndarray) -> Any:
        """dy ``(N, OH, OW, C)`` -> dx ``(N, H, W, C)``."""
        rows, columns = self._matrices(self.recall())
        return self._product(dy, rows.T, columns.T, dy.dtype)

    def _matrices(self, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        _, H, W, _ = shape
        OH, OW = self.new_size(H, W)
        method = self.interpolation
        return resampling_matrix(OH, H, method), resampling_matrix(OW, W, method)

    @staticmethod
    def _product(x: np.ndarray, A: np.ndarray, B: np.ndarray, dtype: Any) -> np.ndarray:
        N, H, W, C = x.shape
        by_rows = (A.astype(dtype) @ x.reshape(N, H, W * C)).reshape(N, len(A), W, C)
        return B.astype(dtype) @ by_rows  # (OW, W) @ (W, C), for each row


class UpSampling2D(Resampling2D):
    """Each row and each column several times, or with means between them.

    Parameters
    ----------
    size : int or (int, int), default (2, 2)
        How many times as many rows and columns.
    interpolation : {"nearest", "bilinear"}
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> print(UpSampling2D((1, 2)).forward(np.array([[[[1.0], [2.0]]]]))[0, :, :, 0])
    [[1. 1. 2. 2.]]
    """

    def __init__(self, size: Any = (2, 2), *, interpolation: str = "nearest", **options: Any):
        super().__init__(**options)
        self.size = pair(size, "size")
        self.interpolation = one_of(interpolation, METHODS, "interpolation")

    def new_size(self, H: int, W: int) -> tuple[int, int]:
        """``(H·SH, W·SW)``."""
        return H * self.size[0], W * self.size[1]


class Resizing(Resampling2D):
    """Images of one size, whatever the size of the input; pixels are not smoothed before.

    Parameters
    ----------
    height, width : int
    interpolation : {"bilinear", "nearest"}
    crop_to_aspect_ratio : bool, default False
        Whether to cut off what is too much in one direction, and not to distort the image.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> Resizing(2, 3).forward(np.zeros((1, 8, 8, 1))).shape
    (1, 2, 3, 1)
    """

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.height, self.width = positive_int(height, "height"), positive_int(width, "width")
        self.interpolation = one_of(interpolation, METHODS, "interpolation")
        self.crop_to_aspect_ratio = flag(crop_to_aspect_ratio, "crop_to_aspect_ratio")

    def new_size(self, H: int, W: int) -> tuple[int, int]:
        """``(height, width)``."""
        return self.height, self.width

    def _matrices(self, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        _, H, W, _ = shape
        if not self.crop_to_aspect_ratio:
            return super()._matrices(shape)
        h = min(H, int(W * self.height / self.width) or 1)
        w = min(W, int(H * self.width / self.height) or 1)
        both = []
        for new, old, kept in ((self.height, H, h), (self.width, W, w)):
            matrix, begin = np.zeros((new, old)), int((old - kept) / 2)
            matrix[:, begin : begin + kept] = resampling_matrix(new, kept, self.interpolation)
            both.append(matrix)
        return both[0], both[1]
