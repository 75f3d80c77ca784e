"""The chapters: every step runs, every number is computed, and the languages say the same."""

import ast
import json
import re
from pathlib import Path

import pytest

from numcnn.course import numbers
from numcnn.course.chapter import FOLDER, VALUE, named, names, pages, parse, question
from numcnn.course.languages import PAIRS, changed, fingerprints

BOTH = pages("ko")


@pytest.mark.parametrize("name", pages())
@pytest.mark.filterwarnings("ignore:after epoch:UserWarning")  # chapter 11 breaks networks
def test_every_step_runs_and_every_number_is_computed(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # for files that steps write
    monkeypatch.setattr("numcnn.visor.pages.saved.report", no_report)
    assert numbers.compute(named(name)) == numbers.stored()[name]


def no_report(model, history, data, path):
    """Write nearly nothing: a report takes seconds, and has tests of its own."""
    Path(path).write_text("report", "utf-8")


@pytest.mark.parametrize("name", names())
def test_a_chapter_has_all_its_parts(name):
    chapter = named(name)
    kinds = {block.kind for block in chapter.blocks}
    assert {"text", "code-cell", "question", "exercise", "hint", "keep"} <= kinds
    assert len(chapter.hints) >= 3
    assert VALUE.search(
        "".join(block.body for block in chapter.blocks if block.kind != "code-cell")
    )
    for block in chapter.of_kind("question"):
        asked = question(block)
        assert sum(right for _, right in asked.choices) == 1
        assert asked.answer
        assert asked.text
    assert len(re.findall(r"^\d\. ", chapter.of_kind("keep")[0].body, re.M)) == 3


@pytest.mark.parametrize("name", BOTH)
def test_both_languages_have_the_same_steps(name):
    en, ko = named(name), named(name, "ko")
    assert [b.kind for b in en.blocks] == [b.kind for b in ko.blocks]
    assert [b.argument for b in en.blocks] == [b.argument for b in ko.blocks]
    assert en.steps == ko.steps
    assert code(en.starter) == code(ko.starter)
    values = set(VALUE.findall("".join(b.body for b in ko.blocks)))
    assert values == set(VALUE.findall("".join(b.body for b in en.blocks)))
    for ours, theirs in zip(en.of_kind("question"), ko.of_kind("question"), strict=True):
        right = [[is_right for _, is_right in question(one).choices] for one in (ours, theirs)]
        assert right[0] == right[1]


def test_there_are_two_tutorials_in_both_languages():
    assert pages("en")[-2:] == pages("ko")[-2:] == ["tutorial-digits", "tutorial-clothes"]


def code(source: str) -> str:
    """The code without its docstrings and comments, which are translated."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if ast.get_docstring(node) if isinstance(node, ast.FunctionDef | ast.ClassDef) else None:
            node.body[0] = ast.Pass()
    return ast.dump(tree)


def test_the_words_of_both_languages_are_the_same():
    en, ko = (
        json.loads((FOLDER / lang / "words.json").read_text("utf-8")) for lang in ("en", "ko")
    )
    assert {part: list(en[part]) for part in en} == {part: list(ko[part]) for part in ko}
    for kind, text in en["mistakes"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(
            re.findall(r"\{\w+\}", ko["mistakes"][kind])
        )


def test_no_language_has_moved_without_the_other():
    assert not changed(), "read the other language's block, then python -m numcnn.course.languages"


@pytest.mark.parametrize("name", [BOTH[0], "words.json"])
def test_a_change_in_one_language_is_found(name):
    stored = json.loads(PAIRS.read_text("utf-8"))
    moved = fingerprints(name)
    moved[0] = [moved[0][0], "0" * 12]
    assert changed({**stored, name: moved}) == [f"{name}: block 1"]


def test_a_fence_that_is_not_closed_or_known_is_refused():
    with pytest.raises(ValueError, match="line 1: the fence of 'hint' is not closed"):
        list(parse("```{hint}\ntext"))
    with pytest.raises(ValueError, match="line 2: 'hnit' is none of"):
        list(parse("a\n```{hnit}\ntext\n```"))
