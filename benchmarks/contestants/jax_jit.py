"""JAX: one jitted step with donated state."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from benchmarks import networks
from benchmarks.contestants import BETA_1, BETA_2, EPSILON, LEARNING_RATE, Forms, Task
from benchmarks.networks import Act, Conv, Dense, Dropout, Flatten, GlobalMean, Norm, Pool, Residual

jax.config.update("jax_default_prng_impl", "rbg")  # the fastest of JAX's generators, for dropout

ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh}
MOMENTUM, LITTLE = 0.99, 1e-3
"""Of batch normalization."""


def halved(x, together):
    """Pooling as four strided views: several times as fast as `lax.reduce_window`."""
    H, W = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    rows = together(x[:, :H:2, :W], x[:, 1:H:2, :W])
    return together(rows[:, :, ::2], rows[:, :, 1::2])


class Pass:
    """One way through the rows: takes weights in their order, keeps the moved statistics."""

    def __init__(self, learned, statistics, rate, key):
        self.learned, self.statistics = iter(learned), iter(statistics)
        self.rate, self.key = rate, key
        self.moved = []

    def through(self, rows, x):
        for row in rows:
            match row:
                case Conv():
                    x = self.convolution(row, x)
                case Dense():
                    x = x @ next(self.learned) + next(self.learned)
                case Norm():
                    x = self.norm(x)
                case Residual():
                    x = self.through(row.rows, x) + self.through(row.shortcut, x)
                case Act():
                    x = ACTIVATIONS[row.name](x)
                case Pool():
                    x = halved(x, jnp.add) / 4 if row.mean else halved(x, jnp.maximum)
                case GlobalMean():
                    x = x.mean((1, 2))
                case Flatten():
                    x = x.reshape(len(x), -1)
                case Dropout():
                    x = self.dropped(x)
        return x

    def convolution(self, row, x):
        kernel, groups = next(self.learned), 1
        if row.depthwise:  # (KH, KW, C, 1) -> (KH, KW, 1, C)
            kernel, groups = kernel.swapaxes(2, 3), x.shape[-1]
        axes, padding = ("NHWC", "HWIO", "NHWC"), row.padding.upper()
        y = lax.conv_general_dilated(
            x, kernel, (row.stride,) * 2, padding, None, None, axes, feature_group_count=groups
        )
        return y + next(self.learned) if row.bias else y

    def norm(self, x):
        gamma, beta = next(self.learned), next(self.learned)
        mean, variance = next(self.statistics), next(self.statistics)
        if self.key is not None:
            axes = tuple(range(x.ndim - 1))
            used = x.mean(axes), x.var(axes)
            old = mean, variance
            self.moved += [
                MOMENTUM * a + (1 - MOMENTUM) * b for a, b in zip(old, used, strict=True)
            ]
            mean, variance = used
        return (x - mean) * (gamma / jnp.sqrt(variance + LITTLE)) + beta

    def dropped(self, x):
        if self.key is None or not self.rate:
            return x
        keep = 1 - self.rate
        return jnp.where(jax.random.bernoulli(self.key, keep, x.shape), x / keep, 0)


class Jax:
    def __init__(self, _: None, threads: int) -> None:
        self.version = f"JAX {jax.__version__}"  # its threads: the cores that it is bound to

    def _weights(self, task: Task):
        """Return the learned weights, and the statistics of batch normalization."""
        learned, statistics = [], []
        rest = iter(task.weights)
        for row in networks.flat(networks.NETWORKS[task.model].rows):
            arrays = [jnp.array(next(rest)) for _ in range(networks.count_of_weights(row))]
            learned += arrays[:2]
            statistics += arrays[2:]
        return learned, statistics

    def train(self, task: Task) -> Forms:
        rows = networks.NETWORKS[task.model].rows

        def loss_of(weights, statistics, x, labels, key):
            way = Pass(weights, statistics, task.dropout, key)
            log_probs = jax.nn.log_softmax(way.through(rows, x))
            return -jnp.take_along_axis(log_probs, labels[:, None], axis=1).mean(), way.moved

        def step(state, batch):
            weights, m, v, t, key, statistics = state
            key, chance = jax.random.split(key)
            of_both = jax.value_and_grad(loss_of, has_aux=True)
            (loss, statistics), grads = of_both(weights, statistics, *batch, chance)
            t = t + 1
            m = [m + (g - m) * (1 - BETA_1) for m, g in zip(m, grads, strict=True)]
            v = [v + (g * g - v) * (1 - BETA_2) for v, g in zip(v, grads, strict=True)]
            rate = LEARNING_RATE * jnp.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
            weights = [
                w - rate * m / (jnp.sqrt(v) + EPSILON)
                for w, m, v in zip(weights, m, v, strict=True)
            ]
            return (weights, m, v, t, key, statistics), loss

        def fresh():
            weights, statistics = self._weights(task)
            zeros = [[jnp.zeros_like(w) for w in weights] for _ in range(2)]
            return weights, *zeros, jnp.zeros(()), jax.random.key(0), statistics

        def step_by_step():
            state, jitted = fresh(), jax.jit(step, donate_argnums=0)
            images, labels = jnp.array(task.images), jnp.array(task.labels, jnp.int32)
            batches = list(zip(images, labels, strict=True))

            def one_pass():
                nonlocal state
                losses = []
                for batch in batches:
                    state, loss = jitted(state, batch)
                    losses.append(loss)
                return np.mean(losses)  # waits for all of them

            return one_pass

        # A jitted scan over all steps is eight times slower: its convolutions get one core.
        return {"jit, donated": step_by_step}

    def predict(self, task: Task) -> Forms:
        rows = networks.NETWORKS[task.model].rows

        def jitted():
            weights = self._weights(task)
            batches = list(jnp.array(task.images))
            forward = jax.jit(
                lambda weights, x: jax.nn.softmax(Pass(*weights, 0.0, None).through(rows, x))
            )
            if task.batch == 1:  # the next image is not known before this one has its answer
                return lambda: [forward(weights, x).block_until_ready() for x in batches]
            return lambda: jax.block_until_ready([forward(weights, x) for x in batches])

        return {"jit": jitted}
