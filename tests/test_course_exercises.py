"""The exercises of the course: solutions pass, and wrong answers are told what is wrong."""

import io
import json

import pytest
from wrong_answers import WRONG

from numcnn.course import work
from numcnn.course.__main__ import main
from numcnn.course.chapter import LANGUAGES, named, names
from numcnn.course.exercises import examine
from numcnn.course.exercises.advice import ADVICE
from numcnn.course.exercises.verdict import words

CASES = [(name, *case) for name, cases in WRONG.items() for case in cases]


def test_every_chapter_has_its_wrong_answers():
    assert sorted(WRONG) == names()
    assert all(len(cases) >= 8 for cases in WRONG.values())


@pytest.mark.parametrize("name", names())
def test_the_solution_is_right(name):
    verdict = examine(name, named(name).solution)
    assert verdict, verdict


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", names())
def test_an_empty_answer_and_the_given_code_fail(name, language):
    if name not in names(language):
        pytest.skip(f"chapter {name} is not in {language} yet")
    assert examine(name, "", language).kind == "empty"
    assert examine(name, "# nothing\n", language).kind == "empty"
    assert examine(name, named(name, language).starter, language).kind == "unchanged"
    broken = examine(name, "x = 1\ny = (\n", language)
    assert (broken.kind, broken.line, broken.source) == ("syntax", 2, "y = (")
    raising = examine(name, "x = 1\nx / 0\n", language)
    assert (raising.kind, raising.line, raising.source) == ("raised", 2, "x / 0")
    assert examine(name, "x = 1\n", language).kind == "missing"


@pytest.mark.parametrize(("name", "old", "new", "said"), CASES)
def test_a_wrong_answer_is_told_what_is_wrong(name, old, new, said):
    solution = named(name).solution
    assert old in solution
    verdict = examine(name, solution.replace(old, new))
    assert not verdict
    if verdict.kind != said:
        assert verdict.kind in ("layer", "raised"), verdict
        assert said in verdict.text, verdict


ERRORS = {
    "power": ("07", "0.9**t", "0.9^t"),
    "truth": ("13", "np.maximum(x @ w, 0)", "max(x @ w, 0)"),
    "one_number": ("04", "np.exp", "__import__('math').exp"),
    "whole": ("03", "H // 2, W // 2))", "H / 2, W / 2))"),
    "in_place": ("01", "    return images", "    images /= 255\n    return images"),
    "one_place": ("10", "before[answer] - predict(covered)[answer]", "before"),
    "nothing": ("03", "    return y\n", "    return None + y\n"),
    "shapes": ("14", "return y.reshape", "return (x + kernel).reshape"),
    "product": ("14", "@ kernel.ravel()", "@ kernel"),
    "reshape": ("01", "(-1, 28, 28, 1)", "(1000, 28, 28, 1)"),
    "axis": ("08", "argmax(axis=1)", "argmax(axis=2)"),
    "outside": ("09", "if 0 <= row", "if True or 0 <= row"),
    "input": ("02", "import numpy as np", "import numpy as np\n\nn = input()"),
    "exit": ("02", "import numpy as np", "import numpy as np\n\nexit()"),
    "unknown": ("02", "= x.shape", "= images.shape"),
    "indentation": ("04", "    e = np.exp", "  e = np.exp"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_of_python_is_explained(language, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    said = words(language)["advice"]
    assert list(said) == list(ERRORS)
    assert set(ADVICE.values()) == set(ERRORS)
    for kind, (chapter, old, new) in ERRORS.items():
        solution = named(chapter).solution
        assert old in solution, kind
        verdict = examine(chapter, solution.replace(old, new), language)
        assert said[kind] in verdict.text, (kind, verdict)


def test_an_error_is_told_with_the_arguments_of_the_call():
    wrong = named("09").solution.replace("if 0 <= row", "if True or 0 <= row")
    said = str(examine("09", wrong))
    assert "line 11: moved[row + down, column + right] = image[row, column]" in said
    assert "The check called shift(image (5, 6), down = 1, right = 0)." in said


def test_every_mistake_of_a_chapter_can_be_made():
    """A sentence that no wrong answer brings up is not tested, or can't be reached."""
    for name, cases in WRONG.items():
        said = {kind for *_, kind in cases}
        assert len(set(named(name).mistakes) - said) <= 2, (name, set(named(name).mistakes) - said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_lacks_a_value(language):
    values = dict.fromkeys(
        ["name", "got", "right", "place", "error", "report", "seconds", "losses", "call"], ""
    )
    for text in words(language)["mistakes"].values():
        text.format(**values)
    for name in names(language):
        for text in named(name, language).mistakes.values():
            text.format(**values)


def test_a_students_file_is_never_overwritten(tmp_path, capsys):
    assert main(["start", "--folder", str(tmp_path)]) == 0
    mine = tmp_path / "02-convolution.py"
    mine.write_text("my work", "utf-8")
    assert main(["start", "--folder", str(tmp_path)]) == 0
    assert mine.read_text("utf-8") == "my work"
    with pytest.raises(work.ChangedElsewhereError):
        work.save(mine, "other text", work.version(tmp_path / "01-pixels.py"))
    with pytest.raises(work.ChangedElsewhereError):
        work.save(mine, "other text", None)
    assert mine.read_text("utf-8") == "my work"
    work.save(mine, "next", work.version(mine))
    assert mine.read_text("utf-8") == "next"


def test_the_command_checks_a_folder_and_prints_json(tmp_path, capsys):
    (tmp_path / "07-adam.py").write_text("def adam_step(*a):\n    pass\n", "utf-8")
    assert main(["check", "--folder", str(tmp_path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [(one["chapter"], one["kind"]) for one in found] == [
        ("07-adam", "returns_none"),
    ]


def test_the_command_says_what_is_missing(tmp_path, capsys):
    assert main(["check", "2", "--folder", str(tmp_path)]) == 2
    assert "python -m numcnn.course start" in capsys.readouterr().out
    assert main(["hint", "2", "99"]) == 2
    assert main(["check", "99"]) == 2
    assert "there is no chapter '99'" in capsys.readouterr().out


def test_a_check_without_an_end_is_ended(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("numcnn.course.exercises.classroom.LONGEST", 1)
    (tmp_path / "02-convolution.py").write_text("while True:\n    pass\n", "utf-8")
    assert main(["check", "2", "--folder", str(tmp_path)]) == 1
    assert "within 1 seconds" in capsys.readouterr().out


def test_hints_come_one_by_one(capsys):
    assert main(["hint", "2", "1"]) == 0
    assert capsys.readouterr().out.startswith("1 of 3: Begin with")
