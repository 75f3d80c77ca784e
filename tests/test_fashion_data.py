"""Fashion-MNIST: where it comes from; and the silhouettes that stand in for it."""

import hashlib
import time

import numpy as np
import pytest
from idx_files import write_idx
from numbered import check_split, numbered

import numcnn
from numcnn import layers
from numcnn.datasets import fashion_mnist, silhouettes

pytestmark = pytest.mark.usefixtures("home")


def some_clothes(seed):
    rng = np.random.default_rng(seed)
    return {
        "x_train": rng.integers(256, size=(6, 28, 28), dtype=np.uint8),
        "y_train": rng.integers(10, size=6, dtype=np.uint8),
        "x_test": rng.integers(256, size=(2, 28, 28), dtype=np.uint8),
        "y_test": rng.integers(10, size=2, dtype=np.uint8),
    }


CLOTHES = some_clothes(0)


def check_the_same(loaded, arrays=CLOTHES):
    found = [array for pair in loaded for array in pair]
    for array, expected in zip(found, arrays.values(), strict=True):
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, expected)


@pytest.fixture
def internet(served, monkeypatch):
    """The folder that a server on this machine shows at Keras's address, with its checksums."""
    folder, asked, address = served
    write_idx(folder, CLOTHES)
    digests = {
        name: hashlib.md5((folder / name).read_bytes()).hexdigest() for name in fashion_mnist.MD5
    }
    monkeypatch.setattr(fashion_mnist, "KERAS", address)
    monkeypatch.setattr(fashion_mnist, "MD5", digests)
    return folder, asked


def test_the_names_are_those_of_the_ten_classes():
    assert len(fashion_mnist.CLASS_NAMES) == 10
    assert fashion_mnist.CLASS_NAMES[0] == "T-shirt/top"
    assert fashion_mnist.CLASS_NAMES[9] == "Ankle boot"


@pytest.mark.parametrize("zipped", [True, False], ids=["gzipped", "plain"])
@pytest.mark.parametrize("place", ["fashion", ""], ids=["home/fashion", "home"])
def test_files_in_the_home_folder_come_before_the_internet(home, internet, place, zipped, caplog):
    other = some_clothes(1)
    write_idx(home / place, other, zipped)
    check_the_same(fashion_mnist.load_data(), other)
    assert internet[1] == [] and caplog.messages == []


def test_a_folder_that_is_given_comes_before_the_home_folder(tmp_path, home):
    write_idx(home / "fashion", some_clothes(1))
    check_the_same(fashion_mnist.load_data(write_idx(tmp_path / "mine", CLOTHES)))
    with pytest.raises(FileNotFoundError, match="train-images-idx3-ubyte"):
        fashion_mnist.load_data(tmp_path)


def test_a_damaged_file_in_a_folder_that_is_given_is_refused(tmp_path, internet):
    folder = write_idx(tmp_path / "mine", CLOTHES)
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(b"damaged")
    with pytest.raises(ValueError, match=r"t10k-images-idx3-ubyte\.gz is not a file of IDX images"):
        fashion_mnist.load_data(folder)
    assert internet[1] == []


def test_the_four_files_of_keras_are_fetched_once_and_kept(home, internet, caplog):
    check_the_same(fashion_mnist.load_data())
    check_the_same(fashion_mnist.load_data())
    assert internet[1] == [f"/{name}" for name in fashion_mnist.MD5]
    assert caplog.messages == []
    for name in fashion_mnist.MD5:
        assert (home / "fashion" / name).read_bytes() == (internet[0] / name).read_bytes()


@pytest.mark.parametrize("name", fashion_mnist.MD5)
def test_a_file_that_is_damaged_in_the_cache_is_fetched_again(home, internet, name, caplog):
    fashion_mnist.load_data()
    file = home / "fashion" / name
    file.write_bytes(file.read_bytes()[:-4])
    check_the_same(fashion_mnist.load_data())
    assert internet[1] == [f"/{other}" for other in fashion_mnist.MD5] + [f"/{name}"]
    assert caplog.messages[0].startswith(f"left aside: {file} is not a file of IDX ")
    assert caplog.messages[1].startswith(f"{file} is fetched again: its MD5 is ")


def test_a_file_with_another_checksum_is_not_accepted(home, internet, monkeypatch, caplog):
    asked = []

    def generate(count):
        asked.append(count)
        return numbered(count)

    monkeypatch.setattr(fashion_mnist.silhouettes, "generate", generate)
    write_idx(internet[0], some_clothes(2))
    check_split(fashion_mnist.load_data(), 60_000, 10_000)
    assert asked == [70_000]
    (message,) = caplog.messages
    assert "can't be fetched: its MD5 is" in message
    assert list((home / "fashion").iterdir()) == []


def test_without_internet_there_are_as_many_silhouettes_and_sentences_say_so(caplog):
    start = time.perf_counter()
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    assert time.perf_counter() - start < 60  # alone on two cores: four
    assert x_train.shape == (60_000, 28, 28) and y_train.shape == (60_000,)
    assert x_test.shape == (10_000, 28, 28) and y_test.shape == (10_000,)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert np.bincount(y_test).tolist() == [1_000] * 10
    assert {(record.name, record.levelname) for record in caplog.records} == {("numcnn", "WARNING")}
    assert caplog.messages == [
        "Fashion-MNIST can't be downloaded (no internet): using generated silhouettes, which is "
        "fine for learning.",
        "drawing 70,000 images, which takes some seconds.",
    ]


# Silhouettes


def test_the_seed_decides_and_fewer_are_the_first_of_more():
    images, labels = silhouettes.generate(1_200, seed=4)
    for count in (0, 7, 1_000, 1_001):
        some, those = silhouettes.generate(count, seed=4)
        np.testing.assert_array_equal(some, images[:count])
        np.testing.assert_array_equal(those, labels[:count])
    assert (silhouettes.generate(10, seed=5)[0] != images[:10]).any()


def test_no_two_garments_are_the_same_and_each_fills_its_frame():
    images, labels = silhouettes.generate(1_000)
    assert len(np.unique(images.reshape(1_000, -1), axis=0)) == 1_000
    bright = images > 16
    for garment in range(10):
        covered = bright[labels == garment].mean(axis=(1, 2))
        assert 0.02 < np.median(covered) < 0.8
    rows, columns = bright.any(axis=2), bright.any(axis=1)
    longest = np.maximum(rows.sum(axis=1), columns.sum(axis=1))
    assert np.quantile(longest, 0.05) >= 22 and longest.max() <= 28


def test_an_outline_covers_its_exact_area_wherever_it_lies():
    rng = np.random.default_rng(0)
    angle = np.sort(rng.uniform(0, 2 * np.pi, (50, 9)), axis=1)
    x, y = 14 + 8 * np.cos(angle), 14 + 8 * np.sin(angle)  # convex, within the frame
    outline = np.stack([x, y], axis=2)
    area = np.abs((x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)).sum(axis=1)) / 2
    cover = silhouettes._cover(outline)
    np.testing.assert_allclose(cover.sum(axis=(1, 2)), area, atol=0.7)
    np.testing.assert_allclose(silhouettes._cover(outline[:, ::-1]), cover, atol=1e-6)

    square = np.array([[[2.5, 3], [4, 3], [4, 5], [2.5, 5]]])
    expected = np.zeros((28, 28))
    expected[3:5, 2:4] = (0.5, 1)
    np.testing.assert_allclose(silhouettes._cover(square)[0], expected, atol=1e-6)


def test_what_lies_outside_the_frame_is_cut_off():
    large = np.array([[[-5.0, -5], [40, -5], [40, 40], [-5, 40]]])
    np.testing.assert_allclose(silhouettes._cover(large)[0], 1)
    aside = np.array(
        [[[-9.0, 3], [-2, 3], [-2, 9], [-9, 9]], [[30.0, 3], [35, 3], [35, 9], [30, 9]]]
    )
    np.testing.assert_allclose(silhouettes._cover(aside), 0, atol=1e-6)


@pytest.mark.parametrize(("count", "seed"), [(-1, 0), (2.5, 0), (1, -1)])
def test_a_wrong_argument_is_refused(count, seed):
    with pytest.raises((TypeError, ValueError), match="must be"):
        silhouettes.generate(count, seed)


def test_what_is_learned_from_silhouettes_holds_for_real_clothes(real_data):
    folder = real_data / "fashion"
    if not folder.is_dir():
        pytest.skip("NUMCNN_DATA has no folder fashion")
    (x_real, y_real), _ = fashion_mnist.load_data(folder)
    x, y = silhouettes.generate(4_000)
    model = numcnn.Sequential(
        [
            layers.Conv2D(8, 5, activation="relu", input_shape=(28, 28, 1)),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ],
        seed=0,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[..., np.newaxis] / 255, y, epochs=2, verbose=0)
    _, accuracy = model.evaluate(x_real[..., np.newaxis] / 255, y_real, verbose=0)
    assert accuracy > 0.5  # by chance: 0.1
