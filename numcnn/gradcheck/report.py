"""The result of a gradient check: true or false, with a table and the mistakes by their names."""

from __future__ import annotations

import math
import re
import textwrap
from dataclasses import dataclass
from typing import Any

from numcnn import notebook

ROWS, WORST, WIDTH = 10, 4, 100
"""A report fits on a screen: rows of its table, wrong arrays told in full, columns."""


@dataclass(frozen=True)
class Finding:
    """A mistake that was found, and proved by numbers.

    Attributes
    ----------
    kind : str
        A short, fixed name such as ``"sign"``, for programs.
    array : str
        The array whose gradient has the mistake, such as ``"kernel"``; empty if the mistake is not
        in one gradient.
    text : str
        The mistake in a sentence.
    """

    kind: str
    array: str
    text: str


@dataclass(frozen=True)
class ArrayCheck:
    """The comparison of one array's gradient with the measured slopes.

    Attributes
    ----------
    name : str
        ``"x"`` or a parameter's name.
    checked, kinks : int
        How many numbers were compared, and at how many of them the function has a kink.
    error : float
        The largest difference that is not explained by a kink, relative to the largest gradient in
        the array.
    index : tuple of int
        The place of that difference.
    by_backward, measured : float
        The gradient there: returned by `backward`, and measured.
    wrong : int
        How many of the compared numbers are wrong.
    where : str
        Where the wrong numbers are, in words.
    """

    name: str
    checked: int
    kinks: int
    error: float
    index: tuple[int, ...]
    by_backward: float
    measured: float
    wrong: int = 0
    where: str = ""

    @property
    def unknown(self) -> bool:
        """Whether all numbers lie at kinks, so that nothing is known about this gradient."""
        return self.kinks == self.checked > 0


@dataclass(frozen=True, repr=False)
class GradientReport:
    """The result of a gradient check, true if everything is right.

    Attributes
    ----------
    title : str
    tolerance : float
        The largest error that counts as right.
    arrays : tuple of ArrayCheck
        One for each gradient that could be compared.
    findings : tuple of Finding
        The mistakes that could be named.
    compared : str
        With ``like=``, a sentence about the weights that both layers were given.

    Examples
    --------
    >>> from numcnn import gradcheck, layers
    >>> assert gradcheck.check_layer(layers.Flatten(), (2, 2, 1))
    """

    title: str
    tolerance: float
    arrays: tuple[ArrayCheck, ...] = ()
    findings: tuple[Finding, ...] = ()
    compared: str = ""

    @property
    def error(self) -> float:
        """The largest error of all arrays."""
        return max((array.error for array in self.arrays), default=0.0)

    @property
    def wrong(self) -> ArrayCheck | None:
        """The first array whose gradient is wrong, or could not be checked because of kinks."""
        return next((array for array in self.arrays if array.wrong or array.unknown), None)

    @property
    def ok(self) -> bool:
        """Whether every gradient is right and no other mistake was found."""
        return self.wrong is None and not self.findings

    def __bool__(self) -> bool:
        return self.ok

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values, ready for JSON; a number that is not finite is None.

        Returns
        -------
        dict
            ``ok``, ``title``, ``tolerance``, ``error``, ``compared``, ``arrays`` and ``findings``
            (lists of dicts with the attributes of `ArrayCheck` and `Finding`).
        """
        arrays = [vars(array) | {"index": list(array.index)} for array in self.arrays]
        return {
            "ok": self.ok,
            "title": self.title,
            "tolerance": self.tolerance,
            "error": _plain(self.error),
            "compared": self.compared,
            "arrays": [{key: _plain(value) for key, value in one.items()} for one in arrays],
            "findings": [dict(vars(finding)) for finding in self.findings],
        }

    def __str__(self) -> str:
        width = max(12, *(len(array.name) for array in self._shown()), 0)
        header = f"    {'array':<{width}}{'numbers':>10}{'wrong':>8}{'at kinks':>10}{'error':>12}"
        lines = [self.title, *([header] if self.arrays else [])]
        for a in self._shown():
            lines.append(
                f"    {a.name:<{width}}{a.checked:>10}{a.wrong:>8}{a.kinks:>10}{a.error:>12.1e}"
            )
        hidden = len(self.arrays) - len(self._shown())
        lines += [f"    and {hidden} more arrays"] if hidden else []
        lines += [folded for line in self.sentences() for folded in _folded(line)]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Show the report in a notebook."""
        rows = [
            (a.name, str(a.checked), str(a.wrong), str(a.kinks), f"{a.error:.1e}")
            for a in self._shown()
        ]
        header = ("array", "numbers", "wrong", "at kinks", "error")
        lines = [line.replace("  ", "\u2003") for line in self.sentences()]  # HTML drops spaces
        return notebook.table(header, rows, self.title, lines)

    def _shown(self) -> tuple[ArrayCheck, ...]:
        """Return the arrays of the table: if there are too many, the wrong ones first."""
        if len(self.arrays) <= ROWS:
            return self.arrays
        return tuple(sorted(self.arrays, key=lambda a: not (a.wrong or a.unknown))[:ROWS])

    def sentences(self) -> list[str]:
        """Return the result in sentences: mistakes as a whole, then array by array."""
        lines = [self.compared] if self.compared else []
        names = {array.name for array in self.arrays}
        lines += [f"WRONG: {one.text}" for one in self.findings if one.array not in names]
        wrong = [array for array in self.arrays if array.wrong or array.unknown]
        for array in wrong[:WORST]:
            if array.unknown:
                lines.append(f"unknown: all of {array.name} lies at kinks; try another seed or x")
            else:
                lines += [_difference(array), f"  {array.where}"]
            lines += [f"  {one.text}" for one in self.findings if one.array == array.name]
        if len(wrong) > WORST:
            lines.append(f"and {len(wrong) - WORST} more arrays are wrong")
        if self.ok:
            lines.append(f"right: backward and forward agree to {self.tolerance:.0e}")
        return lines


def _folded(line: str) -> list[str]:
    """Return a sentence in lines that fit on a screen, with its indentation; indices stay whole."""
    indent = "  " + " " * (len(line) - len(line.lstrip()))
    whole = re.sub(r"\[[^]]*\]", lambda match: match[0].replace(" ", "\0"), line.lstrip())
    lines = textwrap.wrap(whole, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
    return [one.replace("\0", " ") for one in lines]


def _difference(array: ArrayCheck) -> str:
    """Return the worst number of an array, with both of its values."""
    place = f"{array.name}[{', '.join(map(str, array.index))}]"
    return (
        f"WRONG: the gradient of {place} is {array.by_backward:.10g} by backward, but "
        f"{array.measured:.10g} as measured"
    )


def _plain(value: Any) -> Any:
    """Return None for a number that is not finite, which JSON has no word for."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
