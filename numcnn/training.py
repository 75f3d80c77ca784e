"""The training loop.

In each epoch, for each batch:

1. forward: the layers, first to last, compute the outputs (`Network.forward`);
2. loss: its value, and its gradient with respect to the outputs (`Loss`);
3. backward: the layers, last to first, compute every parameter's gradient (`Network.backward`);
4. update: the optimizer changes every parameter by its gradient (`Optimizer.update`).

``model`` is a compiled `Sequential` throughout; `numcnn.evaluation` measures it without training.
"""

from collections.abc import Container
from typing import Any

import numpy as np

from numcnn import penalties
from numcnn.batches import Batches, Samples
from numcnn.callbacks import CallbackList, Logs
from numcnn.evaluation import evaluate, measured
from numcnn.position import Position
from numcnn.streams import Stream


def fit(
    model: Any,
    batches: Batches | Stream,
    callbacks: CallbackList,
    epochs: int,
    initial_epoch: int = 0,
    validation: Batches | Stream | None = None,
    validation_epochs: Container[int] = (),
) -> None:
    """Train until `epochs` are done, a callback sets ``model.stop_training``, or no batch is left.

    ``model.position`` is the progress so far; a callback can set it and the model to the state of
    an interrupted training (`numcnn.callbacks.BackupAndRestore`).
    """
    model.stop_training = False
    position = model.position = Position(initial_epoch)
    logs: Logs = {}
    callbacks.on_train_begin({})
    while position.epoch < epochs and not model.stop_training and not batches.exhausted:
        epoch = position.epoch
        callbacks.on_epoch_begin(epoch, {})
        logs = train_epoch(model, batches, callbacks, position)
        if not logs:
            break  # a generator had no more batches
        if validation is not None and epoch + 1 in validation_epochs:
            for name, value in evaluate(model, validation, callbacks).items():
                logs[f"val_{name}"] = value
        position.next_epoch(batches.goes_on_at)  # at 0, or with steps_per_epoch further on
        callbacks.on_epoch_end(epoch, dict(logs))  # a callback may add to its copy
    model.optimizer.end_training(model.parameters)  # with use_ema
    callbacks.on_train_end(logs)


def train_epoch(
    model: Any, batches: Batches | Stream, callbacks: CallbackList, position: Position
) -> Logs:
    """Train on every batch of an epoch; return the means of loss and metrics, sorted by name.

    Each batch is measured before its update, so the model changes while the means are taken.
    """
    if position.start == 0:  # to draw the same order again, if the training is interrupted
        position.shuffling = model.rng.bit_generator.state
    done = position.batches
    for number, batch in enumerate(batches.epoch(position.start)):
        if number < done:
            continue  # done before the interruption
        callbacks.on_train_batch_begin(number, {})
        position.means.add(model.train_step(batch), batch.count)
        position.batches = number + 1
        callbacks.on_train_batch_end(number, position.means.logs())
        if model.stop_training:
            break
    model.optimizer.update_by_accumulated(model.parameters)  # with gradient_accumulation_steps
    return position.means.logs()


def train_step(model: Any, batch: Samples) -> Logs:
    """Update the model by one batch; return the batch's loss and metrics before the update."""
    logs = gradients(model, batch)
    model.optimizer.update(model.parameters)
    return logs


def gradients(model: Any, batch: Samples) -> Logs:
    """Compute every parameter's gradient, penalties included; return the loss and metrics."""
    to_logits = model.trains_on_logits  # if the model ends in softmax, and the loss includes it
    outputs = model.forward(batch.x, training=True, final_activation=not to_logits)
    loss = model.training_loss
    losses, cache = loss.run_forward(batch.y, outputs)
    weight = np.ones(len(losses)) if batch.weight is None else batch.weight
    share = (weight / len(losses)).astype(model.dtype)  # d loss / d losses: loss is their mean
    doutputs = loss.run_backward(share, cache, outputs)
    penalties.backward(model, doutputs, final_activation=not to_logits, input_gradient=False)
    return measured(model, batch, outputs, float(losses @ share) + model.penalty())
