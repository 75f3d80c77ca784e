"""Exercise 9: shifted images, and when to stop."""

from collections.abc import Sequence

import numpy as np

from numcnn.course.exercises.student import Student, expect


def check(student: Student) -> None:
    """Compare both functions with the right results and the usual mistakes."""
    shift = student.function("shift")
    image = np.random.default_rng(9).integers(1, 10, (5, 6)).astype(float)
    for down, right in ((1, 0), (-1, 2), (0, 0)):
        back = min(down, 0), min(right, 0)
        usual = {
            "negative_index": _shifted(np.roll(image, back, (0, 1)), max(down, 0), max(right, 0)),
            "wraps": np.roll(image, (down, right), (0, 1)),
            "wrong_way": _shifted(image, -down, -right),
            "exchanged": _shifted(image, right, down),
            "not_moved": image,
        }
        name = f"shift(image, {down}, {right})"
        expect(shift(image, down, right), _shifted(image, down, right), name, usual)
    stop = student.function("stop_epoch")
    for losses, patience in (
        ([1.0, 0.9, 0.95, 0.8, 0.85, 0.7, 0.8, 0.9, 0.95, 0.9], 2),
        ([1.0, 0.8, 0.9, 0.85, 0.95, 0.99, 0.7], 2),
        ([1.0, 0.9, 0.8, 0.7], 2),
        ([1.0, 0.5, 0.7, 0.6, 0.6, 0.9, 1.0], 3),
        ([1.0, 0.8, 0.9, 0.8, 0.9, 0.85, 0.95, 1.0], 2),
    ):
        right_epoch = _stop(losses, patience)
        epochs = {
            "one_late": _stop(losses, patience + 1),
            "best_epoch": int(np.argmin(losses[: right_epoch + 1])),
            "any_rise": [_rises(losses, patience, False), _rises(losses, patience, True)],
            "equal_counts": _stop([loss - 1e-9 * n for n, loss in enumerate(losses)], patience),
            "knows_the_end": int(np.argmin(losses)) + patience,
            "never": len(losses) - 1,
            "behind_the_end": len(losses),
        }
        expect(stop(losses, patience), right_epoch, f"stop_epoch({losses}, {patience})", epochs)


def _shifted(image: np.ndarray, down: int, right: int) -> np.ndarray:
    H, W = image.shape
    moved = np.zeros_like(image)
    into = slice(max(down, 0), H + min(down, 0)), slice(max(right, 0), W + min(right, 0))
    out = slice(max(-down, 0), H - max(down, 0)), slice(max(-right, 0), W - max(right, 0))
    moved[into] = image[out]
    return moved


def _stop(losses: Sequence[float], patience: int) -> int:
    best = 0
    for epoch, loss in enumerate(losses):
        best = epoch if loss < losses[best] else best
        if epoch - best == patience:
            return epoch
    return len(losses) - 1


def _rises(losses: Sequence[float], patience: int, in_a_row: bool) -> int:
    """The epoch at which `patience` rises, each from the loss before, have been counted."""
    count = 0
    for epoch in range(1, len(losses)):
        rises = losses[epoch] > losses[epoch - 1]
        count = count + rises if rises or not in_a_row else 0
        if count == patience:
            return epoch
    return len(losses) - 1
