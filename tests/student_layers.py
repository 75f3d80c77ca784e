"""Layers as a student writes them, with plain loops: right ones, from which mistakes are made."""

import numpy as np

from numcnn.layers import Layer


class Conv(Layer):
    """A convolution of 3 x 3 and two filters, window by window."""

    def build(self, input_shape):
        self.kernel = self.add_parameter("kernel", (3, 3, input_shape[-1], 2), "glorot_uniform")
        self.bias = self.add_parameter("bias", (2,))

    def windows(self, x):
        """Yield the positions, and the pixels below the window."""
        for oy in range(x.shape[1] - 2):
            for ox in range(x.shape[2] - 2):
                yield oy, ox, x[:, oy : oy + 3, ox : ox + 3]

    def forward(self, x, training=False):
        self.x = x
        y = np.zeros((len(x), x.shape[1] - 2, x.shape[2] - 2, 2), x.dtype)
        for oy, ox, window in self.windows(x):
            y[:, oy, ox] = np.tensordot(window, self.kernel.value, 3) + self.bias.value
        return y

    def backward(self, dy):
        dx, dkernel = np.zeros_like(self.x), np.zeros_like(self.kernel.value)
        for oy, ox, window in self.windows(self.x):
            dkernel += np.tensordot(window, dy[:, oy, ox], (0, 0))
            dx[:, oy : oy + 3, ox : ox + 3] += np.tensordot(
                dy[:, oy, ox], self.kernel.value, (1, 3)
            )
        self.kernel.grad = dkernel
        self.bias.grad = dy.sum(axis=(0, 1, 2))
        return dx


class Dense(Layer):
    """Four units."""

    def build(self, input_shape):
        self.W = self.add_parameter("W", (input_shape[-1], 4), "glorot_uniform")
        self.b = self.add_parameter("b", (4,))

    def forward(self, x, training=False):
        self.x = x
        return x @ self.W.value + self.b.value

    def backward(self, dy):
        self.W.grad = self.x.T @ dy
        self.b.grad = dy.sum(axis=0)
        return dy @ self.W.value.T


class AveragePooling(Layer):
    """The mean of windows of 3 x 3, two apart, so that they overlap."""

    def windows(self, shape):
        for oy in range((shape[1] - 1) // 2):
            for ox in range((shape[2] - 1) // 2):
                yield oy, ox, (slice(None), slice(2 * oy, 2 * oy + 3), slice(2 * ox, 2 * ox + 3))

    def forward(self, x, training=False):
        self.x = x
        y = np.zeros((len(x), (x.shape[1] - 1) // 2, (x.shape[2] - 1) // 2, x.shape[3]), x.dtype)
        for oy, ox, window in self.windows(x.shape):
            y[:, oy, ox] = x[window].mean(axis=(1, 2))
        return y

    def backward(self, dy):
        dx = np.zeros_like(self.x)
        for oy, ox, window in self.windows(self.x.shape):
            dx[window] += dy[:, oy : oy + 1, ox : ox + 1] / 9
        return dx


class MaxPooling(AveragePooling):
    """The maximum of windows of 3 x 3, two apart, so that they overlap."""

    def forward(self, x, training=False):
        self.x = x
        self.y = np.zeros_like(super().forward(x))
        for oy, ox, window in self.windows(x.shape):
            self.y[:, oy, ox] = x[window].max(axis=(1, 2))
        return self.y

    def backward(self, dy):
        dx = np.zeros_like(self.x)
        for oy, ox, window in self.windows(self.x.shape):
            here = (slice(None), slice(oy, oy + 1), slice(ox, ox + 1))
            dx[window] += np.where(self.x[window] == self.y[here], dy[here], 0)
        return dx
