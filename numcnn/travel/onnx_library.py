"""The library that takes ONNX files apart, and puts them together."""

from __future__ import annotations

from typing import Any


def need_onnx() -> Any:
    """Return the library ``onnx``.

    Raises
    ------
    ImportError
        If it is not installed: how to install it.
    """
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            'for ONNX files numcnn needs onnx: pip install "numcnn[onnx]".'
        ) from error
    return onnx
