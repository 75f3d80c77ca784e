"""The chapters as Jupyter notebooks: the same text and steps, with the check in a cell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from numcnn.course.chapter import Block, Chapter, named, names, pages, question
from numcnn.course.numbers import filled

IMPORT = "from numcnn.course.exercises import check\n\n"


def export(folder: Path, language: str = "en") -> list[Path]:
    """Write a notebook for each chapter, where there is none yet; return the new ones."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in pages(language):
        file = folder / f"{name}.ipynb"
        if not file.exists():
            text = json.dumps(notebook(named(name, language)), indent=1, ensure_ascii=False)
            file.write_text(f"{text}\n", "utf-8")
            written.append(file)
    return written


def export_for_nbgrader(folder: Path, language: str = "en") -> list[Path]:
    """Write the chapters with an exercise as nbgrader's source notebooks; return the new ones.

    Each is an assignment of its own, ``source/07-adam/07-adam.ipynb``: a cell with the
    solution, which ``nbgrader generate_assignment`` takes out, and a cell that checks, for a point.
    """
    written = []
    for name in names(language):
        file = folder / "source" / name / f"{name}.ipynb"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            content = notebook(named(name, language), graded=True)
            file.write_text(f"{json.dumps(content, indent=1, ensure_ascii=False)}\n", "utf-8")
            written.append(file)
    return written


def notebook(read: Chapter, graded: bool = False) -> dict[str, Any]:
    """Return a chapter as the content of an ``.ipynb`` file; if `graded`, for nbgrader."""
    exercise = _graded if graded else _exercise
    cells = [
        cell
        for block in read.blocks
        for cell in (exercise(block, read) if block.kind == "exercise" else _cells(block, read))
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"{read.name}-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel},
        "cells": cells,
    }


def _cells(block: Block, read: Chapter) -> list[dict[str, Any]]:
    if block.kind in ("text", "keep"):
        return [_text(filled(block.body, read))]
    if block.kind == "code-cell":
        return [_code(block.body)]
    if block.kind == "question":
        asked = question(block)
        choices = "\n".join(f"- {text}" for text, _ in asked.choices)
        text = f"**?** {asked.text}\n\n{choices}\n\n<details><summary>…</summary>\n\n"
        return [_text(filled(f"{text}{asked.answer}\n\n</details>", read))]
    if block.kind == "hint":
        return [_text(f"<details><summary>?</summary>\n\n{block.body.strip()}\n\n</details>")]
    return []


def _exercise(block: Block, read: Chapter) -> list[dict[str, Any]]:
    call = f'check("{read.number}", globals(), "{read.language}")'
    return [_code(block.body), _code(f"{IMPORT}{call}")]


def _graded(block: Block, read: Chapter) -> list[dict[str, Any]]:
    """Return the cell to be solved, with its solution, and the cell that is graded."""
    solution = f"### BEGIN SOLUTION\n{read.solution.strip()}\n### END SOLUTION"
    call = f'check("{read.number}", globals(), "{read.language}", strict=True)'
    cells = [_code(f"{block.body}\n\n{solution}"), _code(f"{IMPORT}{call}")]
    kinds = [("answer", {"solution": True}), ("check", {"grade": True, "locked": True})]
    for cell, (name, kind) in zip(cells, kinds, strict=True):
        usual = {"grade": False, "solution": False, "locked": False, "task": False}
        known = {"schema_version": 3, "grade_id": f"{read.name}-{name}", **usual, **kind}
        cell["metadata"] = {"nbgrader": known | ({"points": 1} if known["grade"] else {})}
    return cells


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(source: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"execution_count": None, "outputs": []}
    return {"cell_type": "code", "metadata": {}, "source": source.strip("\n"), **empty}
