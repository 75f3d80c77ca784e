"""The benchmarks build what they say, refuse who computes something else, and count right."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import numcnn
from benchmarks import __main__ as command_line
from benchmarks import (
    crew,
    drawing,
    ladder,
    models,
    networks,
    pad_speed,
    processes,
    public_programs,
    race,
    record,
    roofline,
    targets,
    verify,
    winograd,
)
from benchmarks.contestants import BOOKS, OURS, TUTORIALS, NotMine
from benchmarks.contestants.books import Books
from benchmarks.contestants.ours import Numcnn
from benchmarks.networks import NETWORKS
from benchmarks.pages import Report
from benchmarks.race import Pace
from benchmarks.record import Result
from benchmarks.records import digits as of_records
from benchmarks.worker import Worker
from numcnn import machine
from numcnn.datasets import digits
from numcnn.datasets.files.sprite import write_sprite
from numcnn.engine import definition

QUICK = Pace(rounds=3, seconds=0.0, patience=0.0)


class InThisProcess:
    """A member of the crew that needs no process."""

    def __init__(self, name, contestant):
        self.name, self.worker = name, Worker(contestant)

    def ask(self, method, *arguments):
        try:
            return getattr(self.worker, method)(*arguments)
        except NotMine as reason:
            raise crew.Absent(str(reason)) from reason


class WithoutBiasCorrection(Books):
    """Adam as if infinitely many steps had been made."""

    def _network(self, task):
        network = super()._network(task)
        network.t = 10**6
        return network


class UpsideDown(Books):
    """Convolutions that turn the kernel round, as mathematics does and networks do not."""

    def _network(self, task):
        k1, *others = task.weights
        return super()._network(task._replace(weights=[k1[::-1, ::-1], *others]))


def test_models_have_the_parameters_of_the_tutorials():
    assert models.build("A").count_params() == 5_994
    assert models.build("B", dropout=0.4).count_params() == 333_526


CHAINS = [name for name in NETWORKS if name not in ("resnet8", "mobile")]


@pytest.mark.parametrize("name", CHAINS)
def test_a_network_has_the_shapes_and_weights_that_its_rows_say(name):
    network = NETWORKS[name]
    weights = networks.weights(network.rows, network.image, np.random.default_rng(0))
    model = models.build(name, weights=weights)
    assert [w.shape for w in model.get_weights()] == [w.shape for w in weights]
    assert networks.shapes(network.rows, network.image)[-1] == model.output_shape[1:] == (10,)
    counted = sum(networks.count_of_weights(row) for row in networks.flat(network.rows))
    assert counted == len(weights)


def test_multiplications_are_those_of_the_formula():
    conv1, conv2, dense = 24 * 24 * 8 * 25, 8 * 8 * 16 * 8 * 25, 256 * 10
    assert networks.multiplications(NETWORKS["A"].rows, networks.DIGIT) == conv1 + conv2 + dense
    block = networks.residual(32, 2)
    assert networks.multiplications((block,), (8, 8, 16)) == 16 * 32 * (9 * 16 + 9 * 32 + 16)
    assert command_line.steps("A", 32) == 32
    assert command_line.steps("vggbn", 512) == 1


def test_larger_images_have_the_digit_in_their_middle():
    images, _ = models.data(3, networks.COLOUR)
    digits, _ = models.data(3)
    assert images.shape == (3, 32, 32, 3) and images.dtype == np.float32
    inside = images[:, 2:-2, 2:-2, 1:2]
    assert np.corrcoef(inside.ravel(), digits.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("what", ["train", "predict"])
def test_who_computes_something_else_is_refused_and_not_timed(what):
    members = [
        InThisProcess("right", Books(None, 1)),
        InThisProcess("turned", UpsideDown(None, 1)),
        InThisProcess("hurried", WithoutBiasCorrection(None, 1)),
    ]
    result = race.run(race.task(what, "A", 8, 2), members, QUICK)
    assert "it computes something else" in result.refused["turned: im2col"]
    assert len(result.rates["right"]) == 3
    if what == "train":
        assert "it computes something else" in result.refused["hurried: im2col"]
        assert set(result.rates) == {"right"}
        shown = "\n".join(race.report_verification(result))
        assert "right (float64)" in shown
        assert "loss 2 of" in shown
    assert "turned: im2col | refused" in "\n".join(race.report_rates(result, "right"))


class Hasty(Books):
    """Has a form that computes nothing, and is fast."""

    def train(self, task):
        return {"idle": lambda: lambda: 1.0, **super().train(task)}


def test_the_fastest_form_that_is_right_is_timed():
    result = race.run(
        race.task("train", "A", 8, 2), [InThisProcess("books", Hasty(None, 1))], QUICK
    )
    assert "it computes something else" in result.refused["books: idle"]
    assert result.forms == {"books": "im2col"}
    assert result.curves["books"] == pytest.approx(result.curves["right (float64)"], rel=1e-4)
    assert max(result.rates["books"]) < 1e6  # images/s of the form that computes


@pytest.mark.parametrize("model", TUTORIALS)
def test_numcnn_takes_part_on_every_engine(engine, model):
    task = race.task("train", model, 8, 2)
    result = race.run(task, [InThisProcess("ours", Numcnn(engine, 1))], QUICK)
    assert not result.refused
    assert result.forms["ours"] in ("fit", "train_on_batch")


def test_a_contestant_may_not_take_on_a_task():
    members = [InThisProcess("books", Books(None, 1))]
    result = race.run(race.task("predict", "B", 1, 1), members, QUICK)
    assert "no dropout" in result.refused["books"]


def test_a_missing_peer_is_left_out_with_its_reason(tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("raise ImportError('there is no torch here')")
    monkeypatch.syspath_prepend(tmp_path)
    members, absent = crew.gather(["PyTorch, NCHW", BOOKS], threads=1, cores=[])
    try:
        assert absent == {"PyTorch, NCHW": "there is no torch here"}
        assert [member.name for member in members] == [BOOKS]
        task = race.task("predict", "A", 2, 1)
        assert members[0].ask("try_all", task, 0.0)["im2col"] > 0
        rate, others = members[0].ask("time", 0.0)
        assert rate > 0
        assert others >= 0
    finally:
        for member in members:
            member.dismiss()


def test_ratios_are_medians_of_the_rounds_to_the_fastest_peer():
    rates = {
        OURS["fast"]: [30.0, 60.0, 40.0],
        OURS["reference"]: [8.0, 8.0, 8.0],
        "PyTorch, NCHW": [10.0, 20.0, 10.0],
        "JAX, jit": [9.0, 90.0, 9.0],
        BOOKS: [4.0, 4.0, 2.0],
    }
    fast, reference = targets.against_peers({"train A, batch 512": rates})
    target, low, middle, high, peer = fast
    assert (target.figure, peer) == ("train A, batch 512", "PyTorch, NCHW")
    assert (low, middle, high) == (3.0, 3.0, 3.5)  # of 3, 3 and 4
    assert reference[2] == 2.0
    lines = targets.table([fast, reference])
    assert "**3.00** (3.00 to 3.50) | 1.6 | 3 | aim reached | PyTorch, NCHW" in lines[2]
    assert "**2.00** (2.00 to 3.00) | 4 | 6 | missed" in lines[3]


def test_the_panel_has_a_geometric_mean_and_its_worst():
    raced = {
        f"train {name}, batch 64": {OURS["fast"]: [ours], "JAX, jit": [1.0]}
        for name, ours in (("A", 4.0), ("mlp", 1.0))
    }
    *_, mean = targets.against_peers(raced)
    assert mean[0] is targets.PANEL
    assert mean[2] == pytest.approx(2.0)
    assert mean[4] == "of 2, from 1.00 to 4.00"


def test_one_image_is_compared_with_runtimes_too_and_a_batch_is_not():
    rates = {OURS["fast"]: [4.0], "JAX, jit": [1.0], "OpenVINO": [2.0]}
    for title, ratio in (("predict A, one image", 2.0), ("predict A, batch 512", 4.0)):
        assert targets.against_peers({title: rates})[0][2] == ratio


def test_without_peers_there_is_no_ratio():
    assert targets.against_peers({"train A, batch 512": {OURS["fast"]: [1.0]}}) == []


def test_the_page_of_what_was_kept_is_one_command(tmp_path):
    keep, page = tmp_path / "kept.json", tmp_path / "page.md"
    report = Report(keep)
    report.section("Train B, batch 64", "Four hundred images a second.")
    report.save()
    command = [sys.executable, "-m", "benchmarks", "--page", "--out", page]
    run = partial(subprocess.run, cwd=Path(__file__).parents[1], capture_output=True, text=True)
    assert "needs --keep FILE" in run(command).stderr
    assert run([*command, "--keep", keep]).returncode == 0
    assert "## Train B, batch 64\n\nFour hundred images a second.\n" in page.read_text(
        encoding="utf-8"
    )


def test_a_run_keeps_its_parts_for_the_next(tmp_path):
    keep, page = tmp_path / "kept.json", tmp_path / "page.md"
    first = Report(keep)
    first.section("Train A, batch 64", "first")
    first.rates["train A, batch 64"] = {OURS["fast"]: [3.0], "JAX, jit": [1.0]}
    first.reach(targets.of(targets.IMPORT, [0.5], ""))
    first.save()
    second = Report(keep)
    second.section("Train mlp, batch 64", "second")
    second.rates["train mlp, batch 64"] = {OURS["fast"]: [1.0], "JAX, jit": [2.0]}
    second.write(page, ["# Measured", ""])
    text = page.read_text(encoding="utf-8")
    for line in (
        "| train A, batch 64 | **3.00** (3.00 to 3.00) | 1.3 | 2 | aim reached | JAX, jit |",
        "| train mlp, batch 64 | **0.50** (0.50 to 0.50) | 1.3 | 2 | missed | JAX, jit |",
        "| import numcnn | **0.50 s** (0.50 to 0.50) | 0.6 s | 0.2 s | reached |  |",
        "| train mlp |  | 0.50 (0.50 to 0.50) JAX, jit |  |",
        "## Train A, batch 64",
    ):
        assert line in text
    assert page.with_suffix(".png").exists()


@pytest.mark.parametrize(
    ("value", "word"), [(0.1, "aim reached"), (0.2, "aim reached"), (0.4, "reached"), (1, "missed")]
)
def test_for_times_less_is_better(value, word):
    assert targets.verdict(targets.IMPORT, value) == word


def test_quartiles_of_one_number_are_that_number():
    assert race.quartiles([2.0]) == (2.0, 2.0, 2.0)
    assert race.quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == (2.0, 3.0, 4.0)


def small_layer():
    rng = np.random.default_rng(0)
    x = rng.random((32, 6, 6, 2), dtype=np.float32)
    return x, rng.standard_normal((3, 3, 2, 8), dtype=np.float32)


def test_every_rung_of_the_ladder_computes_the_convolution():
    x, kernel = small_layer()
    right = definition.conv2d(x[:18], kernel, None, (1, 1), "valid")
    names = []
    for rung in ladder.rungs(x, kernel, cores=2, few=18):
        rung.work()
        np.testing.assert_allclose(rung.result()[:18], right, rtol=1e-4, atol=1e-5)
        names.append(rung.name)
    assert len(names) == len(set(names)) == 7


def test_a_rung_that_computes_something_else_is_not_timed(monkeypatch):
    zeros = np.zeros((32, 4, 4, 8), np.float32)
    monkeypatch.setattr(ladder, "im2col_and_product", lambda x, kernel: zeros)
    with pytest.raises(ValueError, match="matrix product' does not compute the convolution"):
        ladder.climb(*small_layer(), cores=1, at_least=0.0)


def test_both_ways_of_a_convolution_are_timed_once_they_agree(monkeypatch):
    with numcnn.use_engine("fast"):
        found = winograd.compare(side=8, C=8, F=12, rounds=2)
        assert set(found) == {"definition", "winograd"}
        assert min(min(seconds) for seconds in found.values()) > 0
        monkeypatch.setattr(winograd, "TOLERANCE", 1e-9)
        with pytest.raises(SystemExit, match="8 x 8, 8 -> 12: they differ by"):
            winograd.compare(side=8, C=8, F=12, rounds=1)


def test_the_record_hands_the_examples_recipe_to_everybody():
    programs = record.commands("data", "99", seed=3)
    assert programs["numcnn"][1:] == ["--data", "data", "--to", "99", "--seed", "3"]
    recipe = record.recipes()["99"]
    for name in set(programs) - {"numcnn"}:
        folder, given, seed = programs[name][1:]
        assert (folder, seed) == ("data", "3")
        assert json.loads(given) == {**recipe._asdict(), "filters": list(recipe.filters)}


def test_the_record_has_a_row_for_each_contestant():
    results = {"98": {"numcnn": Result([2.0], [98.1]), "PyTorch": Result([4.0, 6.0], [98.2, 97.9])}}
    assert record.table(results).splitlines()[2:] == [
        "| 98 % | numcnn | 2.00 s (2.00 to 2.00) | 1.0 | 98.10 to 98.10 % |",
        "| 98 % | PyTorch | 5.00 s (4.50 to 5.50) | 2.5 | 97.90 to 98.20 % |",
    ]


def test_the_records_programs_read_the_same_digits_and_learn_at_the_same_rate(tmp_path):
    write_sprite(tmp_path, *digits.generate(30))
    (x, y), (x_test, y_test) = numcnn.datasets.mnist.load_data(tmp_path)
    found, recipe = of_records.read(tmp_path), record.recipes()["99"]
    for one, other in zip(found, (x / 255, y, x_test / 255, y_test), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    assert of_records.BATCH == sys.modules[record.EXAMPLE.stem].BATCH
    schedule = numcnn.optimizers.schedules.CosineDecay(recipe.rate, recipe.epochs * 10)
    for step in (0, 7, 10 * recipe.epochs - 1):
        assert of_records.rate(recipe, step, 10) == pytest.approx(float(schedule(step)))


def test_the_ladder_reports_positive_rates():
    for rung, rate in ladder.climb(*small_layer(), cores=1, at_least=0.0):
        assert rate > 0, rung.name
    x, kernel = ladder.layer(images=16)
    assert ladder.gflop(ladder.rungs(x, kernel, 1)[1], x, kernel) == pytest.approx(16 * 409_600e-9)


def test_the_roofline_has_a_point_for_each_layer_with_operations(engine):
    found = roofline.profiles(repeats=1, batches={"A": (4,)})
    points = roofline.points(found)
    assert len(points) == 3  # two convolutions and a dense layer
    assert all(point.intensity > 0 and point.flops > 0 for point in points)
    for profile in found.values():
        loops, layers = roofline.convolution_shares(profile)
        assert 0 < layers <= loops
    picture = drawing.roofline(points, machine.measure(), "a test")
    assert picture.size[0] > picture.size[1] / 2


def test_the_tutorial_in_numcnn_says_how_good_and_how_large_it_was(tmp_path):
    file = processes.write_data(tmp_path, 400, 100)
    program, extra = processes.programs()[OURS["reference"]]
    said = json.loads(processes.run([program, str(file), "1"], extra).said)
    assert 0 <= said["accuracy"] <= 1
    assert said["peak"] == 0 or said["peak"] > 10e6
    with pytest.raises(RuntimeError, match="failed"):
        processes.run([program, str(tmp_path / "missing.npz"), "1"], extra)


def test_a_part_can_be_run_alone_and_written(tmp_path):
    root = Path(__file__).parent.parent
    out = tmp_path / "results.md"
    subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--only", "import", "--out", str(out)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=True,
        capture_output=True,
    )
    text = out.read_text(encoding="utf-8")
    assert "| import numcnn | **" in text
    assert "`python -m benchmarks --quick --only import" in text
    assert "GB/s from memory" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--only", "trian"], "--only 'trian' is in none of the names train A, batch 32; "),
        (["--threads", "0"], "--threads must be at least 1"),
        (["--rounds", "0"], "--rounds must be at least 1"),
    ],
)
def test_an_option_that_means_nothing_is_refused(monkeypatch, capsys, arguments, sentence):
    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])
    with pytest.raises(SystemExit):
        command_line.arguments()
    assert sentence in capsys.readouterr().err


def test_verification_asks_for_the_timed_form_without_and_with_dropout():
    probes = verify.probes(race.task("train", "B", 4, 2))
    assert [probe.dropout for probe, _ in probes.values()] == [0.0, 0.0, 0.4]


def test_verification_takes_adams_step_size_in_float32_and_in_float64_and_no_other():
    ((probe, passes), *_) = verify.probes(race.task("train", "mlp", 64, 1)).values()
    in_float64, in_float32 = right = verify.expected(probe, passes)
    assert verify.difference_from(probe, in_float32, in_float64)
    assert verify.difference(probe, in_float32, right) is None
    wrong = [*in_float64[:-1], in_float64[-1] * 1.002]
    assert f"loss 10 of 10 is {wrong[-1]:.5f}" in str(verify.difference(probe, wrong, right))


def test_a_point_is_shown_with_the_last_picture_of_the_first_answer_after_it():
    sent = [{"points": 2, "sent": 12, "answered": 30}, {"points": 3, "sent": 31, "answered": 45}]
    found = pad_speed.delays([0, 10, 20, 40], sent, drawn=[5, 31, 36, 90], frames=range(0, 200, 8))
    assert found.tolist() == [[12, 30, 40], [2, 20, 30], [11, 25, 28]]


def test_a_public_notebook_runs_and_one_that_fails_is_named_with_its_error(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# Title"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "import keras\n", "if True:\n"]},
        {"cell_type": "code", "source": "print(keras.Sequential([keras.Input((2,))]).layers)"},
    ]
    cells[1]["source"].append("    !pip install nothing")
    runs, fails = tmp_path / "a notebook.ipynb", tmp_path / "program.py"
    runs.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    fails.write_text("from keras.layers import NoSuchLayer\nNoSuchLayer()", encoding="utf-8")
    ending, _, printed = public_programs.run(runs, epochs=1, limit=60)
    assert (ending, printed.strip()) == ("runs", "[]")
    ending, _, _ = public_programs.run(fails, epochs=1, limit=60)
    assert ending.startswith("NotImplementedError: numcnn has no layer NoSuchLayer")
