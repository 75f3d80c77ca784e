"""Images from files and folders, and ImageDataGenerator: what is read, changed, and refused."""

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from oracles import cases, generated
from PIL import Image

import numcnn
from numcnn import layers, utils
from numcnn.datasets.files.download import DownloadError
from numcnn.preprocessing import image_dataset_from_directory
from numcnn.preprocessing.image import (
    ImageDataGenerator,
    array_to_img,
    img_to_array,
    load_img,
    save_img,
)

KERAS = cases.read("keras_generator").arrays
RAMP = np.arange(12, dtype=np.float32).reshape(3, 4, 1)


def test_changes_and_scales_are_those_of_keras():
    found = generated.results(ImageDataGenerator)
    assert found.keys() == KERAS.keys()
    for name, ours in found.items():
        np.testing.assert_allclose(ours, KERAS[name], rtol=0, atol=1e-3, err_msg=name)


def test_height_shifts_go_up_and_down_and_width_shifts_sideways():
    """In Keras 3.15 it is the other way about."""
    rows = np.repeat(np.arange(5.0), 6).reshape(5, 6, 1)
    for seed in range(4):
        down = ImageDataGenerator(height_shift_range=[2]).random_transform(rows, seed)
        assert (down == down[:, :1]).all() and not np.array_equal(down, rows)
        aside = ImageDataGenerator(width_shift_range=0.4).random_transform(rows, seed)
        np.testing.assert_array_equal(aside, rows)


def test_an_image_that_is_not_square_is_turned_about_its_middle():
    turned = ImageDataGenerator().apply_transform(RAMP, {"theta": 180})
    np.testing.assert_allclose(turned, RAMP[::-1, ::-1], atol=1e-4)


@pytest.mark.parametrize(
    ("options", "name", "low", "high"),
    [
        ({"rotation_range": 30}, "theta", -30, 30),
        ({"width_shift_range": 0.2}, "tx", -2, 2),
        ({"height_shift_range": 3}, "ty", -2, 2),
        ({"shear_range": 10}, "shear", -10, 10),
        ({"zoom_range": 0.3}, "zx", 0.7, 1.3),
        ({"zoom_range": (0.5, 2)}, "zy", 0.5, 2),
        ({"channel_shift_range": 7}, "channel_shift_intensity", -7, 7),
        ({"brightness_range": (0.2, 0.9)}, "brightness", 0.2, 0.9),
    ],
    ids=str,
)
def test_chance_is_spread_over_its_range(options, name, low, high):
    maker = ImageDataGenerator(**options)
    drawn = [maker.get_random_transform((10, 10, 1))[name] for _ in range(400)]
    assert low <= min(drawn) < low + 0.1 * (high - low)
    assert high - 0.1 * (high - low) < max(drawn) <= high
    assert np.mean(drawn) == pytest.approx((low + high) / 2, abs=0.1 * (high - low))


def test_flow_gives_batches_with_their_labels_and_goes_on_without_end():
    x = np.arange(10, dtype=np.float32).reshape(10, 1, 1, 1) * np.ones((1, 2, 2, 1), np.float32)
    y = np.arange(10) * 10
    batches = ImageDataGenerator(rescale=0.5).flow(x, y, batch_size=4, seed=1)
    assert len(batches) == 3 and batches.n == 10
    for _ in range(2):
        passed = [next(batches) for _ in range(3)]
        labels = np.concatenate([labels for _, labels in passed])
        images = np.concatenate([images for images, _ in passed])
        assert sorted(labels.tolist()) == y.tolist() and labels.tolist() != y.tolist()
        np.testing.assert_array_equal(images[:, 0, 0, 0] * 20, labels)
    plain = ImageDataGenerator().flow(x, batch_size=3, shuffle=False)
    assert next(plain).shape == (3, 2, 2, 1)
    weighted = ImageDataGenerator().flow(x, y, sample_weight=y / 10, batch_size=10, shuffle=False)
    np.testing.assert_array_equal(weighted[0][2], np.arange(10))
    again = [ImageDataGenerator(rotation_range=90).flow(x, y, seed=3)[0][1] for _ in range(2)]
    np.testing.assert_array_equal(*again)
    parts = ImageDataGenerator(validation_split=0.3)
    validation = parts.flow(x, y, 10, subset="validation", shuffle=False)[0][1]
    training = parts.flow(x, y, 10, subset="training", shuffle=False)[0][1]
    assert validation.tolist() == [0, 10, 20] and len(training) == 7


def test_fit_trains_on_flow_and_validates_on_another():
    x = np.random.default_rng(0).random((24, 8, 8, 1)).astype(np.float32)
    y = np.arange(24) % 2
    maker = ImageDataGenerator(
        rotation_range=20, horizontal_flip=True, featurewise_std_normalization=True
    )
    with pytest.raises(ValueError, match=r"call fit\(x\) with the images"):
        maker.flow(x, y)[0]
    maker.fit(x)
    model = numcnn.Sequential([layers.Flatten(input_shape=(8, 8, 1)), layers.Dense(2)], seed=0)
    model.compile("sgd", numcnn.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(
        maker.flow(x, y, batch_size=8, seed=0),
        steps_per_epoch=3,
        epochs=2,
        validation_data=maker.flow(x, y, batch_size=8, shuffle=False),
        verbose=0,
    ).history
    assert len(history["val_loss"]) == 2
    assert model.predict(maker.flow(x, batch_size=5, shuffle=False), verbose=0).shape == (24, 2)


@pytest.fixture
def pictures(tmp_path):
    """A folder of two classes: five red images and four blue ones, of several formats."""
    for name, colour, count in (("red", (200, 10, 20), 5), ("blue", (10, 20, 200), 4)):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(count):
            ending = ("png", "bmp", "jpg")[number % 3]
            picture = Image.new("RGB", (12, 8 + number), colour)
            picture.save(tmp_path / "data" / name / f"{number}.{ending}")
    (tmp_path / "data" / "red" / "notes.txt").write_text("no image")
    return tmp_path / "data"


def test_flow_from_directory(pictures, tmp_path, capsys):
    (tmp_path / "seen").mkdir()
    maker = ImageDataGenerator(rescale=1 / 255, validation_split=0.2)
    batches = maker.flow_from_directory(
        pictures, (6, 7), batch_size=4, seed=0, save_to_dir=tmp_path / "seen", save_prefix="a"
    )
    assert capsys.readouterr().out == "Found 9 images belonging to 2 classes.\n"
    assert batches.class_indices == {"blue": 0, "red": 1}
    assert batches.filenames[0].startswith("blue") and batches.image_shape == (6, 7, 3)
    images, labels = next(batches)
    assert images.shape == (4, 6, 7, 3) and images.dtype == labels.dtype == np.float32
    np.testing.assert_array_equal(labels.argmax(axis=1), images[:, 0, 0, 0] > images[:, 0, 0, 2])
    assert len(list((tmp_path / "seen").glob("a_*.png"))) == 4
    modes = {
        mode: maker.flow_from_directory(pictures, class_mode=mode, shuffle=False)[0]
        for mode in ("binary", "sparse", "input", None)
    }
    assert modes["binary"][1].dtype == np.float32 and modes["sparse"][1].dtype == np.int32
    assert modes["sparse"][1].tolist() == [0] * 4 + [1] * 5
    np.testing.assert_array_equal(*modes["input"])
    assert modes[None].shape == (9, 256, 256, 3)
    subsets = [
        maker.flow_from_directory(pictures, subset=subset, classes=["red", "blue"])
        for subset in ("training", "validation")
    ]
    assert [one.n for one in subsets] == [8, 1] and subsets[0].class_indices["red"] == 0


def test_image_dataset_from_directory(pictures, capsys):
    whole = image_dataset_from_directory(pictures, image_size=(6, 7), batch_size=4, seed=0)
    assert whole.class_names == ["blue", "red"] and len(whole) == 3
    images, labels = next(iter(whole))
    assert images.numpy().dtype == np.float32 and images.shape == (4, 6, 7, 3)
    assert labels.numpy().dtype == np.int32
    np.testing.assert_array_equal(labels, images[:, 0, 0, 0] > images[:, 0, 0, 2])
    training, validation = image_dataset_from_directory(
        pictures, validation_split=0.4, subset="both", seed=1, label_mode="categorical"
    )
    assert "Using 6 files for training.\nUsing 3 files for validation.\n" in capsys.readouterr().out
    assert sorted(training.file_paths + validation.file_paths) == sorted(whole.file_paths)
    assert next(iter(validation))[1].shape == (3, 2)
    changed = whole.map(lambda x, y: (x / 255, 1 - y)).cache().shuffle(9).prefetch(1).take(1)
    assert len(changed) == 1 and len(whole) == 3
    assert next(iter(changed))[0].max() <= 1
    model = numcnn.Sequential(
        [layers.Rescaling(1 / 255, input_shape=(6, 7, 3)), layers.Flatten(), layers.Dense(2)]
    )
    model.compile("sgd", numcnn.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(whole, epochs=8, validation_data=whole, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


@pytest.mark.parametrize("color_mode", ["rgb", "grayscale", "rgba"])
def test_an_image_is_read_scaled_and_written(pictures, tmp_path, color_mode):
    path = pictures / "red" / "0.png"
    channels = {"rgb": 3, "grayscale": 1, "rgba": 4}[color_mode]
    pixels = img_to_array(load_img(path, color_mode=color_mode, target_size=(4, 5)))
    assert pixels.shape == (4, 5, channels) and pixels.dtype == np.float32
    save_img(tmp_path / "copy.png", pixels, scale=False)
    again = img_to_array(load_img(io.BytesIO((tmp_path / "copy.png").read_bytes()), color_mode))
    np.testing.assert_array_equal(again, pixels)
    assert array_to_img([[[0.0], [0.5]], [[0.25], [1.0]]]).getpixel((1, 0)) == 127


def test_proportions_are_kept_by_cutting():
    buffer = io.BytesIO()
    wide = np.zeros((4, 12, 1), np.uint8)
    wide[:, 4:8] = 255
    array_to_img(wide, scale=False).save(buffer, "PNG")
    cut = img_to_array(load_img(buffer, "grayscale", (4, 4), keep_aspect_ratio=True))
    assert (cut == 255).all()


def test_a_file_that_is_no_image_is_named(pictures):
    (pictures / "red" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    with pytest.raises(ValueError, match=r"broken\.png is not an image .*it must be a whole PNG"):
        ImageDataGenerator().flow_from_directory(pictures, batch_size=20)[0]
    with pytest.raises(ValueError, match=r"broken\.png is not an image"):
        image_dataset_from_directory(pictures)[0], image_dataset_from_directory(pictures)[1]
        list(image_dataset_from_directory(pictures))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: ImageDataGenerator().flow_from_directory(f / "no"), "there is no folder"),
        (lambda f: image_dataset_from_directory(f / "red"), "a folder of images for each class"),
        (lambda f: image_dataset_from_directory(f, class_names=["green"]), "'green' is not there"),
        (lambda f: image_dataset_from_directory(f, validation_split=0.2), "go together"),
        (
            lambda f: image_dataset_from_directory(f, validation_split=0.2, subset="training"),
            "a seed is needed",
        ),
        (lambda f: ImageDataGenerator().flow(RAMP), r"images \(N, H, W, C\)"),
        (lambda f: ImageDataGenerator().flow(RAMP[np.newaxis], [1, 2]), "there is 1 image, and y"),
        (lambda f: ImageDataGenerator().flow(RAMP[np.newaxis], subset="training"), "a part for"),
        (lambda f: ImageDataGenerator(zoom_range=(1, 2, 3)), "zoom_range must be two numbers"),
        (lambda f: load_img(f / "red" / "0.png", color_mode="rbg"), "Did you mean 'rgb'"),
        (lambda f: utils.get_file("a/b", "https://x/y.zip"), "a name without folders"),
        (lambda f: utils.get_file("a", "nowhere"), "There is|https|nowhere|not"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(pictures, call, message):
    with pytest.raises((ValueError, OSError), match=message):
        call(pictures)


def pack(folder, members):
    with (
        zipfile.ZipFile(folder / "a.zip", "w") as packed,
        tarfile.open(folder / "a.tar.gz", "w:gz") as tar,
    ):
        for name, content in members.items():
            packed.writestr(name, content)
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_a_file_is_fetched_once_verified_and_unpacked(home, served, name):
    folder, asked, address = served
    pack(folder, {"inside/one.txt": b"1"})
    digest = __import__("hashlib").sha256((folder / name).read_bytes()).hexdigest()
    for _ in range(2):
        place = utils.get_file(name, address + name, file_hash=digest, extract=True)
    assert place == str(home / "datasets" / "a_extracted") and asked == [f"/{name}"]
    assert (home / "datasets" / "a_extracted" / "inside" / "one.txt").read_bytes() == b"1"
    assert utils.get_file(origin=address + name) == str(home / "datasets" / name)
    with pytest.raises(DownloadError, match="SHA-256"):
        utils.get_file("other", address + name, file_hash="0" * 64)
    with pytest.raises(DownloadError):
        utils.get_file("none", "https://127.0.0.1:1/none.zip")


def test_a_forced_download_takes_the_old_file_away_only_when_it_has_the_new_one(home, served):
    folder, _, address = served
    (folder / "a.txt").write_text("1")
    place = Path(utils.get_file("a.txt", address + "a.txt"))
    (folder / "a.txt").write_text("2")
    assert utils.get_file("a.txt", address + "a.txt") == str(place) and place.read_text() == "1"
    with pytest.raises(DownloadError):
        utils.get_file("a.txt", address + "gone.txt", force_download=True)
    assert place.read_text() == "1"
    utils.get_file("a.txt", address + "a.txt", force_download=True)
    assert [file.read_text() for file in place.parent.iterdir()] == ["2"]


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_an_archive_writes_nothing_outside_its_folder(home, served, name):
    folder, _, address = served
    pack(folder, {"fine.txt": b"1", "../../outside.txt": b"2"})
    with pytest.raises(ValueError, match="outside its folder"):
        utils.get_file(name, address + name, extract=True)
    assert not list(home.rglob("*outside*")) and not list(home.rglob("fine.txt"))


def test_programs_find_the_names_where_keras_has_them(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "from tensorflow.keras.preprocessing.image import ImageDataGenerator, load_img\n"
        "from keras.src.legacy.preprocessing.image import ImageDataGenerator as Old\n"
        "from tensorflow.keras.preprocessing import image, image_dataset_from_directory\n"
        "from keras.utils import img_to_array, get_file\n"
        "import tensorflow as tf\n"
        "assert tf.keras.preprocessing.image.ImageDataGenerator is ImageDataGenerator is Old\n"
        "tf.keras.utils.image_dataset_from_directory, tf.keras.datasets.cifar10.load_data\n"
        "tf.keras.constraints.MaxNorm, tf.keras.layers.RandomFlip, tf.keras.metrics.AUC\n"
        "print('all there')\n"
    )
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "numcnn.redirect", str(program)], capture_output=True, text=True
    )
    assert done.stdout == "all there\n", done.stderr
