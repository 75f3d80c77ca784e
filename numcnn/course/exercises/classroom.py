"""The work of a class: every student's files are checked, each in a process of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from numcnn.course import work
from numcnn.course.chapter import named, names
from numcnn.course.exercises.verdict import Verdict, words

LONGEST = 120
"""Seconds that the check of one exercise may take."""

Grades = dict[str, dict[str, Verdict]]


def in_time(chapter: str, file: Path, language: str) -> Verdict:
    """Check a file in a process of its own, which is ended if it takes too long.

    Raises
    ------
    ValueError
        If the process ends without a verdict.
    """
    command = [sys.executable, "-X", "utf8", "-m", "numcnn.course", "check", chapter, "--inside"]
    command += ["--file", str(file), "--language", language]
    try:
        done = subprocess.run(
            command,
            input=file.read_text("utf-8"),
            capture_output=True,
            encoding="utf-8",
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        text = words(language)["mistakes"]["too_slow"].format(seconds=LONGEST)
        return Verdict(named(chapter).name, False, "too_slow", text)
    if done.returncode or not done.stdout:
        raise ValueError(done.stderr.strip() or f"the check of {file} ended without an answer.")
    return Verdict(**json.loads(done.stdout.splitlines()[-1]))


def grade(folder: Path, language: str = "en") -> Grades:
    """Check the work of a class: one folder for each student, with the exercises' files.

    Parameters
    ----------
    folder : pathlib.Path
    language : {"en", "ko"}

    Returns
    -------
    dict of str to dict of str to Verdict
        By student and chapter; a chapter that a student has not handed in is not there.

    Raises
    ------
    FileNotFoundError
        If no student's folder has a file of an exercise.
    """
    students = sorted(path for path in folder.glob("*") if path.is_dir())
    places = [
        (student.name, chapter, work.file_of(student, chapter))
        for student in students
        for chapter in names()
    ]
    found = [place for place in places if place[2].exists()]
    if not found:
        raise FileNotFoundError(
            f"{folder} has no folder with a file such as {names()[0]}.py. Put each student's files "
            "into a folder with the student's name."
        )
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = pool.map(lambda place: in_time(place[1], place[2], language), found)
        grades: Grades = {student.name: {} for student in students}
        for (student, chapter, _), verdict in zip(found, verdicts, strict=True):
            grades[student][chapter] = verdict
    return grades


def table(grades: Grades) -> str:
    """Return a line for each student: ``+`` right, ``-`` not yet, ``.`` not handed in."""
    width = max(len(student) for student in grades)
    lines = ["  ".join([" " * width, *(name[:2] for name in names()), "right"])]
    for student, verdicts in grades.items():
        marks = [
            "." if name not in verdicts else "+" if verdicts[name].ok else "-" for name in names()
        ]
        right = f"{marks.count('+'):5}"
        lines.append("  ".join([student.ljust(width), *(f" {mark}" for mark in marks), right]))
    return "".join(f"{line}\n" for line in lines)


def as_csv(grades: Grades) -> str:
    """Return a table for a spreadsheet: 1 or 0, and what is said, for each exercise handed in.

    A text that begins like a formula (a folder may be called ``=1+1``) gets a ``'`` before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["student", "chapter", "right", "kind", "text"])
    for student, verdicts in grades.items():
        for name, one in verdicts.items():
            writer.writerow([_cell(student), name, int(one.ok), one.kind, _cell(one.text)])
    return out.getvalue()


def _cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
