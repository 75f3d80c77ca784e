"""Generated handwriting: digits that anyone can read, the same ones from the same seed."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from numcnn.datasets import MnistData, digits
from numcnn.datasets.files.small_images import SIDE
from numcnn.datasets.files.sprite import IMAGES_FILE, LABELS_FILE, read_sprite, write_sprite
from numcnn.datasets.generated import batches
from numcnn.datasets.generated.batches import BATCH
from numcnn.datasets.generated.digits import generate
from numcnn.datasets.generated.ink import CONTRAST, centred, drawn
from numcnn.datasets.generated.pen_strokes import PAPER, WAYS
from numcnn.randomness import generator

LOOPS = {  # how many a digit has as most people write it, and in some of the other ways
    **{0: 1, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 1, 7: 0, 8: 2, 9: 1},
    **{(0, "slashed"): 2, (2, "small loop"): 1, (2, "large loop"): 1, (4, "closed"): 1},
    **{(8, "crossed legs"): 1, (9, "one sweep"): 0},
}
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.digit} {way.name}")


@pytest.fixture(scope="module")
def written():
    """The images and labels of five batches."""
    return generate(5 * BATCH, seed=1)


def digest(images, labels):
    return hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()


def only(way, count, monkeypatch):
    """Return `count` times ten images of a digit, all written in one way."""
    others = [next(other for other in WAYS if other.digit == d) for d in range(10)]
    others[way.digit] = way
    monkeypatch.setattr(batches, "BATCH", 10 * count)
    monkeypatch.setattr(digits, "WAYS", tuple(others))
    images, labels = generate(10 * count)
    return images[labels == way.digit]


def extent(there):
    """Return from the first to the last True in each row (n, SIDE), how far it is."""
    return there.shape[1] - there.argmax(axis=1) - there[:, ::-1].argmax(axis=1)


def moments(images):
    """Return the mass (n,) of images, its centre (n,) in y and in x, and the covariance (n,)."""
    middles = np.arange(SIDE) + 0.5
    mass = images.sum(axis=(1, 2), dtype=float)
    y = images.sum(axis=2) @ middles / mass
    x = images.sum(axis=1) @ middles / mass
    return mass, y, x, middles @ images @ middles / mass - x * y


def loops(images):
    """Return how many places each image (n, 28, 28) encloses with ink.

    The Euler number of a connected figure is 1 less them; it is counted in the patterns of the
    squares of 2 x 2 pixels (Gray 1971, "Local properties of binary images in two dimensions").
    """
    ink = np.pad(images > 127, ((0, 0), (1, 1), (1, 1))).astype(int)
    upper_left, lower_right = ink[:, :-1, :-1], ink[:, 1:, 1:]
    count = upper_left + ink[:, :-1, 1:] + ink[:, 1:, :-1] + lower_right
    diagonal = (count == 2) & (upper_left == lower_right)
    patterns = (count == 1).astype(int) - (count == 3) - 2 * diagonal
    return 1 - patterns.sum(axis=(1, 2)) // 4


def nearest(images, labels, unknown):
    """Return the label of the image (n, 28, 28) nearest to each unknown one."""
    known, new = (a.reshape(len(a), -1) / np.float32(255) for a in (images, unknown))
    return labels[((known**2).sum(axis=1) - 2 * new @ known.T).argmin(axis=1)]


# The same seed, the same digits


def test_the_same_seed_gives_the_same_bytes_in_every_process():
    program = (
        "import hashlib; from numcnn.datasets.generated.digits import generate;"
        "images, labels = generate(70);"
        "print(hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(Path(digits.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == digest(*generate(70)) == digest(*generate(70, seed=0))


def test_the_number_of_threads_does_not_matter(monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 40)
    found = set()
    for threads in (1, 2, 8):
        monkeypatch.setattr(batches.os, "cpu_count", lambda threads=threads: threads)
        found.add(digest(*generate(400)))
    assert len(found) == 1


@pytest.mark.parametrize("count", [0, 1, 9, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH + 7])
def test_fewer_digits_are_the_first_of_more(written, count):
    images, labels = generate(count, seed=1)
    assert images.shape == (count, SIDE, SIDE) and images.dtype == np.uint8
    assert labels.shape == (count,) and labels.dtype == np.uint8
    np.testing.assert_array_equal(images, written[0][:count])
    np.testing.assert_array_equal(labels, written[1][:count])


def test_another_seed_gives_other_digits(written):
    images, labels = generate(BATCH, seed=2)
    assert not (images == written[0][:BATCH]).all(axis=(1, 2)).any()
    assert (labels != written[1][:BATCH]).any()


def test_no_digit_is_written_twice(written):
    assert len({image.tobytes() for image in written[0]}) == len(written[0])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"count": -1}, ValueError, "count must be at least 0, got -1"),
        ({"count": 2.0}, TypeError, r"count must be a whole number, got 2.0 \(float\)"),
        ({"count": "7"}, TypeError, r"count must be a whole number, got '7' \(str\)"),
        ({"count": True}, TypeError, "count must be a whole number, got True"),
        ({"count": 1, "seed": -3}, ValueError, "seed must be 0 or more, got -3"),
        ({"count": 1, "seed": 0.5}, TypeError, "seed must be a whole number, .* got 0.5"),
    ],
)
def test_a_wrong_argument_is_refused_with_the_reason(arguments, error, message):
    with pytest.raises(error, match=message):
        generate(**arguments)


# Made as MNIST was made


def test_each_ten_in_a_row_hold_every_digit_once_in_any_order(written):
    tens = written[1].reshape(-1, 10)
    np.testing.assert_array_equal(np.sort(tens, axis=1), np.tile(np.arange(10), (len(tens), 1)))
    assert len(np.unique(tens, axis=0)) > 0.99 * len(tens)  # there are 3.6 million orders


def test_the_ink_fills_a_box_of_20_pixels(written):
    ink = written[0] > 0
    height, width = extent(ink.any(axis=2)), extent(ink.any(axis=1))
    longer = np.maximum(height, width)
    assert longer.max() == 20 == np.median(longer)
    assert longer.min() >= 18  # where the pen is thinner at the edge than elsewhere


def test_the_mass_is_centred_to_half_a_pixel(written):
    _, y, x, _ = moments(written[0])
    off = np.abs(np.array([y, x]) - 14.5)  # the middle of pixel 14, as in MNIST
    assert (off < 0.501).mean() > 0.999  # digits are moved by whole pixels,
    assert off.max() < 1.1  # and never out of the frame


def test_a_digit_is_moved_as_a_whole_and_never_out_of_its_frame():
    pictures = np.zeros((2, SIDE, SIDE), np.float32)
    pictures[0, 12:15, 6:9] = 0.25  # the centre should move by 1 down, 7 to the right
    pictures[1, 4:8, 4:24], pictures[1, 8:24, 4] = 1, 0.501  # by 7.6 down, 1.4 to the right
    expected = np.zeros((2, SIDE, SIDE), np.uint8)
    expected[0, 13:16, 10:13] = 64  # 4 pixels is as far as there is room
    expected[1, 8:12, 5:25], expected[1, 12:28, 5] = 255, 128
    np.testing.assert_array_equal(centred(pictures), expected)


def test_there_is_as_much_ink_as_in_mnist_with_soft_edges(written):
    images, _ = written
    assert images.mean() / 255 == pytest.approx(0.1307, rel=0.1)  # 0.1307 is MNIST's mean
    assert (images.max(axis=(1, 2)) > 250).mean() > 0.99
    ink, soft = images > 0, (images > 0) & (images < 255)
    assert 0.4 < soft.sum() / ink.sum() < 0.7


def test_hands_and_pens_differ_and_most_lean_to_the_right(written):
    images, labels = written
    mass, _, _, covariance = moments(images)
    thin, thick = np.quantile(mass[labels == 7], [0.05, 0.95])
    assert thick > 1.8 * thin
    bars = covariance[labels == 1]
    assert 0.6 < (bars < 0).mean() < 0.95  # the top of the paper is where y is small
    widths = extent((images[labels == 0] > 0).any(axis=1))
    assert widths.min() < 12 and widths.max() == 20


def test_ink_is_deep_in_the_discs_of_the_curve_and_soft_at_their_edge():
    random = np.random.default_rng(0)
    curves = random.uniform(7, 21, (6, digits.POINTS, 2)).astype(np.float32)
    radii = random.uniform(*digits.RADIUS, (6, digits.POINTS)).astype(np.float32)
    curves[:3, 1:], radii[:3, 1:] = curves[:3, :1], radii[:3, :1]  # three single discs
    expected = np.zeros((6, SIDE, SIDE))
    for image, curve, pen in zip(expected, curves.astype(float), radii.astype(float), strict=True):
        for row in range(SIDE):
            for column in range(SIDE):
                d2 = (column + 0.5 - curve[:, 0]) ** 2 + (row + 0.5 - curve[:, 1]) ** 2
                depth = ((pen**2 - d2) / (2 * pen)).max()
                image[row, column] = min(max(0.5 + CONTRAST * depth, 0), 1)
    np.testing.assert_allclose(drawn(curves, radii), expected, atol=1e-5)
    areas = expected[:3].sum(axis=(1, 2))
    np.testing.assert_allclose(areas, np.pi * radii[:3, 0] ** 2, rtol=0.25)


# The ways of writing


def test_every_digit_is_written_in_several_ways_of_different_names():
    names = [(way.digit, way.name) for way in WAYS]
    assert len(set(names)) == len(names)
    assert all(sum(digit == d for digit, _ in names) >= 2 for d in range(10))


@every_way
def test_the_sketches_of_a_way_agree_point_by_point(way):
    sketches = way.sketches()
    assert len(sketches) >= 2 and way.share > 0
    lengths = [[len(stroke) for stroke in sketch] for sketch in sketches]
    assert all(strokes == lengths[0] and min(strokes) >= 2 for strokes in lengths)
    points = np.concatenate([stroke for sketch in sketches for stroke in sketch])
    assert (points > -5).all() and (points < np.array(PAPER) + 5).all()


@every_way
def test_a_way_shows_the_loops_that_it_should(way, monkeypatch):
    monkeypatch.setattr(digits, "JITTER", 0)  # a calm hand
    monkeypatch.setattr(digits, "PEN", (-0.1, 0))  # and a thin pen
    found, times = np.unique(loops(only(way, 50, monkeypatch)), return_counts=True)
    assert found[times.argmax()] == LOOPS.get((way.digit, way.name), LOOPS[way.digit])


def test_every_way_is_drawn_about_as_often_as_its_share(monkeypatch):
    monkeypatch.setattr(digits, "JITTER", 0)
    labels = np.tile(np.arange(10), BATCH // 10)
    counts = dict.fromkeys(WAYS, 0)
    for seed in range(5):
        curves, _ = digits._skeletons(generator(seed), labels)
        for way in WAYS:
            # without jitter, a curve is a mixture of the sketches of its way, and of no other's
            sketches, spline = digits._masters(way)
            basis = (spline @ sketches).reshape(len(sketches), -1).T
            targets = curves[labels == way.digit].reshape(BATCH // 10, -1).T
            mix = np.linalg.lstsq(basis, targets, rcond=None)[0]
            counts[way] += (np.abs(basis @ mix - targets).max(axis=0) < 1e-3).sum()
    for digit in range(10):
        ways = [way for way in WAYS if way.digit == digit]
        whole = sum(way.share for way in ways)
        assert sum(counts[way] for way in ways) == 5 * BATCH // 10
        for way in ways:
            expected = 5 * BATCH // 10 * way.share / whole
            assert counts[way] == pytest.approx(expected, abs=4 * np.sqrt(expected))


@pytest.mark.parametrize("length", [2, 3, 8])
def test_a_stroke_goes_through_its_points_and_is_straight_between_points_in_line(length):
    weights = digits._catmull_rom(length)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(weights[:: digits.FINE], np.eye(length), atol=1e-12)
    if length > 3:  # between the second and the last but one
        along = (weights @ np.arange(length))[digits.FINE : -digits.FINE]
        np.testing.assert_allclose(np.diff(along), 1 / digits.FINE, atol=1e-12)


@every_way
def test_points_lie_evenly_on_the_strokes_and_none_between_them(way):
    sketches, spline = digits._masters(way)
    strokes = np.cumsum([len(stroke) for stroke in way.sketches()[0]])
    of_stroke = np.searchsorted(strokes, np.abs(spline).argmax(axis=1), side="right")
    assert set(of_stroke) == set(range(len(strokes)))
    for stroke, (first, last) in enumerate(zip([0, *strokes[:-1]], strokes, strict=True)):
        weights = spline[of_stroke == stroke]
        assert not np.delete(weights, np.s_[first:last], axis=1).any()
        steps = np.linalg.norm(np.diff(weights @ sketches.mean(axis=0), axis=0), axis=1)
        assert steps.max() < 2.2 * np.median(steps)


# What they are worth


def test_who_knows_some_reads_others(written):
    images, labels = written
    read = nearest(images[:4000], labels[:4000], images[4000:])
    assert (read == labels[4000:]).mean() > 0.85


def test_who_knows_them_reads_real_digits(written, real_data):
    pixels, one_hot = read_sprite(*(real_data / "mnist" / f for f in (IMAGES_FILE, LABELS_FILE)))
    read = nearest(*written, pixels[:1000].reshape(-1, SIDE, SIDE))
    assert (read == one_hot[:1000].argmax(axis=1)).mean() > 0.85


def test_they_are_read_back_from_a_sprite_as_they_were_written(tmp_path, written):
    images, labels = (array[:60] for array in written)
    write_sprite(tmp_path, images, labels)
    data = MnistData(tmp_path, num_train=50, seed=0).load()
    xs, one_hot = (
        np.concatenate(parts)
        for parts in zip(data.next_train_batch(50), data.next_test_batch(10), strict=True)
    )
    found = {
        (np.rint(255 * x).astype(np.uint8).tobytes(), int(y.argmax()))
        for x, y in zip(xs, one_hot, strict=True)
    }
    assert found == {
        (image.tobytes(), int(label)) for image, label in zip(images, labels, strict=True)
    }
