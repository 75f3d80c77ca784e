"""Training in several processes (`numcnn.parallel`), with whatever MPI library is installed."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import numcnn
from numcnn import parallel
from numcnn.callbacks import BackupAndRestore
from numcnn.parallel.together import digest

PROGRAMS = Path(__file__).with_name("parallel_programs.py")
SECONDS = 60
"""For a whole program; a rank that waited for ever would take longer."""


def launcher():
    """Return mpiexec of this environment, and its options; skip where there is none."""
    beside = str(Path(sys.executable).parent)
    mpiexec = shutil.which("mpiexec", path=beside) or shutil.which("mpiexec")
    if importlib.util.find_spec("mpi4py") is None or mpiexec is None:
        pytest.skip("training in several processes needs mpi4py and an MPI library")
    about = subprocess.run([mpiexec, "--version"], capture_output=True, text=True, check=False)
    return [mpiexec, *(["--oversubscribe"] if "HYDRA" not in about.stdout else [])]


def run(ranks, *arguments, script=PROGRAMS, cwd=None):
    """Run a program in so many ranks; return its exit code and all that it printed."""
    command = [*launcher(), "-n", str(ranks), sys.executable, "-m", "mpi4py", str(script)]
    allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    ours = {"NUMCNN_ENGINE": "reference", "PYTHONPATH": str(Path(numcnn.__file__).parents[1])}
    done = subprocess.run(
        [*command, *map(str, arguments)],
        env={**os.environ, **allowed, **ours},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


def passes(name, ranks, folder):
    code, printed = run(ranks, name, folder)
    assert code == 0, printed
    for rank in range(ranks):
        assert f"rank {rank} of {ranks} is done" in printed


@pytest.mark.parametrize("ranks", [2, 3, 4])
def test_history_is_that_of_one_process(ranks, tmp_path):
    passes("equal", ranks, tmp_path)


def test_batches_may_come_from_a_generator(tmp_path):
    passes("generated", 3, tmp_path)


def test_sums_in_order_repeat_byte_for_byte(tmp_path):
    for folder in (tmp_path / "first", tmp_path / "second"):
        folder.mkdir()
        passes("ordered", 3, folder)
    first, second = ((tmp_path / name / "weights").read_bytes() for name in ("first", "second"))
    assert first == second


def test_running_statistics_are_those_of_all_ranks(tmp_path):
    passes("statistics", 2, tmp_path)


def test_callbacks_run_in_rank_0_and_their_changes_hold_in_all(tmp_path):
    passes("called_back", 2, tmp_path)
    histories = {(tmp_path / f"rank {rank}").read_text() for rank in (0, 1)}
    assert len(histories) == 1


def test_a_callback_may_measure_and_copy_the_model(tmp_path):
    passes("measured_and_copied_in_a_callback", 2, tmp_path)


def test_nan_in_one_rank_ends_the_training_in_all(tmp_path):
    passes("not_a_number", 2, tmp_path)


@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 1)])
def test_training_resumes_with_another_number_of_ranks(before, after, tmp_path):
    code, printed = run(before, "interrupted", tmp_path)
    assert code != 0
    assert "the power fails" in printed
    passes("resumed", after, tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("other_data", "rank 1 has another argument x than rank 0"),
        ("other_model", "rank 1 has another model than rank 0"),
        ("refused_in_one_rank", "rank 1 can't take part: ValueError: the model takes x of shape"),
        ("few_samples", "the first batch has 1 sample, too few for 2 ranks"),
        ("other_number_of_batches", "the ranks were given different numbers of batches"),
        ("failing", "rank 0 failed, so all 2 ranks end."),
    ],
)
def test_mistake_ends_all_ranks_with_a_sentence(name, message, tmp_path):
    code, printed = run(2, name, tmp_path)
    assert code != 0
    assert message in printed
    assert "is done" not in printed
    assert "KeyError" not in printed


def test_refusal_in_all_ranks_can_be_caught(tmp_path):
    passes("refused_in_all", 2, tmp_path)


def test_death_of_a_rank_ends_all_and_leaves_a_checkpoint(tmp_path):
    start = time.monotonic()
    code, _ = run(2, "dying", tmp_path)
    assert code != 0
    assert time.monotonic() - start < SECONDS / 2
    network = importlib.import_module("parallel_programs").network
    model = network()
    backup = BackupAndRestore(tmp_path / "backup", delete_checkpoint=False)
    x, y = np.zeros((4, 10, 10, 1)), np.zeros(4)
    model.fit(x, y, epochs=1, initial_epoch=1, callbacks=[backup], verbose=0)
    assert model.optimizer.iterations > 0


def test_one_process_needs_no_mpiexec():
    pytest.importorskip("mpi4py", reason="training in several processes needs mpi4py")
    launcher()
    model = numcnn.Sequential([numcnn.layers.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    history = parallel.fit(model, np.ones((8, 2)), np.ones(8), verbose=0)
    assert len(history.history["loss"]) == 1


def test_without_mpi_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(ImportError, match=r'needs mpi4py: pip install "numcnn\[mpi\]"'):
        parallel.size()


def test_digest_tells_values_apart():
    array = np.arange(4.0)
    assert digest(array) == digest(array.copy())
    others = [
        array[:3],
        array.astype("f4"),
        array.reshape(2, 2),
        -array,
        [1],
        (),
        None,
        "x",
        {1: 2},
    ]
    assert len({digest(value) for value in [array, *others]}) == len(others) + 1


def test_example_trains_in_two_ranks(tmp_path):
    example = PROGRAMS.parents[1] / "examples" / "two_machines.py"
    code, printed = run(
        2, "--data=digits", "--epochs=1", "--samples=320", script=example, cwd=tmp_path
    )
    assert code == 0, printed
    assert printed.count("2 ranks, generated handwriting: accuracy") == 1
    assert "sum over 2 ranks" in printed
