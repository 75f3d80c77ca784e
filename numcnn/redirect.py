"""Runs a program written for Keras on numcnn, without any change.

``python -m numcnn.redirect program.py arguments`` redirects ``import keras``, ``from
tensorflow.keras import layers`` and similar imports to numcnn; in a notebook, call
`redirect_keras`.  `numcnn.tensorflow_names` lists the other names of TensorFlow that work.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import runpy
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from numcnn.former_methods import add_former_methods
from numcnn.stand_ins import Forgiving
from numcnn.tensorflow_names import TensorFlow, missing_module

FORMER_HOMES = {
    "api": "",
    "callbacks.callbacks": "callbacks",
    "config": "backend",
    "engine": "layers",
    "engine.base_layer": "layers",
    "engine.topology": "layers",
    "engine.training": "models",
    "layers.advanced_activations": "layers",
    "layers.convolutional": "layers",
    "layers.core": "layers",
    "layers.experimental": "layers",
    "layers.experimental.preprocessing": "layers",
    "layers.merge": "layers",
    "layers.merging": "layers",
    "layers.noise": "layers",
    "layers.normalization": "layers",
    "layers.normalization.batch_normalization": "layers",
    "layers.pooling": "layers",
    "layers.reshaping": "layers",
    "models.sequential": "models",
    "src": "",
    "src.legacy": "",
    "src.legacy.preprocessing": "preprocessing",
    "src.legacy.preprocessing.image": "preprocessing.image",
    "utils.np_utils": "utils",
    "utils.vis_utils": "utils",
}
"""Modules of other Keras versions, and the modules of numcnn that hold their contents."""

TENSORFLOW = (
    *("tensorflow", "tensorflow.compat", "tensorflow.compat.v1", "tensorflow.compat.v2"),
    "tensorflow.python",
)
"""Names of TensorFlow itself: its older interface is not told apart from the present one."""


class _Finder(MetaPathFinder, Loader):
    """Finds numcnn in the place of Keras."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        own = _in_numcnn(fullname)
        if own is None:
            if fullname.startswith("tensorflow."):
                raise missing_module(fullname)
            return None
        if own and not _exists(own):
            raise ModuleNotFoundError(
                f"{fullname} is asked for, but numcnn has nothing in its place; docs/reference.md "
                "lists the parts of Keras that numcnn has.",
                name=fullname,
            )
        return importlib.util.spec_from_loader(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return TensorFlow(spec.name) if _in_numcnn(spec.name) == "" else None

    def exec_module(self, module: ModuleType) -> None:
        own = _in_numcnn(module.__name__)
        if own:
            found = importlib.import_module(own)
            sys.modules[module.__name__] = found if own == "numcnn" else Forgiving(found)


def _in_numcnn(name: str) -> str | None:
    """Return numcnn's module for one of Keras; "" for TensorFlow itself, None for all else."""
    if name in TENSORFLOW:
        return ""
    top, _, inner = re.sub(r"^tensorflow\.(compat\.v[12]\.|python\.)?", "", name).partition(".")
    # `from keras.utils import np_utils` imports numcnn.utils, then numcnn.utils.np_utils
    if top != "keras" and not (top == "numcnn" and inner in FORMER_HOMES):
        return None
    inner = "applications" if inner.startswith("applications.") else FORMER_HOMES.get(inner, inner)
    return f"numcnn.{inner}" if inner else "numcnn"


def _exists(name: str) -> bool:
    """Return whether there is a module of that name."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # the package is missing, too
        return False


def redirect_keras() -> None:
    """Let ``import keras`` and ``import tensorflow.keras`` give numcnn in this process.

    Raises
    ------
    RuntimeError
        If Keras or TensorFlow has been imported already.
    """
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    for name in ("keras", "tensorflow"):
        if name in sys.modules:
            raise RuntimeError(f"{name} is imported already; redirect first, in a new process.")
    sys.meta_path.insert(0, _Finder())
    add_former_methods()


def main() -> None:
    """Run the program that the command line names."""
    if len(sys.argv) < 2:
        raise SystemExit("usage: python -m numcnn.redirect program.py arguments")
    if not Path(sys.argv[1]).is_file():
        raise SystemExit(f"python -m numcnn.redirect: there is no program {sys.argv[1]}.")
    redirect_keras()
    del sys.argv[0]
    sys.path.insert(0, str(Path(sys.argv[0]).resolve().parent))  # as Python does for a program
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
