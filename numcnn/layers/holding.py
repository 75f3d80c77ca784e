"""ParameterHolder: what a layer does with its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from numcnn import initializers, regularizers
from numcnn.checks import flag, shown
from numcnn.own_results import returned
from numcnn.parameter import Parameter, WithParameters


class ParameterHolder(WithParameters):
    """Makes parameters, and knows those that are its attributes.

    Attributes
    ----------
    constrained : dict of str to str
        For some parameters, the name of the attribute that holds their constraint.
    """

    dtype: np.dtype
    rng: np.random.Generator
    constrained: ClassVar[Mapping[str, str]] = {}
    _parameters: Mapping[str, Parameter] = MappingProxyType({})

    def add_parameter(
        self,
        name: str,
        shape: tuple[Any, ...],
        initializer: Any = "zeros",
        trainable: bool = True,
        regularizer: Any = None,
    ) -> Parameter:
        """Return a new parameter; it belongs to the layer once it is an attribute of it.

        Parameters
        ----------
        name : str
        shape : tuple of int
        initializer : str or Initializer, default "zeros"
            Makes the initial values.
        trainable : bool, default True
            False for values that the layer itself updates, such as a running mean.
        regularizer : str or Regularizer, optional
            Penalty on large values.
        """
        initialize = initializers.get(initializer, f"{name}_initializer")
        penalty = regularizers.get(regularizer, f"{name}_regularizer")
        value = initialize(shape, self.dtype, self.rng)
        if not type(initialize).__module__.startswith("numcnn."):
            value = returned(
                value, tuple(shape), initialize, "the call", "values", f"that of {name}"
            )
            value = np.array(value, self.dtype, order="C")  # it may be used again, or not writable
        parameter = Parameter(value, name, trainable, penalty)
        parameter.frozen = not self.trainable
        constraint = getattr(self, self.constrained.get(name, ""), None)
        if constraint is not None:
            numbers, why = constraint(parameter.numpy()), f"that of {name}"
            returned(numbers, parameter.shape, constraint, "the call", "w", why)
        parameter.constraint = constraint
        return parameter

    def need_built(self, method: str) -> None:
        """Refuse a method that needs parameters before the layer has them."""
        if not vars(self).get("built") and not self._parameters:
            raise ValueError(
                f"{method}: {type(self).__name__} has no weights yet, because the shape of its "
                "input is unknown: call layer.build_for((None, 28, 28, 1)), or put it into a model "
                "with an input_shape."
            )

    @property
    def trainable(self) -> bool:
        """Whether training changes the parameters."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: Any) -> None:
        self._trainable = flag(value, "trainable")
        for parameter in self.parameters:
            parameter.frozen = not self._trainable

    @property
    def parameters(self) -> list[Parameter]:
        """The layer's parameters, in the order in which they became its attributes."""
        return list(self._parameters.values())

    def __setattr__(self, name: str, value: Any) -> None:
        # Always a new dict: a shallow copy of the layer shares the old one.
        before = self._parameters.get(name)
        if before is not None and value is not None and vars(self).get("built"):
            shape = getattr(value, "shape", None)
            if not isinstance(value, Parameter) or shape != before.shape:
                raise ValueError(
                    f"{name} of {type(self).__name__} is a parameter of shape {before.shape}, got "
                    f"{shown(value)}: set its numbers, layer.{name}.assign(array)."
                )
        if isinstance(value, Parameter):
            super().__setattr__("_parameters", {**self._parameters, name: value})
        elif name in self._parameters:
            others = {key: kept for key, kept in self._parameters.items() if key != name}
            super().__setattr__("_parameters", others)
        super().__setattr__(name, value)
