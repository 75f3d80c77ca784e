"""Optimizer, the base class: a rule by which a gradient changes a parameter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from numcnn.checks import flag, given_name, number, positive_int, warn, with_article
from numcnn.configuration import Configurable, snake_case
from numcnn.optimizers import schedules
from numcnn.optimizers.averages import AVERAGE, averaged, update_averages
from numcnn.optimizers.learning_rate import LearningRate
from numcnn.optimizers.schedules import LearningRateSchedule
from numcnn.parameter import Parameter

ACCUMULATOR = "gradient_accumulator"
"""Keras's name of the sum of the gradients that wait for an update."""


class Optimizer(Configurable):
    """Changes parameters by their gradients.

    A subclass defines `update_one`, and names in `slots` the arrays that it keeps for each
    parameter.  They have the parameter's shape and are filled with `slots_begin`, by default 0.

    Every optimizer also takes these arguments, by name.  An update first clips the gradients, then
    decays the weights, applies the optimizer's formula, and last the parameter's constraint.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or function
        The size of the steps; a function without arguments is called at each update.
    weight_decay : float, optional
        ``w −= weight_decay · learning_rate · w`` before each update.
    clipnorm : float, optional
        Maximum Euclidean norm of each parameter's gradient; a larger gradient is scaled down.
    clipvalue : float, optional
        Every number of a gradient is clipped to ±clipvalue.
    global_clipnorm : float, optional
        Maximum norm of all gradients together; larger gradients are scaled down.
    gradient_accumulation_steps : int, optional
        Make one update of the mean gradient of this number of batches.  `iterations`, and so every
        schedule, counts updates.  (In Keras a schedule counts batches.)  Batches that are left at
        the end of an epoch make an update of their own; in Keras they wait for the next epoch.
    use_ema : bool, default False
        Whether to keep a running mean of the weights after each update, ``mean = ema_momentum ·
        mean + (1 − ema_momentum) · w``, and to give it to the model at the end of `fit`.  During
        the training, losses and ``val_`` values are those of the weights themselves.
    ema_momentum : float, default 0.99
        From 0 to 1.
    ema_overwrite_frequency : int, optional
        Also overwrite the weights by their mean after every so many updates.
    name : str, optional
    **options
        ``lr``, an old name of `learning_rate`; and arguments of Keras that have only their default
        value in numcnn.

    Attributes
    ----------
    iterations : int
        Number of updates so far.
    accumulated : int
        Number of batches whose gradients wait for the next update.
    """

    module: ClassVar[str] = "keras.optimizers"
    slots: tuple[str, ...] = ()
    slots_begin = 0.0

    def __init__(
        self,
        learning_rate: Any,
        *,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        gradient_accumulation_steps: int | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        self.name = given_name(name, snake_case(type(self).__name__))
        rate = options.pop("lr", learning_rate)
        decay = options.pop("decay", None)
        if decay:
            warn(
                f"{type(self).__name__} ignores decay={decay!r}, as Keras 3 does. For a learning "
                f"rate that falls in this way, pass a schedule: InverseTimeDecay({rate!r}, "
                f"decay_steps=1, decay_rate={decay!r})."
            )
        self.accept_fixed(options)
        if isinstance(rate, dict):
            rate = schedules.deserialize(rate)
        self._learning_rate = rate if callable(rate) else number(rate, "learning_rate", minimum=0)
        self.weight_decay = _positive_or_none(weight_decay, "weight_decay")
        self.clipnorm = _positive_or_none(clipnorm, "clipnorm")
        self.clipvalue = _positive_or_none(clipvalue, "clipvalue")
        self.global_clipnorm = _positive_or_none(global_clipnorm, "global_clipnorm")
        if [self.clipnorm, self.clipvalue, self.global_clipnorm].count(None) < 2:
            raise ValueError("give only one of clipnorm, clipvalue and global_clipnorm.")
        self.gradient_accumulation_steps = _count_or_none(
            gradient_accumulation_steps, "gradient_accumulation_steps", minimum=2
        )
        self.use_ema = flag(use_ema, "use_ema")
        self.ema_momentum = number(ema_momentum, "ema_momentum", minimum=0, maximum=1)
        self.ema_overwrite_frequency = _count_or_none(
            ema_overwrite_frequency, "ema_overwrite_frequency"
        )
        self.iterations = 0
        self.accumulated = 0
        self._kept: dict[Parameter, dict[str, np.ndarray]] = {}
        self._not_decayed: tuple[set[Parameter], tuple[str, ...]] = set(), ()

    @property
    def learning_rate(self) -> LearningRate:
        """The learning rate of the next update; it may be set, if it is not a schedule's."""
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            rate = rate(self.iterations)
        return LearningRate(rate() if callable(rate) else rate, self)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value):
            self._learning_rate = value
            return
        if isinstance(self._learning_rate, LearningRateSchedule):
            raise TypeError(
                f"{with_article(type(self._learning_rate).__name__)} gives the learning rate of "
                f"this {type(self).__name__}, so a number can't be set: make the optimizer with a "
                "number, or set another schedule."
            )
        self._learning_rate = number(value, "learning_rate", minimum=0)

    @property
    def lr(self) -> float:
        """An old spelling of `learning_rate`."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain values, with the schedule if there is one."""
        config = super().get_config()
        if isinstance(self._learning_rate, LearningRateSchedule):
            config["learning_rate"] = self._learning_rate.serialized()
        return config

    def exclude_from_weight_decay(
        self, var_list: Iterable[Parameter] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Keep the weight decay from some parameters.

        Parameters
        ----------
        var_list : list of Parameter, optional
        var_names : list of str, optional
            All parameters in whose name one of these is found, such as ``["bias"]``.
        """
        self._not_decayed = set(var_list or ()), tuple(var_names or ())

    def _decays(self, parameter: Parameter) -> bool:
        """Say whether the weight decay acts on a parameter."""
        listed, names = self._not_decayed
        return parameter not in listed and not any(
            re.search(name, parameter.name) for name in names
        )

    def update(self, parameters: list[Parameter]) -> None:
        """Change each trainable parameter by its gradient."""
        moved = [p for p in parameters if p.trainable and p.grad is not None]
        if not self.gradient_accumulation_steps:
            self._apply(moved, [parameter.grad for parameter in moved])
            return
        for parameter in moved:
            self.kept(parameter)[ACCUMULATOR] += parameter.grad
        self.accumulated += 1
        if self.accumulated == self.gradient_accumulation_steps:
            self.update_by_accumulated(moved)

    def update_by_accumulated(self, parameters: list[Parameter]) -> None:
        """Make the update of the gradients that wait for one, if there are any."""
        if not self.accumulated:
            return
        moved = [p for p in parameters if p.trainable and p in self._kept]
        sums = [self.kept(parameter)[ACCUMULATOR] for parameter in moved]
        self._apply(moved, [total / total.dtype.type(self.accumulated) for total in sums])
        for total in sums:
            total[...] = 0
        self.accumulated = 0

    def _apply(self, moved: list[Parameter], gradients: list[Any]) -> None:
        """Make one update."""
        rate = self._learning_rate
        learning_rate = (
            rate if type(rate) is float else float(self.learning_rate)
        )  # float32 times a subclass would be float64
        for parameter, gradient in zip(moved, self.clipped(gradients), strict=True):
            value, decay = parameter.value, self.decay_of(parameter)
            if decay and self._decays(parameter):
                value -= value * decay * learning_rate
            self.update_one(value, gradient, learning_rate, *self.state_of(parameter))
            if parameter.constraint is not None:
                parameter.constrain()
        self.iterations += 1
        if self.use_ema:
            update_averages(self, moved)

    def final_weights(self, parameters: list[Parameter]) -> list[np.ndarray]:
        """Return copies of what the weights would be if the training ended now."""
        return averaged(self, parameters) if self.use_ema else [p.value.copy() for p in parameters]

    def end_training(self, parameters: list[Parameter]) -> None:
        """Give the parameters their running means, with `use_ema`."""
        if self.use_ema:
            for parameter, value in zip(parameters, averaged(self, parameters), strict=True):
                parameter.value[...] = value

    def clipped(self, gradients: list[Any]) -> list[Any]:
        """Return gradients, clipped as the optimizer was told."""
        if self.clipvalue:
            return [np.clip(g, -self.clipvalue, self.clipvalue) for g in gradients]
        if self.clipnorm:
            return [g * (self.clipnorm / max(_norm([g]), self.clipnorm)) for g in gradients]
        if self.global_clipnorm:
            factor = self.global_clipnorm / max(_norm(gradients), self.global_clipnorm)
            return [g * factor for g in gradients]
        return gradients

    def decay_of(self, parameter: Parameter) -> float | None:
        """Return the weight decay of a parameter."""
        return self.weight_decay

    def slots_of(self, parameter: Parameter) -> tuple[str, ...]:
        """Return the names of the arrays that the optimizer's formula keeps for a parameter."""
        return self.slots

    def names_kept(self, parameter: Parameter) -> list[str]:
        """Return the names of all arrays kept for a parameter, in Keras's order."""
        beside = [AVERAGE] if self.use_ema else []
        waiting = [ACCUMULATOR] if self.gradient_accumulation_steps else []
        return [*beside, *waiting, *self.slots_of(parameter)]

    def kept(self, parameter: Parameter) -> dict[str, np.ndarray]:
        """Return all arrays kept for a parameter by name; new ones at the first call."""
        if parameter not in self._kept:
            self._kept[parameter] = self.kept_at_first(parameter)
        return self._kept[parameter]

    def kept_at_first(self, parameter: Parameter) -> dict[str, np.ndarray]:
        """Return new arrays as they are before the first update."""
        begin = {AVERAGE: parameter.value, ACCUMULATOR: 0}
        return {
            name: np.full_like(parameter.value, begin.get(name, self.slots_begin))
            for name in self.names_kept(parameter)
        }

    def state_of(self, parameter: Parameter) -> list[np.ndarray]:
        """Return the arrays kept for a parameter, one for each of its `slots_of`."""
        kept = self._kept.get(parameter) or self.kept(parameter)
        return [kept[slot] for slot in self.slots_of(parameter)]

    def numbers_beside(self) -> dict[str, float]:
        """Return numbers that Keras keeps beside the arrays, and which `iterations` gives here."""
        return {}

    def count_params(self) -> int:
        """Return how many numbers the optimizer keeps, t and the learning rate among them."""
        if not self._kept:
            return 0
        own = (1 if callable(self._learning_rate) else 2) + len(self.numbers_beside())
        return own + sum(array.size for kept in self._kept.values() for array in kept.values())

    def update_one(
        self, value: np.ndarray, grad: np.ndarray, learning_rate: float, *state: np.ndarray
    ) -> None:
        """Change `value` and its state in place; `iterations` is that of the updates before."""
        raise NotImplementedError


def _positive_or_none(value: Any, name: str) -> float | None:
    """Return a number above 0; None for None and 0, which both mean not at all."""
    return (number(value, name, minimum=0) or None) if value is not None else None


def _count_or_none(value: Any, name: str, minimum: int = 1) -> int | None:
    """Return a whole number; None for None."""
    return None if value is None else positive_int(value, name, minimum)


def _norm(arrays: list[np.ndarray]) -> float:
    """Return the Euclidean norm of all numbers of some arrays."""
    return float(np.sqrt(sum(np.square(array, dtype=np.float64).sum() for array in arrays)))
