"""get_file: a file from the internet in the cache folder, unpacked if it is an archive."""

from __future__ import annotations

import re
import shutil
import tarfile
import urllib.parse
import zipfile
from os import PathLike
from pathlib import Path
from typing import Any

from numcnn.checks import flag, one_of, path_of, shown
from numcnn.datasets.files.download import fetch, has_digest
from numcnn.home import cache_folder

MOST_BYTES = 4_000_000_000  # of a file, and of everything in an archive
MOST_MEMBERS = 500_000
EXTRACTION: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
"""Python before 3.11.4 has no filters, and takes what `_check` has let through as it is."""


def get_file(
    fname: str | PathLike[str] | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: str | PathLike[str] | None = None,
    force_download: bool = False,
) -> str:
    """Return where a file from the internet is; it is fetched unless it is there.

    Parameters
    ----------
    fname : str, optional
        Its name in the cache; by default that in the address.
    origin : str
        The address, https.
    untar, extract : bool, default False
        Whether to unpack it, a zip or a tar archive, and return the folder.
    md5_hash, file_hash : str, optional
        What its checksum must be, MD5 or SHA-256.
    cache_subdir : str, default "datasets"
        The folder in the cache.
    hash_algorithm : {"auto", "sha256", "md5"}
    archive_format : str, default "auto"
        Accepted; the archive says itself what it is.
    cache_dir : path, optional
        By default numcnn's cache folder, or ``NUMCNN_HOME``.
    force_download : bool, default False

    Raises
    ------
    DownloadError
        If it can't be had; the message names the address and the reason.
    ValueError
        If an archive would write outside its folder.
    """
    if not isinstance(origin, str) or not urllib.parse.urlsplit(origin).path:
        raise ValueError(f"origin must be the address of a file, got {shown(origin)}.")
    at_origin = Path(urllib.parse.urlsplit(origin).path).name
    name = at_origin if fname is None else str(path_of(fname, "fname"))
    if not name or Path(name).name != name:
        raise ValueError(f"fname must be a name without folders, got {shown(fname)}.")
    verify = _verifier(file_hash, md5_hash, hash_algorithm)
    home = cache_folder() if cache_dir is None else path_of(cache_dir, "cache_dir").expanduser()
    folder = home / path_of(cache_subdir, "cache_subdir")
    unpack = flag(untar, "untar") | flag(extract, "extract")
    if not unpack:
        target, place = folder / name, folder / name
    elif fname and "." in name:
        target, place = folder / name, folder / f"{name.partition('.')[0]}_extracted"
    else:
        target, place = folder / f"{name}_archive", folder / name
    if flag(force_download, "force_download"):
        new = target.with_name(f"{target.name}.new")
        new.unlink(missing_ok=True)
        fetch(origin, new, verify, MOST_BYTES).replace(target)
        if unpack and place.exists():
            shutil.rmtree(place)
    target = fetch(origin, target, verify, MOST_BYTES)
    if unpack and not place.exists():
        _unpack(target, place)
    return str(place if unpack else target)


def _verifier(file_hash: Any, md5_hash: Any, algorithm: str) -> Any:
    """Return a check of the checksum that was given, or that the file is there."""
    one_of(algorithm, ("auto", "sha256", "md5"), "hash_algorithm")
    digest = md5_hash if file_hash is None else file_hash
    if digest is None:
        return lambda path: path.stat()
    if not isinstance(digest, str) or not re.fullmatch("[0-9a-fA-F]{32}|[0-9a-fA-F]{64}", digest):
        raise ValueError(
            f"a checksum is 32 (MD5) or 64 (SHA-256) hexadecimal digits, got {shown(digest)}."
        )
    sha = algorithm == "sha256" or (algorithm == "auto" and len(digest) == 64)
    return has_digest("SHA-256" if sha and digest == file_hash else "MD5", digest.lower())


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive into a new folder, which is there only if all of it is."""
    half = folder.with_name(f"{folder.name}.unpacking")
    shutil.rmtree(half, ignore_errors=True)
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                _check(archive, [(one.filename, one.file_size) for one in packed.infolist()])
                packed.extractall(half)
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as opened:
                plain = [one for one in opened.getmembers() if one.isfile() or one.isdir()]
                _check(archive, [(one.name, one.size) for one in plain])
                opened.extractall(half, plain, **EXTRACTION)
        else:
            raise ValueError(f"{archive} is not a zip or tar archive: leave extract out.")
        half.rename(folder)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _check(archive: Path, members: list[tuple[str, int]]) -> None:
    """Refuse an archive that is too large, or that names a place outside its folder."""
    for name, _ in members:
        if name.startswith(("/", "\\")) or ".." in Path(name).parts or ":" in name:
            raise ValueError(f"{archive} would write outside its folder: {shown(name)}.")
    total = sum(size for _, size in members)
    if total > MOST_BYTES or len(members) > MOST_MEMBERS:
        raise ValueError(f"{archive} holds {len(members):,} files of {total:,} bytes: too much.")
