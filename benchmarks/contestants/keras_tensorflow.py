"""Keras on TensorFlow: fit, fit with many steps in one graph call, and train_on_batch."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from benchmarks import models
from benchmarks.contestants import BETA_1, BETA_2, EPSILON, LEARNING_RATE, Forms, Task


class Keras:
    def __init__(self, _: None, threads: int) -> None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        self.version = f"Keras {keras.__version__} on TensorFlow {tf.__version__}"

    def _model(self, task: Task, steps_per_execution: int = 1) -> keras.Model:
        model = models.build(task.model, task.dropout, task.weights, keras)
        model.compile(
            keras.optimizers.Adam(LEARNING_RATE, BETA_1, BETA_2, EPSILON),
            "sparse_categorical_crossentropy",
            steps_per_execution=steps_per_execution,
            jit_compile=False,  # measured: XLA is two to four times slower here
        )
        return model

    def _tensors(self, task: Task) -> list[tuple[tf.Tensor, tf.Tensor]]:
        pairs = zip(task.images, task.labels, strict=True)
        return [(tf.constant(x), tf.constant(labels)) for x, labels in pairs]

    def train(self, task: Task) -> Forms:
        steps = len(task.images)

        def fit(steps_per_execution=1):
            model = self._model(task, steps_per_execution)
            batches = tf.data.Dataset.from_tensor_slices((task.images, task.labels))
            ready = batches.cache().prefetch(tf.data.AUTOTUNE)
            return lambda: model.fit(ready, shuffle=False, verbose=0).history["loss"][0]

        def train_on_batch():
            model, batches = self._model(task), self._tensors(task)

            def one_pass():
                model.reset_metrics()  # what train_on_batch returns is the mean since the reset
                return [model.train_on_batch(x, labels) for x, labels in batches][-1]

            return one_pass

        def graph():
            """The training loop that TensorFlow's guides write by hand: one graph call a step."""
            model, batches = self._model(task), self._tensors(task)
            loss_of = keras.losses.SparseCategoricalCrossentropy()

            @tf.function
            def step(x, labels):
                with tf.GradientTape() as tape:
                    loss = loss_of(labels, model(x, training=True))
                gradients = tape.gradient(loss, model.trainable_variables)
                model.optimizer.apply_gradients(
                    zip(gradients, model.trainable_variables, strict=True)
                )
                return loss

            return lambda: np.mean([step(x, labels).numpy() for x, labels in batches])

        return {
            "fit": fit,
            "fit, many steps_per_execution": lambda: fit(steps),
            "train_on_batch": train_on_batch,
            "tf.function": graph,
        }

    def predict(self, task: Task) -> Forms:
        def predict():
            model, (x, _) = self._model(task), task.in_one_array()
            return lambda: [model.predict(x, batch_size=task.batch, verbose=0)]

        def predict_on_batch():
            model, tensors = self._model(task), [x for x, _ in self._tensors(task)]
            return lambda: [model.predict_on_batch(x) for x in tensors]

        def graph():
            model, tensors = self._model(task), [x for x, _ in self._tensors(task)]

            @tf.function
            def forward(x):
                return model(x, training=False)

            return lambda: [forward(x) for x in tensors]

        forms = {"predict_on_batch": predict_on_batch, "tf.function": graph}
        return forms if task.batch == 1 else {"predict": predict, **forms}
