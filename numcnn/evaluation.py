"""Evaluation: loss, metrics and outputs on data, without training.

``model`` is a compiled `Sequential`, as in `numcnn.training`.
"""

from __future__ import annotations

from typing import Any

from numcnn.batches import Batches, Samples
from numcnn.callbacks import CallbackList, Logs
from numcnn.metrics.base import Measured
from numcnn.position import RunningMeans
from numcnn.several import joined
from numcnn.streams import Stream


def evaluate(model: Any, batches: Batches | Stream, callbacks: CallbackList) -> Logs:
    """Return the means of loss and metrics over all batches, sorted by name."""
    means = RunningMeans()
    callbacks.on_test_begin({})
    for number, batch in enumerate(batches):
        callbacks.on_test_batch_begin(number, {})
        means.add(model.test_step(batch), batch.count)
        callbacks.on_test_batch_end(number, means.logs())
    callbacks.on_test_end(means.logs())
    return means.logs()


def test_step(model: Any, batch: Samples) -> Logs:
    """Return a batch's loss and metrics; the model does not change."""
    outputs = model.infer(batch.x, final_activation=not model.trains_on_logits)
    losses, _ = model.training_loss.run_forward(batch.y, outputs)
    weight = 1 if batch.weight is None else batch.weight
    return measured(model, batch, outputs, float((losses * weight).mean()) + model.penalty())


def predict(model: Any, batches: Batches | Stream, callbacks: CallbackList) -> Any:
    """Return the outputs of all batches in one array."""
    outputs = []
    callbacks.on_predict_begin({})
    for number, batch in enumerate(batches):
        callbacks.on_predict_batch_begin(number, {})
        outputs.append(model.infer(batch.x))
        callbacks.on_predict_batch_end(number, {})
    callbacks.on_predict_end({})
    return joined(outputs)


def measured(model: Any, batch: Samples, outputs: Any, loss: float) -> Logs:
    """Return the loss and the metrics of one batch."""
    logs = {"loss": loss}
    if isinstance(outputs, list):
        weight = 1 if batch.weight is None else batch.weight
        logs |= model.training_loss.parts(batch.y, outputs, weight)
        outputs = activated(outputs, model.final_activations, model.absorbing)
    elif model.trains_on_logits and not (
        outputs.shape[-1] > 1 and all(metric.of_ranks for metric in model.metrics)
    ):
        outputs = model.final_activation.value(outputs)
    for metric in model.metrics:
        weights = batch.weight if metric.weighted else None
        logs[metric.name] = Measured(metric, metric.tally(batch.y, outputs, weights))
    return logs


def activated(outputs: list[Any], activations: list[Any], absorbing: Any) -> list[Any]:
    """Return several outputs, behind the activations that their losses have taken over."""
    several = zip(outputs, activations, absorbing, strict=True)
    return [
        activation.value(one) if takes and activation else one for one, activation, takes in several
    ]
