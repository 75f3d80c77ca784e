"""Chapters: Markdown with steps, questions and an exercise, read into blocks.

A chapter is MyST Markdown, so that Jupyter (with jupytext) and Sphinx open it as well.  The fences
with a meaning are

======================  ===========================================================
``{code-cell} python``  a step, which the reader runs
``{question}``          a question with ``- [ ]`` choices, ``---``, and its answer
``{exercise}``          what the student begins with
``{hint}``              one hint of several, shown one by one
``{mistake} KIND``      what is said about one kind of mistake
``{keep}``              the sentences to keep
======================  ===========================================================

and `` {value}`expression` `` in the text stands for a number that is computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "chapters"
LANGUAGES = {"en": "English", "ko": "한국어"}
TUTORIALS = ("tutorial-digits", "tutorial-clothes")
KINDS = ("code-cell", "question", "exercise", "hint", "mistake", "keep")

_FENCE = re.compile(r"^```\{([\w-]+)\}[ ]*(.*)$")
_CHOICE = re.compile(r"^- \[([ x])\] (.*)$")
VALUE = re.compile(r"\{value\}`([^`]+)`")


@dataclass(frozen=True)
class Block:
    """A piece of a chapter.

    Attributes
    ----------
    kind : str
        ``"text"``, or one of `KINDS`.
    argument : str
        What stands behind the kind, such as that of a mistake.
    body : str
    line : int
        Of the body, in the file, counted from 1.
    """

    kind: str
    argument: str
    body: str
    line: int


@dataclass(frozen=True)
class Question:
    """A question whose answer shows after a guess."""

    text: str
    choices: tuple[tuple[str, bool], ...]
    answer: str


@dataclass(frozen=True)
class Chapter:
    """A chapter in one language.

    Attributes
    ----------
    number : str
        Such as ``"02"``, or ``"tutorial"``.
    name : str
        Such as ``"02-convolution"``, the name of its file.
    language : str
    title : str
    blocks : tuple of Block
    """

    number: str
    name: str
    language: str
    title: str
    blocks: tuple[Block, ...]

    def of_kind(self, kind: str) -> list[Block]:
        """Return the blocks of a kind, in order."""
        return [block for block in self.blocks if block.kind == kind]

    @property
    def steps(self) -> list[str]:
        """The code of the steps, in order."""
        return [block.body for block in self.of_kind("code-cell")]

    @property
    def starter(self) -> str:
        """What the student begins with; empty where there is no exercise."""
        return "".join(block.body for block in self.of_kind("exercise"))

    @property
    def hints(self) -> list[str]:
        """The hints, in the order in which they are shown."""
        return [block.body.strip() for block in self.of_kind("hint")]

    @property
    def mistakes(self) -> dict[str, str]:
        """What is said about each kind of mistake."""
        return {block.argument: block.body.strip() for block in self.of_kind("mistake")}

    @property
    def solution(self) -> str:
        """The solution of the exercise, which stands apart."""
        return (FOLDER / "solutions" / f"{self.name}.md").read_text("utf-8").split("```")[1][7:]


def question(block: Block) -> Question:
    """Take a question apart: its text, its choices, and its answer."""
    asked, _, answer = block.body.partition("\n---\n")
    lines = asked.splitlines()
    choices = tuple((m[2], m[1] == "x") for line in lines if (m := _CHOICE.match(line)))
    text = "\n".join(line for line in lines if not _CHOICE.match(line))
    return Question(text.strip(), choices, answer.strip())


def names(language: str = "en") -> list[str]:
    """Return the names of the chapters of a language, in order."""
    return sorted(file.stem for file in (FOLDER / language).glob("[0-9][0-9]-*.md"))


def tutorials(language: str = "en") -> list[str]:
    """Return the names of the tutorials, which have steps and no exercise."""
    return [name for name in TUTORIALS if (FOLDER / language / f"{name}.md").exists()]


def pages(language: str = "en") -> list[str]:
    """Return the names of all that has a page: the chapters, then the tutorials."""
    return names(language) + tutorials(language)


def named(wanted: str, language: str = "en") -> Chapter:
    """Return a chapter by its number, ``"2"`` or ``"02"``, or its name, or a tutorial.

    Raises
    ------
    ValueError
        If there is no such chapter in this language.
    """
    found = names(language)
    for name in pages(language):
        number, _, slug = name.partition("-")
        if wanted in (name, slug) or (number.isdigit() and wanted.zfill(2) == number):
            return _read(name, language)
    numbers = ", ".join(name.partition("-")[0] for name in found)
    raise ValueError(
        f"there is no chapter {wanted!r} in {LANGUAGES.get(language, language)}. There are "
        f"{numbers}: give a number, such as {found[0][:2] if found else '02'}."
    )


@cache
def _read(name: str, language: str) -> Chapter:
    """Read a chapter's file."""
    blocks = tuple(parse((FOLDER / language / f"{name}.md").read_text("utf-8")))
    title = next(
        line[2:] for block in blocks for line in block.body.splitlines() if line.startswith("# ")
    )
    return Chapter(name.partition("-")[0], name, language, title, blocks)


def parse(text: str) -> Iterator[Block]:
    """Yield the blocks of a chapter's text.

    Raises
    ------
    ValueError
        If a fence is not closed, or its kind is unknown.
    """
    lines = text.split("\n")
    start = lines.index("---", 1) + 1 if lines[0] == "---" else 0  # behind the head for jupytext
    prose: list[str] = []
    number = start
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        if not fence:
            prose.append(lines[number])
            number += 1
            continue
        if "".join(prose).strip():
            yield Block("text", "", "\n".join(prose).strip("\n"), number + 1 - len(prose))
        kind, argument = fence[1], fence[2].strip()
        if kind not in KINDS:
            raise ValueError(f"line {number + 1}: {kind!r} is none of {', '.join(KINDS)}.")
        try:
            end = lines.index("```", number)
        except ValueError:
            raise ValueError(f"line {number + 1}: the fence of {kind!r} is not closed.") from None
        yield Block(kind, argument, "\n".join(lines[number + 1 : end]) + "\n", number + 2)
        prose, number = [], end + 1
    if "".join(prose).strip():
        yield Block("text", "", "\n".join(prose).strip("\n"), number + 1 - len(prose))
