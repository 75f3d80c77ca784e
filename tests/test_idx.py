"""IDX and NPZ files: read as they are, or refused with one kind of error that names the file."""

import gzip
import io
import struct
import tracemalloc
import warnings
import zipfile

import numpy as np
import pytest

from numcnn.datasets.files import idx
from numcnn.datasets.files.npz import read_npz
from numcnn.datasets.files.small_images import MOST_IMAGES

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(256, size=(5, 28, 28), dtype=np.uint8)
LABELS = np.array([3, 9, 0, 0, 7], np.uint8)
PLAIN = {
    "images": struct.pack(">4I", 0x803, 5, 28, 28) + IMAGES.tobytes(),
    "labels": struct.pack(">2I", 0x801, 5) + LABELS.tobytes(),
}
READ = {"images": idx.read_images, "labels": idx.read_labels}
RIGHT = {"images": IMAGES, "labels": LABELS}


def npz(**arrays):
    """Return the bytes of a compressed archive of arrays."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


ARRAYS = {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:2], "y_test": LABELS[:2]}


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize("what", READ)
def test_a_file_is_read_gzipped_or_plain_whatever_its_name(tmp_path, what, zipped):
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(PLAIN[what]) if zipped else PLAIN[what])
    found = READ[what](path)
    assert found.dtype == np.uint8 and found.flags.writeable
    np.testing.assert_array_equal(found, RIGHT[what])


def test_a_folder_may_mix_gzipped_and_plain_files(tmp_path):
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(PLAIN["images"])
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(PLAIN["labels"]))
    for images, labels in idx.read_folder(tmp_path):
        np.testing.assert_array_equal(images, IMAGES)
        np.testing.assert_array_equal(labels, LABELS)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"t10k-labels-idx1-ubyte\.gz"):
        idx.read_folder(tmp_path)


def test_images_and_labels_must_belong_together(tmp_path):
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(PLAIN["images"])
    labels.write_bytes(struct.pack(">2I", 0x801, 4) + LABELS.tobytes()[:4])
    with pytest.raises(ValueError, match=r"images has 5 images, but .*labels has 4 labels"):
        idx.read_pair(images, labels)


HEADERS = {
    "labels as images": (PLAIN["labels"], "begins with 0x00000801, where 0x00000803 is expected"),
    "floats": (struct.pack(">4I", 0xD03, 5, 28, 28), "begins with 0x00000d03"),
    "little endian": (struct.pack("<4I", 0x803, 5, 28, 28), "begins with 0x03080000"),
    "no images": (struct.pack(">4I", 0x803, 0, 28, 28), "claims 0 images"),
    "too many": (struct.pack(">4I", 0x803, MOST_IMAGES + 1, 28, 28), "claims 100,001 images"),
    "a bomb": (struct.pack(">4I", 0x803, 2**32 - 1, 28, 28), "claims 4,294,967,295 images"),
    "another size": (struct.pack(">4I", 0x803, 5, 32, 32), "5 images of 32 x 32 pixels"),
    "a high image": (struct.pack(">4I", 0x803, 1, 2**31, 1), "of 2147483648 x 1 pixels"),
    "empty": (b"", "it ends before its magic number"),
    "no count": (b"\0\0\x08\x03\0", "it ends before its number of items"),
    "no width": (PLAIN["images"][:14], "it ends before its width"),
    "cut off": (PLAIN["images"][:-1], "stand 3,919 bytes, where 3,920 are expected"),
    "too long": (PLAIN["images"] + b"!", "stand more than 3,920 bytes, where 3,920"),
}


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize(("content", "message"), HEADERS.values(), ids=HEADERS)
def test_a_header_that_cannot_be_true_is_refused(tmp_path, content, message, zipped):
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(content) if zipped else content)
    with pytest.raises(ValueError, match=f"file is not a file of IDX images: .*{message}"):
        idx.read_images(path)


def test_a_label_that_is_no_class_is_refused(tmp_path):
    path = tmp_path / "labels"
    path.write_bytes(struct.pack(">2I", 0x801, 3) + b"\x00\x0a\x01")
    with pytest.raises(ValueError, match="label 1 is 10, where 0 to 9 are expected"):
        idx.read_labels(path)


def test_a_gzip_bomb_is_refused_without_being_unpacked(tmp_path):
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(PLAIN["images"])
        for _ in range(300):
            file.write(bytes(10**6))
    tracemalloc.start()
    with pytest.raises(ValueError, match="more than 3,920 bytes"):
        idx.read_images(path)
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


def damaged(content, rng):
    """Return a content with a few bytes changed, cut off, doubled, put in or taken out."""
    content = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        at, length = rng.integers(len(content)), rng.integers(1, 9)
        kind = rng.integers(5)
        if kind == 0:
            content[at] ^= 1 << rng.integers(8)
        elif kind == 1:
            del content[max(at, 1) :]
        elif kind == 2:
            content[at:at] = content[at : at + length]
        elif kind == 3:
            content[at:at] = rng.bytes(length)
        else:
            del content[at : min(at + length, len(content) - 1)]
    return bytes(content)


def test_5000_damaged_files_are_refused_or_read_rightly_with_one_kind_of_error(tmp_path):
    rng = np.random.default_rng(13)
    cases = {
        **{what: (gzip.compress(content, mtime=0), READ[what]) for what, content in PLAIN.items()},
        "npz": (npz(**ARRAYS), read_npz),
    }
    path = tmp_path / "file"
    refused = 0
    for number in range(5_000):
        what = list(cases)[number % len(cases)]
        content, read = cases[what]
        bad = damaged(content, rng)
        path.write_bytes(bad)
        try:
            found = read(path)
        except ValueError as error:
            assert str(path) in str(error)
            refused += 1
            continue
        # What was hit then is not used: a date, a flag, a name, or the same bytes came again.
        if what == "npz":
            found, right = [array for pair in found for array in pair], list(ARRAYS.values())
        else:
            found, right = [found], [RIGHT[what]]
        for array, expected in zip(found, right, strict=True):
            np.testing.assert_array_equal(array, expected)
    assert refused > 4_500


def test_1000_plain_files_damaged_in_length_or_header_are_refused(tmp_path):
    rng = np.random.default_rng(14)
    path = tmp_path / "file"
    for number in range(1_000):
        what = ("images", "labels")[number % 2]
        content = PLAIN[what]
        header = 16 if what == "images" else 8
        if number % 4 < 2:
            at = rng.integers(header)
            bad = content[:at] + bytes([content[at] ^ (1 << rng.integers(8))]) + content[at + 1 :]
        else:
            end = rng.integers(len(content) + 8)
            bad = (content + rng.bytes(9))[: end + (end == len(content))]
        path.write_bytes(bad)
        with pytest.raises(ValueError, match="is not a file of IDX"):
            READ[what](path)


def test_an_npz_is_read(tmp_path):
    path = tmp_path / "mnist.npz"
    for save in (np.savez, np.savez_compressed):
        save(path, **ARRAYS)
        found = [array for pair in read_npz(path) for array in pair]
        for array, expected in zip(found, ARRAYS.values(), strict=True):
            assert array.dtype == np.uint8
            np.testing.assert_array_equal(array, expected)


class Unpickled:
    """Says that it came to life."""

    def __reduce__(self):
        return pytest.fail, ("an object was unpickled",)


BAD_ARRAYS = {
    "an object": ({"x_train": np.array([Unpickled()])}, "x_train is an array of object"),
    "floats": ({"x_test": IMAGES / 255}, "x_test is an array of float64"),
    "flat": ({"x_train": IMAGES.reshape(5, 784)}, r"array of uint8 of shape \(5, 784\)"),
    "by columns": ({"x_train": np.asfortranarray(IMAGES)}, "x_train is an array"),
    "another size": ({"x_train": IMAGES[:, :20]}, "5 images of 20 x 28 pixels"),
    "too few labels": ({"y_train": LABELS[:3]}, "x_train has 5 images, but y_train has 3 labels"),
    "not a class": ({"y_test": np.array([1, 10], np.uint8)}, "label 1 is 10"),
    "none": ({"y_test": LABELS[:0], "x_test": IMAGES[:0]}, "claims 0 images"),
}


@pytest.mark.parametrize(("change", "message"), BAD_ARRAYS.values(), ids=BAD_ARRAYS)
def test_an_npz_of_other_arrays_is_refused(tmp_path, change, message):
    path = tmp_path / "mnist.npz"
    np.savez(path, **{**ARRAYS, **change})
    with pytest.raises(ValueError, match=f"mnist.npz is not MNIST as Keras has it: .*{message}"):
        read_npz(path)


def test_an_npz_that_claims_more_than_it_has_or_less_is_refused(tmp_path):
    path = tmp_path / "mnist.npz"
    for claim, message in (
        ("(90000, 28, 28)", "does not have the 70,560,000 numbers"),
        ("(4, 28, 28)", "does not have the 3,136 numbers"),
        ("(999999999, 28, 28)", "claims 999,999,999 images"),
        ("(-5, 28, 28)", "claims -5 images"),
    ):
        np.savez(path, **ARRAYS)
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        header = members["x_train.npy"][:128].replace(b"(5, 28, 28)", claim.encode())
        header = header.rstrip(b"\n ").ljust(127)[:127] + b"\n"
        members["x_train.npy"] = header + members["x_train.npy"][128:]
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        with pytest.raises(ValueError, match=message):
            read_npz(path)
    np.savez(path, **{name: ARRAYS[name] for name in ("x_train", "y_train", "x_test")})
    with pytest.raises(ValueError, match=r"no item named 'y_test\.npy'"):
        read_npz(path)


def test_an_npz_that_holds_an_array_twice_is_refused(tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez(path, **ARRAYS)
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns
        archive.writestr("x_test.npy", archive.read("x_train.npy"))
    with pytest.raises(ValueError, match="holds x_test twice"):
        read_npz(path)


def test_an_npz_with_a_long_header_is_refused_whatever_numpy_would_read(tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez(path, **ARRAYS)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    text = members["x_train.npy"][10:128].rstrip().ljust(1_999) + b"\n"  # right, but for its length
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text
    members["x_train.npy"] = header + members["x_train.npy"][128:]
    np.testing.assert_array_equal(np.load(io.BytesIO(members["x_train.npy"])), IMAGES)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match=r"length \(2000\) is large"):
        read_npz(path)
