"""Write onnx.npz: ONNX's own node test cases, as far as numcnn has what they ask for.

    python tests/oracles/make_onnx.py

A case becomes a layer of numcnn, or a loss, with the arrays that go in and must come out.  The
cases that numcnn cannot express are listed in README.md, with the reason.
"""

import warnings
from typing import Any

import cases
import numpy as np
import onnx
from onnx.backend.test.case.node import collect_testcases

OPERATORS = (
    "Conv",
    "MaxPool",
    "AveragePool",
    "Gemm",
    "Softmax",
    "Relu",
    "Flatten",
    "SoftmaxCrossEntropyLoss",
)

Arrays = dict[str, np.ndarray]


class InexpressibleError(Exception):
    """Why a case is not one for numcnn."""


def main() -> None:
    subjects: dict[str, Any] = {}
    arrays: Arrays = {}
    left_out: dict[str, list[str]] = {}
    for name, node, inputs, outputs in node_cases():
        try:
            subject, case_arrays = expressed(node, inputs, outputs)
        except InexpressibleError as reason:
            left_out.setdefault(str(reason), []).append(name)
        else:
            subjects[name] = subject
            arrays |= {f"{name}/{key}": array for key, array in case_arrays.items()}
    cases.write("onnx", arrays, made_with=f"ONNX {onnx.__version__}", cases=subjects)
    write_list(sorted(subjects), left_out)


def node_cases() -> Any:
    """Yield name, node, inputs and outputs of each case of one of the operators."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        everything = collect_testcases(None)
    for case in everything:
        nodes = case.model.graph.node
        if len(nodes) == 1 and nodes[0].op_type in OPERATORS:
            ((inputs, outputs),) = case.data_sets
            yield case.name.removeprefix("test_"), nodes[0], inputs, outputs


def expressed(node: Any, inputs: Any, outputs: Any) -> tuple[Any, Arrays]:
    """Return the layer or loss of numcnn for a node, and its arrays in numcnn's order."""
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    express = {
        "Conv": convolution,
        "MaxPool": pooling,
        "AveragePool": pooling,
        "Gemm": dense,
        "Softmax": softmax,
        "Relu": relu,
        "Flatten": flatten,
        "SoftmaxCrossEntropyLoss": cross_entropy,
    }[node.op_type]
    return express(node.op_type, attributes, inputs, outputs)


# --- windows -------------------------------------------------------------------------------------


def convolution(operator: str, attributes: Any, inputs: Any, outputs: Any) -> tuple[Any, Arrays]:
    """Return Conv as Conv2D."""
    x, kernel, *bias = inputs
    filters, _, *window = kernel.shape
    arguments = window_arguments(attributes, x, outputs[0], window)
    refuse_if(attributes.get("group", 1) != 1, "groups of channels")
    subject = {
        "layer": "Conv2D",
        "filters": filters,
        "kernel_size": window,
        "use_bias": bool(bias),
        **arguments,
    }
    arrays = {"kernel": kernel.transpose(2, 3, 1, 0)} | ({"bias": bias[0]} if bias else {})
    return subject, {"x": channels_last(x), "y": channels_last(outputs[0]), **arrays}


def pooling(operator: str, attributes: Any, inputs: Any, outputs: Any) -> tuple[Any, Arrays]:
    """Return MaxPool or AveragePool as a pooling layer."""
    (x,), y = inputs, outputs[0]
    refuse_if(x.dtype != np.float32, f"pixels of {x.dtype}")
    refuse_if(len(outputs) > 1, "the place of the maximum as a second output")
    refuse_if(attributes.get("count_include_pad", 0) == 1, "a mean that counts the padding")
    window = attributes["kernel_shape"]
    arguments = window_arguments(attributes, x, y, window)
    layer = {"MaxPool": "MaxPooling2D", "AveragePool": "AveragePooling2D"}[operator]
    subject = {"layer": layer, "pool_size": window, **arguments}
    return subject, {"x": channels_last(x), "y": channels_last(y)}


def window_arguments(attributes: Any, x: Any, y: Any, window: Any) -> dict[str, Any]:
    """Return strides and padding, if one of numcnn's paddings puts the windows in these places."""
    refuse_if(x.ndim != 4, f"{x.ndim - 2}-D images")
    refuse_if(any(d != 1 for d in attributes.get("dilations", ())), "dilation")
    strides = attributes.get("strides", [1, 1])
    before = added_before(attributes, x.shape[2:], window, strides)
    places = list(zip(y.shape[2:], before, strict=True))
    for padding in ("valid", "same"):
        axes = zip(x.shape[2:], window, strides, strict=True)
        ours = [cases.outputs_and_padding(*axis, padding) for axis in axes]
        if places == [(out, first) for out, (first, _) in ours]:
            return {"strides": strides, "padding": padding}
    raise InexpressibleError('a padding that is neither "valid" nor "same"')


def added_before(attributes: Any, image: Any, window: Any, strides: Any) -> list[int]:
    """Return how many cells ONNX adds above and to the left of an image."""
    if attributes.get("auto_pad", b"NOTSET") == b"NOTSET":
        return attributes.get("pads", [0, 0, 0, 0])[:2]
    axes = zip(image, window, strides, strict=True)
    same = [cases.outputs_and_padding(*axis, "same")[1] for axis in axes]
    lower = attributes["auto_pad"] == b"SAME_LOWER"  # the odd cell comes before, not after
    return [max(sides) if lower else min(sides) for sides in same]


def channels_last(images: np.ndarray) -> np.ndarray:
    """(N, C, H, W) -> (N, H, W, C)."""
    return images.transpose(0, 2, 3, 1)


# --- the others ----------------------------------------------------------------------------------


def dense(operator: str, attributes: Any, inputs: Any, outputs: Any) -> tuple[Any, Arrays]:
    """Return Gemm as Dense; what it transposes is stored transposed."""
    scaled = attributes.get("alpha", 1.0) != 1 or attributes.get("beta", 1.0) != 1
    refuse_if(scaled, "a factor before the product or the bias")
    x, kernel, *bias = inputs
    x = x.T if attributes.get("transA") else x
    kernel = kernel.T if attributes.get("transB") else kernel
    units = kernel.shape[1]
    refuse_if(any(b.ndim == 2 and len(b) > 1 for b in bias), "another bias for each sample")
    arrays = {"bias": np.broadcast_to(bias[0], (1, units))[0]} if bias else {}
    subject = {"layer": "Dense", "units": units, "use_bias": bool(bias)}
    return subject, {"x": x, "y": outputs[0], "kernel": kernel, **arrays}


def softmax(operator: str, attributes: Any, inputs: Any, outputs: Any) -> tuple[Any, Arrays]:
    """Return Softmax."""
    refuse_if(attributes.get("axis", -1) not in (-1, inputs[0].ndim - 1), "not the last axis")
    return {"layer": "Softmax"}, {"x": inputs[0], "y": outputs[0]}


def relu(operator: str, attributes: Any, inputs: Any, outputs: Any) -> tuple[Any, Arrays]:
    """Return Relu as ReLU."""
    return {"layer": "ReLU"}, {"x": inputs[0], "y": outputs[0]}


def flatten(operator: str, attributes: Any, inputs: Any, outputs: Any) -> tuple[Any, Arrays]:
    """Return Flatten."""
    axis = attributes.get("axis", 1) % inputs[0].ndim
    refuse_if(axis != 1, "rows that are not one sample each")
    return {"layer": "Flatten"}, {"x": inputs[0], "y": outputs[0]}


def cross_entropy(operator: str, attributes: Any, inputs: Any, outputs: Any) -> tuple[Any, Arrays]:
    """Return SoftmaxCrossEntropyLoss; the weights of the classes become those of the samples."""
    scores, labels, *weights = inputs
    reduction = attributes["reduction"].decode()
    refuse_if(scores.ndim != 2, "more than one label for each sample")
    refuse_if("ignore_index" in attributes, "a class that is left out")
    refuse_if(len(outputs) > 1, "log-probabilities as a second output")
    refuse_if(
        bool(weights) and reduction == "mean",
        "a mean that divides by the sum of the weights (numcnn, as Keras: by the samples)",
    )
    arrays = {"weight": weights[0][labels]} if weights else {}
    subject = {"loss": "SparseCategoricalCrossentropy", "reduction": reduction}
    return subject, {"x": scores, "labels": labels, "y": outputs[0], **arrays}


def refuse_if(condition: bool, reason: str) -> None:
    """Say that numcnn does not have what a case asks for."""
    if condition:
        raise InexpressibleError(reason)


# --- the list ------------------------------------------------------------------------------------

BEGIN, END = "<!-- written by make_onnx.py -->\n", "<!-- end -->"


def write_list(stored: list[str], left_out: dict[str, list[str]]) -> None:
    """Put the list of cases into README.md, in the place of the old one."""
    path = cases.HERE / "README.md"
    before, rest = path.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    count = sum(map(len, left_out.values()))
    lines = [
        f"\n{len(stored)} cases are run: {', '.join(map(code, stored))}.\n",
        f"\n{count} cases are left out, because they ask for\n",
        "\n| what numcnn does not have | cases |\n|---|---|\n",
        *(f"| {reason} | {', '.join(map(code, names))} |\n" for reason, names in left_out.items()),
        "\n",
    ]
    path.write_text(before + BEGIN + "".join(lines) + END + after, encoding="utf-8")


def code(name: str) -> str:
    """Return a name as Markdown code."""
    return f"`{name}`"


if __name__ == "__main__":
    main()
