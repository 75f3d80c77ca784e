"""Conv2DTranspose: a convolution turned around, which makes an image larger."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import Shape, image_axes, one_of, pair, positive_int, shown
from numcnn.geometry import PADDINGS
from numcnn.layers.kernel import KernelLayer
from numcnn.layers.spread import dilated, widened


class Conv2DTranspose(KernelLayer):
    """Each pixel of the input adds a whole window to the output, its value times the kernel.

    ``z[oy, ox, f] = bias[f] + Σ x[y, x, c] · kernel[i, j, f, c]``, over all input pixels and cells
    with ``y·SH + i − top = oy`` and ``x·SW + j − left = ox``.

    That is the way back through a `Conv2D` from its output's gradient to its input's, hence the
    name.  ``"same"`` gives an image S times as large; of the windows at the edges, the cells too
    much are cut off, half of them (rounded down) at the top and on the left.

    Parameters
    ----------
    filters : int
        F, the output channels.
    kernel_size : int or (int, int)
    strides : int or (int, int), default (1, 1)
        How many times larger the image becomes.
    padding : {"valid", "same"}, default "valid"
    output_padding : int or (int, int), optional
        Rows and columns of the output beyond those that the windows need, below the strides.
        None is not 0: it means ``S·length`` for ``"same"``.
    dilation_rate : int or (int, int), default (1, 1)
        The distance between neighbouring cells of the window.
    activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
        As in every layer with a kernel (`numcnn.layers.kernel.KernelLayer`).
    **options
        Options of every layer (`Layer`), such as `input_shape` and `name`.

    Examples
    --------
    >>> Conv2DTranspose(4, 3, strides=2, padding="same").forward(np.zeros((1, 7, 7, 2))).shape
    (1, 14, 14, 4)
    """

    takes_engine_layout = False

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        strides: int | tuple[int, int] = (1, 1),
        padding: str = "valid",
        output_padding: int | tuple[int, int] | None = None,
        *,
        dilation_rate: int | tuple[int, int] = (1, 1),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.filters = positive_int(filters, "filters")
        self.kernel_size = pair(kernel_size, "kernel_size")
        self.strides = pair(strides, "strides")
        self.padding = one_of(padding, PADDINGS, "padding")
        self.dilation_rate = pair(dilation_rate, "dilation_rate")
        self.output_padding = _output_padding(output_padding, self.strides)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"a transposed convolution has strides {self.strides} or dilation_rate "
                f"{self.dilation_rate}, not both larger than 1."
            )

    def sides(self, image: tuple[int, int]) -> list[tuple[int, int, int]]:
        """Return for both axes the output's length, what all windows cover, and the cells cut off
        before it.
        """
        window = widened(self.kernel_size, self.dilation_rate)
        sides = []
        for axis, (n, k, s) in enumerate(zip(image, window, self.strides, strict=True)):
            covered = (n - 1) * s + k
            same = self.padding == "same"
            if self.output_padding is None:
                length = n * s if same else n * s + max(k - s, 0)
            else:
                length = covered - 2 * (k // 2 if same else 0) + self.output_padding[axis]
            if length < 1:
                raise ValueError(
                    f"an image of {image[0]} x {image[1]} is too small for this window, padding "
                    "and output_padding: nothing would be left of it."
                )
            cut = max(covered - length, 0) // 2 if same else 0
            sides.append((length, covered, cut))
        return sides

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, OH, OW, F)``."""
        H, W, _ = image_axes(input_shape)
        return (None, *(length for length, _, _ in self.sides((H, W))), self.filters)

    def build(self, input_shape: Shape) -> None:
        """Make kernel ``(KH, KW, F, C)`` and bias ``(F,)``."""
        self.compute_output_shape(input_shape)
        self.make_kernel((*self.kernel_size, self.filters, input_shape[-1]), self.filters)

    def linear(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Add a window for each pixel: x ``(N, H, W, C)`` -> z ``(N, OH, OW, F)``."""
        x = self.checked(x)
        N, H, W, _ = x.shape
        kernel, bias = self.weights_now
        wide = dilated(kernel, self.dilation_rate)
        (OH, high, top), (OW, broad, left) = self.sides((H, W))
        z = np.zeros((N, max(high, top + OH), max(broad, left + OW), self.filters), x.dtype)
        for i, j in self._cells():
            z[self._meeting(i, j, H, W)] += x @ wide[i, j].T  # (…, C) @ (C, F)
        self.remember((x, wide, z.shape), training)
        z = z[:, top : top + OH, left : left + OW]
        return z if bias is None else z + bias

    def linear_backward(self, dz: np.ndarray) -> Any:
        """Each pixel looks at its window of dz: dz ``(N, OH, OW, F)`` -> dx ``(N, H, W, C)``."""
        x, wide, shape = self.recall()
        _, H, W, C = x.shape
        (OH, _, top), (OW, _, left) = self.sides((H, W))
        dbias = dz.sum(axis=(0, 1, 2))
        whole = np.zeros(shape, dz.dtype)
        whole[:, top : top + OH, left : left + OW] = dz
        dx, dkernel = np.zeros_like(x), np.zeros_like(self.kernel.value)
        for i, j in self._cells():
            seen = whole[self._meeting(i, j, H, W)]  # (N, H, W, F)
            dx += seen @ wide[i, j]
            DH, DW = self.dilation_rate
            dkernel[i // DH, j // DW] = seen.reshape(-1, self.filters).T @ x.reshape(-1, C)
        self.set_gradients(dkernel, dbias)
        return dx

    def _cells(self) -> list[tuple[int, int]]:
        """Return the places of the kernel's cells in the wide window."""
        (KH, KW), (DH, DW) = self.kernel_size, self.dilation_rate
        return [(i * DH, j * DW) for i in range(KH) for j in range(KW)]

    def _meeting(self, i: int, j: int, H: int, W: int) -> tuple[slice, slice, slice]:
        """Return where the cell (i, j) of each pixel's window lies in all that windows cover."""
        SH, SW = self.strides
        rows, columns = slice(i, i + H * SH - SH + 1, SH), slice(j, j + W * SW - SW + 1, SW)
        return slice(None), rows, columns


def _output_padding(given: Any, strides: tuple[int, int]) -> tuple[int, int] | None:
    if given is None:
        return None
    both = given if isinstance(given, tuple | list) else (given, given)
    if len(both) != 2:
        raise ValueError(f"output_padding must be a whole number or a pair, got {shown(given)}.")
    rows, columns = (positive_int(one, "output_padding", minimum=0) for one in both)
    if rows >= strides[0] or columns >= strides[1]:
        raise ValueError(f"output_padding must be below the strides {strides}, got {given}.")
    return rows, columns
