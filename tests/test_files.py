"""Files that are whole or not there, whatever happens while they are written."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import numcnn
from numcnn import files
from numcnn.files import STALE, new_file

PROJECT = Path(numcnn.__file__).parents[1]
posix = pytest.mark.skipif(os.name != "posix", reason="needs the permissions and limits of POSIX")


def write(path, content):
    with new_file(path) as file:
        file.write(content)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def start(program, *arguments):
    """Start a Python process that can import numcnn."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def make_older(path, seconds):
    now = path.stat().st_mtime
    os.utime(path, (now - seconds, now - seconds))


# All went well


def test_the_file_appears_whole_at_the_end_of_the_block_and_not_before(tmp_path):
    path = tmp_path / "new" / "folder" / "model.bin"
    with new_file(path) as file:
        file.write(b"first half, ")
        file.flush()
        assert not path.exists()
        assert Path(file.name).read_bytes() == b"first half, "
        file.write(b"second half")
        file.seek(0)
        assert file.read() == b"first half, second half"
    assert path.read_bytes() == b"first half, second half"
    assert names(path.parent) == ["model.bin"]


def test_the_old_content_stands_until_the_end_of_the_block(tmp_path):
    path = tmp_path / "model.bin"
    write(path, b"a longer old content")
    with new_file(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"a longer old content"
    assert path.read_bytes() == b"new"


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
def test_a_file_that_was_there_keeps_its_permissions_also_while_it_is_written(tmp_path, mode):
    path = tmp_path / "model.bin"
    path.write_bytes(b"old")
    path.chmod(mode)
    with new_file(path) as file:
        assert stat.S_IMODE(Path(file.name).stat().st_mode) == mode
        file.write(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
def test_a_new_file_has_the_permissions_that_any_new_file_has(tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "model.bin", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "model.bin").stat().st_mode) == 0o640


@posix
def test_the_bytes_are_on_the_disk_before_the_name_and_then_the_name(tmp_path, monkeypatch):
    path = tmp_path / "model.bin"
    write(path, b"old")
    synced = []

    def fsync(handle):
        status = os.fstat(handle)
        synced.append((stat.S_ISDIR(status.st_mode), status.st_size, path.read_bytes()))

    monkeypatch.setattr(files.os, "fsync", fsync)
    write(path, b"newer")
    (first_is_folder, size, seen_first), (second_is_folder, _, seen_second) = synced
    assert (first_is_folder, size, seen_first) == (False, 5, b"old")
    assert (second_is_folder, seen_second) == (True, b"newer")


@posix
def test_a_folder_that_cannot_be_synced_does_no_harm(tmp_path, monkeypatch):
    def fsync(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(files.os, "fsync", fsync)
    write(tmp_path / "model.bin", b"new")
    assert (tmp_path / "model.bin").read_bytes() == b"new"


# Something went wrong


@pytest.mark.parametrize(
    "error",
    [ValueError("no"), OSError("broken off"), KeyboardInterrupt(), SystemExit(1), MemoryError()],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("old", [b"old", None], ids=["over an old file", "a new file"])
def test_an_exception_passes_through_and_leaves_everything_as_it_was(tmp_path, error, old):
    path = tmp_path / "model.bin"
    if old is not None:
        path.write_bytes(old)
    with pytest.raises(type(error)) as raised, new_file(path) as file:
        file.write(b"new")
        raise error
    assert raised.value is error
    assert names(tmp_path) == ([] if old is None else ["model.bin"])
    assert old is None or path.read_bytes() == old


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_disk_that_refuses_the_bytes_leaves_the_old_file_and_is_reported_with_the_path(
    tmp_path, monkeypatch, number
):
    path = tmp_path / "model.bin"
    write(path, b"old")

    def fsync(handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "fsync", fsync)
    with pytest.raises(OSError) as raised:
        write(path, b"new")
    assert raised.value.errno == number
    assert f"{path} can't be written: {os.strerror(number)}" in str(raised.value)
    assert names(tmp_path) == ["model.bin"] and path.read_bytes() == b"old"


FILL_THE_DISK = """
import resource, sys
from pathlib import Path
from numcnn.files import new_file

path, size = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with new_file(path) as file:
        file.write(bytes(size))
except OSError as error:
    print(error.errno, error)
"""


@posix
@pytest.mark.parametrize("size", [1001, 1_000_000], ids=["in the last bytes", "midway"])
def test_no_room_for_the_file_leaves_the_old_one_and_is_reported_with_the_path(tmp_path, size):
    path = tmp_path / "model.bin"
    path.write_bytes(b"old")
    said, complaints = start(FILL_THE_DISK, path, size).communicate()
    assert complaints == ""
    assert said.startswith(f"{errno.EFBIG} ")
    assert f"{path} can't be written: {os.strerror(errno.EFBIG)}" in said
    assert names(tmp_path) == ["model.bin"] and path.read_bytes() == b"old"


@posix
def test_a_file_that_fits_under_the_same_limit_is_written(tmp_path):
    path = tmp_path / "model.bin"
    assert start(FILL_THE_DISK, path, 1000).communicate() == ("", "")
    assert path.read_bytes() == bytes(1000)


def test_a_folder_in_the_way_is_reported_before_anything_is_written(tmp_path):
    path = tmp_path / "model.bin"
    (path / "inside").mkdir(parents=True)
    with pytest.raises(IsADirectoryError) as raised:
        write(path, b"new")
    assert f"{path} can't be written: a folder of that name is in the way" in str(raised.value)
    assert names(tmp_path) == ["model.bin"] and names(path) == ["inside"]


def test_a_file_where_the_folder_should_be_is_reported_with_the_path(tmp_path):
    (tmp_path / "runs").write_bytes(b"no folder")
    path = tmp_path / "runs" / "today" / "model.bin"
    with pytest.raises(OSError) as raised:
        write(path, b"new")
    assert f"{path} can't be written: " in str(raised.value)
    assert (tmp_path / "runs").read_bytes() == b"no folder"


def test_an_unwritable_place_leaves_the_old_file_and_is_reported_with_the_path(
    tmp_path, monkeypatch
):
    path = tmp_path / "model.bin"
    write(path, b"old")
    open_for_real = Path.open

    def refuse(self, mode="r", *arguments, **options):  # the superuser may write anywhere
        if "x" in mode:
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return open_for_real(self, mode, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError) as raised:
        write(path, b"new")
    assert raised.value.errno == errno.EACCES
    assert f"{path} can't be written: Permission denied" in str(raised.value)
    assert names(tmp_path) == ["model.bin"] and path.read_bytes() == b"old"


def test_a_name_that_is_too_long_is_reported_with_the_path(tmp_path):
    path = tmp_path / ("n" * 256)
    with pytest.raises(OSError) as raised:
        write(path, b"new")
    assert raised.value.errno == errno.ENAMETOOLONG
    assert f"{path} can't be written: " in str(raised.value)
    assert names(tmp_path) == []


@posix
def test_the_longest_name_that_a_file_can_have_is_written(tmp_path):
    path = tmp_path / ("ñ" * 127 + "n")  # of 255 bytes: its temporary file must be named otherwise
    write(path, b"old")
    with new_file(path) as file:
        file.write(b"new")
        leftover = Path(file.name)
        copy = tmp_path / f".{leftover.name.split('.')[1]}.old.part"
        copy.write_bytes(b"of a process that was killed")
    assert path.read_bytes() == b"new"
    make_older(copy, STALE + 60)
    write(path, b"newer")
    assert names(tmp_path) == [path.name]


def test_an_error_while_cleaning_up_does_not_hide_the_one_before(tmp_path, monkeypatch):
    def unlink(self, missing_ok=False):
        raise OSError(errno.EROFS, "Read-only file system", str(self))

    error = ValueError("what went wrong")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", unlink)
        with pytest.raises(ValueError) as raised, new_file(tmp_path / "model.bin") as file:
            file.write(b"new")
            raise error
    assert raised.value is error


# Symbolic links


def test_a_symbolic_link_is_followed_and_stays(tmp_path):
    target = tmp_path / "runs" / "best.bin"
    write(target, b"old")
    (target.parent / "first.bin").symlink_to("best.bin")
    path = tmp_path / "model.bin"
    path.symlink_to(Path("runs") / "first.bin")
    with new_file(path) as file:
        assert Path(file.name).parent == target.parent
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.is_symlink() and (target.parent / "first.bin").is_symlink()
    assert not target.is_symlink() and target.read_bytes() == path.read_bytes() == b"new"
    assert names(tmp_path) == ["model.bin", "runs"]
    assert names(target.parent) == ["best.bin", "first.bin"]


def test_a_symbolic_link_to_a_file_that_is_not_there_yet_is_followed(tmp_path):
    path, target = tmp_path / "model.bin", tmp_path / "target.bin"
    path.symlink_to(target)
    write(path, b"new")
    assert path.is_symlink() and target.read_bytes() == b"new"


def test_an_exception_leaves_link_and_target_as_they_were(tmp_path):
    path, target = tmp_path / "model.bin", tmp_path / "target.bin"
    target.write_bytes(b"old")
    path.symlink_to(target)
    with pytest.raises(KeyboardInterrupt), new_file(path) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert path.is_symlink() and target.read_bytes() == b"old"
    assert names(tmp_path) == ["model.bin", "target.bin"]


def test_symbolic_links_in_a_circle_are_reported_with_the_path(tmp_path):
    path = tmp_path / "model.bin"
    path.symlink_to("other.bin")
    (tmp_path / "other.bin").symlink_to("model.bin")
    with pytest.raises(OSError) as raised:
        write(path, b"new")
    assert f"{path} can't be written: " in str(raised.value)
    assert names(tmp_path) == ["model.bin", "other.bin"]


# Other processes

WRITE_AND_HANG = """
import sys, time
from pathlib import Path
from numcnn.files import new_file

with new_file(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print("half", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_process_left_is_invisible_and_removed_once_it_is_old(tmp_path):
    path = tmp_path / "model[1].bin"
    path.write_bytes(b"old")
    with start(WRITE_AND_HANG, path) as process:
        assert process.stdout.readline() == "half\n"
        process.kill()
    assert path.read_bytes() == b"old"
    (leftover,) = set(tmp_path.iterdir()) - {path}

    write(path, b"new")
    assert leftover.exists()  # another process might be writing it

    neighbour = tmp_path / ".model1.bin.0123.part"
    neighbour.write_bytes(b"half of another file")
    for temporary in (leftover, neighbour):
        make_older(temporary, STALE + 60)
    write(path, b"newer")
    assert set(tmp_path.iterdir()) == {path, neighbour}
    assert path.read_bytes() == b"newer"


WRITE_OFTEN = """
import sys
from pathlib import Path
from numcnn.files import new_file

print("ready", flush=True)
sys.stdin.readline()
for _ in range(10):
    with new_file(Path(sys.argv[1])) as file:
        for _ in range(100):
            file.write(bytes([int(sys.argv[2])]) * 1000)
"""


def test_processes_that_write_the_same_file_at_once_never_show_a_mixture(tmp_path):
    path = tmp_path / "model.bin"
    write(path, bytes([255]) * 100_000)
    command = [sys.executable, "-c", WRITE_OFTEN, str(path)]
    processes = [
        subprocess.Popen(
            [*command, str(number)], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdout.readline().strip() == b"ready"
    for process in processes:
        process.stdin.write(b"go\n")
        process.stdin.flush()
    seen = set()
    while any(process.poll() is None for process in processes):
        content = path.read_bytes()
        assert len(content) == 100_000 and len(set(content)) == 1
        seen.add(content[0])
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert len(seen) > 1
    assert names(tmp_path) == ["model.bin"]
