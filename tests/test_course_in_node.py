"""The course's pages without a browser: their worker in Node, with Pyodide, as it is built."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("markdown_it", reason="the pages of the course need markdown-it-py")
from course_site import built_in

import numcnn
from numcnn.course.chapter import named
from numcnn.datasets.generated import digits

HARNESS = Path(__file__).parent / "worker_in_node.cjs"


class Worker:
    """The page's worker: `ask` returns the value of its answer and the events before it."""

    def __init__(self, site: Path) -> None:
        node = shutil.which("node")
        if node is None:
            pytest.skip("Node is not installed: apt-get install nodejs")
        self.process = subprocess.Popen(
            [node, str(HARNESS), str(site)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def ask(self, **message):
        self.process.stdin.write(f"{json.dumps({'number': 1, **message})}\n")
        self.process.stdin.flush()
        events = []
        for line in self.process.stdout:
            answer = json.loads(line)
            if "event" not in answer:
                assert "error" not in answer, answer["error"]
                return answer["value"], events
            events.append(answer["event"])
        raise AssertionError("Node has ended")

    def run(self, code):
        well, events = self.ask(kind="run", code=code, place="step")
        assert well, events[-1]
        return events

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    started = Worker(built_in(tmp_path_factory.getbasetemp() / "course"))
    started.ask(kind="load", runtime="../runtime/")
    yield started
    started.close()


def test_the_steps_of_a_chapter_run_and_show_pictures(worker):
    kinds = {event["type"] for step in named("1").steps for event in worker.run(step)}
    assert kinds == {"text", "html", "png"}


def test_the_solution_is_right_there_and_the_beginning_is_not(worker):
    asked = {"kind": "check", "chapter": "02-convolution", "language": "ko"}
    verdict, _ = worker.ask(code=named("2").solution, **asked)
    assert verdict["ok"]
    verdict, _ = worker.ask(code=named("2", "ko").starter, **asked)
    assert (verdict["ok"], verdict["kind"]) == (False, "unchanged")


def test_a_model_trained_there_is_loaded_here_with_the_same_answers(worker, tmp_path):
    train = named("8").steps[0].replace("1200", "240").replace("900", "160").replace("1050", "200")
    worker.run(train)
    events = worker.run(f"{named('8').steps[1]}".replace("epochs=3", "epochs=1"))
    assert [event["type"] for event in events] == ["update"] * len(events)
    assert "val_loss" in events[-1]["data"]
    file, said = worker.run(
        'model.save("digits.safetensors")\ndownload("digits.safetensors")\n'
        "model.predict(x_test[:3], verbose=0).tolist()"
    )
    assert (file["type"], file["name"]) == ("file", "digits.safetensors")
    (tmp_path / file["name"]).write_bytes(base64.b64decode(file["data"]))
    model = numcnn.models.load_model(tmp_path / file["name"])
    images, _ = digits.generate(240, seed=8)
    x = images[200:203, :, :, None] / np.float32(255)
    np.testing.assert_allclose(
        model.predict(x, verbose=0), json.loads(said["text"]), rtol=0, atol=1e-4
    )


def test_the_engine_there_is_the_reference(worker):
    (said,) = worker.run("import numcnn; numcnn.engine.active_engine().__name__")
    assert "numcnn.engine.reference" in said["text"]
