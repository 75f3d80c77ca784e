"""The sprite and its labels: read back as written, and refused when they are damaged."""

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile, PngImagePlugin

import numcnn
from numcnn.datasets.files import sprite as files_sprite
from numcnn.datasets.files.sprite import (
    IMAGE_SIZE,
    IMAGES_FILE,
    LABELS_FILE,
    MOST_IMAGES,
    NUM_CLASSES,
    read_images,
    read_labels,
    read_sprite,
    write_sprite,
)

ROWS = 6


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def images(rng):
    """Pixels ``(ROWS, 784)`` of every brightness, as digits mostly background."""
    return np.where(rng.random((ROWS, IMAGE_SIZE)) < 0.7, 0, rng.integers(256, size=IMAGE_SIZE))


@pytest.fixture
def sprite(tmp_path, images):
    """The paths of a valid sprite and its labels."""
    write_sprite(tmp_path, images.astype(np.uint8).reshape(-1, 28, 28), np.arange(ROWS) + 2)
    return tmp_path / IMAGES_FILE, tmp_path / LABELS_FILE


def png(width, rows, *chunks, bits=8, colour=0):
    """Return a PNG of these chunks, each a type and its contents, with right checksums."""
    header = struct.pack(">IIBBBBB", width, rows, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in [(b"IHDR", header), *chunks, (b"IEND", b"")]
    )


def chunks_of(data):
    """Return the chunks of a PNG, as `png` takes them."""
    position, chunks = 8, []
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        chunks.append(
            (data[position + 4 : position + 8], data[position + 8 : position + 8 + length])
        )
        position += length + 12
    return chunks


# What is written is read


def test_what_was_written_is_read_back(tmp_path, rng):
    images = rng.integers(256, size=(20, 28, 28), dtype=np.uint8)
    labels = rng.integers(NUM_CLASSES, size=20)
    write_sprite(tmp_path / "new", images, labels)
    pixels, one_hot = read_sprite(tmp_path / "new" / IMAGES_FILE, tmp_path / "new" / LABELS_FILE)
    assert pixels.dtype == one_hot.dtype == np.uint8
    np.testing.assert_array_equal(pixels, images.reshape(20, 784))
    np.testing.assert_array_equal(one_hot, labels[:, None] == np.arange(10))


def test_the_files_are_laid_out_as_the_tutorial_s(tmp_path):
    images = np.zeros((2, 28, 28), np.uint8)
    images[1, 0, 3], images[1, 2, 0] = 7, 9
    write_sprite(tmp_path, images, np.array([0, 9]))
    with Image.open(tmp_path / IMAGES_FILE) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (784, 2))
        assert picture.getpixel((3, 1)) == 7 and picture.getpixel((2 * 28, 1)) == 9
    assert (tmp_path / LABELS_FILE).read_bytes() == bytes([1, *[0] * 9, *[0] * 9, 1])


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
def test_the_red_channel_counts_whatever_else_the_picture_has(tmp_path, rng, images, mode):
    red = Image.fromarray(images.astype(np.uint8))
    other = Image.fromarray(rng.integers(256, size=images.shape, dtype=np.uint8))
    if mode == "P":
        picture = red.copy()
        picture.putpalette([channel for i in range(256) for channel in (i, 255 - i, i // 2)])
    else:
        channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}[mode]
        picture = Image.merge(mode, [red, other, other, other][:channels])
    picture.save(tmp_path / "sprite.png")
    with Image.open(tmp_path / "sprite.png") as saved:
        assert saved.mode == mode
    pixels = read_images(tmp_path / "sprite.png")
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, images)


# What is no sprite


@pytest.mark.parametrize("width", [783, 785, 28])
def test_a_picture_of_another_width_is_refused(tmp_path, width):
    path = tmp_path / "sprite.png"
    Image.new("L", (width, 5)).save(path)
    with pytest.raises(ValueError, match=f"it is {width} pixels wide and 5 high") as raised:
        read_images(path)
    assert str(raised.value).startswith(f"{path} is not a sprite of 784-pixel rows: ")


def test_a_picture_without_rows_is_refused(tmp_path):
    path = tmp_path / "sprite.png"
    path.write_bytes(png(784, 0, (b"IDAT", zlib.compress(b""))))
    with pytest.raises(ValueError, match="is not a sprite"):
        read_images(path)
    path.write_bytes(png(784, 1, (b"IDAT", zlib.compress(bytes(785)))))
    assert read_images(path).shape == (1, 784)


def test_more_than_eight_bits_a_pixel_are_refused_not_cut_off(tmp_path):
    path = tmp_path / "sprite.png"
    Image.fromarray(np.full((2, 784), 1000, np.uint16)).save(path)
    with pytest.raises(ValueError, match="16 bits"):
        read_images(path)


@pytest.mark.parametrize("form", ["JPEG", "BMP", "GIF", "TIFF"])
def test_only_a_png_is_looked_at(tmp_path, form):
    path = tmp_path / "sprite.png"
    Image.new("L", (784, 5)).save(path, form)
    with pytest.raises(ValueError, match="it can't be recognized as a PNG"):
        read_images(path)


@pytest.mark.parametrize("limit", [Image.MAX_IMAGE_PIXELS, None], ids=["with limit", "without"])
@pytest.mark.parametrize("rows", [MOST_IMAGES + 1, 115_000, 250_000, 2**31 - 1])
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded(
    tmp_path, monkeypatch, rows, limit
):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)  # some programs switch it off
    decoded = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda picture: decoded.append(picture))
    path = tmp_path / "sprite.png"
    path.write_bytes(png(784, rows, (b"IDAT", zlib.compress(bytes(785)))))
    with warnings.catch_warnings(), pytest.raises(ValueError, match="is not a sprite"):
        warnings.simplefilter("ignore")  # Pillow only warns of a picture slightly too large
        read_images(path)
    assert decoded == []
    assert limit == Image.MAX_IMAGE_PIXELS


def test_the_limit_of_pillow_is_never_changed(sprite, monkeypatch):
    for limit in (Image.MAX_IMAGE_PIXELS, 10_000_000, 100):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        if limit == 100:
            with pytest.raises(ValueError, match="could be decompression bomb"):
                read_images(sprite[0])
        else:
            read_images(sprite[0])
        assert limit == Image.MAX_IMAGE_PIXELS
    sources = list(Path(numcnn.__file__).parent.rglob("*.py"))
    assert len(sources) > 20
    assert not [source for source in sources if "MAX_IMAGE_PIXELS" in source.read_text("utf-8")]


def test_files_that_cannot_be_read_are_no_damaged_files(sprite, tmp_path):
    images, labels = sprite
    with pytest.raises(FileNotFoundError, match=r"missing\.png"):
        read_sprite(tmp_path / "missing.png", labels)
    with pytest.raises(FileNotFoundError, match="missing_labels"):
        read_sprite(images, tmp_path / "missing_labels")
    with pytest.raises(OSError, match=tmp_path.name):
        read_images(tmp_path)


# What Pillow would let pass

LAX = {
    "as it is": lambda patch: None,
    # what many programs do when a picture is refused
    "truncated images allowed": lambda patch: patch(ImageFile, "LOAD_TRUNCATED_IMAGES", True),
    "long texts allowed": lambda patch: patch(PngImagePlugin, "MAX_TEXT_CHUNK", 10**9),
}
IDAT = (b"IDAT", zlib.compress(bytes(785 * 3)))
REFUSED = {
    "a row is missing": (
        [(b"IDAT", zlib.compress(bytes(785 * 2)))],
        "2,355 bytes, and it has 1,570",
    ),
    "a byte is missing": ([(b"IDAT", zlib.compress(bytes(785 * 3 - 1)))], "it has 2,354"),
    "a byte too many": ([(b"IDAT", zlib.compress(bytes(785 * 3 + 1)))], "it has more than 2,355"),
    "rows without end": ([(b"IDAT", zlib.compress(bytes(5_000_000)))], "it has more than 2,355"),
    "rows that break off": ([(b"IDAT", IDAT[1][:-3])], "its rows break off"),
    "no rows": ([], "its rows break off"),
    "rows in two places": (
        [(b"IDAT", IDAT[1][:5]), (b"tEXt", b"a\0b"), (b"IDAT", IDAT[1][5:])],
        "IDAT in two places",
    ),
    "another size": (
        [(b"IHDR", struct.pack(">IIBBBBB", 784, 2, 8, 0, 0, 0, 0)), IDAT],
        "two places",
    ),
    "a packed text": (
        [(b"zTXt", b"a\0\0" + zlib.compress(bytes(2_000_000))), IDAT],
        r"a packed text or profile \(zTXt\)",
    ),
    "a packed profile": (
        [(b"iCCP", b"a\0\0" + zlib.compress(bytes(2_000_000))), IDAT],
        r"a packed text or profile \(iCCP\)",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
@pytest.mark.parametrize("lax", LAX)
def test_what_pillow_may_let_pass_is_refused_before_it_is_decoded(
    tmp_path, monkeypatch, fault, lax
):
    LAX[lax](monkeypatch.setattr)
    monkeypatch.setattr(Image, "open", None)
    chunks, reason = REFUSED[fault]
    path = tmp_path / "sprite.png"
    path.write_bytes(png(784, 3, *chunks))
    with pytest.raises(ValueError, match=reason):
        read_images(path)


@pytest.mark.parametrize("number", range(3))
def test_one_bit_of_a_checksum_is_noticed(tmp_path, number):
    path = tmp_path / "sprite.png"
    data = bytearray(png(784, 3, (b"tEXt", b"a\0b"), IDAT))
    kind = (b"IHDR", b"tEXt", b"IDAT")[number]
    place = data.index(kind)
    length = int.from_bytes(data[place - 4 : place], "big")
    data[place + 4 + length] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match=f"the checksum of its chunk b'{kind.decode()}' is wrong"):
        read_images(path)


def test_a_sprite_has_so_many_rows_at_most(tmp_path, monkeypatch):
    monkeypatch.setattr(files_sprite, "MOST_IMAGES", 2)
    path = tmp_path / "sprite.png"
    path.write_bytes(png(784, 3, IDAT))
    with pytest.raises(ValueError, match="3 high, where at most 2 rows of 784 are expected"):
        read_images(path)


def test_an_interlaced_picture_is_refused(tmp_path):
    path = tmp_path / "sprite.png"
    data = bytearray(png(784, 3, IDAT))
    data[28] = 1
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    path.write_bytes(data)
    with pytest.raises(ValueError, match="interlaced"):
        read_images(path)


def test_rows_in_many_chunks_with_a_text_before_are_read(tmp_path):
    path = tmp_path / "sprite.png"
    pieces = [(b"IDAT", IDAT[1][i : i + 1]) for i in range(len(IDAT[1]))]
    path.write_bytes(png(784, 3, (b"tEXt", b"a\0b"), *pieces, (b"tEXt", b"c\0d")))
    np.testing.assert_array_equal(read_images(path), np.zeros((3, 784)))


# Labels


@pytest.mark.parametrize("size", [0, 1, 9, 11, 59])
def test_labels_that_are_not_ten_bytes_for_each_image_are_refused(tmp_path, size):
    path = tmp_path / "labels"
    path.write_bytes((bytes([1]) + bytes(9)) * 6)
    assert len(read_labels(path)) == 6
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=f"10 bytes for each image, but has {size} bytes"):
        read_labels(path)


@pytest.mark.parametrize(
    "row",
    [
        [1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
        [0] * 10,
        [1] * 10,
        [0, 2, 0, 0, 0, 0, 0, 0, 0, 0],
        [255, 1, 1, 0, 0, 0, 0, 0, 0, 0],  # 257, which is 1 in a byte
    ],
)
def test_a_row_without_a_single_one_is_refused_and_shown(tmp_path, row):
    path = tmp_path / "labels"
    path.write_bytes(bytes([0, 1, *[0] * 8, *row, 1, *[0] * 9]))
    with pytest.raises(ValueError) as raised:
        read_labels(path)
    assert str(raised.value) == (
        f"{path} must have a single 1 among zeros for each image, but image 1 has {row}."
    )


@pytest.mark.parametrize("rows", [ROWS - 1, ROWS + 1])
def test_a_sprite_and_labels_of_different_length_are_refused(sprite, rows):
    images, labels = sprite
    labels.write_bytes((bytes([1]) + bytes(9)) * rows)
    with pytest.raises(ValueError, match=f"has {ROWS} images.* has {rows} labels: .* belong"):
        read_sprite(images, labels)


# Damage


def damaged(data, rng):
    """Return `data` with a few bytes changed, and sometimes cut off, or gone on."""
    changed = bytearray(data)
    for _ in range(rng.integers(4)):
        near = len(data) if rng.random() < 0.5 else min(60, len(data))  # often in the headers
        changed[rng.integers(near)] = rng.integers(256)
    if rng.random() < 0.2:
        del changed[rng.integers(len(data)) :]
    if rng.random() < 0.1:
        changed += rng.bytes(rng.integers(1, 30))
    return bytes(changed)


def replace(path, data):
    path.unlink()  # much faster than to cut the old file off
    path.write_bytes(data)


def read_or_refuse(images, labels):
    """Return the arrays, which must be a valid sprite, or None if the files are refused."""
    try:
        pixels, one_hot = read_sprite(images, labels)
    except (ValueError, OSError):
        return None
    assert pixels.dtype == one_hot.dtype == np.uint8
    assert pixels.shape == (len(one_hot), IMAGE_SIZE) and one_hot.shape[1:] == (NUM_CLASSES,)
    assert ((one_hot == 1).sum(axis=1) == 1).all() and ((one_hot == 0).sum(axis=1) == 9).all()
    return pixels, one_hot


def test_of_5000_damaged_sprites_none_is_read_with_other_pixels(sprite, images, rng):
    good_images, good_labels = (path.read_bytes() for path in sprite)
    read = refused = 0
    for _ in range(5000):
        kind = rng.integers(3)
        replace(sprite[0], damaged(good_images, rng) if kind != 1 else good_images)
        replace(sprite[1], damaged(good_labels, rng) if kind != 0 else good_labels)
        result = read_or_refuse(*sprite)
        if result is None:
            refused += 1
        else:
            read += 1
            np.testing.assert_array_equal(result[0], images)
    assert read > 500 and refused > 2500  # what was not damaged after all, and what was


def test_no_single_byte_of_the_labels_can_change_unnoticed(sprite):
    images, labels = sprite
    good = labels.read_bytes()
    for position in range(len(good)):
        for value in (0, 1, 2, 255):
            if value != good[position]:
                replace(labels, good[:position] + bytes([value]) + good[position + 1 :])
                assert read_or_refuse(images, labels) is None


def test_damage_with_right_checksums_is_refused_or_read_in_the_right_form(sprite, images, rng):
    (_, header), *others = chunks_of(sprite[0].read_bytes())
    assert [kind for kind, _ in others] == [b"IDAT", b"IEND"]
    pixels = zlib.decompress(others[0][1])
    assert len(pixels) == ROWS * 785  # a byte before each row says how it is coded
    read = refused = 0
    for turn in range(500):
        width, rows, bits, colour, *_ = struct.unpack(">IIBBBBB", header)
        packed = others[0][1]
        if turn % 5 == 0:
            rows = int(rng.integers(2 * ROWS))
        elif turn % 5 == 1:
            bits, colour = int(rng.choice([1, 2, 4, 8, 16])), int(rng.integers(8))
        elif turn % 5 == 2:
            packed = damaged(packed, rng)
        elif turn % 5 == 3:
            packed = zlib.compress(damaged(pixels, rng))
        else:
            width = int(rng.integers(2000))
        kinds = [b"IDAT", b"tRNS", b"PLTE", b"acTL", b"fcTL", b"iCCP", b"zTXt", b"gAMA", b"pHYs"]
        extra = [(bytes(rng.choice(kinds)), rng.bytes(rng.integers(40)))] * int(rng.integers(2))
        replace(sprite[0], png(width, rows, *extra, (b"IDAT", packed), bits=bits, colour=colour))
        if read_or_refuse(*sprite) is None:
            refused += 1
        else:
            read += 1
    assert read > 50 and refused > 200
