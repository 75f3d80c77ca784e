"""Write keras.npz: what Keras computes for the cases of `cases`.

    python tests/oracles/make_keras.py

Keras runs on JAX, in float64; losses and ten steps of training also in float32.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"

from collections.abc import Callable
from typing import Any

import cases
import jax
import keras
import numpy as np
from keras import initializers, layers, losses, optimizers

Arrays = dict[str, np.ndarray]


def main() -> None:
    compute_in("float64")
    results = {
        **layer_passes(),
        **initializer_statistics(),
        **three_weights(),
    }
    fit_results, history_names = fits()
    for dtype in ("float64", "float32"):
        compute_in(dtype)
        results |= losses_of_probabilities(dtype)
        results |= training("tutorial", "Adam", dtype)
        for optimizer in cases.OPTIMIZERS:
            results |= training("small", optimizer, dtype)
    cases.write(
        "keras",
        results | fit_results,
        made_with=f"Keras {keras.__version__} on JAX {jax.__version__}",
        history_names=history_names,
    )


def compute_in(dtype: str) -> None:
    """Make all that follows float32 or float64."""
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


# --- layers --------------------------------------------------------------------------------------


def layer_passes() -> Arrays:
    """Return y, dx and the gradients of the weights of every convolution and pooling."""
    results = {}
    for name, case in cases.CONVOLUTIONS.items():
        layer = layers.Conv2D(case.filters, case.window, case.strides, case.padding)
        results |= passes(f"Conv2D/{name}", layer, cases.convolution_batch(name))
    for kind in (layers.MaxPooling2D, layers.AveragePooling2D):
        for name, case in cases.POOLINGS.items():
            layer = kind(case.window, case.strides, case.padding)
            results |= passes(f"{kind.__name__}/{name}", layer, cases.pooling_batch(name))
    return results


def passes(key: str, layer: Any, batch: cases.Batch) -> Arrays:
    """Return what a layer gives forward, and backward."""
    layer.build(batch.x.shape)

    def forward(x: Any, *weights: Any) -> Any:
        return layer.stateless_call(weights, [], x)[0]

    y, backward = jax.vjp(forward, batch.x, *batch.weights)
    return cases.named(key, y, *backward(batch.dy))


# --- losses, initializers, Adam ------------------------------------------------------------------


def losses_of_probabilities(dtype: str) -> Arrays:
    """Return the loss of each row of probabilities, and the gradient of their sum."""
    p = cases.PROBABILITIES.astype(dtype)
    y = cases.one_hot(cases.PROBABILITIES_LABELS, p.shape[1])
    values, backward = jax.vjp(lambda p: losses.categorical_crossentropy(y, p), p)
    return {
        f"probabilities/categorical/losses/{dtype}": values,
        f"probabilities/categorical/dp/{dtype}": backward(jax.numpy.ones_like(values))[0],
    }


def initializer_statistics() -> Arrays:
    """Return mean, standard deviation, minimum and maximum for each initializer and shape."""
    return {
        f"initializers/{name}": np.array(
            [cases.statistics(make(initializers)(shape)) for shape in cases.SHAPES]
        )
        for name, make in cases.INITIALIZERS.items()
    }


def three_weights() -> Arrays:
    """Return three weights after each of two steps of Adam."""
    weights = keras.Variable(cases.THREE_WEIGHTS)
    adam = optimizers.Adam()
    steps = []
    for gradient in cases.THREE_WEIGHTS_GRADIENTS:
        adam.apply([gradient], [weights])
        steps.append(weights.numpy())
    return {"three weights": np.array(steps)}


# --- training ------------------------------------------------------------------------------------


def training(model_name: str, optimizer_name: str, dtype: str) -> Arrays:
    """Return the losses of ten steps, the gradients of the first, and the weights at the end."""
    model = keras.Sequential(cases.MODELS[model_name].layers(layers))
    model.set_weights(cases.initial_weights(model_name))
    optimizer = cases.OPTIMIZERS[optimizer_name](optimizers)
    loss_and_gradients = jax.jit(jax.value_and_grad(loss_function(model)))

    step_losses, step_gradients = [], []
    for x, y in cases.model_batches(model_name):
        weights = [variable.value for variable in model.trainable_variables]
        loss, gradients = loss_and_gradients(weights, x.astype(dtype), y.astype(dtype))
        optimizer.apply(gradients, model.trainable_variables)
        step_losses.append(loss)
        step_gradients.append(cases.in_a_row(gradients))

    key = f"training/{model_name}/{optimizer_name}"
    results = {
        f"{key}/losses/{dtype}": np.array(step_losses),
        f"{key}/weights/{dtype}": cases.in_a_row(model.get_weights()),
    }
    if dtype == "float64" and model_name == "tutorial":
        results[f"{key}/gradients"] = step_gradients[0].astype(np.float32)
    assert all(results[f"{key}/{name}/{dtype}"].dtype == dtype for name in ("losses", "weights"))
    return results


def loss_function(model: Any) -> Callable[..., Any]:
    """Return the mean loss of a batch as a function of the model's weights."""

    def loss_of(weights: Any, x: Any, y: Any) -> Any:
        outputs, _ = model.stateless_call(weights, [], x, training=True)
        return losses.CategoricalCrossentropy()(y, outputs)

    return loss_of


def fits() -> tuple[Arrays, dict[str, list[str]]]:
    """Return what each way to call fit leads to, and the names in its history."""
    results: Arrays = {}
    names = {}
    for case, arguments in cases.fits().items():
        model = keras.Sequential(cases.small_layers(layers))
        names[case], answers = cases.fitted(model, optimizers, arguments)
        results |= {f"fit/{case}/{what}": np.array(values) for what, values in answers.items()}
    return results, names


if __name__ == "__main__":
    main()
