"""Exercise 10: which pixels an answer depends on."""

from collections.abc import Callable

import numpy as np

from numcnn.course.exercises.student import MistakeError, Student, expect

SIZE = 2
SEED = 0
"""With this one the answer is not class 0, changes under a patch, and its probability may rise."""


def check(student: Student) -> None:
    """Compare ``occlusion`` with the right falls, for a small made-up classifier."""
    rng = np.random.default_rng(SEED)
    weights = rng.normal(size=(6, 6, 3))
    image = rng.random((6, 6))

    def predict(picture: np.ndarray) -> np.ndarray:
        if np.shape(picture) != image.shape:
            raise MistakeError("one_image", name="occlusion", got=np.shape(picture))
        e = np.exp((np.asarray(picture, np.float64)[..., np.newaxis] * weights).sum(axis=(0, 1)))
        return e / e.sum()

    before = predict(image)
    answer = int(before.argmax())
    after = _after(predict, image)
    falls = before[answer] - after[..., answer]
    usual = {
        "zeros": np.zeros_like(falls),
        "opposite": -falls,
        "absolute": np.abs(falls),
        "no_difference": after[..., answer],
        "stays_covered": before[answer] - _after(predict, image, stay=True)[..., answer],
        "own_answer": before[answer] - after.max(axis=-1),
        "class_zero": before[0] - after[..., 0],
        "white": before[answer] - _after(predict, image, cover=1.0)[..., answer],
        "exchanged": falls.T,
        "overlapping": before[answer] - _after(predict, image, step=1)[..., answer],
        "size_ignored": before[answer] - _after(predict, image, step=4, side=4)[..., answer],
    }
    result = student.function("occlusion")(predict, image, SIZE)
    expect(result, falls, "occlusion(predict, image, 2)", usual)


def _after(
    predict: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    cover: float = 0.0,
    stay: bool = False,
    step: int = SIZE,
    side: int = SIZE,
) -> np.ndarray:
    """Return the probabilities for each covered patch, ``(3, 3, classes)``."""
    found, covered = np.zeros((3, 3, 3)), image.copy()
    for row in range(3):
        for column in range(3):
            covered = covered if stay else image.copy()
            at = slice(step * row, step * row + side), slice(step * column, step * column + side)
            covered[at] = cover
            found[row, column] = predict(covered)
    return found
