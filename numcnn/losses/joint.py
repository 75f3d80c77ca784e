"""The loss of a model with several outputs: the sum of theirs, each times its weight."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import number
from numcnn.losses.base import Loss
from numcnn.losses.outputs import absorbed


class JointLoss(Loss):
    """``loss = Σ_k weight_k · loss_k(y_k, outputs_k)``; its gradient is that of each, weighted.

    Parameters
    ----------
    losses : list of Loss or None
        One for each output; None for an output that is not trained.
    weights : list of float
    names : list of str
        The names of the outputs.
    """

    def __init__(self, losses: list[Loss | None], weights: list[Any], names: list[str]) -> None:
        super().__init__()
        self.losses, self.names = losses, names
        self.weights = [
            number(weight, f"loss_weights[{name!r}]")
            for weight, name in zip(weights, names, strict=True)
        ]

    @property
    def part_names(self) -> list[str]:
        """The names under which the outputs' own losses stand in a history."""
        return [f"{name}_loss" for name, loss in zip(self.names, self.losses, strict=True) if loss]

    def absorbed_by(self, activations: list[Any]) -> tuple[bool, ...]:
        """Return for each output whether its loss takes the place of its activation."""
        pairs = zip(self.losses, activations, strict=True)
        return tuple(absorbed(loss, activation) for loss, activation in pairs)

    def on_logits_of(self, absorbing: tuple[bool, ...]) -> JointLoss:
        """Return the same with those losses as functions of the logits."""
        pairs = zip(self.losses, absorbing, strict=True)
        losses = [loss.on_logits() if loss and takes else loss for loss, takes in pairs]
        return JointLoss(losses, self.weights, self.names)

    def checked_targets(self, y: Any, outputs: Any, name: str = "y") -> Any:
        """Return the labels of each output; None for one that is not trained."""
        several = zip(self.losses, y, outputs, self.names, strict=True)
        return [
            np.zeros((len(y[0] if labels is None else labels), 0))
            if loss is None
            else loss.checked_targets(labels, shape[1:], f"{name}[{output!r}]")
            for loss, labels, shape, output in several
        ]

    def forward(self, y_true: Any, y_pred: Any) -> tuple[np.ndarray, Any]:
        """Return the sums ``(N,)`` for lists of labels and outputs."""
        total, caches = np.zeros(len(y_pred[0]), y_pred[0].dtype), []
        for loss, weight, labels, outputs in zip(
            self.losses, self.weights, y_true, y_pred, strict=True
        ):
            if loss is None:
                caches.append(outputs)
                continue
            losses, cache = loss.run_forward(labels, outputs)
            total = total + losses * outputs.dtype.type(weight)
            caches.append((cache, outputs))
        return total, caches

    def backward(self, dlosses: np.ndarray, cache: Any) -> Any:
        """Return the gradient of each output."""
        return [
            np.zeros_like(kept) if loss is None else loss.run_backward(dlosses * weight, *kept)
            for loss, weight, kept in zip(self.losses, self.weights, cache, strict=True)
        ]

    run_forward = forward

    def run_backward(self, dlosses: np.ndarray, cache: Any, y_pred: Any) -> Any:
        """Run `backward`, in which each loss checks its own gradient."""
        return self.backward(dlosses, cache)

    def parts(self, y_true: Any, y_pred: Any, weight: Any) -> dict[str, float]:
        """Return the mean loss of each output, by its name in a history."""
        several = zip(self.losses, self.names, y_true, y_pred, strict=True)
        return {
            f"{name}_loss": float((loss.run_forward(labels, outputs)[0] * weight).mean())
            for loss, name, labels, outputs in several
            if loss
        }
