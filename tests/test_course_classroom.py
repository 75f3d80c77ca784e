"""What a teacher uses: the work of a class is checked, and a wheelhouse is made."""

import csv
import io
import json
import subprocess

import pytest

from numcnn.course import wheelhouse
from numcnn.course.__main__ import main
from numcnn.course.chapter import named, names
from numcnn.course.exercises import Verdict
from numcnn.course.exercises.classroom import as_csv


def test_a_class_is_checked_in_one_command(tmp_path, capsys):
    for student, chapter, text in (
        ("anna", "07-adam", named("7").solution),
        ("anna", "02-convolution", named("2").starter),
        ("ben", "07-adam", "x = (\n"),
    ):
        (tmp_path / student).mkdir(exist_ok=True)
        (tmp_path / student / f"{chapter}.py").write_text(text, "utf-8")
    (tmp_path / "kim").mkdir()
    sheet = tmp_path / "grades.csv"
    assert main(["grade", str(tmp_path), "--csv", str(sheet)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == [name[:2] for name in names()] + ["right"]
    marks = {line[0]: line[1:] for line in lines[1:]}
    place = names().index("07-adam")
    assert {student: row[place] for student, row in marks.items()} == {
        "anna": "+",
        "ben": "-",
        "kim": ".",
    }
    assert [row[-1] for row in marks.values()] == ["1", "0", "0"]
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["student"], row["chapter"], row["kind"]) for row in csv.DictReader(file)]
    assert rows == [
        ("anna", "02-convolution", "unchanged"),
        ("anna", "07-adam", "right"),
        ("ben", "07-adam", "syntax"),
    ]


def test_a_class_without_files_is_told_how_to_put_them(tmp_path, capsys):
    assert main(["grade", str(tmp_path)]) == 2
    assert "into a folder with the student's name" in capsys.readouterr().out


@pytest.fixture
def pip(monkeypatch):
    """Note what pip is asked for; write a wheel of numcnn where it is."""
    asked = []

    def run(command, **options):
        asked.append(command[3:])
        if command[3] == "wheel":
            folder = command[command.index("--wheel-dir") + 1]
            (wheelhouse.Path(folder) / "numcnn-0.1.0-py3-none-any.whl").write_bytes(b"wheel")
        return subprocess.CompletedProcess(command, int("nonsense" in command))

    monkeypatch.setattr(wheelhouse.subprocess, "run", run)
    return asked


def test_a_wheelhouse_has_what_windows_asks_for(pip, tmp_path, capsys):
    arguments = ["--platform", "win_amd64", "--platform", "macosx_11_0_arm64", "--python", "3.12"]
    assert main(["wheelhouse", str(tmp_path), *arguments]) == 0
    assert "pip install --no-index --find-links" in capsys.readouterr().out
    _, windows, mac = pip
    assert {"win_amd64", "3.12", "colorama", "tzdata"} <= set(windows)
    assert "macosx_11_0_arm64" in mac and "colorama" not in mac
    assert all(one[-1].endswith("[course]") for one in (mac,))


def test_a_platform_that_pip_does_not_know_is_told(pip, tmp_path, capsys):
    assert main(["wheelhouse", str(tmp_path), "--platform", "nonsense"]) == 2
    assert "names of platforms such as win_amd64" in capsys.readouterr().out


@pytest.mark.parametrize("language", ["en", "ko"])
def test_notebooks_for_nbgrader_pass_with_their_solution_and_fail_without(tmp_path, language):
    folder = ["export", str(tmp_path), "--nbgrader", "--language", language]
    assert main(folder) == 0
    file = tmp_path / "source" / "07-adam" / "07-adam.ipynb"
    answer, test = (
        cell
        for cell in json.loads(file.read_text("utf-8"))["cells"]
        if "nbgrader" in cell["metadata"]
    )
    assert answer["metadata"]["nbgrader"]["solution"]
    assert (test["metadata"]["nbgrader"]["grade"], test["metadata"]["nbgrader"]["points"]) == (1, 1)
    given, _, rest = answer["source"].partition("### BEGIN SOLUTION\n")
    names = {}
    exec(given, names)
    with pytest.raises(AssertionError, match="07-adam: not yet"):
        exec(test["source"], names)
    exec(rest, names)
    exec(test["source"], names)


def test_an_exported_notebook_is_never_overwritten(tmp_path, capsys):
    assert main(["export", str(tmp_path)]) == 0
    mine = tmp_path / "02-convolution.ipynb"
    assert json.loads(mine.read_text("utf-8"))["nbformat"] == 4
    mine.write_text("mine", "utf-8")
    assert main(["export", str(tmp_path)]) == 0
    assert mine.read_text("utf-8") == "mine"


def test_no_cell_for_a_spreadsheet_is_a_formula():
    said = Verdict("07-adam", False, "numbers", "+ 1 is missing")
    names_and_texts = [
        (row["student"], row["text"])
        for row in csv.DictReader(io.StringIO(as_csv({"=1+1": {"07-adam": said}, "anna": {}})))
    ]
    assert names_and_texts == [("'=1+1", "'+ 1 is missing")]
