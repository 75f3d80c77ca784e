"""Exportable: how a model goes into a file of another library."""

from __future__ import annotations

from typing import Any

from numcnn.checks import one_of, path_of
from numcnn.travel import onnx_out, tfjs_out

FORMATS = {"onnx": onnx_out.export_onnx, "tfjs": tfjs_out.export_tfjs}


class Exportable:
    """What a model does to run elsewhere."""

    need_built: Any

    def export(self, filepath: Any, format: str | None = None, verbose: Any = None) -> None:
        """Write the model for other runtimes: an ONNX file, or a folder for TensorFlow.js.

        The model elsewhere takes what this one takes, ``(N, H, W, C)``, and gives the same numbers
        to about 1e-6; all of them are float32.

        Parameters
        ----------
        filepath : str or path
            A file that ends in ``.onnx``, or a folder, into which ``model.json`` and its weights
            are written.
        format : {"onnx", "tfjs"}, optional
            May be left out where the path ends in ``.onnx``.
        verbose : optional
            As in Keras; nothing is printed.

        Raises
        ------
        ImportError
            If ``onnx`` is not installed, the extra ``onnx``.
        ValueError
            If the model is not built, or the other form has not what it holds.
        OSError
            If the file can't be written.
        """
        path = path_of(filepath, "filepath")
        if format is None and path.suffix == ".onnx":
            format = "onnx"
        write = FORMATS[one_of(format, FORMATS, "format")]
        self.need_built("export")
        write(self, path)
