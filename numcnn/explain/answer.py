"""An answer of a trace: the computation of one number, as a text and as a table for notebooks."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from decimal import Decimal
from html import escape
from typing import Any

import numpy as np

from numcnn import notebook
from numcnn.checks import with_article
from numcnn.console import printable
from numcnn.explain.arithmetic import Account, Term, plain

MANY, LARGEST = 250, 20
"""Of a sum of more than MANY terms, only the LARGEST ones are listed, and the sum of the others."""


@dataclass(frozen=True, repr=False)
class Answer:
    """The explanation of one number; `print` shows it, and a notebook as a table.

    Attributes
    ----------
    trace : Trace
    number : int
        The index of the layer in ``trace.names``.
    place : int
        The index of the number in the layer's output, in C order.
    account : Account or None
        None for a pixel of the sample, which is given, and for a layer of an unknown kind.
    """

    trace: Any
    number: int
    place: int
    account: Account | None

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.trace.outputs[self.number].flat[self.place])

    @property
    def name(self) -> str:
        """Such as ``"conv2d[3, 4, 0]"``."""
        return f"{self.trace.names[self.number]}{self._where(self.number, self.place)}"

    @property
    def how(self) -> str:
        """A few words on how the number was computed."""
        if self.number < self.trace.inputs:
            return "given"
        if self.account is None:
            kind = type(self.trace.layers[self.number - self.trace.inputs]).__name__
            return f"from {with_article(kind)}, whose arithmetic is not known here"
        terms, below = len(self.account.terms), self.trace.below_name(self.number)
        return {
            "weighted sum": f"the sum of {terms} products of {below} and weights",
            "sum": f"from the sum of {terms} numbers of {below}",
            "max": f"the largest of {terms} numbers of {below}",
            "copy": f"from one number of {below}",
        }[self.account.rule]

    def where(self, term: Term) -> str:
        """Return the position of a term in the layer below, such as ``"[3, 4, 0]"``.

        If the layer reads several others, the name of the layer stands before it.
        """
        if term.place is None:
            return "padding"
        level, place = self.trace.source_of(self.number, term.place)
        name = self.trace.names[level] if len(self.trace.sources[self.number]) > 1 else ""
        return name + self._where(level, place)

    def _where(self, number: int, place: int) -> str:
        shape = self.trace.outputs[number].shape
        return str([int(i) for i in np.unravel_index(place, shape)]) if math.prod(shape) else "[]"

    @property
    def listed(self) -> tuple[tuple[Term, ...], Decimal | None]:
        """The terms to show: all of them, or the largest and the sum of the others."""
        if self.account is None:
            return (), None
        if len(self.account.terms) > MANY:
            return self.account.largest(LARGEST)
        return self.account.terms, None

    def _table(self, account: Account) -> tuple[list[str], list[list[str]]]:
        """Return the header and the rows of the terms, as texts."""
        terms, _ = self.listed
        weighted = account.rule == "weighted sum"
        columns = ("value", "weight", "product", "running sum") if weighted else ("value",)
        rows = []
        for term in terms:
            numbers = (term.value, term.weight, term.product, term.total)[: len(columns)]
            rows.append([self.where(term), *(plain(n) for n in numbers if n is not None)])
        return [self.trace.below_name(self.number), *columns], rows

    def __str__(self) -> str:
        if self.account is None:
            return f"{self.name}, {self.how}: {self.value:g}"
        header, rows = self._table(self.account)
        first, *others = (max(map(len, column)) for column in zip(header, *rows, strict=True))
        first, width = max(first, 10), max(12, *(length + 2 for length in others))
        lines = [f"{self.name}, {self.how}:"]
        for where, *numbers in [header, *rows]:
            lines.append(f"    {where:<{first}}" + "".join(f"{text:>{width}}" for text in numbers))
        _, rest = self.listed
        if rest is not None:
            lines.append(f"    {_others(self.account)}: {plain(rest)}")
        for line in self.account.lines:
            operand = f" {line.operand}" if line.operand else ""
            lines.append(f"  {line.label}{operand}: {line.result}")
        return printable("\n".join(lines))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Show the arithmetic in a notebook."""
        if self.account is None:
            return f"<div>{escape(f'{self.name}, {self.how}: {self.value:g}')}</div>"
        header, rows = self._table(self.account)
        _, rest = self.listed
        empty = [""] * (len(header) - 3)
        if rest is not None:
            rows.append([_others(self.account), *empty, plain(rest), ""])
        for label, operand, result in map(astuple, self.account.lines):
            joined = [f"{label} {operand}".rstrip()]
            rows.append([*([label, *empty, operand] if len(header) > 2 else joined), result])
        return notebook.table(header, rows, f"{self.name}, {self.how}")


def _others(account: Account) -> str:
    """Return what stands in place of the terms that are not listed."""
    return f"the other {len(account.terms) - LARGEST}"
