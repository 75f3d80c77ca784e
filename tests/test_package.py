"""What is installed is what is here."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

import numcnn

ROOT = Path(numcnn.__file__).parent


def test_everything_is_installed():
    try:
        installed = importlib.metadata.files("numcnn") or []
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("numcnn is not installed, only found in this folder; .ci/run installs it")
    names = {Path(file).as_posix() for file in installed}
    if any(name.startswith("__editable__") for name in names):
        return  # the installation is this folder
    here = {
        file.relative_to(ROOT.parent).as_posix()
        for kind in ("*.py", "*.html", "*.css", "*.js")
        for file in ROOT.rglob(kind)
    }
    assert not here - names, "missing in the installation"
    assert "numcnn/py.typed" in names
    assert importlib.metadata.version("numcnn") == numcnn.__version__


def test_the_import_needs_no_heavy_library():
    """numba, PIL and h5py are imported when they are needed, not before."""
    code = "import sys, numcnn; print([m for m in ('numba', 'PIL', 'bokeh') if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
