"""The verdict on an exercise: right, or the first mistake with its place and a hint that fits."""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import json
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

from numcnn.console import write
from numcnn.course.chapter import FOLDER, Chapter, named
from numcnn.course.exercises.advice import advice
from numcnn.course.exercises.student import MistakeError, Student
from numcnn.course.session import line_of
from numcnn.engine import use_engine


@dataclass(frozen=True)
class Verdict:
    """The result of a check, true if the exercise is solved.

    Attributes
    ----------
    chapter : str
        Such as ``"02-convolution"``.
    ok : bool
    kind : str
        The kind of the mistake, for programs; ``"right"`` if there is none.
    text : str
        What is said to the student.
    line : int
        Where the mistake showed in the student's code; 0 if at no line.
    source : str
        That line.
    """

    chapter: str
    ok: bool
    kind: str
    text: str
    line: int = 0
    source: str = ""

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = [f"{self.chapter}: {'right' if self.ok else 'not yet'}"]
        lines += [f"  line {self.line}: {self.source}"] if self.line else []
        lines += [f"  {line}" for line in self.text.splitlines()]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain values, ready for JSON."""
        return asdict(self)


def examine(chapter: str, source: str, language: str = "en", file: str = "") -> Verdict:
    """Check a student's code for the exercise of a chapter.

    Parameters
    ----------
    chapter : str
        Its number or name.
    source : str
        The code, all of it.
    language : {"en", "ko"}
        Of the sentences.
    file : str, optional
        The name of the file, for messages.

    Raises
    ------
    ValueError
        If there is no such chapter, or it has no exercise.
    """
    read = named(chapter, language)
    if not read.starter:
        raise ValueError(f"chapter {read.number} has no exercise.")
    name = file or f"<exercise {read.number}>"
    names: dict[str, Any] = {"__name__": "exercise", "__file__": name}
    student = Student(names)
    try:
        _not_empty(source, read.starter, name)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(source, name, "exec"), names)
            # nothing to compile, and the same numbers everywhere
            with use_engine("reference"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _check_of(read)(student)
    except MistakeError as mistake:
        line = _definition(source, mistake.values.get("name", ""))
        return _wrong(read, mistake.kind, mistake.values, source, line)
    except (Exception, SystemExit) as error:
        told = traceback.format_exception_only(type(error), error)[-1].strip()
        kind = "syntax" if isinstance(error, SyntaxError) else "raised"
        wrong = _wrong(read, kind, {"error": told}, source, line_of(error, name))
        return replace(wrong, text="\n".join([wrong.text, *_explained(told, student, language)]))
    return Verdict(read.name, True, "right", words(language)["mistakes"]["right"])


def check(
    chapter: str, names: Mapping[str, Any], language: str = "en", strict: bool = False
) -> None:
    """Check what a notebook's cells have defined, and say the verdict.

    Parameters
    ----------
    chapter : str
    names : mapping of str to object
        ``globals()``.
    language : {"en", "ko"}
    strict : bool, default False
        Raise an error where the answer is wrong, as programs that grade notebooks expect.

    Raises
    ------
    AssertionError
        If the answer is wrong, and `strict` is true.
    """
    read = named(chapter, language)
    try:
        _check_of(read)(Student(names))
        verdict = Verdict(read.name, True, "right", words(language)["mistakes"]["right"])
    except MistakeError as mistake:
        verdict = _wrong(read, mistake.kind, mistake.values, "", 0)
    if strict and not verdict:
        raise AssertionError(str(verdict))
    write(f"{verdict}\n")


@cache
def words(language: str) -> dict[str, Any]:
    """Return the words of the page and the mistakes that every exercise knows."""
    return json.loads((FOLDER / language / "words.json").read_text("utf-8"))


def sentence(chapter: Chapter, kind: str, values: Mapping[str, Any]) -> str:
    """Return what is said about a mistake."""
    known = words(chapter.language)["mistakes"] | chapter.mistakes
    return known[kind].format(**values)


def _explained(error: str, student: Student, language: str) -> list[str]:
    """Return what led to an error: with which arguments, and what it usually means."""
    said, kind = words(language), advice(error)
    lines = [said["mistakes"]["called"].format(call=student.call)] if student.call else []
    return [*lines, said["advice"][kind]] if kind else lines


def _check_of(chapter: Chapter) -> Any:
    module = chapter.name.partition("-")[2].replace("-", "_")
    return importlib.import_module(f"numcnn.course.exercises.{module}").check


def _not_empty(source: str, starter: str, name: str) -> None:
    """Refuse a file that says nothing, or nothing new."""
    tree = ast.parse(source, name)
    if not tree.body:
        raise MistakeError("empty")
    if ast.dump(tree) == ast.dump(ast.parse(starter)):
        raise MistakeError("unchanged")


def _definition(source: str, name: str) -> int:
    """Return the line in which a function or class is defined; 0 if it is not."""
    with contextlib.suppress(SyntaxError):
        for node in ast.walk(ast.parse(source)):
            if name and getattr(node, "name", None) == name.split("[")[0].split(".")[-1]:
                return getattr(node, "lineno", 0)
    return 0


def _wrong(
    chapter: Chapter, kind: str, values: Mapping[str, Any], source: str, line: int
) -> Verdict:
    lines = source.splitlines()
    shown = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return Verdict(chapter.name, False, kind, sentence(chapter, kind, values), line, shown)
