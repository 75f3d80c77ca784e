"""Saveable: a model that can be saved to a file and can load weights."""

from __future__ import annotations

import json
from typing import Any

from numcnn.saving import formats
from numcnn.saving.compiling import compile_arguments, compile_config


class Saveable:
    """The methods of a model for files; `numcnn.saving` has the formats."""

    # the model's own
    serialized: Any
    compile: Any

    def save(
        self,
        filepath: Any,
        overwrite: bool = True,
        include_optimizer: bool = True,
        save_format: str | None = None,
    ) -> None:
        """Write the model into a file; `numcnn.models.load_model` reads it.

        The new file is complete, or the old file stays.  Where `filepath` is a symbolic link, the
        file that it leads to is replaced, and the link stays.

        Parameters
        ----------
        filepath : str or path
            Its ending says what kind of file: ``.safetensors``, numcnn's own, from which the model
            trains on with the same bytes; ``.keras`` and ``.h5``, for Keras, which need the extra
            ``keras``.
        overwrite : bool, default True
            Whether to write over a file that is there.
        include_optimizer : bool, default True
            Whether to write the optimizer's state too.
        save_format : {"keras", "h5", "safetensors"}, optional
            As older programs write it; it must agree with the ending of `filepath`.

        Raises
        ------
        ValueError
            If numcnn knows no file with that ending.
        FileExistsError
            If the file is there and `overwrite` is false.
        OSError
            If the file can't be written; the message names it.
        """
        formats.save_model(self, filepath, overwrite, include_optimizer, save_format)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write the weights and the optimizer's state into ``.safetensors`` or ``.weights.h5``.

        A name that ends only in ``.h5`` makes a file of Keras 2: the weights alone.
        """
        formats.save_weights(self, filepath, overwrite)

    def load_weights(
        self, filepath: Any, skip_mismatch: bool = False, by_name: bool = False
    ) -> None:
        """Take the weights from a file; everything is checked before anything is changed.

        The optimizer's state is taken too, if the model has been compiled with such an optimizer
        and all layers take their weights from the file.

        Parameters
        ----------
        filepath : str or path
        skip_mismatch : bool, default False
            Whether a layer that the file's weights do not fit stays as it is, with a warning.
        by_name : bool, default False
            Whether to take the weights of layers with the same names only; the others stay as they
            are.  By default all layers take theirs, ``.safetensors`` by their names, files of Keras
            in their order.

        Raises
        ------
        ModelFileError
            If weights do not fit, or no layer would take any; nothing is changed then.
        OSError
            If there is no such file, or it can't be read.
        """
        formats.load_weights(self, filepath, skip_mismatch, by_name)

    def to_json(self, **options: Any) -> str:
        """Return the architecture as JSON; the options are those of `json.dumps`."""
        return json.dumps(self.serialized(), **options)

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return what the model was compiled with as plain values, as Keras 3 does."""
        return compile_config(self)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile the model as `get_compile_config` says, here or in Keras."""
        self.compile(**compile_arguments(config, None))
