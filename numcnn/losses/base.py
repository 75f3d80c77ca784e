"""Loss, the base class: one number for each sample, and its gradient."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

import numpy as np

from numcnn.checks import counted, given_name, numeric_array, shown
from numcnn.configuration import Configurable, snake_case
from numcnn.own_results import returned
from numcnn.results import Number

EPSILON = 1e-7
"""Probabilities are kept this far from 0 and 1 before a logarithm is taken, as Keras does."""


class Loss(Configurable):
    """A measure of the error of outputs.

    A subclass defines `forward`, `backward` and, if its labels have a special form,
    `checked_targets`.

    Attributes
    ----------
    name : str
    absorbs : str or None
        The activation that this loss can include: a model that ends in it is trained on its logits,
        with the loss that `on_logits` returns (`numcnn.losses.outputs`).
    from_logits : bool
        Whether the outputs given to this loss are logits, not probabilities.
    """

    module: ClassVar[str] = "keras.losses"
    absorbs: str | None = None
    from_logits = False

    def __init__(self, *, name: str | None = None, **options: Any) -> None:
        options.pop("dtype", None)  # a loss has the dtype of the outputs
        self.accept_fixed(options)
        self.name = given_name(name, snake_case(type(self).__name__))

    def checked_targets(self, y: Any, outputs: tuple[int, ...], name: str = "y") -> np.ndarray:
        """Return the labels of a data set as an array that `forward` takes batches of.

        Parameters
        ----------
        y : array_like
            ``(N, …)``.
        outputs : tuple of int
            Shape of one output of the model.
        name : str
            The name of y in error messages.
        """
        return numeric_array(y, name)

    def forward(self, y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, Any]:
        """Return the losses ``(N,)`` of outputs ``(N, …)``, and a cache for `backward`."""
        raise NotImplementedError

    def backward(self, dlosses: np.ndarray, cache: Any) -> np.ndarray:
        """Return the gradient with respect to `y_pred`, given the one of the losses ``(N,)``."""
        raise NotImplementedError

    def run_forward(self, y_true: Any, y_pred: Any) -> tuple[np.ndarray, Any]:
        """Run `forward`, and check what it returns."""
        result = self.forward(y_true, y_pred)
        if not isinstance(result, tuple) or len(result) != 2:
            raise ValueError(
                f"{type(self).__name__}: forward must return the losses and a cache for backward, "
                f"`return losses, cache`, got {shown(result)}."
            )
        each = (len(y_pred),)
        why = "a number for each sample"
        return returned(result[0], each, self, "forward", "losses", why), result[1]

    def run_backward(self, dlosses: np.ndarray, cache: Any, y_pred: Any) -> Any:
        """Run `backward`, and check what it returns."""
        dy = self.backward(dlosses, cache)
        return returned(dy, y_pred.shape, self, "backward", "dy_pred", "that of y_pred")

    def on_logits(self) -> Loss:
        """Return this loss as a function of the logits."""
        loss = copy.copy(self)
        loss.from_logits = True
        return loss

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Number:
        """Return the loss of a batch: the sum of weight times loss, divided by the samples."""
        losses, _ = self.run_forward(*self.checked_pair(y_true, y_pred))
        if sample_weight is not None:
            weights = numeric_array(sample_weight, "sample_weight")
            if weights.shape not in ((), losses.shape):
                raise ValueError(
                    f"sample_weight must have shape {losses.shape}, got {weights.shape}."
                )
            losses = losses * weights
        return Number(losses.mean())

    def checked_pair(self, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return labels and outputs of a batch, as arrays that `forward` takes."""
        outputs = numeric_array(y_pred, "y_pred")
        if outputs.ndim == 0 or outputs.size == 0:
            raise ValueError(f"y_pred must hold at least one output, got shape {outputs.shape}.")
        targets = self.checked_targets(y_true, outputs.shape[1:], "y_true")
        if len(targets) != len(outputs):
            raise ValueError(
                f"y_pred has {counted(len(outputs), 'sample')}, but y_true has "
                f"{counted(len(targets), 'label')}."
            )
        return targets, outputs
