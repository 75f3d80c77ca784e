"""The course built whole, with the runtime, for the tests in Node and in a browser."""

import os
from functools import cache
from pathlib import Path

import pytest

from numcnn.course.page.build import build


@cache
def built_in(folder: Path) -> Path:
    """Return the course, built once into a folder; without the runtime, skip and say why."""
    runtime = os.environ.get("NUMCNN_PYODIDE")
    if not runtime:
        pytest.skip(
            "Pyodide is needed: python -m tests.pyodide_runtime FOLDER; NUMCNN_PYODIDE names it"
        )
    build(folder, Path(runtime))
    return folder
