"""A whole convolutional network in one file of NumPy: it learns to read handwritten digits.

An image of 28 x 28 pixels goes in, and ten numbers come out, one for each digit:

    image -> convolution -> ReLU -> pooling -> convolution -> ReLU -> pooling -> dense -> softmax

Each layer has two methods.  `forward` computes the output y from the input x.  `backward` receives
dy, the gradient of the loss with respect to y.  By the chain rule it computes the gradients with
respect to its weights, and returns dx, which is the dy of the layer before it.

Comments give the shapes of arrays: N images of H x W pixels and C channels; F filters; windows of
K x K pixels at OH x OW positions; D inputs and U outputs of the dense layer.

python examples/one_file.py      trains in about a minute; only the digits come from numcnn
"""

import time

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from numcnn.datasets import digits


def convolution_by_loops(x, kernel, bias):
    """y[n, i, j, f] = bias[f] + sum over a, b, c of x[n, i + a, j + b, c] * kernel[a, b, c, f]"""
    (N, H, W, C), (K, _, _, F) = x.shape, kernel.shape
    y = np.zeros((N, H - K + 1, W - K + 1, F), x.dtype)  # (N, OH, OW, F)
    for n in range(N):  # for every image,
        for i in range(H - K + 1):  # every place where the window fits into it,
            for j in range(W - K + 1):
                for f in range(F):  # and every filter:
                    y[n, i, j, f] = bias[f]
                    for a in range(K):  # multiply each number in the window by its weight, and add
                        for b in range(K):
                            for c in range(C):
                                y[n, i, j, f] += x[n, i + a, j + b, c] * kernel[a, b, c, f]
    return y


def convolution_by_loops_backward(dy, x, kernel):
    """In each product x * kernel of that sum, the gradient of one factor is dy times the other."""
    (N, OH, OW, F), (K, _, C, _) = dy.shape, kernel.shape
    dx, dkernel = np.zeros_like(x), np.zeros_like(kernel)  # (N, H, W, C), (K, K, C, F)
    for n, i, j, f, a, b, c in np.ndindex(N, OH, OW, F, K, K, C):  # the same seven loops
        dx[n, i + a, j + b, c] += dy[n, i, j, f] * kernel[a, b, c, f]
        dkernel[a, b, c, f] += dy[n, i, j, f] * x[n, i + a, j + b, c]
    return dx, dkernel, dy.sum(axis=(0, 1, 2))  # dbias: (F,)


class Convolution:
    """The seven loops as one matrix product: each window becomes a row of a matrix (im2col)."""

    def __init__(self, K, C, F, random):
        self.kernel, self.bias = initial_weights(random, K, K, C, F)  # (K, K, C, F), (F,)

    def forward(self, x):
        """y = rows @ kernel + bias"""
        self.x_shape, (K, _, C, F) = x.shape, self.kernel.shape
        windows = sliding_window_view(x, (K, K), axis=(1, 2))  # (N, OH, OW, C, K, K)
        self.rows = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, K * K * C)  # (N·OH·OW, K·K·C)
        y = self.rows @ self.kernel.reshape(-1, F) + self.bias  # (N·OH·OW, F)
        return y.reshape(*windows.shape[:3], F)  # (N, OH, OW, F)

    def backward(self, dy):
        """dkernel = rows.T @ dy, dbias = the sum of dy, drows = dy @ kernel.T"""
        (N, OH, OW, F), (K, _, C, _) = dy.shape, self.kernel.shape
        dy = dy.reshape(-1, F)  # (N·OH·OW, F)
        self.dkernel, self.dbias = (self.rows.T @ dy).reshape(K, K, C, F), dy.sum(axis=0)
        drows = (dy @ self.kernel.reshape(-1, F).T).reshape(N, OH, OW, K, K, C)
        dx = np.zeros(self.x_shape, dy.dtype)  # (N, H, W, C)
        for a, b in np.ndindex(K, K):  # a pixel is in many windows and gets their sum (col2im)
            dx[:, a : a + OH, b : b + OW] += drows[:, :, :, a, b]  # (N, OH, OW, C)
        return dx


class ReLU:
    """y = max(x, 0), dx = dy where x is positive, else 0; every shape is (N, H, W, C)."""

    def forward(self, x):
        self.positive = x > 0
        return np.maximum(x, 0)

    def backward(self, dy):
        return dy * self.positive


class MaxPooling:
    """Of each 2 x 2 pixels the largest; it alone gets the gradient."""

    def forward(self, x):
        """y[n, i, j, c] = the largest x[n, 2i + a, 2j + b, c], where a and b are 0 or 1"""
        self.x_shape = x.shape
        pixels = np.stack([x[:, a::2, b::2] for a, b in np.ndindex(2, 2)])  # (4, N, H/2, W/2, C)
        self.winner = pixels.argmax(axis=0)  # (N, H/2, W/2, C), 0 to 3; the first of equal pixels
        return pixels.max(axis=0)  # (N, H/2, W/2, C)

    def backward(self, dy):
        dx = np.zeros(self.x_shape, dy.dtype)  # (N, H, W, C)
        for number, (a, b) in enumerate(np.ndindex(2, 2)):
            dx[:, a::2, b::2] = dy * (self.winner == number)  # (N, H/2, W/2, C)
        return dx


class Dense:
    """All numbers of an image in one row, times a matrix."""

    def __init__(self, D, U, random):
        self.kernel, self.bias = initial_weights(random, D, U)  # (D, U), (U,)

    def forward(self, x):
        """y = x @ kernel + bias"""
        self.x_shape, self.x = x.shape, x.reshape(len(x), -1)  # (N, H, W, C), (N, D)
        return self.x @ self.kernel + self.bias  # (N, D) @ (D, U) -> (N, U)

    def backward(self, dy):
        """dkernel = x.T @ dy, dbias = the sum of dy, dx = dy @ kernel.T"""
        self.dkernel, self.dbias = self.x.T @ dy, dy.sum(axis=0)  # (D, U), (U,)
        return (dy @ self.kernel.T).reshape(self.x_shape)  # (N, D) -> (N, H, W, C)


def initial_weights(random, *shape):
    """Random weights that keep the size of numbers from layer to layer (Glorot); zero biases."""
    limit = np.sqrt(6 / np.prod(shape[:-2]) / (shape[-2] + shape[-1]))
    return random.uniform(-limit, limit, shape).astype(np.float32), np.zeros(shape[-1], np.float32)


def build_network(random):
    return [
        *(Convolution(5, 1, 8, random), ReLU(), MaxPooling()),  # (28, 28, 1) -> (12, 12, 8)
        *(Convolution(5, 8, 16, random), ReLU(), MaxPooling()),  # (12, 12, 8) -> (4, 4, 16)
        Dense(4 * 4 * 16, 10, random),  # (4, 4, 16) -> 10 logits; softmax makes them probabilities
    ]


def forward(network, x):
    for layer in network:
        x = layer.forward(x)
    return x  # (N, 10)


def backward(network, dy):
    for layer in reversed(network):
        dy = layer.backward(dy)
    return dy  # (N, 28, 28, 1)


def softmax_cross_entropy(logits, labels):
    """p = exp(logits) / their sum, loss = the mean of -log p[label], dlogits = (p - one_hot) / N"""
    logits = logits - logits.max(axis=1, keepdims=True)  # (N, 10); p is the same, exp at most 1
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))  # (N, 10)
    one_hot = np.eye(10, dtype=logits.dtype)[labels]  # (N, 10)
    return -(one_hot * log_p).sum() / len(labels), (np.exp(log_p) - one_hot) / len(labels)


class Adam:
    """m and v are running means of the gradient g and of g * g; w -= a * m / (sqrt(v) + 1e-7).
    They start at 0; a = rate * sqrt(1 - 0.999^t) / (1 - 0.9^t) corrects for that in step t.
    """

    def __init__(self, weights, rate=0.001):
        self.weights, self.rate, self.t = weights, rate, 0
        self.m, self.v = ([np.zeros_like(w) for w in weights] for _ in range(2))

    def step(self, gradients):
        self.t += 1
        a = self.rate * (1 - 0.999**self.t) ** 0.5 / (1 - 0.9**self.t)
        for w, g, m, v in zip(self.weights, gradients, self.m, self.v, strict=True):  # one shape
            m += (g - m) * (1 - 0.9)
            v += (g * g - v) * (1 - 0.999)
            w -= a * m / (np.sqrt(v) + 1e-7)  # not divided by 0 where no gradient has come yet


def train(images=20_000, held_out=1_000, epochs=6, batch_size=50):
    """Train on generated digits; after each epoch, test the network on digits not trained on."""
    x, labels = digits.generate(images + held_out)  # (N, 28, 28) from 0 to 255, (N,)
    x = x[..., np.newaxis] / np.float32(255)  # (N, 28, 28, 1) from 0 to 1
    random, start = np.random.default_rng(0), time.perf_counter()
    network = build_network(random)
    layers = [layer for layer in network if hasattr(layer, "kernel")]  # those with weights
    adam = Adam([w for layer in layers for w in (layer.kernel, layer.bias)])
    for epoch in range(1, epochs + 1):
        losses = []
        for batch in np.array_split(random.permutation(images), images // batch_size):
            logits = forward(network, x[batch])  # (B, 28, 28, 1) -> (B, 10)
            loss, dlogits = softmax_cross_entropy(logits, labels[batch])
            backward(network, dlogits)
            adam.step([g for layer in layers for g in (layer.dkernel, layer.dbias)])
            losses.append(loss)
        right = (forward(network, x[images:]).argmax(axis=1) == labels[images:]).mean()
        loss, seconds = np.mean(losses), time.perf_counter() - start
        print(f"epoch {epoch}: loss {loss:.3f}, held-out accuracy {right:.1%}, {seconds:.0f} s")
    return network, right


if __name__ == "__main__":
    try:
        train()
    except KeyboardInterrupt:
        raise SystemExit("Stopped.") from None
