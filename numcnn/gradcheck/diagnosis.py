"""The diagnoses, in the order in which they are tried: the first that numbers prove is said."""

from __future__ import annotations

from collections.abc import Callable

from numcnn.gradcheck.case import Case
from numcnn.gradcheck.factors import factor, not_finite, rounded, sign, unchanged, zero
from numcnn.gradcheck.other_weights import other_order
from numcnn.gradcheck.places import mirrored, shifted, transposed
from numcnn.gradcheck.report import Finding
from numcnn.gradcheck.shares import end_forgotten, one_share, overlaps

DIAGNOSES: tuple[Callable[[Case], str | None], ...] = (
    *(not_finite, zero, rounded, sign, unchanged, factor),
    *(transposed, mirrored, one_share, end_forgotten, other_order, shifted, overlaps),
)


def diagnose(case: Case) -> list[Finding]:
    """Return the mistake in a gradient, if its name is known; `Finding.kind` is the function's."""
    for diagnosis in DIAGNOSES:
        text = diagnosis(case)
        if text is not None:
            return [Finding(diagnosis.__name__, case.comparison.name, text)]
    return []
