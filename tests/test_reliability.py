"""The scorecard of benchmarks/reliability: what its scripts say is read as they mean it."""

import importlib.util
import shlex

import pytest

from benchmarks.reliability import planted, rows, suite, table
from benchmarks.reliability.processes import PROJECT, python

GOOD = "  a detail: 1 of 9 so\nfiles: 9 of 10 good (1 odd)\nlinks: 1,000 of 1,000 good\n"
NOTICED = "control, a file without its seal: noticed\n"


def test_what_a_script_says_is_added_up():
    found = table.read_outcome(GOOD.replace("9 of 10", "10 of 10") + NOTICED, 0, 1.0)
    assert (found.good, found.tried, found.right) == (True, 1_010, 1_010)
    assert found.controls == ["a file without its seal: noticed"]
    assert found.said[0] == "files: 10 of 10 good (1 odd)"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (GOOD + NOTICED, 0),  # one of ten is not good
        ("links: 5 of 5 good\n", 0),  # nothing shows that a fault would be seen
        ("links: 5 of 5 good\ncontrol, no seal: NOT noticed\n", 0),
        ("links: 5 of 5 good\n" + NOTICED, 1),
        ("links: 5 of 5 good\n" + NOTICED, None),  # it did not end
        (NOTICED, 0),  # nothing was tried
        ("links: 0 of 0 good\n" + NOTICED, 0),
    ],
)
def test_a_row_is_met_only_if_all_are_good_and_the_control_fails(said, status):
    found = table.read_outcome(said, status, 1.0)
    assert not found.good
    assert "NOT MET" in table.table({8: [found]})[0]
    assert "**not met**" in table.page({8: [found]})


def test_all_21_rows_are_there_and_name_scripts_that_exist():
    assert list(rows.ROWS) == list(range(1, 22))
    for row in rows.ROWS.values():
        for command in (*row.full, *row.quick):
            name = shlex.split(command)[0]
            assert importlib.util.find_spec(f"benchmarks.reliability.{name}"), command


def test_every_planted_bug_fits_its_file():
    bugs = planted.all_bugs()
    assert len(bugs) > 200
    for bug in bugs:
        source = (PROJECT / bug.file).read_text("utf-8")
        changed = planted.planted(bug, source)
        assert changed != source
        compile(changed, bug.file, "exec")
        for test in bug.tests:
            file, _, name = test.partition("::")
            tests = (PROJECT / file).read_text("utf-8")
            assert not name or f"def {name.partition('[')[0]}(" in tests, test
    assert set(rows.THE_SIX) <= {bug.note for bug in bugs}


def test_a_process_that_hangs_is_ended_with_what_it_started():
    child = "[sys.executable, '-c', 'import time; time.sleep(60)']"  # would hold the output open
    said, status = python(["-c", f"import subprocess, sys; subprocess.run({child})"], 1)
    assert (said, status) == ("", None)


def test_a_loop_that_reads_too_far_is_noticed_where_nothing_is_compiled(capsys):
    assert suite.control("off")
    assert "IndexError" in capsys.readouterr().out
