"""Weights of a file for some layers of a model: those with the same names, or those that fit.

The other layers stay as they are; the warning names those that do not fit.  Weights are
checked layer by layer before any of them is assigned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from numcnn.checks import counted, warn
from numcnn.parameter import Parameter
from numcnn.saving.errors import ModelFileError
from numcnn.saving.state import Assignment, named_parameters

Stored = Mapping[str, list[np.ndarray]]
"""The arrays of a file by the names of their layers, ``"inner/dense"`` in an inner model."""


def parameters_by_layer(model: Any) -> dict[str, list[Parameter]]:
    """Return the parameters of each layer that has any."""
    return {path: layer.parameters for path, layer in model.paths() if layer.parameters}


def arrays_by_layer(model: Any, arrays: Mapping[str, np.ndarray]) -> Stored:
    """Return the arrays of a native file, which have names, in the order of the parameters."""
    names = iter(named_parameters(model))
    stored = {}
    for path, parameters in parameters_by_layer(model).items():
        own = [next(names) for _ in parameters]
        found = [name for name in arrays if name.rpartition("/")[0] == path]
        if found:
            stored[path] = [arrays[name] for name in own] if set(own) == set(found) else []
    return stored


def by_place(wanted: Mapping[str, Any], stored: list[list[np.ndarray] | None]) -> Stored:
    """Give the arrays of layers that are stored in a row the names of the model's layers."""
    if len(stored) != len(wanted):
        raise ModelFileError(
            f"the file has {counted(len(stored), 'layer')} with weights, and the model has "
            f"{len(wanted)}: by_name=True takes those with the same names."
        )
    places = zip(wanted, stored, strict=True)
    return {name: arrays for name, arrays in places if arrays is not None}


def weights_to_some(
    wanted: Mapping[str, list[Parameter]],
    stored: Stored,
    skip_mismatch: bool,
    by_name: bool,
) -> tuple[Assignment, bool]:
    """Check weights layer by layer; return their assignment, and whether all layers have theirs.

    Parameters
    ----------
    wanted, stored
        Parameters and arrays by the names of layers.
    skip_mismatch : bool
        Whether a layer may stay as it is if the file's arrays do not fit it.
    by_name : bool
        Whether a layer may stay as it is if the file has none with its name.

    Raises
    ------
    ModelFileError
        If a layer must not stay as it is, or all layers would.
    """
    fitting: list[tuple[Parameter, np.ndarray]] = []
    misfits = []
    for name, parameters in wanted.items():
        if name in stored and _fit(parameters, stored[name]):
            fitting += zip(parameters, stored[name], strict=True)
        elif name in stored:
            misfits.append(f'"{name}" ({_misfit(parameters, stored[name])})')
        elif not by_name:
            misfits.append(f'"{name}" (not in the file)')
    if misfits and not skip_mismatch:
        raise ModelFileError(
            f"the file is of another model: its weights do not fit {', '.join(misfits)}; "
            "skip_mismatch=True leaves such layers as they are."
        )
    if not fitting:
        raise ModelFileError(
            f"it has no weights for any layer of the model: {', '.join(misfits or wanted)}."
        )
    if misfits:
        warn(f"load_weights left {', '.join(misfits)} as before: the file's weights do not fit.")

    def assign() -> None:
        for parameter, array in fitting:
            parameter.value[...] = array

    return assign, len(fitting) == sum(map(len, wanted.values()))


def _fit(parameters: list[Parameter], arrays: list[np.ndarray]) -> bool:
    return len(parameters) == len(arrays) and all(
        parameter.value.shape == array.shape and parameter.value.dtype.kind == array.dtype.kind
        for parameter, array in zip(parameters, arrays, strict=True)
    )


def _misfit(parameters: list[Parameter], arrays: list[np.ndarray]) -> str:
    """Return the shapes that differ."""
    own = " ".join(str(parameter.value.shape) for parameter in parameters)
    return f"{own} in the model, {' '.join(str(a.shape) for a in arrays) or 'others'} in the file"
