"""Where numcnn keeps its files."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Return where data sets are kept: ``NUMCNN_HOME``, or ``numcnn`` in the user's cache."""
    home = os.environ.get("NUMCNN_HOME")
    return Path(home).expanduser() if home else user_cache_folder()


def user_cache_folder() -> Path:
    """Return ``numcnn`` in the user's cache."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "numcnn"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "numcnn"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "numcnn"
