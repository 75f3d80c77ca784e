"""A model as the text of a ``torch.nn.Module``, to read side by side, and its weights for it.

PyTorch has the channels first, and so do its kernels.  Its module takes ``(N, C, H, W)``; where
numcnn flattens, the text puts the channels last first, so that the rows of a dense layer stay.
"""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from numcnn.files import new_file
from numcnn.saving.container import write_arrays
from numcnn.travel.steps import Step, calls_of, refuse_own
from numcnn.travel.torch_layers import WRITERS
from numcnn.travel.torch_rows import Written
from numcnn.travel.torch_weights import kept

WORDS = """
    F T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda
    double dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter
    get_submodule half ipu load_state_dict modules mtia named_buffers named_children named_modules
    named_parameters nn parameters register_buffer register_module register_parameter
    requires_grad_ self set_extra_state set_submodule share_memory state_dict to to_empty torch
    train training type x xpu zero_grad
"""
TAKEN = frozenset(WORDS.split())
"""Names that mean something else in a module's text."""


def export_torch(model: Any, path: Path) -> None:
    """Write a module's text into ``name.py``, and its state dict into ``name.safetensors``.

    Raises
    ------
    ValueError
        If the path does not end in ``.py``, or PyTorch has no form of a layer in the model.
    """
    if path.suffix != ".py":
        raise ValueError(f"the text of a module goes into a file that ends in .py, got {path}.")
    text, arrays = torch_module(model)
    write_arrays(path.with_suffix(".safetensors"), arrays)
    with new_file(path) as file:
        file.write(text.encode())


def torch_module(model: Any) -> tuple[str, dict[str, np.ndarray]]:
    """Return the text of a module for a built model, and its state dict."""
    count = len(model.inputs)
    lines, ends = _lines_of(model)
    inputs = _input_variables(model, lines, ends)
    variables = list(inputs)
    made: dict[str, str] = {}
    arrays: dict[str, np.ndarray] = {}
    text: list[str] = []
    for number, line in enumerate(lines, start=count):
        read = [variables[place] for place in line.reads]
        alone = _is_passed_on(number, lines, ends, count)
        variables.append("x" if alone else _free(line.name, variables))
        for expression in line.written.lines:
            text.append(f"        {variables[-1]} = {_with(read, expression)}")
            read = [variables[-1]]
        text[-1] += f"  # {' × '.join(map(str, line.layer.output_shape[1:]))}"
        for ending, maker in line.written.made.items():
            made[f"{line.name}{ending}"] = f"        self.{line.name}{ending} = {maker}"
        for one in kept(line.layer):
            arrays[f"{line.name}{one.key}"] = one.there(one.parameter.value)
        arrays |= {f"{line.name}{key}": array for key, array in line.written.arrays.items()}
    image = count > 1 or len(model.inputs[0].shape) == 4
    whole = TEXT.format(
        name=_class_name(model.name),
        inputs=", ".join(inputs),
        shape="(N, C, H, W)" if image else "(N, …)",
        made="\n".join(made.values()) or "        pass",
        lines="\n".join(text),
        outputs=", ".join(variables[end] for end in ends),
    )
    return whole, arrays


class Line(NamedTuple):
    """A call of a layer with its lines, and the numbers of the inputs and lines that it reads."""

    layer: Any
    name: str
    written: Written
    reads: tuple[int, ...]


def _lines_of(model: Any) -> tuple[list[Line], list[int]]:
    """Return the calls of layers that have lines, and the numbers of the outputs."""
    steps, ends = calls_of(model)
    names = names_for(steps)
    lines: list[Line] = []
    number_of = list(range(len(model.inputs)))  # of each input's and step's result
    for step in steps:
        refuse_own(step.layer, step.name, WRITERS, "PyTorch's module")
        name = names[_path(step)]
        written = WRITERS[type(step.layer)](step.layer, name)
        reads = tuple(number_of[place] for place in step.inputs)
        if not written.lines:
            number_of.append(reads[0])
            continue
        number_of.append(len(model.inputs) + len(lines))
        lines.append(Line(step.layer, name, written, reads))
    return lines, [number_of[end] for end in ends]


TEXT = '''"""Made by numcnn: the same layers and numbers in PyTorch.

    from safetensors.torch import load_file
    model = {name}().eval()
    model.load_state_dict(load_file("….safetensors"))
"""

import torch
from torch import nn
from torch.nn import functional as F


class {name}(nn.Module):
    """Takes {shape}; the shapes behind the lines are numcnn's, channels last."""

    def __init__(self):
        super().__init__()
{made}

    def forward(self, {inputs}):
{lines}
        return {outputs}
'''


# --- names ---------------------------------------------------------------------------------------


def _path(step: Step) -> str:
    """Return the name of a step's layer; its second call is ``dense#2``."""
    return step.name.partition("#")[0]


def named_layers(model: Any) -> dict[str, Any]:
    """Return the layers by names that Python takes for attributes."""
    steps, _ = calls_of(model)
    names = names_for(steps)
    return {names[_path(step)]: step.layer for step in steps}


def names_for(steps: list[Step]) -> dict[str, str]:
    """Return a name for the layer of each path that Python takes for an attribute."""
    names: dict[str, str] = {}
    for path in dict.fromkeys(_path(step) for step in steps):
        names[path] = _free(_attribute(path), list(names.values()))
    return names


def _attribute(name: str) -> str:
    plain = re.sub(r"\W", "_", name)
    if not plain.isidentifier() or keyword.iskeyword(plain) or plain in TAKEN:
        plain = f"layer_{plain}"
    return plain


def _free(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _class_name(name: str) -> str:
    words = [word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", name)]
    plain = "".join(words)
    return plain if plain.isidentifier() else f"Model{plain}"


# --- variables -----------------------------------------------------------------------------------


def _input_variables(model: Any, lines: list[Line], ends: list[int]) -> list[str]:
    """Return the names of the inputs: x, if only the first line reads it."""
    if len(model.inputs) == 1:
        alone = 0 not in ends and not any(0 in line.reads for line in lines[1:])
        return ["x" if alone else "image" if len(model.inputs[0].shape) == 4 else "row"]
    names: list[str] = []
    for name in model.input_names:
        names.append(_free(_attribute(name), names))
    return names


def _is_passed_on(number: int, lines: list[Line], ends: list[int], first: int) -> bool:
    """Say whether only the next line reads a result, so that its variable is x."""
    readers = [k for k, line in enumerate(lines, start=first) if number in line.reads]
    if number == first + len(lines) - 1:
        return ends == [number]
    return readers == [number + 1] and number not in ends


def _with(read: list[str], line: str) -> str:
    """Return a line with variables for x, or for x0, x1 and so on."""

    def variable(found: re.Match[str]) -> str:
        return read[int(found[1] or 0)]

    return re.sub(r"(?<![\w.])x(\d*)(?!\w)", variable, line)
