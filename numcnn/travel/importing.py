"""Which reader a file of another library asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from numcnn.travel import onnx_in, tfjs_in


def foreign_reader(path: Path) -> Callable[[], Any] | None:
    """Return what makes a model from a file; None if numcnn.saving reads it."""
    if path.suffix == ".onnx":
        return partial(onnx_in.load_onnx, path)
    if path.suffix == ".json":
        return partial(tfjs_in.load_tfjs, path)
    return None
