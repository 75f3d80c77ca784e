"""Sphinx: ``pip install .[docs] && sphinx-build docs docs/_build``."""

import shutil
from pathlib import Path

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


def setup(app):
    """Tell Sphinx of it."""
    app.connect("build-finished", copy_pictures)
