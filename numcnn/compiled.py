"""Compiled: how a model is to be trained, by which loss, optimizer and metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numcnn import losses, optimizers
from numcnn import metrics as metrics_
from numcnn.callbacks import History
from numcnn.checks import shown, warn
from numcnn.configuration import named_arguments
from numcnn.losses.joint import JointLoss
from numcnn.losses.outputs import absorbed, misfit
from numcnn.metrics.of_output import OfOutput
from numcnn.metrics.weighted import WeightedMetric
from numcnn.position import Position


class Compiled:
    """The part of a model that `compile` sets.

    Attributes
    ----------
    loss : Loss or None
    optimizer : Optimizer or None
    metrics : list of Metric
    """

    # the model's own
    layers: list[Any]
    built: Any
    outputs: Any
    output_names: Any
    final_activation: Any
    final_activations: Any
    absorbing: Any

    def begin_untrained(self) -> None:
        """Set what a model has before it is compiled."""
        self.loss: Any = None
        self.optimizer: optimizers.Optimizer | None = None
        self.metrics: list[metrics_.Metric] = []
        self.history: History | None = None
        self.stop_training = False
        self.position: Position | None = None
        self.compiled_with: tuple[Any, Any, Any] = (None, None, None)
        self.loss_weights: Any = None
        self._loss_on_logits: Any = None

    @named_arguments
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        *,
        loss_weights: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Choose the loss, the optimizer and the metrics.

        Parameters
        ----------
        optimizer : str or Optimizer, default "rmsprop"
            Such as ``"adam"`` or ``Adam(learning_rate=0.01)``.
        loss : str or Loss
            Such as ``"sparse_categorical_crossentropy"``.  For several outputs one for all, or a
            list, or a dict with the names of the outputs; an output without one is not trained.
        metrics : str, Metric, function, or list of them, optional
            Further measurements, such as ``["accuracy"]``.  For several outputs a list
            with an entry for each, or a dict.  (In Keras the third argument is `loss_weights`, so
            pass metrics by name in a program for both.)
        loss_weights : list or dict of float, optional
            By which the losses of several outputs are multiplied before they are added.
        weighted_metrics : str, Metric, function, or list of them, optional
            Metrics in which samples count by ``sample_weight`` and ``class_weight``.  If
            `metrics` has one of the same name, this one is called ``"weighted_…"``.
        run_eagerly, steps_per_execution, jit_compile, auto_scale_loss
            Settings of Keras's computation; accepted and ignored.
        """
        if loss is None:
            raise ValueError(
                'compile needs a loss: "sparse_categorical_crossentropy" for class numbers, '
                '"categorical_crossentropy" for one-hot labels.'
            )
        several = self.built and len(self.outputs) > 1
        choose: Callable[..., Any] = self._for_several if several else self._for_one
        chosen_loss, chosen_metrics, weights = choose(loss, metrics, loss_weights)
        if weighted_metrics is not None:
            taken = {metric.name for metric in chosen_metrics}
            chosen_metrics += [
                WeightedMetric(one, f"weighted_{one.name}" if one.name in taken else one.name)
                for one in choose(loss, weighted_metrics, loss_weights)[1]
            ]
        names = ["loss", *(metric.name for metric in chosen_metrics)]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise ValueError(f"the history can hold {name!r} once: give a metric another name.")
        chosen_optimizer = optimizers.get(optimizer)
        self.optimizer, self.loss, self.metrics = chosen_optimizer, chosen_loss, chosen_metrics
        self.compiled_with = loss, metrics, weighted_metrics
        self.loss_weights = weights
        self._take_over()

    def _for_one(self, loss: Any, metrics: Any, weights: Any) -> tuple[Any, list[Any], Any]:
        """Return loss, metrics and weights of a model with one output."""
        names = self.output_names if self.built else [None]
        if isinstance(loss, dict) and list(loss) == names:
            loss = loss[names[0]]
        if isinstance(metrics, dict) and list(metrics) == names:
            metrics = metrics[names[0]]
        if isinstance(loss, list | tuple) and len(loss) == 1:
            loss = loss[0]
        if weights is not None:
            raise ValueError(
                "loss_weights are for models with several outputs, and this one has one: scale "
                "the learning rate instead."
            )
        return losses.get(loss), _metrics(metrics), None

    def _for_several(self, loss: Any, metrics: Any, weights: Any) -> tuple[Any, list[Any], Any]:
        """Return loss, metrics and weights of a model with several outputs."""
        names = self.output_names
        if not isinstance(loss, list | tuple | dict):
            loss = [loss] * len(names)
        chosen = [
            None if one is None else losses.get(one) for one in by_output(loss, names, "loss")
        ]
        scales = [1.0 if one is None else one for one in by_output(weights, names, "loss_weights")]
        if not any(chosen):
            raise ValueError("compile needs a loss for at least one output.")
        every = [
            OfOutput(metric, k, name)
            for k, (name, some) in enumerate(
                zip(names, by_output(metrics, names, "metrics"), strict=True)
            )
            for metric in _metrics(some)
        ]
        return JointLoss(chosen, scales, names), every, weights

    def _take_over(self) -> None:
        """Find out which activations the losses take the place of; warn of what does not fit."""
        if isinstance(self.loss, JointLoss):
            activations = self.final_activations
            self.absorbing = self.loss.absorbed_by(activations)
            self._loss_on_logits = self.loss.on_logits_of(self.absorbing)
            return
        self._loss_on_logits = self.loss.on_logits() if self.loss.absorbs else None
        story = misfit(self.loss, self.layers)
        if story:
            warn(story)

    @property
    def trains_on_logits(self) -> bool:
        """Whether a final softmax and the loss are computed as one, from the logits.

        That is exact also where probabilities would be rounded to 0 or 1 (`numcnn.losses`).
        """
        if isinstance(self.loss, JointLoss):
            return any(self.absorbing)
        return absorbed(self.loss, self.final_activation)

    @property
    def training_loss(self) -> Any:
        """The loss as a function of what the model gives to it in training."""
        return self._loss_on_logits if self.trains_on_logits else self.loss

    @property
    def result_names(self) -> list[str]:
        """What training and evaluation measure: the loss, those of the outputs, the metrics."""
        parts = self.loss.part_names if isinstance(self.loss, JointLoss) else []
        return ["loss", *parts, *(metric.name for metric in self.metrics)]


def _metrics(metrics: Any) -> list[Any]:
    several = metrics if isinstance(metrics, list | tuple) else [metrics]
    chosen = [metrics_.get(metric) for metric in several if metric is not None]
    for metric in chosen:
        if metric.several:
            raise ValueError(
                f"{metric.name} gives several numbers, and a history holds one number: "
                f"{metric.several}; or use the object alone, with update_state and result."
            )
    return chosen


def by_output(given: Any, names: list[str], what: str) -> list[Any]:
    """Return what a list or a dict gives for each output; None where it gives nothing."""
    if given is None:
        return [None] * len(names)
    if isinstance(given, dict):
        unknown = [name for name in given if name not in names]
        if unknown:
            raise ValueError(
                f"{what} names the output {unknown[0]!r}; the outputs are {', '.join(names)}."
            )
        return [given.get(name) for name in names]
    if isinstance(given, list | tuple) and len(given) == len(names):
        return list(given)
    raise ValueError(
        f"the model has {len(names)} outputs, {', '.join(names)}, so {what} needs an entry for "
        f"each, or a dict, got {shown(given)}."
    )
