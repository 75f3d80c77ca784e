"""Exportable: how a model goes into a file of another library."""

from __future__ import annotations

from typing import Any

from numcnn.checks import one_of, path_of
from numcnn.travel import onnx_out, tfjs_out, torch_in, torch_source

FORMATS = {
    "onnx": onnx_out.export_onnx,
    "tfjs": tfjs_out.export_tfjs,
    "torch": torch_source.export_torch,
}


class Exportable:
    """What a model does to run elsewhere."""

    need_built: Any

    def export(self, filepath: Any, format: str | None = None, verbose: Any = None) -> None:
        """Write the model for other runtimes: ONNX, TensorFlow.js, or PyTorch.

        The model elsewhere takes what this one takes, ``(N, H, W, C)``, and gives the same numbers
        to about 1e-6; all of them are float32.

        Parameters
        ----------
        filepath : str or path
            A file that ends in ``.onnx``; a folder, into which ``model.json`` and its weights are
            written; or a file that ends in ``.py``, for the text of a ``torch.nn.Module``, beside
            which its state dict is written, in ``.safetensors``.  The module takes its images
            with the channels first.
        format : {"onnx", "tfjs", "torch"}, optional
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
        if format is None:
            raise ValueError(
                f"the ending of {str(path)!r} names no form of a model: end the name in .onnx, or "
                "give format='onnx', 'tfjs' or 'torch'."
            )
        write = FORMATS[one_of(format, FORMATS, "format")]
        self.need_built("export")
        write(self, path)

    def load_torch_weights(self, filepath: Any) -> None:
        """Take the weights of a PyTorch state dict, by the names of the layers.

        Parameters
        ----------
        filepath : str or path
            A safetensors file, as ``safetensors.torch.save_file(module.state_dict(), path)`` writes
            it.  Layers that it does not name keep their weights.  The rows of a dense layer behind
            a flattened image are taken as they are: for a module that flattens with the channels
            first, the way is ONNX.

        Raises
        ------
        ModelFileError
            If the file is damaged, or does not fit; nothing is changed then.
        OSError
            If it can't be read.
        """
        self.need_built("load_torch_weights")
        torch_in.load_torch_weights(self, path_of(filepath, "filepath"))
