"""How fast a page of the course trains: ``python -m benchmarks.course_speed PYODIDE [TFJS]``.

PYODIDE is the folder that ``python -m tests.pyodide_runtime`` makes, TFJS the file
``dist/tf.min.js`` of ``npm install @tensorflow/tfjs``.  In one run and one Chromium without the
internet: the tutorial's model, batches of 32, by TensorFlow.js on its CPU backend and by numcnn in
a page; and by numcnn's two engines in Python.  The best of several rounds, in turns.  Without TFJS:
the seconds until Python is ready in a page, and of each step of the tutorial on digits.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from numcnn.course.page.build import build

BATCH = 32
MEASURE = """
import time
import numpy as np
import numcnn
from numcnn import layers

def measure(images):
    rng = np.random.default_rng(0)
    x, y = rng.random((images, 28, 28, 1), np.float32), rng.integers(0, 10, images)
    model = numcnn.Sequential([
        layers.Input((28, 28, 1)),
        layers.Conv2D(8, 5, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(16, 5, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ], seed=0)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[:64], y[:64], batch_size=32, verbose=0)
    start = time.perf_counter()
    model.fit(x, y, batch_size=32, verbose=0)
    return images / (time.perf_counter() - start)

print(measure(IMAGES))
"""
TENSORFLOW = """async images => {
  await tf.setBackend("cpu")
  const conv = (filters, options) => tf.layers.conv2d({
    kernelSize: 5, filters, strides: 1, activation: "relu",
    kernelInitializer: "varianceScaling", ...options,
  })
  const pool = () => tf.layers.maxPooling2d({ poolSize: [2, 2], strides: [2, 2] })
  const model = tf.sequential({ layers: [
    conv(8, { inputShape: [28, 28, 1] }), pool(), conv(16), pool(), tf.layers.flatten(),
    tf.layers.dense({ units: 10, kernelInitializer: "varianceScaling", activation: "softmax" }),
  ] })
  model.compile({ optimizer: tf.train.adam(), loss: "categoricalCrossentropy" })
  const data = n => [
    tf.randomUniform([n, 28, 28, 1]),
    tf.oneHot(tf.randomUniform([n], 0, 10, "int32"), 10),
  ]
  await model.fit(...data(32), { batchSize: 32 })
  const [x, y] = data(images)
  const start = performance.now()
  await model.fit(x, y, { batchSize: 32 })
  return images / (performance.now() - start) * 1000
}"""
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
FLAGS.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost")
READY = "() => !document.querySelector('button.run').disabled"
IMAGES = {"TensorFlow.js, CPU backend": 64, "in a page": 640, "reference": 1_920, "fast": 19_200}


class Quiet(SimpleHTTPRequestHandler):
    """As ``python -m http.server``, without its lines on the terminal."""

    def log_message(self, *_: Any) -> None:
        """Write nothing."""


def native(engine: str) -> float:
    """Return images a second in Python."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE.replace("IMAGES", str(IMAGES[engine]))],
        env=os.environ | {"NUMCNN_ENGINE": engine},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])


def in_a_page(page: Any) -> float:
    """Return images a second in the course's page, run as a step of a chapter."""
    step = page.locator(".step").first
    step.locator("textarea").fill(MEASURE.replace("IMAGES", str(IMAGES["in a page"])))
    step.locator(".run").click()
    page.wait_for_function(READY, timeout=120_000)
    return float(step.locator(".output").inner_text())


@contextmanager
def served(runtime: Path) -> Iterator[tuple[Any, str]]:
    """Build the course and serve it; give a browser without the internet, and the address."""
    from playwright.sync_api import sync_playwright  # the doctests are collected without it

    with tempfile.TemporaryDirectory() as place, sync_playwright() as driver:
        site = Path(place) / "course"
        build(site, runtime)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=FLAGS,
        )
        yield browser, f"http://localhost:{server.server_port}/en"
        browser.close()
        server.shutdown()
        server.server_close()


def tutorial(runtime: Path) -> dict[str, float]:
    """Return the seconds until Python is ready, and of each step of the tutorial on digits."""
    with served(runtime) as (browser, url):
        page, start = browser.new_page(), time.perf_counter()
        page.goto(f"{url}/tutorial-digits.html")
        page.wait_for_function(READY, timeout=120_000)
        seconds = {"Python is ready": time.perf_counter() - start}
        for number, step in enumerate(page.locator(".step").all(), start=1):
            start = time.perf_counter()
            step.locator(".run").click()
            page.wait_for_function(READY, timeout=600_000)
            seconds[f"step {number}"] = time.perf_counter() - start
        return seconds


def rounds(runtime: Path, library: Path, count: int) -> dict[str, float]:
    """Return the best images a second of each, in turns."""
    with served(runtime) as (browser, url):
        course, other = browser.new_page(), browser.new_page()
        course.goto(f"{url}/02-convolution.html")
        course.wait_for_function(READY, timeout=120_000)
        other.add_script_tag(path=library)
        ways = {
            "TensorFlow.js, CPU backend": lambda: other.evaluate(
                TENSORFLOW, IMAGES["TensorFlow.js, CPU backend"]
            ),
            "in a page": lambda: in_a_page(course),
            "reference": lambda: native("reference"),
            "fast": lambda: native("fast"),
        }
        best = dict.fromkeys(ways, 0.0)
        for _ in range(count):
            for name, measure in ways.items():
                best[name] = max(best[name], measure())
        return best


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runtime", type=Path)
    parser.add_argument("library", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.library is None:
        seconds = tutorial(args.runtime)
        print("".join(f"{name:<16}{spent:6.1f} s\n" for name, spent in seconds.items()), end="")
        return
    found = rounds(args.runtime, args.library, args.rounds)
    if args.json:
        print(json.dumps(found))
        return
    slowest = found["TensorFlow.js, CPU backend"]
    print(f"| images/s trained, batches of {BATCH} | | times TensorFlow.js |\n|---|--:|--:|")
    for name, speed in found.items():
        print(f"| {name} | {speed:,.0f} | {speed / slowest:,.0f} |")


if __name__ == "__main__":
    main()
