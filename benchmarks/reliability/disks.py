"""Disks that refuse: the old file stays, nothing is left over, and the error names the file.

    python -m benchmarks.reliability.disks

Everything that writes a file is tried on a full disk, on one that can only be read, with a folder
in its way, with a file where its folder should be, with a name that is too long, and through
symbolic links, which it must follow.  On Linux the full and the read-only disk are real: small
ones in memory, mounted for this process alone (`unshare`).  Elsewhere the size of files is limited,
and the folder's permissions are taken away.

The control writes in the ordinary way, straight into its place: it must lose the old file.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

import numcnn
from benchmarks.reliability.crafted import X, Y
from numcnn import callbacks, layers
from numcnn.files import naming

ROOM = 64 * 1024
"""Bytes of the full disk; everything that is written there is larger."""

OLD = b"the old file"
Write = Callable[[Path], Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mount", action="store_true", help="this process may mount disks")
    mount = parser.parse_args().mount
    if not mount and may_mount():
        program = [sys.executable, "-m", "benchmarks.reliability.disks", "--mount"]
        raise SystemExit(subprocess.call(["unshare", "-rm", *program]))
    outcomes = {
        f"{name}, {obstacle}": tried(name, obstacle, mount)
        for name in WRITERS
        for obstacle in OBSTACLES
        if (name, obstacle) not in IMPOSSIBLE
    }
    for pair, wrong in outcomes.items():
        if wrong:
            print(f"{pair}: {wrong}")
    good = sum(not wrong for wrong in outcomes.values())
    print(f"disks that refuse: {good} of {len(outcomes)} as they should be")
    WRITERS["straight"] = ("straight.bin", straight)
    noticed = tried("straight", "a full disk", mount)
    print(f"control, a file written straight into its place: {noticed or 'NOT noticed'}")
    if good < len(outcomes) or not noticed:
        raise SystemExit("not as it should be")


def may_mount() -> bool:
    """Say whether a process of this user can have disks of its own."""
    try:
        return subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def may_be_refused() -> bool:
    """Say whether the system refuses this user anything: the superuser may write everywhere."""
    return may_mount() or (os.name == "posix" and os.geteuid() != 0)


def tried(name: str, obstacle: str, mount: bool) -> str:
    """Write where something is in the way; return what is wrong then, or nothing."""
    file_name, write = WRITERS[name]
    with (
        tempfile.TemporaryDirectory() as temporary,
        OBSTACLES[obstacle](Path(temporary), file_name, mount) as path,
    ):
        before = content(Path(temporary))
        try:
            write(path)
        except OSError as error:
            if str(path) not in str(error):
                return f"{type(error).__name__} without the path: {error}"
            if content(Path(temporary)) != before and name != "CSVLogger":  # it writes row by row
                return "the old file is gone, or something is left over"
            return "a link is refused" if "link" in obstacle else ""
        if "link" not in obstacle:
            return "no error"
        if not path.is_symlink() or path.read_bytes() == OLD:
            return "the link is not followed"
        there = Path(temporary).rglob("*")
        expected = before.keys() | {each for each in there if each.is_symlink()} | {path.resolve()}
        return "" if content(Path(temporary)).keys() == expected else "something is left over"


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- what is written ------------------------------------------------------------------------------


def model() -> Any:
    """Return a model that is larger than the full disk."""
    made = numcnn.Sequential(
        [layers.Input((6, 6, 1)), layers.Flatten(), layers.Dense(600), layers.Dense(3)], seed=0
    )
    made.compile("sgd", "sparse_categorical_crossentropy")
    return made


def training(callback: callbacks.Callback) -> None:
    model().fit(X, Y, epochs=1, verbose=0, callbacks=[callback])


def table(path: Path) -> None:
    logger = callbacks.CSVLogger(path)
    logger.on_train_begin()
    for epoch in range(100):
        logger.on_epoch_end(epoch, {"loss": np.zeros(1_000)})


def straight(path: Path) -> None:
    """Write as everybody does who does not think of full disks."""
    with naming(path):
        path.write_bytes(bytes(2 * ROOM))


BACKUP = "training.safetensors"
WRITERS: dict[str, tuple[str, Write]] = {
    "save, .safetensors": ("model.safetensors", lambda path: model().save(path)),
    "save, .keras": ("model.keras", lambda path: model().save(path)),
    "save, .h5": ("model.h5", lambda path: model().save(path)),
    "save_weights, .safetensors": ("w.safetensors", lambda path: model().save_weights(path)),
    "save_weights, .weights.h5": ("w.weights.h5", lambda path: model().save_weights(path)),
    "ModelCheckpoint": ("c.keras", lambda path: training(callbacks.ModelCheckpoint(path))),
    "BackupAndRestore": (
        BACKUP,
        lambda path: training(callbacks.BackupAndRestore(path.parent, delete_checkpoint=False)),
    ),
    "CSVLogger": ("logs.csv", table),
}
IMPOSSIBLE = {("BackupAndRestore", "a name that is too long")}  # the name is not the user's


# --- where it can't be written --------------------------------------------------------------------


def write_old(path: Path) -> None:
    """Write the old file; of a training there is none, or the training would begin with it."""
    path.parent.mkdir(exist_ok=True)
    if path.name != BACKUP:
        path.write_bytes(OLD)


@contextlib.contextmanager
def full(folder: Path, name: str, mount: bool) -> Iterator[Path]:
    if mount:
        with small_disk(folder):
            write_old(folder / name)
            yield folder / name
        return
    import resource

    write_old(folder / name)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield folder / name
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def read_only(folder: Path, name: str, mount: bool) -> Iterator[Path]:
    if mount:
        with small_disk(folder):
            write_old(folder / name)
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
            yield folder / name
        return
    write_old(folder / name)
    if (folder / name).exists():
        (folder / name).chmod(0o444)
    folder.chmod(0o555)
    try:
        yield folder / name
    finally:
        folder.chmod(0o755)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "disk", folder]
    subprocess.run(command, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def folder_in_the_way(folder: Path, name: str, mount: bool) -> Iterator[Path]:
    (folder / name).mkdir()
    (folder / name / "inside").write_bytes(OLD)
    yield folder / name


@contextlib.contextmanager
def file_for_a_folder(folder: Path, name: str, mount: bool) -> Iterator[Path]:
    (folder / "runs").write_bytes(OLD)
    yield folder / "runs" / name


@contextlib.contextmanager
def name_too_long(folder: Path, name: str, mount: bool) -> Iterator[Path]:
    yield folder / f"{'n' * 250}{name}"


@contextlib.contextmanager
def link(folder: Path, name: str, mount: bool) -> Iterator[Path]:
    """A link to a link to a file in another folder."""
    write_old(folder / "elsewhere" / name)
    (folder / "elsewhere" / f"link-{name}").symlink_to(name)
    (folder / name).symlink_to(Path("elsewhere") / f"link-{name}")
    yield folder / name


OBSTACLES: dict[str, Callable[[Path, str, bool], AbstractContextManager[Path]]] = {
    "a full disk": full,
    "a disk that can only be read": read_only,
    "a folder in the way": folder_in_the_way,
    "a file where the folder should be": file_for_a_folder,
    "a name that is too long": name_too_long,
    "a symbolic link": link,
}


if __name__ == "__main__":
    main()
