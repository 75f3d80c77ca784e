"""Sequential: layers in a row that can be trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from numcnn.functional import Functional
from numcnn.graph import Graph
from numcnn.network import Network, Step
from numcnn.saving.architecture import MODELS


class Sequential(Network, Functional):
    """Layers in a row that can be trained.

    Parameters
    ----------
    layers : iterable of Layer, optional
        More can be added with `add`.
    trainable : bool, default True
        Whether training changes the parameters; False makes every layer untrainable.
    name : str, optional
    seed : int, optional
        Seed of all random numbers of this model: initial weights, dropout, shuffling.  Two models
        with the same layers and seed, trained on the same data, end with the same bytes.
    dtype : {"float32", "float64"}, default "float32"
        The dtype of all parameters and computations.

    Examples
    --------
    >>> from numcnn import Sequential, layers, optimizers
    >>> model = Sequential([layers.Dense(2, activation="softmax", input_shape=(1,))], seed=0)
    >>> model.compile(
    ...     optimizers.SGD(0.5), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    ... )
    >>> x = np.linspace(-1, 1, 64).reshape(-1, 1)
    >>> history = model.fit(x, x[:, 0] > 0, epochs=100, verbose=0)
    >>> history.history["accuracy"][-1] > 0.9
    True
    """

    module = "keras"

    def __init__(
        self,
        layers: Any = None,
        trainable: bool = True,
        name: str | None = None,
        seed: Any = None,
        dtype: Any = "float32",
    ) -> None:
        super().__init__(layers, trainable, name, seed, dtype)
        self.begin_untrained()

    @property
    def branches(self) -> bool:
        """Whether one of the layers is a graph, so that the whole is computed as a graph."""
        return self.nested and any(
            isinstance(layer, Functional) and getattr(layer, "branches", True)
            for layer in self._layers
        )

    @property
    def acting(self) -> list[Any]:
        """The layers as they act, one for each call of a layer that is called several times."""
        kind: Any = Graph if self.branches else Network
        return kind.acting.fget(self)

    @property
    def walk_reads(self) -> list[tuple[int, ...]]:
        """For each step of `walk`, what it reads."""
        kind: Any = Graph if self.branches else Network
        return kind.walk_reads.fget(self)

    @property
    def walk_names(self) -> list[str]:
        """The names of the steps of `walk`, in its order."""
        kind: Any = Graph if self.branches else Network
        return kind.walk_names.fget(self)

    @property
    def final_activation(self) -> Any:
        """The activation of the last layer, if it has one."""
        kind: Any = Graph if self.branches else Network
        return kind.final_activation.fget(self)

    def walk(
        self, x: np.ndarray, training: bool = False, final_activation: bool = True
    ) -> Iterator[Step]:
        """Go forward, and yield each layer's step; see `Network.walk` and `Graph.walk`."""
        kind = Graph if self.branches else Network
        return kind.walk(self, x, training, final_activation)

    def forward(self, x: Any, training: bool = False, final_activation: bool = True) -> Any:
        """Return the output for a batch; see `Network.forward`."""
        kind = Graph if self.branches else Network
        return kind.forward(self, x, training, final_activation)

    def backward(self, *arguments: Any, **options: Any) -> Any:
        """Go back through the layers; see `Network.backward`."""
        kind = Graph if self.branches else Network
        return kind.backward(self, *arguments, **options)


MODELS["Sequential"] = Sequential
