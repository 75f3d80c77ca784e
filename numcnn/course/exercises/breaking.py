"""Exercise 11: from symptoms to a cause."""

from numcnn.course.exercises.student import MistakeError, Student

CASES = (
    ([2.3, 2.1, 1.5, 0.9], 1.0, "healthy", "misses_healthy"),
    ([2.3, float("nan"), float("nan")], 1.0, "rate too large", "misses_nan"),
    ([5.0, 9.0, 4.0], 1.0, "rate too large", "misses_large"),
    ([2.303, 2.302, 2.302], 0.0, "empty images", "misses_empty"),
    ([2.303, 2.301, 2.298], 1.0, "rate too small", "misses_small"),
    ([2.303, 2.31, 2.304], 1.0, "knows nothing", "misses_nothing"),
    ([2.3, 2.4, 1.0], 1.0, "healthy", "misses_healthy"),
    ([3.5, 2.0, 1.0], 1.0, "healthy", "misses_healthy"),
    ([2.303, 2.31, 2.29], 1.0, "knows nothing", "misses_nothing"),
    ([2.3, 2.25, 2.2], 1.0, "healthy", "not_above"),
    ([2.3, 2.9, 3.0], 1.0, "knows nothing", "not_above"),
)
WORDS = {words for *_, words, _ in CASES}


def check(student: Student) -> None:
    """Ask for a cause, case by case."""
    diagnose = student.function("diagnose")
    for losses, spread, right, kind in CASES:
        got = diagnose(list(losses), spread)
        if not isinstance(got, str) or got not in WORDS:
            raise MistakeError("no_text", name="diagnose", got=got)
        if got != right:
            raise MistakeError(kind, name="diagnose", got=got, losses=losses)
