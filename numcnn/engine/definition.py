"""The definition of convolution and pooling: their formulas, one number at a time.

These loops are the meaning of the operations, but they are far too slow for training.  The engines
compute the same numbers (`numcnn.engine.reference` in NumPy, `numcnn.engine.fast` compiled), and
the tests compare every engine with these loops.

Axes: ``N`` images, ``H, W`` image rows and columns, ``C`` channels in, ``F`` filters (channels
out), ``KH, KW`` window rows and columns, ``SH, SW`` strides, ``OH, OW`` output rows and columns.
"""

from collections.abc import Iterator

import numpy as np

from numcnn.geometry import WindowGrid, window_grid

Array = np.ndarray
Pair = tuple[int, int]
Place = tuple[int, int, int, int]


def conv2d(x: Array, kernel: Array, bias: Array | None, strides: Pair, padding: str) -> Array:
    """Slide the kernel over the images: the seven loops.

    ``y[n, oy, ox, f] = bias[f] + Σ_{i,j,c} x[n, oy·SH + i − top, ox·SW + j − left, c] ·
    kernel[i, j, c, f]``, where x is zero outside the image.

    x ``(N, H, W, C)``, kernel ``(KH, KW, C, F)``, bias ``(F,)`` or None -> y ``(N, OH, OW, F)``.
    """
    (KH, KW, C, F), (SH, SW) = kernel.shape, strides
    grid = window_grid(x.shape[1:3], (KH, KW), strides, padding)
    image = zero_padded(x, grid)  # (N, top + H + bottom, left + W + right, C)
    y = np.zeros((len(x), grid.OH, grid.OW, F), x.dtype)
    for n in range(len(x)):
        for oy in range(grid.OH):
            for ox in range(grid.OW):
                for f in range(F):
                    total = 0.0 if bias is None else bias[f]
                    for i in range(KH):
                        for j in range(KW):
                            for c in range(C):
                                pixel = image[n, oy * SH + i, ox * SW + j, c]
                                total += pixel * kernel[i, j, c, f]
                    y[n, oy, ox, f] = total
    return y


def conv2d_gradients(
    x: Array, kernel: Array, dy: Array, strides: Pair, padding: str
) -> tuple[Array, Array, Array]:
    """Each term ``pixel · weight`` gives the pixel ``dy · weight`` and the weight ``dy · pixel``.

    dy ``(N, OH, OW, F)`` -> dx ``(N, H, W, C)``, dkernel ``(KH, KW, C, F)``, dbias ``(F,)``.
    """
    (KH, KW, C, F), (SH, SW), (_, H, W, _) = kernel.shape, strides, x.shape
    grid = window_grid((H, W), (KH, KW), strides, padding)
    image = zero_padded(x, grid)
    dimage, dkernel, dbias = np.zeros_like(image), np.zeros_like(kernel), np.zeros(F, x.dtype)
    for n in range(len(x)):
        for oy in range(grid.OH):
            for ox in range(grid.OW):
                for f in range(F):
                    g = dy[n, oy, ox, f]
                    dbias[f] += g
                    for i in range(KH):
                        for j in range(KW):
                            for c in range(C):
                                row, column = oy * SH + i, ox * SW + j
                                dimage[n, row, column, c] += g * kernel[i, j, c, f]
                                dkernel[i, j, c, f] += g * image[n, row, column, c]
    dx = dimage[:, grid.top : grid.top + H, grid.left : grid.left + W]  # without the padding
    return dx, dkernel, dbias


def zero_padded(x: Array, grid: WindowGrid) -> Array:
    """Return the images with the padding, rows and columns of zeros."""
    rows, columns = (grid.top, grid.bottom), (grid.left, grid.right)
    return np.pad(x, ((0, 0), rows, columns, (0, 0)))


def maxpool2d(
    x: Array, dy: Array, pool_size: Pair, strides: Pair, padding: str
) -> tuple[Array, Array]:
    """The largest pixel (or the first NaN) of each window; it alone gets the gradient.

    x ``(N, H, W, C)``, dy ``(N, OH, OW, C)`` -> y ``(N, OH, OW, C)``, dx ``(N, H, W, C)``.
    """
    grid = window_grid(x.shape[1:3], pool_size, strides, padding)
    y, dx = np.zeros((len(x), grid.OH, grid.OW, x.shape[3]), x.dtype), np.zeros_like(x)
    for (n, oy, ox, c), cells in windows(x, grid, pool_size, strides):
        winner = cells[int(np.argmax([x[cell] for cell in cells]))]  # the first NaN or maximum
        y[n, oy, ox, c] = x[winner]
        dx[winner] += dy[n, oy, ox, c]
    return y, dx


def averagepool2d(
    x: Array, dy: Array, pool_size: Pair, strides: Pair, padding: str
) -> tuple[Array, Array]:
    """The mean of each window's pixels; each of them gets an equal share of the gradient.

    x ``(N, H, W, C)``, dy ``(N, OH, OW, C)`` -> y ``(N, OH, OW, C)``, dx ``(N, H, W, C)``.
    """
    grid = window_grid(x.shape[1:3], pool_size, strides, padding)
    y, dx = np.zeros((len(x), grid.OH, grid.OW, x.shape[3]), x.dtype), np.zeros_like(x)
    for (n, oy, ox, c), cells in windows(x, grid, pool_size, strides):
        for cell in cells:
            y[n, oy, ox, c] += x[cell] / len(cells)
            dx[cell] += dy[n, oy, ox, c] / len(cells)
    return y, dx


def windows(
    x: Array, grid: WindowGrid, pool_size: Pair, strides: Pair
) -> Iterator[tuple[Place, list[Place]]]:
    """Yield every output position ``(n, oy, ox, c)`` with the pixels of x under its window."""
    (N, H, W, C), (PH, PW), (SH, SW) = x.shape, pool_size, strides
    for n, oy, ox, c in np.ndindex(N, grid.OH, grid.OW, C):
        first_row, first_column = oy * SH - grid.top, ox * SW - grid.left
        rows = range(max(first_row, 0), min(first_row + PH, H))
        columns = range(max(first_column, 0), min(first_column + PW, W))
        yield (n, oy, ox, c), [(n, row, column, c) for row in rows for column in columns]
