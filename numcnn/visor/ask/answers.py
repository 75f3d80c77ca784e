"""An answer as plain lists and texts, for a page to show: made here, or by `account.js`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from numcnn.explain import Account, Answer, Trace
from numcnn.explain.answer import LARGEST
from numcnn.explain.arithmetic import plain

WIDE = 32  # numbers in a line, of a row of numbers, or fewer where that fills all lines


def grid(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return rows, columns and maps of the picture of a layer's output.

    The number at ``[row, column]`` of a map stands at ``(row · columns + column) · maps + map``.

    Examples
    --------
    >>> grid((24, 24, 8)), grid((100,))
    ((24, 24, 8), (4, 25, 1))
    """
    if len(shape) == 3:
        return shape
    if len(shape) < 2:
        count = shape[0] if shape else 1
        widths = range(min(count, WIDE), WIDE // 2, -1)
        columns = next((width for width in widths if count % width == 0), min(count, WIDE))
        return -(-count // columns), columns, 1
    return int(np.prod(shape[:-1])), shape[-1], 1


def record(answer: Answer, class_names: Sequence[str] = ()) -> dict[str, Any]:
    """Return what a page shows of an answer.

    ``rows`` are the terms: where, which place, and the columns; ``levels`` says in which level each
    of these places is.  ``sizes`` lists the same terms by size, the largest first: the number of
    the row, and the running sum in this order.  ``prediction`` is the largest number of the last
    layer: level, place and class.  ``fields`` are the numbers below that the answer was computed
    from, as rectangles on the maps of each level: level, map, first row and column, last row and
    column.
    """
    trace, account = answer.trace, answer.account
    names = [*class_names] if class_names else [str(c) for c in range(len(trace.outputs[-1]))]
    found: dict[str, Any] = {
        "level": answer.number,
        "place": answer.place,
        "name": answer.name,
        "how": answer.how,
        "value": answer.value,
        "below": trace.below_name(answer.number),
        "levels": [],
        "columns": [],
        "rows": [],
        "rest": None,
        "sizes": [],
        "winner": None,
        "lines": [],
        "classes": [],
        "agrees": answer.number == 0,
        "prediction": prediction(trace, names),
        "fields": fields(trace, answer.number, answer.place),
    }
    if account is None:
        return found
    terms, rest = answer.listed
    weighted = account.rule == "weighted sum"
    columns = ["value", "weight", "product", "running sum"] if weighted else ["value"]
    rows, levels = [], []
    for term in terms:
        numbers = (term.value, term.weight, term.product, term.total)[: len(columns)]
        texts = [plain(number) for number in numbers if number is not None]
        level, place = answer.number - 1, -1
        if term.place is not None:
            level, place = trace.source_of(answer.number, term.place)
        levels.append(level)
        rows.append([answer.where(term), place, *texts])
    return found | {
        "columns": columns if rows else [],
        "rows": rows,
        "levels": levels,
        "sizes": sizes(account) if rest is None else [],
        "rest": None if rest is None else [len(account.terms) - LARGEST, plain(rest)],
        "winner": account.winner,
        "lines": [[line.label, line.operand, line.result] for line in account.lines],
        "classes": [
            [name, *map(plain, numbers)]
            for name, numbers in zip(names, account.exponentials, strict=False)
        ],
        "agrees": account.agrees,
    }


def sizes(account: Account) -> list[list[Any]]:
    """Return the terms in the order of their size: the number of the row, and the running sum."""
    products = [abs(term.product) for term in account.terms]
    order = sorted(range(len(products)), key=lambda row: -products[row])
    ranked, _ = account.largest(len(products))
    return [[row, plain(term.total)] for row, term in zip(order, ranked, strict=True)]


def prediction(trace: Trace, names: Sequence[str]) -> list[Any] | None:
    """Return level, place and name of the predicted class; None where there is one output only."""
    last = len(trace.outputs) - 1
    place = largest_place(trace, last)
    return [last, place, names[place]] if 1 < trace.outputs[last].size == len(names) else None


def largest_place(trace: Trace, level: int) -> int:
    """Return the place of a level's largest number."""
    return int(np.nan_to_num(trace.outputs[level]).argmax())


def fields(trace: Trace, number: int, place: int) -> list[list[int]]:
    """Return the receptive field of a number as rectangles."""
    found = []
    masks = trace.receptive_field(number, place)
    for level in range(number, -1, -1):
        _, columns, maps = grid(masks[level].shape)
        places = np.flatnonzero(masks[level])
        for which in np.unique(places % maps).tolist():
            row, column = np.divmod(places[places % maps == which] // maps, columns)
            corners = (row.min(), column.min(), row.max(), column.max())
            found.append([level, which, *map(int, corners)])
    return found
