"""Files from the internet: into the cache folder, verified before they are trusted.

What stands in the cache is whole and checked, whatever was broken off before, and several processes
may fetch the same file at once (`numcnn.files`).
"""

from __future__ import annotations

import atexit
import errno
import hashlib
import http.client
import logging
import shutil
import socket
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO

from tqdm import tqdm

from numcnn.files import new_file

TIMEOUT = 5.0  # seconds without a byte
DEADLINE = 600.0  # seconds for a whole file and all attempts: 18 kB/s are enough for MNIST
ATTEMPTS = 3
CHUNK = 1 << 16  # bytes
SCHEMES = ("https",)

log = logging.getLogger("numcnn")

Verify = Callable[[Path], None]
"""Raises ValueError if the file is not what it should be."""


UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}


class DownloadError(OSError):
    """A file could not be had from the internet.

    Attributes
    ----------
    offline : bool
        Whether no server could be reached.
    """

    offline = False


@cache
def writable_folder(folder: Path) -> Path:
    """Return `folder`, or if it can't be written, one in its place that ends with the process.

    The second is said in one sentence, once.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        log.warning("%s can't be written (%s); files are kept for this run only.", folder, error)
        temporary = tempfile.mkdtemp(prefix="numcnn-")
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        return Path(temporary)


def fetch(url: str, path: Path, verify: Verify, most_bytes: int) -> Path:
    """Return where the verified file from `url` is; it is fetched unless it is there.

    Parameters
    ----------
    url : str
        https.
    path : pathlib.Path
        The file's place in the cache.
    verify : function
        Called with the path of the file before it is trusted; raises ValueError if it is wrong.
    most_bytes : int
        No file is longer than that.

    Raises
    ------
    DownloadError
        If it can't be had, or not before `DEADLINE`; the message names the address and the reason.
    """
    if _is_right(path, verify):
        return path
    place = writable_folder(path.parent) / path.name
    if place != path and _is_right(place, verify):
        return place
    deadline = time.monotonic() + DEADLINE
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with new_file(place) as file:
                _within(deadline, partial(_copy, url, file, most_bytes))
                file.flush()
                verify(Path(file.name))
        except (OSError, ValueError, http.client.HTTPException) as error:
            if attempt == ATTEMPTS or not _may_pass(error):
                raise _download_error(url, error) from error
            time.sleep(0.2 * attempt)
        else:
            break
    return place


def _download_error(url: str, error: Exception) -> DownloadError:
    """Return the error that says why there is no file, in words without numbers of errors."""
    words = str(error)
    if isinstance(error, OSError) and error.strerror and error.filename is None:
        words = error.strerror
    failed = DownloadError(f"{url} can't be fetched: {words.rstrip('.')}")
    failed.offline = (
        isinstance(error, socket.gaierror | ConnectionError | TimeoutError)
        or getattr(error, "errno", None) in UNREACHABLE
    )
    return failed


def say_what_stands_in(wanted: str, error: OSError, stand_in: str) -> None:
    """Tell the user in a line that generated images are used, and that they will do."""
    log.info("%s", error)
    reason = "no internet" if getattr(error, "offline", False) else error
    log.warning(
        "%s can't be downloaded (%s): using %s, which is fine for learning.",
        *(wanted, reason, stand_in),
    )


def has_digest(algorithm: str, digest: str) -> Verify:
    """Return a check that a file has a digest, such as ``has_digest("SHA-256", "731c5a…")``."""

    def verify(path: Path) -> None:
        name = algorithm.replace("-", "").lower()
        hashed = hashlib.new(name, usedforsecurity=False)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                hashed.update(chunk)
        found = hashed.hexdigest()
        if found != digest:
            raise ValueError(f"its {algorithm} is {found}, not {digest}")

    return verify


def first_found(read: Callable[[Path], Any], *folders: Path) -> Any:
    """Return what can be read in the first of some folders that has it, or None.

    Damaged files are mentioned, and left aside.
    """
    for folder in folders:
        try:
            return read(folder)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError) as error:
            log.warning("left aside: %s", error)
    return None


def _is_right(path: Path, verify: Verify) -> bool:
    """Say whether the file is there and as it should be; one that is damaged is mentioned."""
    try:
        verify(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        log.warning("%s is fetched again: %s", path, error)
        return False
    return True


def _reason(error: Exception) -> Exception:
    """Return what went wrong, without what urllib wraps around it."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()  # the connection it holds
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        return error.reason
    return error


def _may_pass(error: Exception) -> bool:
    """Say whether the server or the connection failed in a way that may be over at once."""
    if isinstance(error, urllib.error.HTTPError):
        return error.code >= 500
    return isinstance(error, ConnectionError | http.client.HTTPException)


def _within(deadline: float, work: Callable[[], None]) -> None:
    """Do some work in a thread of its own, and give it up when its time is over.

    A timeout ends a server's silence, but not a server that sends a byte every other second.  The
    work that was given up ends by itself when it next writes to the file, which is closed by then.
    """
    outcomes: SimpleQueue[Exception | None] = SimpleQueue()

    def run() -> None:
        try:
            work()
        except Exception as error:
            outcomes.put(_reason(error))
        else:
            outcomes.put(None)

    try:
        threading.Thread(target=run, daemon=True).start()
    except RuntimeError:  # there are no threads here, as in a browser
        run()
    try:
        error = outcomes.get(timeout=max(0.0, deadline - time.monotonic()))
    except Empty:
        raise TimeoutError(f"it has not arrived after {DEADLINE:g} seconds") from None
    if error is not None:
        raise error


def _copy(url: str, file: BinaryIO, most_bytes: int) -> None:
    """Copy what is at `url` into the file."""
    _check_scheme(url)
    with _opener().open(url, timeout=TIMEOUT) as answer:
        length = answer.length  # None if the server does not say
        if length is not None and length > most_bytes:
            raise ValueError(f"it has {length:,} bytes, where at most {most_bytes:,} are expected")
        copied = 0
        with _progress(url, length) as bar:
            while chunk := answer.read1(CHUNK):  # what is there, without waiting for more
                copied += len(chunk)
                if copied > most_bytes:
                    raise ValueError(f"it goes on after the {most_bytes:,} bytes expected")
                file.write(chunk)
                bar.update(len(chunk))
        if length not in (None, copied):
            raise ConnectionError(f"it broke off after {copied:,} of {length:,} bytes")


def _opener() -> urllib.request.OpenerDirector:
    """Return what opens addresses; it checks certificates, whatever urllib has been told."""
    try:
        import ssl
    except ImportError as error:
        raise OSError("this Python was built without https") from error
    encrypted = urllib.request.HTTPSHandler(context=ssl.create_default_context())
    return urllib.request.build_opener(_SafeRedirects, encrypted)


def _progress(url: str, length: int | None) -> Any:
    """Return a bar that shows how far a download is, where there is a terminal to show it."""
    return tqdm(
        total=length,
        desc=url.rsplit("/", 1)[-1],
        unit="B",
        unit_scale=True,
        leave=False,
        disable=None,
    )


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but not out of https."""

    def redirect_request(
        self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str
    ) -> Any:
        fp.close()  # the old answer, also where the new address is refused
        _check_scheme(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_scheme(url: str) -> None:
    if urllib.parse.urlsplit(url).scheme not in SCHEMES:
        raise ValueError(f"{url} is not https")
