"""CIFAR, Kuzushiji-MNIST and EMNIST: their files and sources, and the shapes that stand in."""

import gzip
import hashlib
import io
import struct
import tarfile
import zipfile

import numpy as np
import pytest
from idx_files import write_idx

from numcnn.datasets import cifar10, cifar100, cifar_sources, emnist, kmnist, shapes
from numcnn.datasets.files import cifar

pytestmark = pytest.mark.usefixtures("home")

LAYOUTS = {"cifar10": cifar.CIFAR10, "cifar100": cifar.CIFAR100}


def records(layout, count, seed):
    """Return a file's bytes, with its pictures and labels."""
    rng = np.random.default_rng(seed)
    images = rng.integers(256, size=(count, 32, 32, 3), dtype=np.uint8)
    labels = np.stack([rng.integers(n, size=count, dtype=np.uint8) for n in layout.classes], 1)
    rows = [labels, images.transpose(0, 3, 1, 2).reshape(count, -1)]
    return np.concatenate(rows, axis=1).tobytes(), images, labels


def write_archive(path, layout, change=lambda name, content: content):
    """Write an archive of few pictures; return those to train on, and those to test on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {}
    with tarfile.open(path, "w:gz") as archive:
        for number, name in enumerate(reversed((*layout.train, *layout.test))):
            content, *found[name] = records(layout, 3, number)
            member = tarfile.TarInfo(f"{layout.folder}/{name}")
            content = change(name, content)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return [
        [np.concatenate([found[name][k] for name in names]) for k in (0, 1)]
        for names in (layout.train, layout.test)
    ]


def check_the_same(loaded, expected, column=slice(None)):
    for (images, labels), (wanted, classes) in zip(loaded, expected, strict=True):
        assert images.dtype == labels.dtype == np.uint8
        np.testing.assert_array_equal(images, wanted)
        np.testing.assert_array_equal(labels, classes[:, column])


@pytest.fixture(params=LAYOUTS)
def internet(request, served, monkeypatch):
    """An archive at the authors' address: its module, its pictures, and what was asked for."""
    folder, asked, address = served
    module = {"cifar10": cifar10, "cifar100": cifar100}[request.param]
    expected = write_archive(folder / module.ARCHIVE, LAYOUTS[request.param])
    digest = hashlib.md5((folder / module.ARCHIVE).read_bytes()).hexdigest()
    monkeypatch.setattr(cifar_sources, "TORONTO", address)
    monkeypatch.setattr(module, "MD5", digest)
    return module, expected, asked


def test_an_archive_is_fetched_once_and_verified(internet, home):
    module, expected, asked = internet
    for _ in range(2):
        check_the_same(module.load_data(), expected, slice(-1, None))
    assert asked == [f"/{module.ARCHIVE}"]
    assert [path.name for path in (home / module.__name__.rpartition(".")[2]).iterdir()] == [
        module.ARCHIVE
    ]


def test_the_labels_of_cifar100_are_fine_or_coarse(tmp_path):
    expected = write_archive(tmp_path / cifar100.ARCHIVE, cifar.CIFAR100)
    check_the_same(cifar100.load_data("fine", tmp_path), expected, [1])
    check_the_same(cifar100.load_data("coarse", tmp_path), expected, [0])
    with pytest.raises(ValueError, match="label_mode"):
        cifar100.load_data("all")


@pytest.mark.parametrize("name", LAYOUTS)
def test_unpacked_files_are_read_from_the_home_folder(home, name):
    layout, module = LAYOUTS[name], {"cifar10": cifar10, "cifar100": cifar100}[name]
    place = home / name / layout.folder
    place.mkdir(parents=True)
    parts = {file: records(layout, 2, k) for k, file in enumerate((*layout.train, *layout.test))}
    for file, (content, *_) in parts.items():
        (place / file).write_bytes(content)
    (x_train, _), (x_test, y_test) = module.load_data()
    assert len(x_train) == 2 * len(layout.train)
    np.testing.assert_array_equal(x_test, parts[layout.test[0]][1])
    np.testing.assert_array_equal(y_test, parts[layout.test[0]][2][:, -1:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda name, content: content[:-1], "records of 3,073 are expected"),
        (lambda name, content: b"\x0a" + content[1:], r"the labels of picture 0 are \[10\]"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, change, message):
    write_archive(tmp_path / cifar10.ARCHIVE, cifar.CIFAR10, change)
    with pytest.raises(ValueError, match=message):
        cifar10.load_data(tmp_path)
    (tmp_path / cifar10.ARCHIVE).write_bytes(b"no archive")
    with pytest.raises(ValueError, match="is not the archive of cifar-10-batches-bin"):
        cifar10.load_data(tmp_path)
    with pytest.raises(FileNotFoundError):
        cifar10.load_data(tmp_path / "nothing")


@pytest.mark.parametrize(("module", "classes"), [(cifar10, 10), (cifar100, 100)])
def test_without_internet_shapes_stand_in_and_it_is_said(module, classes, monkeypatch, caplog):
    monkeypatch.setattr(cifar_sources, "TRAIN", 900)
    monkeypatch.setattr(cifar_sources, "TEST", 100)
    (x_train, y_train), (_, y_test) = module.load_data()
    assert x_train.shape == (900, 32, 32, 3) and y_test.shape == (100, 1)
    assert len(np.unique(y_train)) == classes
    assert "using generated pictures of shapes, ten kinds" in caplog.text
    if module is cifar100:
        coarse = module.load_data("coarse")[0][1]
        np.testing.assert_array_equal(coarse, y_train // 5)


def test_shapes_are_the_same_each_time_and_can_be_told_apart():
    images, labels = shapes.generate(1000)
    again, _ = shapes.generate(20)
    np.testing.assert_array_equal(images[:20], again)
    assert not np.array_equal(shapes.generate(20, seed=1)[0], again)
    assert np.bincount(labels).tolist() == [100] * 10
    # neither the mean colour nor the brightness says which class it is
    means = np.array([images[labels == kind].mean(axis=(0, 1, 2)) for kind in range(10)])
    assert means.std(axis=0).max() < 15
    coloured, both = shapes.generate(1000, coloured=True)
    assert np.bincount(both).tolist() == [10] * 100
    middle = coloured[:, 12:20, 12:20].mean(axis=(1, 2))
    red, blue = middle[both % 10 == 0], middle[both % 10 == 7]
    assert (red[:, 0] > red[:, 2]).mean() > 0.7 > 0.3 > (blue[:, 0] > blue[:, 2]).mean()


def some_characters(count=5):
    rng = np.random.default_rng(count)
    return {
        f"{kind}_{part}": array
        for part in ("train", "test")
        for kind, array in (
            ("x", rng.integers(256, size=(count, 28, 28), dtype=np.uint8)),
            ("y", np.arange(count, dtype=np.uint8)),
        )
    }


def test_kuzushiji_comes_from_its_address_a_folder_or_digits(served, monkeypatch, tmp_path, caplog):
    folder, _, address = served
    arrays = some_characters()
    write_idx(folder, arrays)
    files = {name: hashlib.md5((folder / name).read_bytes()).hexdigest() for name in kmnist.MD5}
    monkeypatch.setattr(kmnist, "MD5", files)
    monkeypatch.setattr(kmnist.digits, "generate", lambda n: (np.zeros((n, 1)), np.zeros(n)))
    assert len(kmnist.load_data()[0][0]) == 60_000
    assert "using generated digits, not characters" in caplog.text
    monkeypatch.setattr(kmnist, "CODH", address)
    for loaded in (kmnist.load_data(), kmnist.load_data(folder)):
        (x_train, y_train), (x_test, _) = loaded
        np.testing.assert_array_equal(x_train, arrays["x_train"])
        np.testing.assert_array_equal(y_train, arrays["y_train"])
        np.testing.assert_array_equal(x_test, arrays["x_test"])


def write_emnist(path, split, arrays):
    """Write NIST's archive, with its images transposed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for part in ("train", "test"):
            x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
            contents = {
                "images-idx3": struct.pack(">4I", 0x803, *x.shape) + x.transpose(0, 2, 1).tobytes(),
                "labels-idx1": struct.pack(">2I", 0x801, len(y)) + y.tobytes(),
            }
            for kind, content in contents.items():
                name = f"gzip/emnist-{split}-{part}-{kind}-ubyte.gz"
                archive.writestr(name, gzip.compress(content))


def test_the_images_of_emnist_are_upright(tmp_path):
    arrays = some_characters(27)
    write_emnist(tmp_path / emnist.ARCHIVE, "letters", arrays)
    (x_train, y_train), (x_test, _) = emnist.load_data("letters", tmp_path)
    np.testing.assert_array_equal(x_train, arrays["x_train"])
    np.testing.assert_array_equal(y_train, arrays["y_train"])
    np.testing.assert_array_equal(x_test, arrays["x_test"])
    with pytest.raises(ValueError, match="emnist-digits-train"):
        emnist.load_data("digits", tmp_path)
    with pytest.raises(ValueError, match="Did you mean 'letters'"):
        emnist.load_data("letter")


def test_a_label_beyond_the_split_is_refused(tmp_path):
    write_emnist(tmp_path / emnist.ARCHIVE, "digits", some_characters(11))
    with pytest.raises(ValueError, match="label 10 is 10, where 0 to 9 are expected"):
        emnist.load_data("digits", tmp_path)


def test_the_classes_of_emnist_have_names():
    assert [len(emnist.class_names(split)) for split in emnist.SPLITS] == [62, 47, 47, 27, 10, 10]
    assert emnist.class_names("letters")[26] == "Z"
