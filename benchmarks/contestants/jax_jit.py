"""JAX: one jitted step with donated state."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from benchmarks.contestants import BETA_1, BETA_2, EPSILON, LEARNING_RATE, Forms, Task

jax.config.update("jax_default_prng_impl", "rbg")  # the fastest of JAX's generators, for dropout


def convolution(x, kernel, bias, padding):
    axes = ("NHWC", "HWIO", "NHWC")
    return jax.nn.relu(
        lax.conv_general_dilated(x, kernel, (1, 1), padding, None, None, axes) + bias
    )


def maxpool(x):
    """Four strided views: several times as fast as `lax.reduce_window` and its gradient."""
    rows = jnp.maximum(x[:, ::2], x[:, 1::2])
    return jnp.maximum(rows[:, :, ::2], rows[:, :, 1::2])


class Jax:
    def __init__(self, _: None, threads: int) -> None:
        self.version = f"JAX {jax.__version__}"  # its threads: the cores that it is bound to

    def _logits(self, task: Task):
        padding = "VALID" if task.model == "A" else "SAME"

        def logits(weights, x, key=None):
            k1, b1, k2, b2, *dense = weights
            x = maxpool(convolution(x, k1, b1, padding))
            x = maxpool(convolution(x, k2, b2, padding))
            x = x.reshape(len(x), -1)
            if task.model == "B":
                k3, b3, *dense = dense
                x = jax.nn.relu(x @ k3 + b3)
                if key is not None and task.dropout:
                    keep = 1 - task.dropout
                    x = jnp.where(jax.random.bernoulli(key, keep, x.shape), x / keep, 0)
            k4, b4 = dense
            return x @ k4 + b4

        return logits

    def train(self, task: Task) -> Forms:
        logits = self._logits(task)

        def loss_of(weights, x, labels, key):
            log_probs = jax.nn.log_softmax(logits(weights, x, key))
            return -jnp.take_along_axis(log_probs, labels[:, None], axis=1).mean()

        def step(state, batch):
            weights, m, v, t, key = state
            key, chance = jax.random.split(key)
            loss, grads = jax.value_and_grad(loss_of)(weights, *batch, chance)
            t = t + 1
            m = [m + (g - m) * (1 - BETA_1) for m, g in zip(m, grads, strict=True)]
            v = [v + (g * g - v) * (1 - BETA_2) for v, g in zip(v, grads, strict=True)]
            rate = LEARNING_RATE * jnp.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
            weights = [
                w - rate * m / (jnp.sqrt(v) + EPSILON)
                for w, m, v in zip(weights, m, v, strict=True)
            ]
            return (weights, m, v, t, key), loss

        def fresh():
            weights = [jnp.array(weight) for weight in task.weights]
            zeros = [[jnp.zeros_like(w) for w in weights] for _ in range(2)]
            return weights, *zeros, jnp.zeros(()), jax.random.key(0)

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
        logits = self._logits(task)

        def jitted():
            weights = [jnp.array(weight) for weight in task.weights]
            batches = list(jnp.array(task.images))
            forward = jax.jit(lambda weights, x: jax.nn.softmax(logits(weights, x)))
            if task.batch == 1:  # the next image is not known before this one has its answer
                return lambda: [forward(weights, x).block_until_ready() for x in batches]
            return lambda: jax.block_until_ready([forward(weights, x) for x in batches])

        return {"jit": jitted}
