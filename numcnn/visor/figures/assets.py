"""The CSS, HTML and JavaScript that lie beside the modules which use them."""

from __future__ import annotations

from importlib.resources import files


def read(package: str, name: str) -> str:
    """Return the text of a file of a package.

    Parameters
    ----------
    package : str
        A module's own ``__package__``.
    name : str
        Such as ``"panel.js"``.
    """
    return files(package).joinpath(name).read_text(encoding="utf-8")
