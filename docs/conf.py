"""Sphinx: ``pip install .[docs] && sphinx-build docs docs/_build``."""

import os
import shutil
from pathlib import Path

from numcnn.course.page.build import build

project = "numcnn"
author = project_copyright = "the numcnn authors"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "myst_nb"]
myst_enable_extensions = ["dollarmath"]
nb_execution_mode = "off"
autodoc_member_order = "bysource"
napoleon_use_ivar = True  # a field of a tuple or dataclass is not described a second time
html_theme = "furo"
html_title = "numcnn"
exclude_patterns = ["_build"]


def copy_pictures(app, error):
    """Copy the pictures for narrow windows, which pages name in HTML, where Sphinx finds none."""
    if error is None and app.builder.format == "html":
        pictures = Path(app.srcdir) / "pictures"
        shutil.copytree(pictures, Path(app.outdir) / "pictures", dirs_exist_ok=True)


def build_course(app, error):
    """Build the course beside the pages; with Pyodide inside where NUMCNN_PYODIDE names it."""
    if error is None and app.builder.format == "html":
        runtime = os.environ.get("NUMCNN_PYODIDE")
        build(Path(app.outdir) / "course", Path(runtime) if runtime else None)


def setup(app):
    """Tell Sphinx of both."""
    app.connect("build-finished", copy_pictures)
    app.connect("build-finished", build_course)
