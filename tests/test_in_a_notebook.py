"""In a real notebook: a bar that moves, tables, and figures that need no internet."""

import re
from pathlib import Path

import pytest

import numcnn

ROOT = Path(numcnn.__file__).parents[1]
PREPARE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import time
import numpy as np
import numcnn
from numcnn import callbacks, gradcheck, layers, metrics, visor
from numcnn.explain import Trace

numcnn.use_engine("reference")
x_test, y_test = np.random.default_rng(0).random((40, 6, 6, 1)), np.arange(40) % 3
model = numcnn.Sequential([
    layers.Conv2D(2, 3, activation="relu", input_shape=(6, 6, 1), name="conv2d"),
    layers.Flatten(),
    layers.Dense(3, activation="softmax"),
], seed=0)
model.compile("sgd", "sparse_categorical_crossentropy")
slow = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: time.sleep(0.06))
"""
FIT = """history = model.fit(x_test, y_test, batch_size=10, epochs=2, callbacks=[slow])
print("done")"""
SHOWN = [
    "model",
    "history",
    "Trace(model, x_test[0]).why('conv2d', (0, 0, 0))",
    "gradcheck.check_layer(layers.Dense(2), (3,))",
    "metrics.report(y_test, model.predict(x_test, verbose=0))",
]


def documented():
    """The piece of the documentation that shows figures in a notebook."""
    text = (ROOT / "docs" / "reading-a-network.md").read_text(encoding="utf-8")
    (code,) = (
        code for code in re.findall(r"```python\n(.*?)```", text, re.S) if "output_n" in code
    )
    return code


@pytest.fixture(scope="module")
def run():
    """The executed cells, by their code, and all messages about what is shown."""
    pytest.importorskip("ipykernel", reason="pip install nbclient ipykernel")
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    messages = []

    class Watched(nbclient.NotebookClient):
        def process_message(self, msg, cell, index):
            messages.append(msg)
            return super().process_message(msg, cell, index)

    cells = [PREPARE, FIT, *SHOWN, documented()]
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    Watched(notebook, timeout=60, kernel_name="python3").execute()
    return {cell.source: cell.outputs for cell in notebook.cells}, messages


def test_the_bar_moves_and_its_last_line_stays(run):
    cells, messages = run
    moved = [m["content"]["data"] for m in messages if m["msg_type"] == "update_display_data"]
    steps = [int(data["text/plain"].split("/")[0]) for data in moved if data["text/plain"]]
    assert {1, 2, 3} <= set(steps)
    kept = [output.get("text") or output.data["text/plain"] for output in cells[FIT]]
    first, bar, second, other, done = kept
    assert (first, second, done) == ("Epoch 1/2\n", "Epoch 2/2\n", "done\n")
    line = r"4/4 ━{20} \d+s - \d+ms/step - loss: \d\.\d{4}"
    assert re.fullmatch(line, bar) and re.fullmatch(line, other)


@pytest.mark.parametrize("code", SHOWN)
def test_results_are_tables_whose_columns_do_not_touch(run, code):
    (output,) = run[0][code]
    html = output.data["text/html"]
    cells = re.findall(r"<t[dh]\b[^>]*>", html)
    assert len(cells) > 4 and all("padding:0.15em 0.7em" in cell for cell in cells)


def test_figures_need_no_internet(run):
    outputs = run[0][documented()]
    shown = [text for output in outputs for text in output.get("data", {}).values()]
    fetched = [urls for text in shown for urls in re.findall(r"js_urls = (\[.*?\]);", text)]
    assert fetched and set(fetched) == {"[]"}
    assert sum(text.count("const docs_json = ") for text in shown) == 3
