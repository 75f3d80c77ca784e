"""The seven-loop oracle: convolution and pooling as their formulas say, one number at a time.

It lives among the tests so that nobody can make it fast, or wrong in the same way as an engine.
"""

import math

import numpy as np


def padded(x, window, strides, padding, fill):
    """Return x with the cells that ``padding`` adds, and the number of window positions."""
    (before_y, after_y, OH), (before_x, after_x, OW) = (
        _axis(*along, padding) for along in zip(x.shape[1:3], window, strides, strict=True)
    )
    width = ((0, 0), (before_y, after_y), (before_x, after_x), (0, 0))
    return np.pad(x, width, constant_values=fill), OH, OW


def _axis(length, window, stride, padding):
    if padding == "valid":
        return 0, 0, math.floor((length - window) / stride) + 1
    out = math.ceil(length / stride)
    total = max((out - 1) * stride + window - length, 0)
    return total // 2, total - total // 2, out


def conv2d(x, kernel, bias, strides, padding):
    """y[n, oy, ox, f] = bias[f] + Σ_{i,j,c} x[n, oy·SH + i, ox·SW + j, c] · kernel[i, j, c, f]."""
    KH, KW, C, F = kernel.shape
    image, OH, OW = padded(x, (KH, KW), strides, padding, 0)
    y = np.zeros((len(x), OH, OW, F), x.dtype)
    for n in range(len(x)):
        for oy in range(OH):
            for ox in range(OW):
                for f in range(F):
                    total = 0.0 if bias is None else bias[f]
                    for i in range(KH):
                        for j in range(KW):
                            for c in range(C):
                                pixel = image[n, oy * strides[0] + i, ox * strides[1] + j, c]
                                total += pixel * kernel[i, j, c, f]
                    y[n, oy, ox, f] = total
    return y


def conv2d_gradients(x, kernel, dy, strides, padding):
    """The gradients of Σ dy·y: each term of the forward sum passes dy on to its two factors."""
    KH, KW, C, F = kernel.shape
    image, OH, OW = padded(x, (KH, KW), strides, padding, 0)
    dimage, dkernel, dbias = np.zeros_like(image), np.zeros_like(kernel), np.zeros(F, x.dtype)
    for n in range(len(x)):
        for oy in range(OH):
            for ox in range(OW):
                for f in range(F):
                    g = dy[n, oy, ox, f]
                    dbias[f] += g
                    for i in range(KH):
                        for j in range(KW):
                            for c in range(C):
                                row, column = oy * strides[0] + i, ox * strides[1] + j
                                dimage[n, row, column, c] += g * kernel[i, j, c, f]
                                dkernel[i, j, c, f] += g * image[n, row, column, c]
    return _inside(dimage, x, (KH, KW), strides, padding), dkernel, dbias


def _inside(dimage, x, window, strides, padding):
    (top, _, _), (left, _, _) = (
        _axis(*along, padding) for along in zip(x.shape[1:3], window, strides, strict=True)
    )
    return dimage[:, top : top + x.shape[1], left : left + x.shape[2]]


def maxpool2d(x, dy, pool_size, strides, padding):
    """Return the largest pixel of each window, and the gradient: all to the first of them."""
    return _pool(x, dy, pool_size, strides, padding, average=False)


def averagepool2d(x, dy, pool_size, strides, padding):
    """Return the mean of each window's pixels, and the gradient: an equal share to each."""
    return _pool(x, dy, pool_size, strides, padding, average=True)


def _pool(x, dy, pool_size, strides, padding, average):
    (top, _, OH), (left, _, OW) = (
        _axis(*along, padding) for along in zip(x.shape[1:3], pool_size, strides, strict=True)
    )
    N, H, W, C = x.shape
    y, dx = np.zeros((N, OH, OW, C), x.dtype), np.zeros_like(x)
    for n in range(N):
        for oy in range(OH):
            for ox in range(OW):
                for c in range(C):
                    y0, x0 = oy * strides[0] - top, ox * strides[1] - left
                    cells = [
                        (row, column)
                        for row in range(y0, y0 + pool_size[0])
                        for column in range(x0, x0 + pool_size[1])
                        if 0 <= row < H and 0 <= column < W
                    ]
                    pixels = [x[n, row, column, c] for row, column in cells]
                    g = 0.0 if dy is None else dy[n, oy, ox, c]
                    if average:
                        y[n, oy, ox, c] = sum(pixels) / len(pixels)
                        for row, column in cells:
                            dx[n, row, column, c] += g / len(cells)
                    else:
                        winner = int(np.argmax(pixels))  # the first NaN, or the first maximum
                        y[n, oy, ox, c] = pixels[winner]
                        row, column = cells[winner]
                        dx[n, row, column, c] += g
    return y, dx
