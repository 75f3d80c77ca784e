"""The museum: every exhibit is short, trains, and has its row; pictures are drawn."""

import importlib
import re
import runpy
import sys
from pathlib import Path

import pytest

import numcnn

ROOT = Path(__file__).parents[1]
MUSEUM = ROOT / "examples" / "museum"


@pytest.fixture(autouse=True)
def inside(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(MUSEUM))
    monkeypatch.chdir(tmp_path)
    with numcnn.use_engine("reference"):  # which compiles nothing
        yield


def test_every_exhibit_has_its_row_and_at_most_80_lines():
    import hall

    assert len(hall.EXHIBITS) == 9
    for name in hall.EXHIBITS:
        assert len((MUSEUM / f"{name}.py").read_text("utf-8").splitlines()) <= 80
        row = hall.row(name, images=20, epochs=1)
        accuracy = row.split()[-2]
        assert accuracy.endswith("%")
        assert 0 <= float(accuracy[:-1]) <= 100
        assert len(row) == len(hall.HEAD)


def test_every_exhibit_states_what_the_table_says():
    import hall

    table = (ROOT / "docs" / "museum.md").read_text("utf-8").splitlines()
    assert hall.HEAD in table
    for name in hall.EXHIBITS:
        exhibit = importlib.import_module(name)
        (row,) = (line for line in table if line.startswith(exhibit.NAME.ljust(20)))
        assert row.startswith(hall.described(exhibit, exhibit.build()))
        accuracy, seconds = row.split()[-2:]
        stated = re.search(r"Measured: (.*) % .* after (.*) s of training", exhibit.__doc__)
        assert stated.groups() == (accuracy.rstrip("%"), seconds)


def test_an_exhibit_draws_its_graph(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["resnet.py", "--images", "40", "--epochs", "1"])
    runpy.run_path(str(MUSEUM / "resnet.py"), run_name="__main__")
    assert Path("resnet.png").stat().st_size > 10_000
    printed = capsys.readouterr().out
    assert "Connected to" in printed
    assert "ResNet" in printed


def test_the_gradient_reaches_the_first_layer_of_the_residual_network(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["deeper.py", "--images", "20", "--epochs", "1"])
    runpy.run_path(str(MUSEUM / "deeper.py"), run_name="__main__")
    assert Path("deeper.png").stat().st_size > 5_000
    shares = [
        float(line.split(" gets ")[1].split()[0])
        for line in capsys.readouterr().out.splitlines()
        if " gets " in line
    ]
    assert shares[0] < 0.01 * shares[1]
