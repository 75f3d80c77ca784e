"""The peer among teaching libraries: im2col as NumPy books write it.

The algorithm is that of the layers in *Deep Learning from Scratch* (O'Reilly Japan), in our words:
images as ``(N, C, H, W)``, one strided copy for each cell of the window into an array of float64,
two transpositions, one matrix product; max pooling by the same im2col and an arg-max.
"""

import numpy as np


def im2col(x, KH, KW, stride):
    N, C, H, W = x.shape
    OH, OW = (H - KH) // stride + 1, (W - KW) // stride + 1
    cols = np.zeros((N, C, KH, KW, OH, OW))
    for i in range(KH):
        for j in range(KW):
            rows, columns = slice(i, i + stride * OH, stride), slice(j, j + stride * OW, stride)
            cols[:, :, i, j] = x[:, :, rows, columns]
    return cols.transpose(0, 4, 5, 1, 2, 3).reshape(N * OH * OW, -1)


def col2im(cols, shape, KH, KW, stride):
    N, C, H, W = shape
    OH, OW = (H - KH) // stride + 1, (W - KW) // stride + 1
    cols = cols.reshape(N, OH, OW, C, KH, KW).transpose(0, 3, 4, 5, 1, 2)
    x = np.zeros(shape)
    for i in range(KH):
        for j in range(KW):
            rows, columns = slice(i, i + stride * OH, stride), slice(j, j + stride * OW, stride)
            x[:, :, rows, columns] += cols[:, :, i, j]
    return x


class Convolution:
    def __init__(self, kernel, bias):
        self.value = [kernel.transpose(3, 2, 0, 1).copy(), bias.copy()]  # (F, C, KH, KW)

    def forward(self, x):
        kernel, bias = self.value
        F, _, KH, KW = kernel.shape
        N, _, H, W = x.shape
        self.x_shape, self.cols = x.shape, im2col(x, KH, KW, 1)
        y = self.cols @ kernel.reshape(F, -1).T + bias
        return y.reshape(N, H - KH + 1, W - KW + 1, F).transpose(0, 3, 1, 2)

    def backward(self, dy):
        kernel, _ = self.value
        F, C, KH, KW = kernel.shape
        dy = dy.transpose(0, 2, 3, 1).reshape(-1, F)
        dkernel = (self.cols.T @ dy).T.reshape(F, C, KH, KW)
        self.grad = [dkernel, dy.sum(axis=0)]
        return col2im(dy @ kernel.reshape(F, -1), self.x_shape, KH, KW, 1)


class MaxPooling:
    value = grad = ()

    def forward(self, x):
        N, C, H, W = x.shape
        self.x_shape = x.shape
        cols = im2col(x, 2, 2, 2).reshape(-1, 4)
        self.winner = cols.argmax(axis=1)
        return cols.max(axis=1).reshape(N, H // 2, W // 2, C).transpose(0, 3, 1, 2)

    def backward(self, dy):
        dy = dy.transpose(0, 2, 3, 1)
        dcols = np.zeros((dy.size, 4))
        dcols[np.arange(dy.size), self.winner] = dy.flatten()
        dcols = dcols.reshape(*dy.shape, 4)
        rows = dcols.shape[0] * dcols.shape[1] * dcols.shape[2]
        return col2im(dcols.reshape(rows, -1), self.x_shape, 2, 2, 2)


class ReLU:
    value = grad = ()

    def forward(self, x):
        self.mask = x <= 0
        y = x.copy()
        y[self.mask] = 0
        return y

    def backward(self, dy):
        dy[self.mask] = 0
        return dy


class Affine:
    def __init__(self, kernel, bias, shape=None):
        if shape is not None:  # from the order (H, W, C) of a row to (C, H, W)
            H, W, C = shape
            kernel = kernel.reshape(H, W, C, -1).transpose(2, 0, 1, 3).reshape(H * W * C, -1)
        self.value = [kernel.copy(), bias.copy()]

    def forward(self, x):
        self.x_shape = x.shape
        self.x = x.reshape(len(x), -1)
        return self.x @ self.value[0] + self.value[1]

    def backward(self, dy):
        self.grad = [self.x.T @ dy, dy.sum(axis=0)]
        return (dy @ self.value[0].T).reshape(self.x_shape)


class TeachingNetwork:
    """The tutorial's model with the weights of a numcnn model, trained by Adam."""

    def __init__(self, weights):
        k1, b1, k2, b2, k3, b3 = weights
        self.layers = [
            *(Convolution(k1, b1), ReLU(), MaxPooling()),
            *(Convolution(k2, b2), ReLU(), MaxPooling()),
            Affine(k3, b3, shape=(4, 4, 16)),
        ]
        self.t = 0
        self.moments = [[np.zeros_like(w), np.zeros_like(w)] for w in self.parameters("value")]

    def parameters(self, what):
        return [array for layer in self.layers for array in getattr(layer, what)]

    def predict(self, x):
        """Return the probabilities for x ``(N, 1, 28, 28)``."""
        for layer in self.layers:
            x = layer.forward(x)
        exps = np.exp(x - x.max(axis=1, keepdims=True))
        return exps / exps.sum(axis=1, keepdims=True)

    def train_step(self, x, labels):
        """Make one update with x ``(N, 1, 28, 28)`` and labels ``(N,)``; return the loss."""
        probs = self.predict(x)
        rows = np.arange(len(labels))
        loss = -np.log(probs[rows, labels] + 1e-7).mean()
        dy = probs
        dy[rows, labels] -= 1
        dy /= len(labels)
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        self.t += 1
        rate = 1e-3 * np.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
        for w, g, (m, v) in zip(
            self.parameters("value"), self.parameters("grad"), self.moments, strict=True
        ):
            m += (g - m) * (1 - 0.9)
            v += (g * g - v) * (1 - 0.999)
            w -= rate * m / (np.sqrt(v) + 1e-7)
        return loss
