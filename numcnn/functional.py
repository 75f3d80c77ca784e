"""Functional, or `Model`: a graph of layers, made of its first and its last symbolic tensors."""

from __future__ import annotations

from typing import Any, NamedTuple

from numcnn.checks import Shape, flag, given_name
from numcnn.configuration import snake_case
from numcnn.data_checks import samples_for
from numcnn.frame import Frame
from numcnn.graph import Graph
from numcnn.layer_names import LayerNames
from numcnn.layers import InputLayer
from numcnn.layers.component import created
from numcnn.layers.operations import Operation
from numcnn.layers.symbolic import Tensor, unpacked
from numcnn.nodes import Node
from numcnn.randomness import checked_seed, generator
from numcnn.saving.architecture import MODELS
from numcnn.saving.connections import graph_config
from numcnn.saving.saveable import Saveable
from numcnn.tracing import calls_between, checked_tensors
from numcnn.trainer import Trainer
from numcnn.travel.exporting import Exportable

SHUFFLING = 0


class Called(NamedTuple):
    """A call, by numbers: the layer, what it reads as (number of a call, index), the mode, and when
    the call was made.
    """

    layer: Any
    reads: tuple[tuple[int, int], ...]
    training: bool | None
    made: int


class Functional(Exportable, Saveable, Trainer, Graph):
    """A graph of layers that can be trained; ``numcnn.Model`` is its other name.

    Parameters
    ----------
    inputs : Tensor, or list or dict of Tensor
        Where the graph begins: of `Input`, or the output of a layer of another model.
    outputs : Tensor, or list or dict of Tensor
        Where it ends.  All layers that lead from the inputs to the outputs belong to the model.
    name : str, optional
    trainable : bool, default True
        Whether training changes the parameters; False says so to every layer.

    Raises
    ------
    TypeError
        If one of them is no symbolic tensor.
    ValueError
        If an output depends on an Input that is not given, or two layers have one name.

    Notes
    -----
    The layers are built, and their initial weights drawn, when they are called.  To repeat them,
    call `numcnn.set_random_seed` before that.

    Examples
    --------
    >>> from numcnn import layers
    >>> x = layers.Input((8,))
    >>> y = layers.Dense(8, activation="relu")(x)
    >>> model = Functional(x, layers.Dense(2)(x + y))
    >>> [layer.name for layer in model.layers]
    ['input_layer', 'dense', 'dense_1']
    """

    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        name: str | None = None,
        trainable: bool = True,
        **options: Any,
    ) -> None:
        inputs = options.pop("input", inputs)
        outputs = options.pop("output", outputs)
        if options:
            raise TypeError(f"Model has no argument {next(iter(options))!r}.")
        if inputs is None or outputs is None:
            raise TypeError(
                "a model with a call() of its own needs automatic differentiation, which numcnn "
                "has not: describe the graph once, x = Input(shape), y = layer(x), and make "
                "Model(x, y); a step of its own is a Layer with forward and backward."
            )
        self.created = next(created)
        self.name = given_name(name, snake_case(type(self).__name__))
        self.named_by_user = bool(name)
        given, self.input_form = checked_tensors(inputs, "inputs")
        ends, self.output_form = checked_tensors(outputs, "outputs")
        self._describe(given, ends)
        self._trainable = flag(trainable, "trainable")
        self.seed = checked_seed(None)
        self.rng = generator(self.seed, SHUFFLING)
        self.begin_untrained()
        if not trainable:
            self.trainable = False

    def _describe(self, given: list[Tensor], ends: list[Tensor]) -> None:
        """Take the graph between these tensors apart into calls, and name its layers."""
        calls = calls_between(given, ends)
        calls += [tensor.call for tensor in given if tensor.call not in calls]
        number = {call: k for k, call in enumerate(calls)}
        starts = {tensor.call: tensor for tensor in given}
        self.called: list[Called] = []
        for call in calls:
            layer = call.layer
            if call in starts and not isinstance(layer, InputLayer):
                layer = InputLayer(batch_shape=starts[call].shape)  # in place of what comes before
                layer.dtype = starts[call].dtype
            reads = () if call in starts else call.inputs
            places = tuple((number[tensor.call], tensor.index) for tensor in reads)
            self.called.append(Called(layer, places, call.training if reads else None, call.made))
        self.starts = [number[tensor.call] for tensor in given]
        self.stops = [
            (number[tensor.call], 0 if tensor.call in starts else tensor.index) for tensor in ends
        ]
        self.operations = list(dict.fromkeys(called.layer for called in self.called))
        self._layers = [layer for layer in self.operations if not isinstance(layer, Operation)]
        names = LayerNames([])
        for layer in sorted(self.operations, key=lambda layer: layer.created):
            names.give_in_graph(layer)
        self.dtype = given[0].dtype
        self.shapes_of_calls = [
            [starts[call].shape] if call in starts else call.shapes for call in calls
        ]
        self.shapes_of_inputs = [tensor.shape for tensor in given]
        self.input_shape: Any = unpacked(self.shapes_of_inputs)
        self.shapes_of_outputs = [tensor.shape for tensor in ends]
        self._trace = given, ends

    def _retrace(self) -> tuple[list[Tensor], list[Tensor]]:
        """Call the layers of a copy on symbolic tensors of its own."""
        results: list[list[Tensor]] = []
        for layer, reads, training, _ in self.called:
            if isinstance(layer, InputLayer):
                results.append([layer.output])
            else:
                inputs = [results[number][index] for number, index in reads]
                results.append(layer.connect(inputs, training))
        starts = [results[number][0] for number in self.starts]
        return starts, [results[number][index] for number, index in self.stops]

    def _traced(self) -> tuple[list[Tensor], list[Tensor]]:
        return self._trace

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k not in ("_trace", "_tensors")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._trace = self._retrace()

    # Shapes --------------------------------------------------------------------------------------

    module = "keras.src.models.functional"  # Keras looks for it there, and nowhere else
    built: Any = True
    input_form: Any = None
    output_form: Any = None

    @property
    def output_shape(self) -> Any:
        """The shape of an output, ``(None, 10)``, or a list of several."""
        return unpacked(self.shapes_of_outputs)

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs; data may be given as a dict with these keys."""
        if isinstance(self.input_form, list):
            return self.input_form
        return [self.called[number].layer.name for number in self.starts]

    def build(self, input_shape: Any) -> None:
        """Do nothing but check the shape: the layers were built when they were called."""
        if input_shape is not None:
            shapes = input_shape if isinstance(input_shape, list) else [input_shape]
            self.output_shapes([tuple(shape) for shape in shapes], self.dtype)

    def output_shapes(self, shapes: list[Shape], dtype: Any) -> list[Shape]:
        """Check the shapes of a call's inputs, and return those of its outputs."""
        if [shape[1:] for shape in shapes] != [shape[1:] for shape in self.shapes_of_inputs]:
            raise ValueError(
                f'model "{self.name}" takes inputs of shape {self.input_shape}, got '
                f"{shapes[0] if len(shapes) == 1 else shapes}."
            )
        return list(self.shapes_of_outputs)

    def unbuild(self, layers: Any = None) -> None:
        """Do nothing: a graph is made of shapes."""

    def add_nodes(
        self, nodes: list[Node], given: list[int], begin: int, path: str, training: bool | None
    ) -> list[int]:
        """Add this model's nodes to the list; see `GraphFrame.add_nodes`."""
        results: list[list[int]] = []
        for number, (layer, reads, mode, _) in enumerate(self.called):
            if number in self.starts:
                results.append([given[self.starts.index(number)]])
                continue
            mode = training if mode is None else mode
            places = [results[place][index] for place, index in reads]
            if isinstance(layer, Frame):
                name = f"{path}{layer.name}/"
                results.append(layer.add_nodes(nodes, places, begin, name, mode))
                continue
            shapes = [self._shape(place, index) for place, index in reads]
            own, path_of = self._shape(number, 0), path + layer.name
            node = Node(layer, begin + len(nodes), tuple(places), shapes, own, mode, path_of)
            nodes.append(node)
            results.append([node.number])
        return [results[place][index] for place, index in self.stops]

    def _shape(self, number: int, index: int) -> Shape:
        return self.shapes_of_calls[number][index]

    def connections(self) -> dict[Any, list[str]]:
        """Return what the calls of each layer read: ``"conv2d[0][0]"``, its first call's result."""
        found: dict[Any, list[str]] = {layer: [] for layer in self.operations}
        for number in sorted(range(len(self.called)), key=lambda k: self.called[k].made):
            for place, index in self.called[number].reads:
                name = self.called[place].layer.name
                text = f"{name}[{self.node_index(place)}][{index}]"
                found[self.called[number].layer].append(text)
        return found

    # Data ----------------------------------------------------------------------------------------

    def batch_of(self, x: Any) -> Any:
        """Return a batch, or a list of batches for several inputs."""
        return samples_for(self, x)

    def as_described(self, outputs: Any) -> Any:
        """Return outputs in a dict, if the model was made with a dict of outputs."""
        if isinstance(self.output_form, list):
            several = outputs if isinstance(outputs, list) else [outputs]
            return dict(zip(self.output_form, several, strict=True))
        return outputs

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs: the keys of a dict, or the layers that make them."""
        if isinstance(self.output_form, list):
            return self.output_form
        return [tensor.name for tensor in self.outputs]

    # In plain values -----------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return all layers and how they are connected as plain values, as Keras 3 does."""
        return graph_config(self)

    @classmethod
    def of_tensors(cls, inputs: Any, outputs: Any, name: str | None) -> Any:
        """Make a model of this class, whatever the constructor of a subclass takes."""
        model = cls.__new__(cls)
        Functional.__init__(model, inputs, outputs, name)
        return model

    def node_index(self, number: int) -> int:
        """Return which one of its layer's calls a call is, in the order in which they were made."""
        own = [made for layer, _, _, made in self.called if layer is self.called[number].layer]
        return sorted(own).index(self.called[number].made)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.input_shape} -> {self.output_shape}>"


Model = Functional
MODELS["Functional"] = MODELS["Model"] = Functional
