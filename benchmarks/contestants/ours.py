"""numcnn, through its public face."""

from typing import Any

import numpy as np

import numcnn
from benchmarks import models
from benchmarks.contestants import TUTORIALS, Forms, NotMine, Task


class Numcnn:
    def __init__(self, engine: str, threads: int) -> None:
        numcnn.use_engine(engine)  # its threads: NUMBA_NUM_THREADS
        self.version = f"numcnn {numcnn.__version__}"
        self.tutorials_only = engine == "reference"

    def _model(self, task: Task) -> Any:
        if self.tutorials_only and task.model not in TUTORIALS:
            raise NotMine("it is measured on the tutorials only")
        try:
            model = models.build(task.model, task.dropout, task.weights)
        except AttributeError as missing:  # a layer that is not there yet
            raise NotMine(str(missing)) from None
        model.compile("adam", "sparse_categorical_crossentropy")
        return model

    def train(self, task: Task) -> Forms:
        def fit():
            model = self._model(task)
            x, y = task.in_one_array()
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
            model, (x, _) = self._model(task), task.in_one_array()
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
