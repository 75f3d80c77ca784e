"""Write what the parts of Keras's surface in `parts` give.

    KERAS_BACKEND=tensorflow python tests/oracles/make_keras_parts.py   # keras_parts.npz
    KERAS_BACKEND=jax python tests/oracles/make_keras_parts.py          # keras_optimizers.npz

Each backend is asked for what it computes in float64 throughout: TensorFlow takes Adam's betas as
float32 and has top-k in float32 only, JAX means.
"""

import os
import sys
from pathlib import Path

os.environ["JAX_ENABLE_X64"] = "1"
sys.path.insert(0, str(Path(__file__).parents[1]))

import json
from typing import Any

import keras
import numpy as np
from oracles import cases, parts

Arrays = dict[str, np.ndarray]
MADE_WITH = f"Keras {keras.__version__} on {keras.backend.backend()}"


def main() -> None:
    if keras.backend.backend() == "jax":
        results = {}
        for dtype in ("float32", "float64"):
            compute_in(dtype)
            results |= optimizers_step_by_step(dtype)
        for name, make in parts.METRICS.items():
            results[f"metric/{name}"] = np.array(parts.measured(make, name, keras))
        results["metric of values"] = np.array(parts.mean_of_values(keras))
        cases.write("keras_optimizers", results, made_with=MADE_WITH)
        return

    results = {}
    for dtype in ("float32", "float64"):
        compute_in(dtype)
        results |= layers_there_and_back(dtype)
        results |= losses_and_gradients(dtype)
        fit = parts.fitted(keras.Sequential(parts.regularized_layers(keras)), keras)
        names = fit.pop("names")
        results |= {f"fit/{what}/{dtype}": values for what, values in fit.items()}
        fit = parts.fitted_with_options(keras.Sequential(parts.constrained_layers(keras)), keras)
        option_names = fit.pop("names")
        results |= {f"options/{what}/{dtype}": values for what, values in fit.items()}
        for name in parts.UPDATES:
            fit = parts.updated(name, keras.Sequential(parts.plain_layers(keras)), keras)
            results |= {f"{name}/{what}/{dtype}": values for what, values in fit.items()}
        for name, make in parts.CONSTRAINTS.items():
            kernel = make(keras)(parts.to_constrain().astype(dtype))
            results[f"constraint/{name}/{dtype}"] = np.asarray(kernel)
    compute_in("float32")
    for name, make in parts.SCHEDULES.items():
        schedule = make(keras.optimizers.schedules)
        rates = [float(schedule(step)) for step in parts.SCHEDULE_STEPS]
        results[f"schedule/{name}"] = np.array(rates)
    for name, make in parts.INITIALIZERS.items():
        results[f"initializer/{name}"] = cases.statistics(make(keras)(parts.INITIALIZERS_SHAPE))
    cases.write(
        "keras_parts",
        results,
        made_with=MADE_WITH,
        history_names=names,
        option_names=option_names,
        configurations=configurations(),
    )


def compute_in(dtype: str) -> None:
    """Make all that follows float32 or float64."""
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


def layers_there_and_back(dtype: str) -> Arrays:
    """Return y, dx, the gradients of what is learned, and what is kept, after the forward pass."""
    import tensorflow as tf

    results: Arrays = {}
    for name, part in parts.LAYERS.items():
        layer = part.make(keras)
        x, dy = (tf.constant(array.astype(dtype)) for array in parts.layer_batch(name))
        layer.build(x.shape)
        layer.set_weights(parts.layer_weights(name, [w.shape for w in layer.weights]))
        learned = [weight.value for weight in layer.trainable_weights]
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=part.training) if layer._call_has_training_arg else layer(x)
        gradients = tape.gradient(y, [x, *learned], dy)
        kept = [np.zeros(0, dtype), *(weight.numpy() for weight in layer.non_trainable_weights)]
        results[f"layer/{name}/y/{dtype}"] = y.numpy()
        results[f"layer/{name}/gradients/{dtype}"] = cases.in_a_row(gradients)
        results[f"layer/{name}/kept/{dtype}"] = cases.in_a_row(kept)
    return results


def losses_and_gradients(dtype: str) -> Arrays:
    """Return the mean loss, and its gradient."""
    import tensorflow as tf

    results: Arrays = {}
    for name, make in parts.LOSSES.items():
        labels, outputs = parts.loss_batch(name)
        p = tf.constant(outputs.astype(dtype))
        with tf.GradientTape() as tape:
            tape.watch(p)
            value = make(keras)(labels, p)
        results[f"loss/{name}/value/{dtype}"] = value.numpy()
        results[f"loss/{name}/gradient/{dtype}"] = tape.gradient(value, p).numpy()
    return results


def optimizers_step_by_step(dtype: str) -> Arrays:
    """Return kernel and bias after each step."""
    results: Arrays = {}
    for name, make in parts.OPTIMIZERS.items():
        optimizer = make(keras)
        weights = [keras.Variable(start) for start in parts.optimizer_start()]
        path = []
        for gradients in parts.optimizer_gradients():
            optimizer.apply([gradient.astype(dtype) for gradient in gradients], weights)
            path.append(cases.in_a_row(weight.numpy() for weight in weights))
        results[f"optimizer/{name}/{dtype}"] = np.array(path)
    return results


def configurations() -> dict[str, Any]:
    """Return everything as Keras writes it down, and a whole model."""
    written = {
        f"{family}/{name}": getattr(keras, family).serialize(make(keras))
        for family, members in parts.CONFIGURED.items()
        for name, make in members.items()
    }
    model = keras.Sequential(parts.regularized_layers(keras), name="regularized")
    written["model"] = model.get_config()
    return json.loads(json.dumps(written))


if __name__ == "__main__":
    main()
