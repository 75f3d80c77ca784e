"""The plan of the house: who may import whom, and where each library is used.

Arrows between files go one way only, and so do arrows between folders.  The `__init__` docstring
of each package ends with the list of what its files may import from numcnn.
"""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import numcnn

ROOT = Path(numcnn.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
ONLY_IN = {
    "numba": ("engine.fast", "machine"),
    "llvmlite": ("engine.fast",),
    "PIL": ("datasets", "pictures", "preprocessing", "utils.model_picture", "visor"),
    "tqdm": ("progress", "datasets", "preprocessing"),
    "bokeh": ("visor",),
    "h5py": ("saving.hdf5",),
    "safetensors": ("saving.container",),
    "mpi4py": ("parallel.library",),
    "onnx": ("travel.onnx_library",),
    "google": ("travel.onnx_file",),
}


def name_of(file: Path) -> str:
    """``layers/dense.py`` -> ``layers.dense``; ``layers/__init__.py`` -> ``layers``."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file) or "numcnn": file for file in FILES}
PACKAGES = {name: file for name, file in MODULES.items() if file.name == "__init__.py"}


def imports(file: Path) -> set[str]:
    """Every module that a file imports, also as ``from numcnn import name``."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner.removeprefix("numcnn.") in MODULES else node.module)
    return found


IMPORTS = {module: imports(file) for module, file in MODULES.items()}
OWN = {
    module: {name.removeprefix("numcnn.") for name in found if name.startswith("numcnn")}
    for module, found in IMPORTS.items()
}


def room(module: str) -> str:
    """The folder of a module; what a package shows of itself, and a program, have their own."""
    if module in PACKAGES:
        return f"{module}.__init__"
    if module.endswith("__main__"):
        return module
    return module.rpartition(".")[0] or module  # a file outside of all folders is its own room


def circle_in(arrows: dict[str, set[str]]) -> list[str]:
    try:
        list(TopologicalSorter(arrows).static_order())
    except CycleError as error:
        return error.args[1]
    return []


def arrows_between_rooms(own: dict[str, set[str]]) -> dict[str, set[str]]:
    arrows: dict[str, set[str]] = {}
    for module, found in own.items():
        others = {room(other) for other in found} - {room(module)}
        arrows.setdefault(room(module), set()).update(others)
    return arrows


def test_there_is_no_circle_between_files():
    assert not circle_in(OWN)


def test_there_is_no_circle_between_folders():
    assert not circle_in(arrows_between_rooms(OWN))


def test_a_circle_between_folders_is_seen_where_there_is_none_between_files():
    looped = {"layers.dense": {"losses.base"}, "losses.labels": {"layers.base"}}
    assert not circle_in(looped)
    assert circle_in(arrows_between_rooms(looped))


@pytest.mark.parametrize("package", sorted(set(PACKAGES) - {"numcnn"}))
def test_a_package_imports_what_its_docstring_says(package):
    docstring = ast.get_docstring(ast.parse(PACKAGES[package].read_text(encoding="utf-8"))) or ""
    said = re.search(r"^May import: (.*?)\.$", docstring, re.DOTALL | re.MULTILINE)
    assert said, f"the docstring of {package} must end with 'May import: ...'"
    allowed = set(re.findall(r"`([\w.]+)`", said[1]))
    assert allowed or said[1] == "nothing of numcnn"
    inner = tuple(f"{other}." for other in PACKAGES if other.startswith(f"{package}."))
    used = set()
    for module, found in OWN.items():
        if module == package or (module.startswith(f"{package}.") and not module.startswith(inner)):
            used |= {name for name in found if not f"{name}.".startswith(f"{package}.")}
    beyond = {name for name in used if not any(f"{name}.".startswith(f"{a}.") for a in allowed)}
    assert not beyond, f"{package} imports {sorted(beyond)}"
    idle = {a for a in allowed if not any(f"{name}.".startswith(f"{a}.") for name in used)}
    assert not idle, f"{package} may import {sorted(idle)}, and does not"


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_used_in_its_rooms_only(library):
    for module, imported in IMPORTS.items():
        if any(name.split(".")[0] == library for name in imported):
            assert module.startswith(ONLY_IN[library]), f"{module} imports {library}"


def test_the_library_has_no_assert_and_no_print():
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Assert), file
            is_print = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
            assert not is_print, file
