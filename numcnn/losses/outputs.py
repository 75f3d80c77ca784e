"""What the outputs of a model are to a loss: probabilities, logits, or neither.

A cross-entropy compares probabilities.  Behind a softmax or a sigmoid it takes the logits instead,
which are what went into that activation; the formula is the loss's own, whichever of the two
activations it is, as in Keras on TensorFlow.  All other outputs it has to take as probabilities,
which they hardly ever are.
"""

from __future__ import annotations

from typing import Any

from numcnn.activations import Activation
from numcnn.losses.base import Loss

ABSORBED = ("softmax", "sigmoid")
"""Activations that a cross-entropy takes the place of."""


def absorbed(loss: Loss | None, activation: Activation | None) -> bool:
    """Say whether a model that ends in this activation is trained on its logits."""
    if loss is None or loss.absorbs is None or activation is None:
        return False
    return activation.name == loss.absorbs or {activation.name, loss.absorbs} == set(ABSORBED)


def misfit(loss: Loss, layers: list[Any]) -> str | None:
    """Return a sentence with the remedy if the outputs of such layers are not what a loss expects.

    None if they are, or if it can't be known, as after a layer or an activation of the user's own.
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
            f"the model ends in {name}, so its outputs are no logits, and {loss.name} is computed "
            f"from what goes into the {name}: leave out from_logits=True, or the {name} of the "
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
        f"are none: give the last layer {remedy}, or the loss from_logits=True, "
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
