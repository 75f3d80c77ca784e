"""Optimizers: how a gradient changes a parameter.

``t`` counts the updates from 1, ``w`` is a parameter, ``g`` its gradient; everything is done number
by number, in place.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numcnn import engine
from numcnn.checks import number, one_of
from numcnn.parameter import Parameter


class Optimizer:
    """Changes parameters by their gradients.

    A subclass writes `update_one`, and names in `slots` the arrays that it keeps for each
    parameter; they have the parameter's shape and begin as zeros.

    Attributes
    ----------
    learning_rate : float
        May be changed between updates.
    iterations : int
        t, the updates done so far.
    """

    name = "optimizer"
    slots: tuple[str, ...] = ()

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = number(learning_rate, "learning_rate", least=0)
        self.iterations = 0
        self._state: dict[Parameter, tuple[np.ndarray, ...]] = {}

    def update(self, parameters: list[Parameter]) -> None:
        """Change each trainable parameter by its gradient."""
        self.iterations += 1
        for parameter in parameters:
            if parameter.trainable and parameter.grad is not None:
                self.update_one(parameter.value, parameter.grad, *self.state_of(parameter))

    def state_of(self, parameter: Parameter) -> tuple[np.ndarray, ...]:
        """Return the arrays kept for a parameter, one for each of `slots`."""
        if parameter not in self._state:
            self._state[parameter] = tuple(np.zeros_like(parameter.value) for _ in self.slots)
        return self._state[parameter]

    def count_params(self) -> int:
        """Return how many numbers the optimizer keeps, t and the learning rate among them."""
        kept = [array for arrays in self._state.values() for array in arrays]
        return sum(array.size for array in kept) + 2 if self.iterations else 0

    def update_one(self, value: np.ndarray, grad: np.ndarray, *state: np.ndarray) -> None:
        """Change `value` and its state in place."""
        raise NotImplementedError


class SGD(Optimizer):
    """Gradient descent: ``w −= learning_rate · g``.

    With momentum (Polyak 1964) a velocity u gathers the gradients, ``u = momentum·u −
    learning_rate·g`` and ``w += u``; in Nesterov's form (1983) ``w += momentum·u −
    learning_rate·g``, with the new u.

    Parameters
    ----------
    learning_rate : float, default 0.01
    momentum : float, default 0.0
        From 0 to below 1.
    nesterov : bool, default False
    """

    name = "sgd"

    def __init__(
        self, learning_rate: float = 0.01, momentum: float = 0.0, nesterov: bool = False
    ) -> None:
        super().__init__(learning_rate)
        self.momentum = number(momentum, "momentum", least=0, most=1, open_end=True)
        self.nesterov = bool(nesterov)
        self.slots = ("momentum",) if self.momentum else ()

    def update_one(self, value: np.ndarray, grad: np.ndarray, *state: np.ndarray) -> None:
        """Take one step against the gradient."""
        step = self.learning_rate * grad
        if not state:
            value -= step
            return
        (velocity,) = state
        velocity *= self.momentum
        velocity -= step
        value += self.momentum * velocity - step if self.nesterov else velocity


class RMSprop(Optimizer):
    """Steps of a size that does not depend on the gradient's (Hinton 2012, lecture 6e).

    ``v = rho·v + (1 − rho)·g²`` and ``w −= learning_rate · g / √(v + epsilon)``.

    Parameters
    ----------
    learning_rate : float, default 0.001
    rho : float, default 0.9
        How much of the mean square stays at each update, from 0 to below 1.
    epsilon : float, default 1e-7
    """

    name = "rmsprop"
    slots = ("velocity",)

    def __init__(
        self, learning_rate: float = 0.001, rho: float = 0.9, epsilon: float = 1e-7
    ) -> None:
        super().__init__(learning_rate)
        self.rho = number(rho, "rho", least=0, most=1, open_end=True)
        self.epsilon = number(epsilon, "epsilon", least=0)

    def update_one(self, value: np.ndarray, grad: np.ndarray, *state: np.ndarray) -> None:
        """Take one step against the gradient, divided by its root mean square."""
        (v,) = state
        v += (grad * grad - v) * (1 - self.rho)
        value -= self.learning_rate * grad / np.sqrt(v + self.epsilon)


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015), with the bias correction in the step size as in its section 2.

    ``m += (g − m)·(1 − beta_1)``, ``v += (g² − v)·(1 − beta_2)``,
    ``a = learning_rate · √(1 − beta_2^t) / (1 − beta_1^t)``, ``w −= a · m / (√v + epsilon)``.

    m and v are running means of g and g², both too small at first because they begin at zero; a
    makes up for it.  In this form, which is Keras's, epsilon is the paper's "epsilon hat".

    Parameters
    ----------
    learning_rate : float, default 0.001
    beta_1, beta_2 : float, default 0.9 and 0.999
        How much of the means stays at each update, from 0 to below 1.
    epsilon : float, default 1e-7

    Examples
    --------
    >>> w = Parameter(np.array([1.0, -2.0]), "w")
    >>> w.grad = np.array([0.1, -0.2])
    >>> Adam().update([w])
    >>> w.value.round(6)
    array([ 0.999, -1.999])
    """

    name = "adam"
    slots = ("momentum", "velocity")

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
    ) -> None:
        super().__init__(learning_rate)
        self.beta_1 = number(beta_1, "beta_1", least=0, most=1, open_end=True)
        self.beta_2 = number(beta_2, "beta_2", least=0, most=1, open_end=True)
        self.epsilon = number(epsilon, "epsilon", least=0)

    def update_one(self, value: np.ndarray, grad: np.ndarray, *state: np.ndarray) -> None:
        """Take one step against the running mean, divided by the root of the mean square."""
        m, v = state
        t = self.iterations
        a = self.learning_rate * math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        engine.adam_update(value, grad, m, v, a, self.beta_1, self.beta_2, self.epsilon)


OPTIMIZERS: dict[str, Any] = {kind.name: kind for kind in (SGD, RMSprop, Adam)}


def get(optimizer: Any) -> Optimizer:
    """Return the optimizer of that name with its defaults; an `Optimizer` is itself."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    if isinstance(optimizer, type) and issubclass(optimizer, Optimizer):
        optimizer = optimizer.name
    return OPTIMIZERS[one_of(optimizer, OPTIMIZERS, "optimizer")]()
