"""Exercise 1: from bytes to a batch, and from labels to one-hot numbers."""

import numpy as np

from numcnn.course.exercises.student import MistakeError, Student, array, expect


def check(student: Student) -> None:
    """Compare ``to_batch`` and ``one_hot`` with the right arrays."""
    images = np.random.default_rng(1).integers(0, 200, (3, 28, 28)).astype(np.uint8)
    batch = array(student.function("to_batch")(images), "to_batch(images)")
    if batch.size == images.size and batch.ndim < 4:
        raise MistakeError("no_channel", name="to_batch", got=batch.shape, right=(*images.shape, 1))
    pixels = images[..., np.newaxis].astype(np.float64)
    right = pixels / 255
    usual = {
        "not_divided": pixels,
        "by_256": pixels / 256,
        "by_maximum": pixels / pixels.max(),
        "inverted": 1 - right,
    }
    if batch.shape == right.shape and np.isin(batch, (0, 1)).all():
        raise MistakeError("whole_numbers", name="to_batch")
    expect(batch, right, "to_batch(images)", usual)

    labels = np.array([7, 0, 3, 8, 1, 1, 4])
    ones = np.eye(10)[labels]
    usual = {
        "off_by_one": np.eye(10)[labels - 1],
        "places_swapped": ones.T,
        "label_value": ones * labels[:, np.newaxis],
    }
    expect(student.function("one_hot")(labels), ones, "one_hot(labels)", usual)
