"""Parameter: an array that training changes."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np

from numcnn.checks import counted, items_of, numeric_array
from numcnn.own_results import returned


class Parameter:
    """An array that training changes.

    Attributes
    ----------
    value : numpy.ndarray
        The numbers.  An array that is assigned must have the same shape.
    grad : numpy.ndarray or None
        The gradient of the loss with respect to them, after `Layer.backward`.
    name : str
        Such as ``"kernel"``.
    learned : bool
        Whether the optimizer updates it; the layer itself updates others, such as a running mean.
    frozen : bool
        Whether ``layer.trainable = False`` keeps the optimizer from changing it.
    regularizer : Regularizer or None
        The penalty on its size that is added to the loss.
    constraint : Constraint or None
        What the numbers must satisfy after every update.
    """

    __slots__ = ("_value", "constraint", "frozen", "grad", "learned", "name", "regularizer")

    def __init__(
        self, value: np.ndarray, name: str, trainable: bool = True, regularizer: Any = None
    ) -> None:
        self._value = value
        self.grad: np.ndarray | None = None
        self.name = name
        self.learned = trainable
        self.frozen = False
        self.regularizer = regularizer
        self.constraint: Any = None

    def _fit(self, value: Any) -> np.ndarray:
        """Return an array that may become the parameter's: itself if it can, else a copy."""
        array = numeric_array(value, self.name)
        if array.shape != self._value.shape:
            raise ValueError(
                f"{self.name} has shape {self._value.shape}, got an array of shape {array.shape}."
            )
        return np.require(array, self._value.dtype, ["C", "W"])

    def _set(self, value: Any) -> None:
        self._value = self._fit(value)

    value: Any = property(attrgetter("_value"), _set)

    def assign(self, value: Any) -> Parameter:
        """Set the numbers to a copy of others, after checking that they fit.

        Parameters
        ----------
        value : array_like
            Of the parameter's shape; converted to its dtype.

        Raises
        ------
        ValueError
            If the shape is another one.
        """
        self._value = self._fit(value).copy()
        return self

    def assign_add(self, value: Any) -> Parameter:
        """Add numbers to the parameter's."""
        return self.assign(self._value + numeric_array(value, self.name))

    def assign_sub(self, value: Any) -> Parameter:
        """Subtract numbers from the parameter's."""
        return self.assign(self._value - numeric_array(value, self.name))

    def constrain(self) -> None:
        """Replace the numbers by the value of the constraint, if there is one."""
        if self.constraint is not None:
            numbers = self.constraint(self._value)
            why = f"that of {self.name}"
            self._value[...] = returned(numbers, self.shape, self.constraint, "the call", "w", why)

    def to_float64(self) -> None:
        """Change the dtype, and forget the gradient."""
        self._value = self._value.astype(np.float64)
        self.grad = None

    @property
    def trainable(self) -> bool:
        """Whether the optimizer changes it now."""
        return self.learned and not self.frozen

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.value.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the array."""
        return self.value.dtype

    def numpy(self) -> np.ndarray:
        """Return a copy of the numbers."""
        return self.value.copy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype)

    def __repr__(self) -> str:
        return f"<Parameter {self.name}, {self.value.dtype} {self.value.shape}>"


class WithParameters:
    """The base of objects with parameters: layers and models."""

    name: str
    kind_of_owner = "layer"
    """What error messages call it."""

    @property
    def parameters(self) -> list[Parameter]:
        """The parameters, first to last."""
        raise NotImplementedError

    @property
    def weights(self) -> list[Parameter]:
        """The parameters, under Keras's name for them."""
        return self.parameters

    @property
    def trainable_weights(self) -> list[Parameter]:
        """The parameters that training changes."""
        return [parameter for parameter in self.parameters if parameter.trainable]

    @property
    def non_trainable_weights(self) -> list[Parameter]:
        """The parameters that training does not change."""
        return [parameter for parameter in self.parameters if not parameter.trainable]

    variables = weights
    trainable_variables, non_trainable_variables = trainable_weights, non_trainable_weights

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of the parameters' values, first to last."""
        return [parameter.value.copy() for parameter in self.parameters]

    def count_params(self) -> int:
        """Return the number of values in all parameters."""
        self.need_built("count_params")
        return sum(parameter.value.size for parameter in self.parameters)

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Set all parameters' values, after checking that all of them fit.

        Raises
        ------
        ValueError
            If there are too few or too many arrays, or one has another shape.
        """
        self.need_built("set_weights")
        assign_weights(self.parameters, weights, f'{self.kind_of_owner} "{self.name}"')

    def need_built(self, method: str) -> None:
        """Refuse a method that needs parameters before there are any; a layer then has none."""


def assign_weights(parameters: list[Parameter], weights: Any, owner: str) -> None:
    """Check that all `weights` fit the parameters, and only then set the values."""
    arrays = [np.asarray(weight) for weight in items_of(weights, "weights", "arrays")]
    if len(arrays) != len(parameters):
        raise ValueError(f"{owner} has {counted(len(parameters), 'weight')}, got {len(arrays)}.")
    for parameter, array in zip(parameters, arrays, strict=True):
        if array.shape != parameter.value.shape or array.dtype.kind not in "biuf":
            raise ValueError(
                f"{owner}: {parameter.name} has shape {parameter.value.shape}, got {array.dtype} "
                f"{array.shape}."
            )
    for parameter, array in zip(parameters, arrays, strict=True):
        parameter.value[...] = array
