"""LearningRate: a number that knows its optimizer."""

from __future__ import annotations

from typing import Any

from numcnn.checks import shown
from numcnn.results import Number


class LearningRate(Number):
    """The learning rate of an optimizer's next update.

    As in Keras, ``optimizer.learning_rate.assign(0.01)`` sets it.
    """

    optimizer: Any

    def __new__(cls, value: Any, optimizer: Any) -> LearningRate:
        """Make a number of what the optimizer, its schedule or its function gives."""
        try:
            made = super().__new__(cls, value)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"the learning rate of {type(optimizer).__name__} must be a number, got "
                f"{shown(value)}: a schedule's __call__ has to end with `return rate`."
            ) from error
        made.optimizer = optimizer
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy is a number alone."""
        return Number, (float(self),)

    def assign(self, value: Any) -> LearningRate:
        """Set the optimizer's learning rate, and return it."""
        self.optimizer.learning_rate = value
        return LearningRate(self.optimizer.learning_rate, self.optimizer)
