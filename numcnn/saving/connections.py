"""How the layers of a graph are connected, as plain values in Keras 3's form, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from numcnn.checks import shown
from numcnn.layers import InputLayer, Merge
from numcnn.layers.operations import Operation

MOST_CALLS = 10_000


# --- to plain values -----------------------------------------------------------------------------


def graph_config(model: Any) -> dict[str, Any]:
    """Return all layers of a graph, each with what its calls read; the weights are not in it."""
    nodes = {number: model.node_index(number) for number in range(len(model.called))}

    def tensor(number: int, index: int) -> dict[str, Any]:
        shape, layer = model.shapes_of_calls[number][index], model.called[number].layer
        history = [layer.name, nodes[number], index]
        config = {"shape": shape, "dtype": model.dtype.name, "keras_history": history}
        return {"class_name": "__keras_tensor__", "config": config}

    def entry(layer: Any) -> dict[str, Any]:
        calls = [k for k, called in enumerate(model.called) if called.layer is layer]
        inbound = []
        for number in sorted(calls, key=nodes.__getitem__):
            called = model.called[number]
            if called.reads:
                read = [tensor(*place) for place in called.reads]
                mode = {} if called.training is None else {"training": called.training}
                inbound.append({"args": _arguments(layer, read), "kwargs": mode})
        said = layer.serialized()
        if not isinstance(layer, InputLayer | Operation):
            said["build_config"] = {"input_shape": layer.input_shape}
        return {**said, "name": layer.name, "inbound_nodes": inbound}

    def places(numbers: list[tuple[int, int]], form: Any) -> Any:
        rows = [[model.called[n].layer.name, nodes[n], index] for n, index in numbers]
        if isinstance(form, list):
            return dict(zip(form, rows, strict=True))
        return rows if form == "list" or len(rows) > 1 else rows[0]

    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": [entry(layer) for layer in model.operations],
        "input_layers": places([(number, 0) for number in model.starts], model.input_form),
        "output_layers": places(model.stops, model.output_form),
    }


def _arguments(layer: Any, read: list[Any]) -> list[Any]:
    """Return what a call reads as Keras writes it: a list in a list for layers that merge."""
    if isinstance(layer, Operation):
        rest = iter(read)
        return [next(rest) if one is None else one.tolist() for one in layer.operands]
    return [read] if isinstance(layer, Merge) or len(read) > 1 else read


# --- and back ------------------------------------------------------------------------------------


def connected(kind: Any, config: Mapping[str, Any], made: list[Any]) -> Any:
    """Return the graph of these layers, called as the configuration says.

    Raises
    ------
    ValueError
        If calls read what no call makes, or the configuration is not one of `graph_config`.
    """
    for name in ("input_layers", "output_layers"):
        if not isinstance(config.get(name), list | tuple | Mapping) or not config[name]:
            raise ValueError(
                f"the configuration of a graph names its ends in {name!r}, such as "
                f'["dense", 0, 0], got {shown(config.get(name))}.'
            )
    try:
        return _connected(kind, config, made)
    except (AttributeError, LookupError, TypeError) as error:
        raise ValueError(
            f"the configuration does not connect its layers as get_config writes it: {error!r}."
        ) from error


def _connected(kind: Any, config: Mapping[str, Any], made: list[Any]) -> Any:
    results: dict[tuple[str, int], list[Any]] = {}
    waiting: list[tuple[Any, int, Any]] = []
    for layer, said in zip(made, config["layers"], strict=True):
        name = said.get("name") or layer.name
        if isinstance(layer, InputLayer):
            results[name, 0] = layer.connect()
        for number, node in enumerate(said.get("inbound_nodes") or []):
            waiting.append((layer, number, _read(node)))
    if len(waiting) > MOST_CALLS:
        raise ValueError(f"{len(waiting):,} calls of layers are more than {MOST_CALLS:,}.")
    names = {
        id(layer): said.get("name") or layer.name
        for layer, said in zip(made, config["layers"], strict=True)
    }
    while waiting:
        left = []
        for layer, number, (places, mode) in waiting:
            if all((name, node) in results for name, node, _ in places):
                inputs = [results[name, node][index] for name, node, index in places]
                results[names[id(layer)], number] = layer.connect(inputs, mode)
            else:
                left.append((layer, number, (places, mode)))
        if len(left) == len(waiting):
            raise ValueError(f'"{left[0][0].name}" reads what no layer of the file makes.')
        waiting = left
    starts = _tensors(config["input_layers"], results)
    return kind.of_tensors(starts, _tensors(config["output_layers"], results), config.get("name"))


def _read(node: Any) -> tuple[list[tuple[str, int, int]], bool | None]:
    """Return the places that a call reads, and the mode that it asks for."""
    if isinstance(node, Mapping):
        places = [tuple(one["config"]["keras_history"]) for one in _symbols(node["args"])]
        options = node.get("kwargs") or {}
    else:  # as Keras 2 writes it: [[name, node, index, options], …]
        rows = [node] if isinstance(node[0], str) else node
        places = [tuple(row[:3]) for row in rows]
        options = rows[0][3] if len(rows[0]) > 3 else {}
    unknown = [name for name, value in options.items() if name != "training" and value is not None]
    if unknown:
        raise ValueError(f"a layer is called with {unknown[0]}, which numcnn has not.")
    mode = options.get("training")
    if mode not in (None, True, False):
        raise ValueError(f"a call's training is true, false or nothing, got {shown(mode)}.")
    return places, mode


def _symbols(arguments: Any) -> Iterator[Any]:
    """Yield the symbolic tensors in the arguments of a call."""
    if isinstance(arguments, list | tuple):
        for one in arguments:
            yield from _symbols(one)
    elif isinstance(arguments, Mapping):
        if arguments.get("class_name") == "__keras_tensor__":
            yield arguments
        else:
            yield from _symbols(list(arguments.values()))


def _tensors(said: Any, results: Mapping[tuple[str, int], list[Any]]) -> Any:
    """Return the tensors at one place, at several in a list, or at several in a dict."""
    if isinstance(said, Mapping):
        return {name: _tensors(place, results) for name, place in said.items()}
    if isinstance(said[0], str):
        name, node, index = said
        return results[name, node][index]
    return [_tensors(place, results) for place in said]
