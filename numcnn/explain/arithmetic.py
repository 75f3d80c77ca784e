"""The arithmetic behind one number of a network, in decimals that a reader can check by hand.

The rule of these accounts: **each number shown is computed from the numbers shown.**  Values and
weights are the shortest decimals that represent them in float32; products are rounded to the digits
shown, and the rounded products are added.  So a reader can check every line with pencil and paper.

The network adds in float32 and in another order, so the last of its seven digits may differ.  Its
own value is shown to the decimals on which both agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from typing import Any

import numpy as np

from numcnn.explain.wiring import PADDING, Wiring

DIGITS = 8
"""Digits of the largest product; the other products and the sum have as many decimals."""
LONG = 12
"""Maximum number of digits of a sum."""
NETWORK_DIGITS = 7
"""Digits of the network's own numbers, the precision of float32."""
ROUNDING = Decimal("1e-4")
"""Largest rounding error of float32 that is accepted, relative to the largest number added."""
PRECISION = 400
"""Digits of the decimal arithmetic: enough for float32, from 1e-45 to 3e38, without rounding."""

Exponential = tuple[Decimal, Decimal, Decimal]
"""z, ``e^(z − largest z)`` and the probability of one class."""


@dataclass(frozen=True)
class Term:
    """One cell: its place in the input (None for padding), its numbers, and the running sum."""

    place: int | None
    value: Decimal
    weight: Decimal | None
    product: Decimal
    total: Decimal


@dataclass(frozen=True)
class Line:
    """One line below the terms, such as ("+ bias", "0.01", "0.4223")."""

    label: str
    operand: str
    result: str


@dataclass(frozen=True)
class Account:
    """The computation of one number.

    Attributes
    ----------
    rule : str
        As in `Wiring`.
    terms : tuple of Term
        The cells, in the order of the window.  Cells outside the image are zeros in a weighted sum;
        the other rules leave them out.
    winner : int or None
        For a maximum, the index of its term: the first of the largest.
    lines : tuple of Line
        The steps after the sum or the maximum; the last line's result is the number itself.
    exponentials : tuple of Exponential
        For a softmax, one for every class.
    agrees : bool
        Whether this arithmetic gives the network's number up to rounding.  False if a number is
        infinite or NaN.
    """

    rule: str
    terms: tuple[Term, ...]
    winner: int | None
    lines: tuple[Line, ...]
    exponentials: tuple[Exponential, ...]
    agrees: bool

    @property
    def shown(self) -> str:
        """The number, in the form of the last line."""
        return self.lines[-1].result

    def largest(self, count: int) -> tuple[tuple[Term, ...], Decimal]:
        """Return the terms with the largest contributions, largest first, and the sum of the rest.

        The running sums follow this order.
        """
        ranked = sorted(self.terms, key=lambda term: -abs(term.product))
        with localcontext(Context(prec=PRECISION)):
            rest = sum((term.product for term in ranked[count:]), Decimal(0))
            first = _with_totals((t.place, t.value, t.weight, t.product) for t in ranked[:count])
        return first, rest


def account(wiring: Wiring, x: np.ndarray, z: np.ndarray, y: np.ndarray, o: int) -> Account:
    """Return the computation of number `o` of a layer's output.

    Parameters
    ----------
    wiring : Wiring
        The wiring of the layer.
    x, z, y : numpy.ndarray
        The layer's input, the input of its activation, and its output, for one sample.
    o : int
        The index in y, in C order.
    """
    cells = wiring.cells(np.int64(o)).tolist()
    if wiring.rule in ("sum", "max"):
        cells = [cell for cell in cells if cell != PADDING]
    values = [0.0 if cell == PADDING else x.flat[cell] for cell in cells]
    if not np.isfinite([*values, z.flat[o], y.flat[o]]).all():
        label = "not a finite number: there is no arithmetic to show"
        return Account(wiring.rule, (), None, (Line(label, "", str(y.flat[o])),), (), False)

    with localcontext(Context(prec=PRECISION)):
        terms = _terms(wiring, cells, values, o)
        winner, lines, exact, size = _combined(wiring, terms, o)
        agrees = _close(exact, z.flat[o], size)
        exponentials: tuple[Exponential, ...] = ()
        if wiring.activation.name == "softmax":
            first, c = o - o % y.shape[-1], o % y.shape[-1]
            row = slice(first, first + y.shape[-1])
            exponentials, total = _softmax(z.flat[row], y.flat[row], c, exact)
            _, e, p = exponentials[c]
            lines.append(Line("e^(z − largest z)", "", plain(e)))
            lines.append(Line("÷ the sum of these over all classes", plain(total), plain(p)))
            agrees &= _close(e / total, y.flat[o], Decimal(1))
        elif wiring.activation.name != "linear":
            exact = _activated(wiring.activation, exact)
            lines.append(Line(f"{wiring.activation.name} of this", "", plain(exact)))
            agrees &= _close(exact, y.flat[o], max(size, abs(exact)))
        result = plain(agreeing(exact, y.flat[o]))
        if not exponentials and result != lines[-1].result:
            lines.append(Line("the value in the network (float32)", "", result))
    return Account(wiring.rule, terms, winner, tuple(lines), exponentials, agrees)


def _terms(wiring: Wiring, cells: list[int], values: list[Any], o: int) -> tuple[Term, ...]:
    """Return the cells with their products and running sums."""
    shown = [shortest(value) for value in values]
    places = [None if cell == PADDING else cell for cell in cells]
    if wiring.weights is None:
        if wiring.rule == "sum":
            shown = _on_paper(shown, LONG)
        return _with_totals((*pair, None, pair[1]) for pair in zip(places, shown, strict=True))
    weights = [shortest(weight) for weight in wiring.weights[:, o % wiring.weights.shape[1]]]
    exact = [value * weight for value, weight in zip(shown, weights, strict=True)]
    unit = _unit(exact, DIGITS)
    products = [_to_unit(product, unit) for product in exact]
    return _with_totals(zip(places, shown, weights, products, strict=True))


def _with_totals(
    terms: Iterable[tuple[int | None, Decimal, Decimal | None, Decimal]],
) -> tuple[Term, ...]:
    """Return terms with their running sums."""
    total, result = Decimal(0), []
    for place, value, weight, product in terms:
        total += product
        result.append(Term(place, value, weight, product, total))
    return tuple(result)


def _combined(
    wiring: Wiring, terms: tuple[Term, ...], o: int
) -> tuple[int | None, list[Line], Decimal, Decimal]:
    """Return the winner, the lines down to z, z, and the largest intermediate number."""
    winner = None
    if wiring.rule == "max":
        winner = max(range(len(terms)), key=lambda k: terms[k].value)  # the first of the largest
        exact, label = terms[winner].value, f"the largest of {len(terms)}"
    elif wiring.rule == "copy":
        exact, label = terms[0].value, "the same number"
    else:
        exact, label = terms[-1].total, f"the sum of {len(terms)}"
    lines = [Line(label, "", plain(exact))]
    size = max(abs(exact), *(abs(term.product) for term in terms))
    for step in wiring.steps:
        operand = shortest(step.operand[o % len(step.operand)])
        exact = STEPS[step.symbol](exact, operand)
        size = max(size, abs(exact))
        lines.append(Line(f"{step.symbol} {step.name}", plain(operand), plain(exact)))
    return winner, lines, exact, size


def _rounded(exact: Decimal) -> Decimal:
    """Return a product or a quotient, rounded to the digits shown."""
    return _to_unit(exact, _unit([exact], DIGITS))


STEPS = {
    "+": lambda number, operand: _on_paper([number + operand], LONG)[0],
    "−": lambda number, operand: _on_paper([number - operand], LONG)[0],
    "×": lambda number, operand: _rounded(number * operand),
    "÷": lambda number, operand: _rounded(number / operand),
}


def _softmax(
    z: np.ndarray, y: np.ndarray, asked: int, own: Decimal
) -> tuple[tuple[Exponential, ...], Decimal]:
    """Return every class's z, exponential and probability, and the sum of the exponentials."""
    zs = [shortest(number) for number in z]
    zs[asked] = own
    largest, unit = max(zs), Decimal(1).scaleb(-DIGITS)
    with localcontext(Context(prec=50)):
        es = [(number - largest).exp().quantize(unit) for number in zs]
        total = sum(es, Decimal(0))
        ps = [agreeing((e / total).quantize(unit), p, DIGITS) for e, p in zip(es, y, strict=True)]
    return tuple(zip(zs, es, ps, strict=True)), total


def _activated(activation: Any, z: Decimal) -> Decimal:
    """Return a pointwise activation of one number."""
    if activation.name == "relu":
        return max(z, Decimal(0))
    y = Decimal(float(activation.value(np.array([float(z)]))[0]))
    return _to_unit(y, _unit([y], DIGITS))


# --- decimals ------------------------------------------------------------------------------------


def shortest(number: Any) -> Decimal:
    """Return the shortest decimal that represents a float32; for other numbers, ten digits.

    Examples
    --------
    >>> plain(shortest(np.float32(0.1)))
    '0.1'
    """
    single = isinstance(number, np.float32)
    decimal = Decimal(str(number) if single else f"{number:.10g}").normalize() or Decimal(0)
    return decimal.quantize(Decimal(1)) if 0 < _exponent(decimal) <= 15 else decimal


def agreeing(exact: Decimal, number: Any, at_most: int = 99) -> Decimal:
    """Return the two numbers, rounded to the decimals on which they agree, at most `at_most`.

    The last of these is the last correct digit of float32, or the one before it.

    Examples
    --------
    >>> agreeing(Decimal("0.42345678"), np.float32(0.4234566))
    Decimal('0.423457')
    """
    if exact == shortest(number):
        return shortest(number)
    own = Decimal(float(number))
    decimals = min(NETWORK_DIGITS - 1 - own.adjusted(), at_most)
    while _to_decimals(exact, decimals) != _to_decimals(own, decimals):
        decimals -= 1
    return _to_decimals(exact, decimals)


def plain(number: Decimal) -> str:
    """Return a decimal as text, without an exponent unless it is very large or small."""
    if _exponent(number) > 0 or (number and not -12 <= number.adjusted() <= 15):
        return str(number).lower()
    return format(number, "f")


def _to_decimals(number: Decimal, decimals: int) -> Decimal:
    """Round to a number of decimals."""
    return _to_unit(number, Decimal(1).scaleb(-decimals))


def _to_unit(number: Decimal, unit: Decimal) -> Decimal:
    """Round to a multiple of a power of ten; a negative zero becomes zero."""
    rounded = number.quantize(unit)
    return rounded if rounded else abs(rounded)


def _unit(numbers: list[Decimal], digits: int) -> Decimal:
    """Return the unit of the last place if the largest of the numbers has `digits` digits."""
    largest = max(number.copy_abs() for number in numbers)
    return Decimal(1).scaleb((largest.adjusted() if largest else 0) - digits + 1)


def _on_paper(numbers: list[Decimal], digits: int) -> list[Decimal]:
    """Round away digits that are negligible compared with the largest of the numbers."""
    unit = _unit(numbers, digits)
    return [n if _exponent(n) >= _exponent(unit) else _to_unit(n, unit) for n in numbers]


def _exponent(number: Decimal) -> int:
    return int(number.as_tuple().exponent)


def _close(exact: Decimal, number: Any, size: Decimal) -> bool:
    return abs(exact - Decimal(float(number))) <= ROUNDING * size
