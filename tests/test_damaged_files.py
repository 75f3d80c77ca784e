"""Damaged, crafted and interrupted model files, a small number of each.

The scripts in benchmarks/reliability do the same with thousands.
"""

import random
import subprocess
import sys

import pytest

from benchmarks.reliability import damaged_files, disks, interrupted, killed
from benchmarks.reliability.crafted import CRAFTED, small_model
from numcnn.models import ModelFileError, load_model

ENDINGS = damaged_files.ENDINGS


@pytest.fixture(scope="module")
def model():
    return small_model()


@pytest.mark.parametrize("name", CRAFTED)
def test_a_crafted_file_is_refused(tmp_path, name):
    ending, make = CRAFTED[name]
    make(tmp_path / ending)
    with pytest.raises(ModelFileError, match=ending):
        load_model(tmp_path / ending)


@pytest.mark.parametrize(
    ("ending", "repaired"),
    [*((ending, False) for ending in ENDINGS), ("model.safetensors", True)],
)
def test_a_damaged_file_is_refused_or_harmless(tmp_path, model, ending, repaired):
    path = tmp_path / ending
    (model.save_weights if ".weights." in ending else model.save)(path)
    whole = path.read_bytes()
    other = small_model(seed=2)
    before = damaged_files.state(other)
    refused = 0
    for number in range(150):
        damaged = damaged_files.damaged_bytes(whole, random.Random(f"{ending} {number}"))
        if repaired:
            damaged = damaged_files.with_checksum(damaged)
        path.write_bytes(damaged)
        outcome = damaged_files.outcome_of(path, other, before, model)
        assert not outcome.startswith("BAD"), (number, outcome)
        refused += outcome == "refused"
        if damaged_files.state(other) != before:
            other = small_model(seed=2)
    assert refused > 100


def test_a_reader_without_a_checksum_is_caught(tmp_path):
    damaged_files.control(tmp_path)


posix = pytest.mark.skipif(sys.platform == "win32", reason="needs the signals of POSIX")


@pytest.fixture
def quick_start(monkeypatch):
    """Spare other processes the compiling."""
    monkeypatch.setenv("NUMCNN_ENGINE", "reference")


@posix
def test_whatever_is_left_by_a_process_killed_while_it_saves_can_be_loaded(quick_start):
    whole, _ = killed.killed_while_saving(2, random.Random(1), guarded=True)
    assert whole == 2  # how many were killed amid a save is chance


@posix
def test_a_training_killed_and_resumed_ends_with_the_same_bytes(quick_start):
    assert killed.resumed(random.Random(2), most_kills=1)


@posix
def test_ctrl_c_stops_a_training_within_a_second_and_leaves_all_of_it_usable(quick_start):
    took = interrupted.interrupted(0.1)
    assert took is not None and took < 1


@pytest.mark.skipif(not disks.may_be_refused(), reason="needs a user who may not do everything")
def test_a_disk_that_refuses_leaves_the_old_file_and_the_error_names_it(quick_start):
    command = [sys.executable, "-m", "benchmarks.reliability.disks"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "47 of 47 as they should be" in run.stdout
    assert "the old file is gone" in run.stdout
