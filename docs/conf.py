"""Sphinx: ``pip install .[docs] && sphinx-build docs docs/_build``."""

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
