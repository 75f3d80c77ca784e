"""The outputs of a model, as a loss takes them: as probabilities or as logits.

A cross-entropy compares probabilities.  After a softmax or a sigmoid it takes the logits instead,
the inputs of that activation.  The loss decides which formula it applies to them, not the
activation, as in Keras on TensorFlow.  It takes all other outputs as probabilities, although they
hardly ever are, so there is a warning.
"""

from __future__ import annotations

from typing import Any

from numcnn.activations import Activation
from numcnn.losses.base import Loss

ABSORBED = ("softmax", "sigmoid")
"""Activations that a cross-entropy can include."""


def absorbed(loss: Loss | None, activation: Activation | None) -> bool:
    """Return whether a model that ends in this activation is trained on its logits."""
    if loss is None or loss.absorbs is None or activation is None:
        return False
    return activation.name == loss.absorbs or {activation.name, loss.absorbs} == set(ABSORBED)


def misfit(loss: Loss, layers: list[Any]) -> str | None:
    """Return a sentence with the remedy if a loss expects other outputs than those of the layers.

    Return None if they fit, or if this can't be known, as after a layer of the user's own.
    """
    if loss.absorbs is None or not layers:
        return None
    last = layers[-1]
    activation = getattr(last, "activation", None)
    if not _ours(last) or (activation is not None and not _ours(activation)):
        return None
    name = getattr(activation, "name", None)
    if loss.from_logits:
        if not absorbed(loss, activation):
            return None
        return (
            f"the model ends in {name}, so its outputs are not logits; {loss.name} is computed "
            f"from the inputs of the {name}: leave out from_logits=True, or the {name} of the "
            "last layer."
        )
    if name == loss.absorbs or (activation is None and _among(loss.absorbs, layers)):
        return None
    remedy = f'activation="{loss.absorbs}"'
    if name in ABSORBED:
        return (
            f"the model ends in {name}, and {loss.name} belongs to {loss.absorbs}: as in Keras on "
            f"TensorFlow, training computes it from the logits, as if {loss.absorbs} stood there, "
            f"while the model goes on to predict with {name}. Give the last layer {remedy}, or the "
            f"model a loss for {name}."
        )
    end = type(last).__name__ if name in (None, "linear") else name
    return (
        f"{loss.name} compares probabilities, and the outputs of this model, which ends in {end}, "
        f"are not: give the last layer {remedy}, or the loss from_logits=True, "
        f"{type(loss).__name__}(from_logits=True)."
    )


def _ours(thing: Any) -> bool:
    return type(thing).__module__.partition(".")[0] == "numcnn"


def _among(name: str, layers: list[Any]) -> bool:
    """Say whether an activation of this name, or a layer that may hold one, stands among layers."""
    return any(
        not _ours(layer) or getattr(getattr(layer, "activation", None), "name", None) == name
        for layer in layers
    )
