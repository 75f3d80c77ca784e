"""numcnn, through its public face."""

import numpy as np

import numcnn
from benchmarks import models
from benchmarks.contestants import Forms, Task


class Numcnn:
    def __init__(self, engine: str, threads: int) -> None:
        numcnn.use_engine(engine)  # its threads: NUMBA_NUM_THREADS
        self.version = f"numcnn {numcnn.__version__}"

    def _model(self, task: Task) -> numcnn.Sequential:
        model = models.build(task.model, task.dropout)
        model.set_weights(task.weights)
        model.compile("adam", "sparse_categorical_crossentropy")
        return model

    def train(self, task: Task) -> Forms:
        def fit():
            model = self._model(task)
            x, y = task.images.reshape(-1, 28, 28, 1), task.labels.reshape(-1)
            return lambda: model.fit(x, y, batch_size=task.batch, shuffle=False, verbose=0).history[
                "loss"
            ][0]

        def train_on_batch():
            model = self._model(task)
            batches = list(zip(task.images, task.labels, strict=True))
            return lambda: np.mean([model.train_on_batch(x, y) for x, y in batches])

        return {"fit": fit, "train_on_batch": train_on_batch}

    def predict(self, task: Task) -> Forms:
        def predict():
            model, x = self._model(task), task.images.reshape(-1, 28, 28, 1)
            return lambda: [model.predict(x, batch_size=task.batch, verbose=0)]

        def predict_on_batch():
            model = self._model(task)
            return lambda: [model.predict_on_batch(x) for x in task.images]

        def predictor():
            model = numcnn.Predictor(self._model(task))
            return lambda: [model(x) for x in task.images]

        if task.batch == 1:
            return {"predict_on_batch": predict_on_batch, "Predictor": predictor}
        return {"predict": predict, "predict_on_batch": predict_on_batch}
