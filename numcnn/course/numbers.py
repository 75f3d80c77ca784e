"""The computed numbers of the texts: ``{value}`expression` `` and what it is.

The texts show numbers without running anything, so the numbers are stored in
``chapters/numbers.json``.  A test runs every chapter and compares.
"""

from __future__ import annotations

import json
import os
import tempfile
from functools import cache
from pathlib import Path

from numcnn.course import chapter as chapters
from numcnn.course.chapter import FOLDER, VALUE, Block, Chapter
from numcnn.course.display import Event
from numcnn.course.session import Session
from numcnn.engine import use_engine

FILE = FOLDER / "numbers.json"
SMALLER = {
    "5_500, 1_000, 520": "60, 20, 40",
    "512, 10": "30, 1",
    "1_500, 4": "60, 1",
    "epochs=15": "epochs=1",
    "epochs=4": "epochs=1",
    "epochs=3": "epochs=1",
}
"""Sizes in steps, and smaller ones with which a test runs them: no number of a text depends on
them."""


class StepFailedError(Exception):
    """A step of a chapter ended with an error."""


def compute(read: Chapter) -> dict[str, str]:
    """Run a chapter's steps; return each expression of its text and the value there.

    Raises
    ------
    StepFailedError
        If a step ends with an error.
    """
    session, found = Session(), {}
    for number, block in enumerate(_in_order(read), start=1):
        if block.kind != "code-cell":
            found.update({text: session.value(text) for text in VALUE.findall(block.body)})
            continue
        events: list[Event] = []
        code = block.body
        for usual, smaller in SMALLER.items():
            code = code.replace(usual, smaller)
        with use_engine("reference"):  # nothing to compile, and the same numbers everywhere
            went_well = session.run(code, f"{read.name}, block {number}", events.append)
        if not went_well:
            raise StepFailedError(events[-1]["text"])
    return found


def _in_order(read: Chapter) -> list[Block]:
    """Return the blocks so that a text may use the names of the next step."""
    ordered: list[Block] = []
    waiting: list[Block] = []
    for block in read.blocks:
        if block.kind == "code-cell":
            ordered += [block, *waiting]
            waiting = []
        else:
            waiting.append(block)
    return ordered + waiting


@cache
def stored() -> dict[str, dict[str, str]]:
    """Return the stored numbers: of each chapter's name, the value of each expression."""
    return json.loads(FILE.read_text("utf-8"))


def store() -> None:
    """Compute the numbers of all chapters and tutorials, and write them."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as place:  # for files that steps write
        os.chdir(place)
        try:
            found = {name: compute(chapters.named(name)) for name in chapters.pages()}
        finally:
            os.chdir(before)
    text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)
    FILE.write_text(f"{text}\n", "utf-8")
    stored.cache_clear()


def filled(text: str, read: Chapter) -> str:
    """Return a text with its numbers in their places."""
    values = stored().get(read.name, {})
    return VALUE.sub(lambda match: values.get(match[1], "?"), text)
