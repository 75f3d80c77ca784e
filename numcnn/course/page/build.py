"""One folder with the whole course, for any web server: ``python -m numcnn.course build``."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from numcnn.course import chapter as chapters
from numcnn.course.page import html

VERSION = "0.27.7"
ADDRESS = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
RUNTIME = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
PACKAGES = ("numpy", "pillow")


@dataclass(frozen=True)
class Built:
    """What was built: where, how large, and whether it needs the internet.

    Attributes
    ----------
    folder : pathlib.Path
    files, size : int
        Their number, and bytes in all.
    whole : bool
        Whether the runtime is inside.
    """

    folder: Path
    files: int
    size: int
    whole: bool

    def __str__(self) -> str:
        text = f"{self.folder}: {self.files} files, {self.size / 1e6:.1f} MB.\n"
        if self.whole:
            text += f"Pyodide {VERSION} is inside: the pages need no internet.\n"
        else:
            text += (
                f"Pyodide {VERSION} is not inside: a reader's browser loads it from\n{ADDRESS}\n"
                "To put it inside: --runtime FOLDER, with pyodide's own files and the wheels of "
                f"{' and '.join(PACKAGES)} for it.\n"
            )
        return text + f"See it: python -m http.server -d {self.folder}\n"


def build(folder: Path, runtime: Path | None = None) -> Built:
    """Write the course into a folder.

    Parameters
    ----------
    folder : pathlib.Path
        New, empty, or an earlier build.
    runtime : pathlib.Path, optional
        A folder with Pyodide's files and wheels, to be copied; without it the pages load them from
        their usual address.

    Raises
    ------
    FileNotFoundError
        If the runtime is not whole.
    ValueError
        If a file of the runtime is damaged, or the folder holds something else.
    """
    mark = folder / "assets" / "course.js"
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise ValueError(f"{folder} is not empty, and no earlier build: give a new folder.")
    wanted = checked_runtime(runtime) if runtime else []
    assets = folder / "assets"
    assets.mkdir(parents=True, exist_ok=True)
    for name in html.ASSETS:
        shutil.copyfile(html.HERE / name, assets / name)
    write_library(assets / "numcnn.zip")
    for file in wanted:
        (folder / "runtime").mkdir(exist_ok=True)
        shutil.copyfile(file, folder / "runtime" / file.name)
    settings = {"backend": "pyodide", "runtime": "../runtime/" if runtime else ADDRESS}
    for language in chapters.LANGUAGES:
        write_pages(folder / language, language, settings)
    (folder / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><title>numcnn</title>'
        '<script>location.replace((navigator.language.startsWith("ko") ? "ko" : "en") + '
        '"/index.html")</script>'
        '<p><a href="en/index.html">English</a> · <a href="ko/index.html">한국어</a></p>',
        "utf-8",
    )
    files = [file for file in folder.rglob("*") if file.is_file()]
    return Built(folder, len(files), sum(file.stat().st_size for file in files), bool(runtime))


def write_pages(folder: Path, language: str, settings: dict[str, str]) -> None:
    """Write the pages of one language."""
    folder.mkdir(exist_ok=True)
    for name in chapters.pages(language):
        page = html.chapter_page(chapters.named(name, language), dict(settings))
        (folder / f"{name}.html").write_text(page, "utf-8")
    for name, make in (("index", html.contents_page), ("glossary", html.glossary_page)):
        (folder / f"{name}.html").write_text(make(language, dict(settings)), "utf-8")


def checked_runtime(folder: Path) -> list[Path]:
    """Return the files of Pyodide that the pages need, after comparing them with its lock file."""
    lock_file = folder / LOCK
    if not lock_file.exists():
        raise FileNotFoundError(
            f"{folder} has no {LOCK}: give the folder of Pyodide {VERSION}, such as "
            "node_modules/pyodide with the wheels of numpy and pillow beside it."
        )
    lock = json.loads(lock_file.read_text("utf-8"))
    packages = [lock["packages"][name] for name in PACKAGES]
    names = [*RUNTIME, *(package["file_name"] for package in packages)]
    missing = [name for name in names if not (folder / name).exists()]
    if missing:
        raise FileNotFoundError(f"{folder} lacks {', '.join(missing)}.")
    for package in packages:
        file = folder / package["file_name"]
        if hashlib.sha256(file.read_bytes()).hexdigest() != package["sha256"]:
            raise ValueError(f"{file} is damaged: its SHA-256 is not that of {LOCK}.")
    return [lock_file, *(folder / name for name in names)]


def write_library(file: Path) -> None:
    """Write numcnn, and tqdm that it needs, into a zip that the worker unpacks."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for package in ("numcnn", "tqdm"):
            spec = importlib.util.find_spec(package)
            root = Path(spec.origin or "").parent if spec else Path()
            for source in sorted(root.rglob("*")):
                if source.is_file() and "__pycache__" not in source.parts:
                    info = zipfile.ZipInfo(f"{package}/{source.relative_to(root).as_posix()}")
                    info.compress_type = zipfile.ZIP_DEFLATED
                    archive.writestr(info, source.read_bytes())
