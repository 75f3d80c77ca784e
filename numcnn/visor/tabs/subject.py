"""What a page is about: a model, samples with their labels, and the history of a training."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from numcnn.checks import counted
from numcnn.data_checks import checked_samples, same_length
from numcnn.metrics import class_numbers
from numcnn.picture_checks import class_names_for, history_of, model_with_one_output
from numcnn.visor.figures.tiles import Pictures


class Subject:
    """A model, samples with their labels, and the history of a training; checked once.

    Parameters
    ----------
    model : Sequential
        Built, with one output a class, or one output that is the probability of class 1.
    data : (x, y), optional
        Samples ``(N, …)`` as the model takes them, and labels: ``(N,)`` class numbers or
        ``(N, classes)`` one-hot.  What the pages evaluate and take their examples from.
    history : History or dict, optional
        What `Sequential.fit` returned.
    class_names : sequence of str, optional
        By default the class numbers.
    at_most : int, optional
        The number of samples to use, the first ones; by default all.

    Attributes
    ----------
    model : Sequential
    x : numpy.ndarray
        ``(N, …)``; without data there are none.
    labels : numpy.ndarray
        ``(N,)`` int64.
    class_names : list of str
    history : dict of str to list of float

    Raises
    ------
    TypeError, ValueError
        If the data do not fit the model or each other.
    """

    def __init__(
        self,
        model: Any,
        data: Any = None,
        history: Any = None,
        class_names: Sequence[Any] | None = None,
        at_most: int | None = None,
    ) -> None:
        model_with_one_output(model, "a page")
        if len(model.output_shape) != 2:
            raise ValueError(
                "a page needs a model with one output a class, (None, classes), got output shape "
                f"{model.output_shape}."
            )
        self.model = model
        classes = max(2, model.output_shape[1])
        self.x = np.empty((0, *model.input_shape[1:]), model.dtype)
        self.labels = np.empty(0, np.int64)
        if data is not None:
            x, y = _pair(data)
            self.x = checked_samples(x, model.input_shape)[:at_most]
            same_length(np.asarray(x), np.asarray(y), "x", "y")
            self.labels = class_numbers(y, "labels")[:at_most]
        if self.labels.max(initial=0) >= classes:
            raise ValueError(
                f"the model knows {counted(classes, 'class')}, 0 to {classes - 1}, but "
                "there is a label "
                f"{self.labels.max()}."
            )
        self.class_names = class_names_for(class_names, classes)
        self.history = {} if history is None else history_of(history)

    @cached_property
    def probabilities(self) -> np.ndarray:
        """What the model says of the samples, ``(N, classes)``, computed once."""
        outputs = self.model.predict(self.x, batch_size=256, verbose=0)
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    @cached_property
    def pictures(self) -> Pictures:
        """The samples as pictures."""
        return Pictures(self.x)

    def forget(self) -> None:
        """Drop what was computed with the model, whose weights are others now."""
        self.__dict__.pop("probabilities", None)


def _pair(data: Any) -> tuple[Any, Any]:
    """Return samples and labels."""
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise ValueError(
            "data must be (x, y), samples and their labels, such as (x_test, y_test), got "
            f"{type(data).__name__}{f' of {len(data)}' if hasattr(data, '__len__') else ''}."
        )
    return data[0], data[1]
