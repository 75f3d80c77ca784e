"""A folder with all that a class needs to install the course without the internet.

pip install --no-index --find-links FOLDER "numcnn[course]"
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
WINDOWS = ("colorama", "tzdata")
"""What packages ask for on Windows only: pip on another system does not see that."""


def collect(folder: Path, platforms: Sequence[str] = (), python: str | None = None) -> list[Path]:
    """Put numcnn and all that the course needs into a folder, as wheels; return them.

    Parameters
    ----------
    folder : pathlib.Path
    platforms : sequence of str
        Such as ``"win_amd64"``, ``"macosx_11_0_arm64"`` or ``"manylinux_2_28_x86_64"``; by default
        this computer's.
    python : str, optional
        Such as ``"3.12"``; by default this one.

    Raises
    ------
    ValueError
        If this is not numcnn's folder, or a wheel can't be had.
    """
    if not (SOURCE / "setup.cfg").exists():
        raise ValueError("a wheelhouse is made in numcnn's own folder, where setup.cfg is.")
    folder.mkdir(parents=True, exist_ok=True)
    _pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(SOURCE))
    own = max(folder.glob("numcnn-*.whl"), key=lambda file: file.stat().st_mtime)
    options = ["--dest", str(folder), "--find-links", str(folder), "--only-binary", ":all:"]
    if python:
        options += ["--python-version", python]
    for platform in platforms:
        extra = WINDOWS if platform.startswith("win") else ()
        _pip("download", *options, "--platform", platform, f"{own}[course]", *extra)
    if not platforms:
        _pip("download", *options, f"{own}[course]")
    return sorted(folder.glob("*.whl"))


def _pip(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", arguments[0], "--quiet", *arguments[1:]])
    if done.returncode:
        raise ValueError(
            f"pip {arguments[0]} has failed, see above. It needs the internet, and names of "
            "platforms such as win_amd64, macosx_11_0_arm64, manylinux_2_28_x86_64."
        )
