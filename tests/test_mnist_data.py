"""The digits: where they come from, and in which order they are handed out."""

import hashlib
import time
from pathlib import Path

import numpy as np
import pytest
from idx_files import write_idx
from numbered import check_split, numbered

from numcnn.datasets import MnistData, mnist, mnist_sources
from numcnn.datasets.files import download
from numcnn.datasets.files.download import DownloadError
from numcnn.datasets.files.sprite import IMAGES_FILE, LABELS_FILE, write_sprite
from numcnn.randomness import generator, set_random_seed

ROWS, TRAIN = 24, 20
ARRAYS = ("x_train", "y_train", "x_test", "y_test")

pytestmark = pytest.mark.usefixtures("home")


def write(folder, rows, brightness=0):
    """Write a sprite whose image i has the brightness i, and more, everywhere, and the label i."""
    values = np.arange(rows) + brightness
    images = np.broadcast_to(values[:, None, None].astype(np.uint8), (rows, 28, 28))
    write_sprite(folder, np.ascontiguousarray(images), values % 10)
    return folder


def numbers(batch):
    """Return which images of `write` a batch has; the labels must be theirs."""
    xs, labels = batch
    found = np.rint(xs[:, 0] * 255).astype(int)
    np.testing.assert_array_equal(labels, np.eye(10)[found % 10])
    return found.tolist()


@pytest.fixture
def short_tutorial(monkeypatch):
    """Let the tutorial's sprite have 24 images, 20 of them for training."""
    monkeypatch.setattr(mnist_sources, "TUTORIAL_ROWS", ROWS)
    monkeypatch.setattr(mnist_sources, "TUTORIAL_TRAIN", TRAIN)


@pytest.fixture
def handwriting(short_tutorial, monkeypatch):
    """Generated digits that cost nothing; the value says which were asked for."""
    asked = []

    def generate(count, seed=0):
        asked.append(count)
        return numbered(count)

    monkeypatch.setattr(mnist_sources.digits, "generate", generate)
    return asked


@pytest.fixture
def internet(short_tutorial, served, monkeypatch):
    """The folder that a server on this machine shows at the addresses of the data."""
    folder, asked, address = served
    monkeypatch.setattr(mnist_sources, "TUTORIAL", address)
    monkeypatch.setattr(mnist_sources, "KERAS", f"{address}mnist.npz")
    return folder, asked


# Batches


def test_the_counter_moves_on_before_an_image_is_taken_as_in_the_tutorial(tmp_path):
    data = MnistData(write(tmp_path / "s", 12), num_train=9, seed=3).load()
    order = generator(3).permutation(9).tolist()
    assert numbers(data.next_train_batch(9)) == [*order[1:], order[0]]

    data = MnistData(tmp_path / "s", num_train=9, seed=3).load()
    counter = 0
    for size in (1, 2, 5, 4, 9, 20, 3):  # the batches of data.js, one image at a time
        expected = []
        for _ in range(size):
            counter = (counter + 1) % 9
            expected.append(order[counter])
        assert numbers(data.next_train_batch(size)) == expected


def test_the_first_images_are_for_training_and_the_others_for_testing(tmp_path):
    data = MnistData(write(tmp_path / "s", 12), num_train=9, seed=0).load()
    assert (data.num_train, data.num_test) == (9, 3)
    alike = MnistData(tmp_path / "s", num_test=3, seed=0).load()
    assert (alike.num_train, alike.num_test) == (9, 3)
    assert numbers(alike.next_train_batch(4)) == numbers(data.next_train_batch(4))
    assert sorted(numbers(data.next_train_batch(9))) == list(range(9))
    assert sorted(numbers(data.next_test_batch(3))) == [9, 10, 11]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sizes", [{}, {"num_train": 9}, {"num_test": 5}], ids=str)
def test_no_image_is_both_for_training_and_for_testing(tmp_path, sizes, seed):
    data = MnistData(write(tmp_path / "s", 12), seed=seed, **sizes).load()
    train = set(numbers(data.next_train_batch(3 * 12)))  # more than all: every image is handed out
    test = set(numbers(data.next_test_batch(3 * 12)))
    assert train == set(range(data.num_train))
    assert test == set(range(data.num_train, 12))


@pytest.mark.parametrize("form", ["sprite", "idx", "npz"])
def test_no_image_of_a_folder_is_both_for_training_and_for_testing(tmp_path, form):
    images, labels = numbered(12)
    arrays = dict(zip(ARRAYS, (images[:10], labels[:10], images[10:], labels[10:]), strict=True))
    if form == "sprite":
        write_sprite(tmp_path, images, labels)
    elif form == "idx":
        write_idx(tmp_path, arrays)
    else:
        np.savez(tmp_path / "mnist.npz", **arrays)
    check_split(mnist.load_data(tmp_path), 10, 2)


def test_training_and_testing_have_counters_of_their_own(tmp_path):
    folder = write(tmp_path / "s", 12)
    alone, mixed = (MnistData(folder, num_train=8, seed=1).load() for _ in range(2))
    train = [numbers(alone.next_train_batch(3)) for _ in range(4)]
    test = [numbers(alone.next_test_batch(3)) for _ in range(4)]
    for i in range(4):
        assert numbers(mixed.next_test_batch(3)) == test[i]
        assert numbers(mixed.next_train_batch(3)) == train[i]


def test_the_seed_decides_the_order(tmp_path):
    folder = write(tmp_path / "s", 200)

    def order(seed):
        return numbers(MnistData(folder, seed=seed).load().next_train_batch(166))

    assert order(1) == order(1)
    assert order(1) != order(2)
    assert order(1) != sorted(order(1))
    set_random_seed(5)
    without_seed = [order(None), order(None)]
    assert without_seed[0] != without_seed[1]
    set_random_seed(5)
    assert [order(None), order(None)] == without_seed


def test_to_load_again_starts_again(tmp_path):
    data = MnistData(write(tmp_path / "s", 200)).load()
    first = numbers(data.next_train_batch(10))
    assert numbers(data.next_train_batch(10)) != first
    assert numbers(data.load().next_train_batch(10)) == first


def test_pixels_are_divided_by_255_as_float32_not_multiplied(tmp_path):
    every = np.arange(784, dtype=np.uint8)  # each of the 256 values
    write_sprite(tmp_path, np.broadcast_to(every, (2, 784)).reshape(2, 28, 28), np.zeros(2, int))
    xs, _ = MnistData(tmp_path, num_train=1).load().next_train_batch(1)
    assert xs.dtype == np.float32
    np.testing.assert_array_equal(xs[0], (every / 255).astype(np.float32))  # rightly rounded
    multiplied = every[:256] * (np.float32(1) / np.float32(255))
    assert (xs[0, :256] != multiplied).sum() == 126
    assert (xs.min(), xs.max()) == (0, 1)


def test_batches_have_the_shapes_and_dtypes_that_the_tutorial_has(tmp_path):
    data = MnistData(write(tmp_path / "s", 12)).load()
    for xs, labels in (data.next_train_batch(5), data.next_test_batch(7)):
        assert xs.dtype == np.float32 and xs.shape == (len(labels), 784)
        assert labels.dtype == np.uint8 and labels.shape == (len(xs), 10)
    assert (len(data.next_train_batch(5)[0]), len(data.next_test_batch(7)[0])) == (5, 7)


def test_who_writes_into_a_batch_does_not_change_the_data(tmp_path):
    data = MnistData(write(tmp_path / "s", 6), num_train=4, seed=0).load()
    first = numbers(data.next_train_batch(4))
    for array in data.next_train_batch(4):
        array[:] = 0
    assert numbers(data.next_train_batch(4)) == first


@pytest.mark.parametrize(
    ("rows", "train"), [(65_000, 55_000), (64_999, 54_165), (55_000, 45_833), (12, 10), (2, 1)]
)
def test_five_sixths_are_for_training_but_55000_of_the_tutorial_s(
    tmp_path, monkeypatch, rows, train
):
    images = np.broadcast_to(np.uint8(0), (rows, 784))
    labels = np.broadcast_to(np.eye(10, dtype=np.uint8)[0], (rows, 10))
    monkeypatch.setattr(mnist_sources, "read_sprite", lambda *paths: (images, labels))
    data = MnistData(tmp_path).load()
    assert (data.num_train, data.num_test) == (train, rows - train)


# Mistakes


def test_before_load_there_are_no_batches():
    data = MnistData("digits")
    for next_batch in (data.next_train_batch, data.next_test_batch):
        with pytest.raises(ValueError, match=r"call load\(\) first"):
            next_batch(1)
    assert (data.num_train, data.num_test, data.description) == (0, 0, "not loaded yet")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"source": 5}, TypeError, 'source must be "auto", "mnist", "digits" or a folder, got 5'),
        ({"source": None}, TypeError, "source must be .* got None"),
        ({"num_train": 0}, ValueError, "num_train must be at least 1, got 0"),
        ({"num_train": 5.0}, TypeError, "num_train must be a whole number, got 5.0"),
        ({"num_test": 0}, ValueError, "num_test must be at least 1, got 0"),
        ({"num_test": "5"}, TypeError, "num_test must be a whole number, got '5'"),
        ({"num_train": 5, "num_test": 5}, ValueError, "can't both be given"),
        ({"seed": -1}, ValueError, "seed must be 0 or more, got -1"),
        ({"seed": "1"}, TypeError, "seed must be a whole number"),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_read(arguments, error, message):
    with pytest.raises(error, match=message):
        MnistData(**arguments)


@pytest.mark.parametrize(
    ("source", "hint"), [("minst", "mnist"), ("MNIST", "mnist"), ("digit", "digits"), ("cats", "")]
)
def test_a_source_that_is_no_folder_is_refused_with_the_nearest_name(
    tmp_path, monkeypatch, source, hint
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as raised:
        MnistData(source).load()
    message = str(raised.value)
    assert message.startswith(f"there is no folder {source}: source must be ")
    assert message.endswith(f' Did you mean "{hint}"?' if hint else f"and {LABELS_FILE}.")


@pytest.mark.parametrize("missing", [IMAGES_FILE, LABELS_FILE])
def test_a_file_that_is_missing_in_the_folder_is_named(tmp_path, missing):
    (write(tmp_path, 12) / missing).unlink()
    with pytest.raises(FileNotFoundError, match=missing):
        MnistData(tmp_path).load()


def test_a_damaged_file_in_the_folder_is_named_and_not_replaced(tmp_path, internet):
    write(internet[0], ROWS)
    labels = write(tmp_path / "mine", 12) / LABELS_FILE
    labels.write_bytes(b"damaged")
    with pytest.raises(ValueError, match=LABELS_FILE):
        MnistData(tmp_path / "mine").load()
    assert labels.read_bytes() == b"damaged" and internet[1] == []


@pytest.mark.parametrize("number", [12, 13, 10**9])
@pytest.mark.parametrize("part", ["num_train", "num_test"])
def test_something_must_be_left_for_the_other_part(tmp_path, part, number):
    data = MnistData(write(tmp_path / "s", 12), **{part: number})
    with pytest.raises(ValueError, match=r"num_train or num_test must be from 1 to 11\.$"):
        data.load()
    assert (data.num_train, data.description) == (0, "not loaded yet")
    assert MnistData(tmp_path / "s", num_train=11).load().num_test == 1


def test_a_single_image_is_not_enough(tmp_path):
    with pytest.raises(ValueError, match="of 1 image"):
        MnistData(write(tmp_path / "s", 1)).load()


@pytest.mark.parametrize("size", [0, -1, 2.5, "3", True, None])
def test_a_batch_size_that_is_none_is_refused(tmp_path, size):
    data = MnistData(write(tmp_path / "s", 12), seed=0).load()
    fresh = MnistData(tmp_path / "s", seed=0).load()
    with pytest.raises((ValueError, TypeError), match="batch_size must be"):
        data.next_train_batch(size)
    assert numbers(data.next_train_batch(4)) == numbers(fresh.next_train_batch(4))


# Sources, each before the next


@pytest.mark.parametrize("as_what", [str, Path])
def test_a_folder_comes_before_the_cache(tmp_path, home, as_what, caplog):
    write(home / "mnist", 18, brightness=100)
    data = MnistData(as_what(write(tmp_path / "mine", 12))).load()
    assert sorted(numbers(data.next_train_batch(10))) == list(range(10))
    assert data.description == f"MNIST in {tmp_path / 'mine'}"
    assert caplog.messages == []


@pytest.mark.parametrize("source", ["auto", "mnist"])
def test_a_cache_of_any_number_of_rows_comes_before_the_internet(home, internet, source, caplog):
    write(internet[0], ROWS)
    write(home / "mnist", 18, brightness=100)
    data = MnistData(source).load()
    assert sorted(numbers(data.next_train_batch(15))) == list(range(100, 115))
    assert data.description == "MNIST"
    assert internet[1] == [] and caplog.messages == []


@pytest.mark.parametrize("source", ["auto", "mnist"])
def test_the_internet_comes_before_generated_digits_and_is_asked_once(
    home, internet, handwriting, source, caplog
):
    write(internet[0], ROWS, brightness=50)
    for _ in range(2):
        data = MnistData(source).load()
        assert sorted(numbers(data.next_train_batch(TRAIN))) == list(range(50, 50 + TRAIN))
        assert data.description == "MNIST"
    assert internet[1] == [f"/{IMAGES_FILE}", f"/{LABELS_FILE}"]
    assert handwriting == [] and caplog.messages == []
    assert (home / "mnist" / LABELS_FILE).read_bytes() == (internet[0] / LABELS_FILE).read_bytes()


@pytest.mark.parametrize("damaged", [IMAGES_FILE, LABELS_FILE])
def test_a_damaged_file_in_the_cache_is_fetched_again_with_one_sentence(
    home, internet, damaged, caplog
):
    write(internet[0], ROWS)
    file = write(home / "mnist", ROWS) / damaged
    file.write_bytes(file.read_bytes()[:-5])
    assert MnistData("mnist").load().num_train == TRAIN
    assert internet[1] == [f"/{damaged}"]
    (message,) = caplog.messages
    assert message.startswith(f"{file} is fetched again: ")


def test_files_in_the_cache_that_do_not_belong_together_are_fetched_again(home, internet, caplog):
    write(internet[0], ROWS)
    right = (write(home / "mnist", ROWS) / LABELS_FILE).read_bytes()
    (home / "mnist" / LABELS_FILE).write_bytes(right[:-10])
    assert MnistData("mnist").load().num_train == TRAIN
    assert internet[1] == [f"/{LABELS_FILE}"]
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("rows", [ROWS - 1, ROWS + 1])
def test_a_sprite_of_another_length_is_not_accepted_from_the_internet(home, internet, rows):
    write(internet[0], rows)
    with pytest.raises(DownloadError, match=f"it has {rows} rows, not {ROWS}"):
        MnistData("mnist").load()
    assert list((home / "mnist").iterdir()) == []


def test_without_internet_mnist_is_an_error_and_auto_one_sentence_and_handwriting(
    handwriting, caplog
):
    with pytest.raises(DownloadError, match=f"{IMAGES_FILE} can't be fetched: .*not known"):
        MnistData("mnist").load()
    assert handwriting == [] and caplog.messages == []

    data = MnistData("auto").load()
    assert data.description == "generated handwriting"
    assert (data.num_train, data.num_test) == (TRAIN, ROWS - TRAIN)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("numcnn", "WARNING")
    assert record.getMessage() == (
        "MNIST can't be downloaded (no internet): using generated handwriting, which is fine for "
        "learning."
    )


def test_generated_digits_are_kept_in_the_cache_and_read_the_second_time(home, handwriting, caplog):
    first, second = (MnistData("digits", seed=0).load() for _ in range(2))
    assert handwriting == [ROWS]
    for one, other in zip(
        first.next_train_batch(TRAIN), second.next_train_batch(TRAIN), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    folder = home / f"digits-{mnist_sources.digits.VERSION}"
    assert sorted(path.name for path in folder.iterdir()) == [IMAGES_FILE, LABELS_FILE]
    assert caplog.messages == []


@pytest.mark.parametrize("damaged", [IMAGES_FILE, LABELS_FILE])
def test_generated_digits_that_are_damaged_or_half_there_are_generated_again(
    home, handwriting, damaged
):
    MnistData("digits").load()
    file = home / f"digits-{mnist_sources.digits.VERSION}" / damaged
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    MnistData("digits").load()
    assert handwriting == [ROWS] * 2 and file.read_bytes() == whole
    file.unlink()
    MnistData("digits").load()
    assert handwriting == [ROWS] * 3 and file.read_bytes() == whole


def test_generated_digits_of_another_version_are_not_taken(monkeypatch, handwriting):
    MnistData("digits").load()
    monkeypatch.setattr(mnist_sources.digits, "VERSION", mnist_sources.digits.VERSION + 1)
    MnistData("digits").load()
    assert handwriting == [ROWS] * 2


def test_an_unwritable_cache_is_no_obstacle(home, internet, handwriting, caplog):
    home.write_bytes(b"no folder")
    assert MnistData("digits").load().num_train == TRAIN
    write(internet[0], ROWS)
    assert MnistData("auto").load().description == "MNIST"
    assert MnistData("auto").load().description == "MNIST"
    assert internet[1] == [f"/{IMAGES_FILE}", f"/{LABELS_FILE}"]
    (message,) = caplog.messages
    assert message.startswith(f"{home / 'mnist'} can't be written (")


def test_no_place_to_write_to_at_all_still_gives_digits(home, internet, handwriting, monkeypatch):
    def mkdtemp(**options):
        raise FileNotFoundError("No usable temporary directory found")

    home.write_bytes(b"no folder")
    write(internet[0], ROWS)
    monkeypatch.setattr(download.tempfile, "mkdtemp", mkdtemp)
    assert MnistData("auto").load().description == "generated handwriting"


def test_real_generated_digits_serve_within_seconds(monkeypatch):
    monkeypatch.setattr(mnist_sources, "TUTORIAL_ROWS", 600)
    monkeypatch.setattr(mnist_sources, "TUTORIAL_TRAIN", 500)
    start = time.perf_counter()
    data = MnistData("auto", seed=0).load()
    assert time.perf_counter() - start < 20
    xs, labels = data.next_train_batch(500)
    assert xs.shape == (500, 784) and xs.min() == 0 and xs.max() > 0.5
    assert (labels.sum(axis=0) > 0).all()


# As arrays


@pytest.fixture
def arrays(tmp_path, monkeypatch):
    """Four different arrays as a small ``mnist.npz`` would have them, and its bytes."""
    rng = np.random.default_rng(0)
    arrays = {
        "x_train": rng.integers(256, size=(6, 28, 28), dtype=np.uint8),
        "y_train": rng.integers(10, size=6, dtype=np.uint8),
        "x_test": rng.integers(256, size=(2, 28, 28), dtype=np.uint8),
        "y_test": rng.integers(10, size=2, dtype=np.uint8),
    }
    np.savez_compressed(tmp_path / "small.npz", **arrays)
    content = (tmp_path / "small.npz").read_bytes()
    monkeypatch.setattr(mnist_sources, "KERAS_SHA256", hashlib.sha256(content).hexdigest())
    return arrays, content


def check_the_same(loaded, arrays):
    (x_train, y_train), (x_test, y_test) = loaded
    named = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    for name, array in named.items():
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, arrays[name])


@pytest.mark.parametrize("name", ["mnist.npz", "folder/digits.npz"])
def test_load_data_fetches_keras_s_file_once_and_keeps_it(home, internet, arrays, name, caplog):
    (internet[0] / "mnist.npz").write_bytes(arrays[1])
    check_the_same(mnist.load_data(name), arrays[0])
    check_the_same(mnist.load_data(name), arrays[0])
    assert internet[1] == ["/mnist.npz"] and caplog.messages == []
    assert (home / name).read_bytes() == arrays[1]


def test_a_damaged_npz_is_fetched_again_with_one_sentence(home, internet, arrays, caplog):
    (internet[0] / "mnist.npz").write_bytes(arrays[1])
    home.mkdir()
    (home / "mnist.npz").write_bytes(arrays[1][:-1] + b"!")
    check_the_same(mnist.load_data(), arrays[0])
    assert (home / "mnist.npz").read_bytes() == arrays[1]
    (message,) = caplog.messages
    assert message.startswith(f"{home / 'mnist.npz'} is fetched again: its SHA-256 is ")


def test_an_npz_with_another_checksum_is_not_accepted(home, internet, arrays, handwriting, caplog):
    (internet[0] / "mnist.npz").write_bytes(arrays[1][:-1] + b"!")
    mnist.load_data()
    assert handwriting == [70_000]
    assert not (home / "mnist.npz").exists()
    (message,) = caplog.messages
    assert f"not {mnist_sources.KERAS_SHA256}): using generated handwriting, which" in message


def test_load_data_takes_a_folder_with_any_of_the_three_forms(tmp_path, arrays, caplog):
    (tmp_path / "npz").mkdir()
    (tmp_path / "npz" / "mnist.npz").write_bytes(arrays[1])
    check_the_same(mnist.load_data(tmp_path / "npz"), arrays[0])

    write_idx(tmp_path / "idx", arrays[0])
    check_the_same(mnist.load_data(str(tmp_path / "idx")), arrays[0])

    (x_train, y_train), (x_test, y_test) = mnist.load_data(write(tmp_path / "sprite", 12))
    assert (x_train[:, 5, 5] == np.arange(10)).all() and x_train.shape == (10, 28, 28)
    assert (y_train == np.arange(10)).all() and y_train.dtype == np.uint8
    assert (x_test[:, 0, 0] == (10, 11)).all() and (y_test == (0, 1)).all()
    with pytest.raises(FileNotFoundError, match="train-images-idx3-ubyte"):
        mnist.load_data(tmp_path)
    assert caplog.messages == []


def test_load_data_finds_files_in_the_home_folder_before_it_asks_the_internet(
    home, internet, arrays, caplog
):
    write(home, 12)
    (x_train, _), _ = mnist.load_data()
    assert len(x_train) == 10
    write_idx(home / "mnist", arrays[0])
    check_the_same(mnist.load_data(), arrays[0])
    assert internet[1] == [] and caplog.messages == []


def test_a_damaged_file_in_the_home_folder_is_left_aside_with_one_sentence(
    home, internet, arrays, caplog
):
    (internet[0] / "mnist.npz").write_bytes(arrays[1])
    write_idx(home / "mnist", arrays[0])
    damaged = home / "mnist" / "t10k-labels-idx1-ubyte.gz"
    damaged.write_bytes(b"damaged")
    check_the_same(mnist.load_data(), arrays[0])
    (message,) = caplog.messages
    assert message.startswith(f"left aside: {damaged} is not a file of IDX labels: ")
    assert damaged.read_bytes() == b"damaged"


def test_load_data_has_the_shapes_of_keras_without_internet_too(handwriting, caplog):
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    assert x_train.shape == (60_000, 28, 28) and y_train.shape == (60_000,)
    assert x_test.shape == (10_000, 28, 28) and y_test.shape == (10_000,)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    check_split(((x_train, y_train), (x_test, y_test)), 60_000, 10_000)
    assert len(caplog.messages) == 1 and caplog.records[0].name == "numcnn"


# The real ones


def test_the_real_digits(real_data):
    folder = real_data / "mnist"
    if not folder.is_dir():
        pytest.skip("NUMCNN_DATA has no folder mnist")
    data = MnistData(folder, seed=0).load()
    rows = data.num_train + data.num_test
    assert rows == (folder / LABELS_FILE).stat().st_size // 10
    assert data.num_train == (55_000 if rows == 65_000 else rows * 5 // 6)
    xs, labels = data.next_train_batch(1000)
    assert xs.shape == (1000, 784) and xs.dtype == np.float32
    assert (xs.min(), xs.max()) == (0, 1)
    assert 0.12 < xs.mean() < 0.14  # MNIST's mean is 0.1307
    assert (labels.sum(axis=1) == 1).all() and (labels.sum(axis=0) > 70).all()

    as_they_come = MnistData(folder, num_train=1, seed=0).load().next_train_batch(1)
    assert as_they_come[1].argmax() == 5  # MNIST begins with a five
