"""A real browser for the tests: Chromium, driven by Playwright, without the internet."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import pytest

import numcnn
from numcnn import layers
from numcnn.datasets import digits

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")


@cache
def reader_of_sketches() -> numcnn.Sequential:
    """Return a small network that can read digits drawn with the mouse; trained once."""
    images, labels = digits.generate(3_000)
    model = numcnn.Sequential(
        [
            layers.Conv2D(8, 5, activation="relu", input_shape=(28, 28, 1)),
            layers.MaxPooling2D(4),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ],
        seed=0,
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    x = images[..., np.newaxis] / np.float32(255)
    model.fit(x, labels, batch_size=50, epochs=4, verbose=0)
    return model


@contextmanager
def chromium(*flags: str) -> Iterator[Any]:
    """Start the browser that is installed; without one, skip the test and say so.

    Uncompiled loops would let every page compute for minutes.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        pytest.skip("pages in a browser need compiled loops")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="pip install 'numcnn[test-browser]' for tests in a browser"
    )
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        yield browser
        browser.close()


class Watched:
    """A page of a browser that notes what goes wrong on it.

    Attributes
    ----------
    page : playwright.sync_api.Page
    troubles : list of str
        Errors and warnings of the console, uncaught exceptions, and dialogs.
    requests : list of str
        The addresses that were asked for, other than those within the page's file.
    """

    def __init__(
        self, browser: Any, width: int = 1200, scheme: str = "light", **options: Any
    ) -> None:
        self.page = browser.new_page(
            viewport={"width": width, "height": 800}, color_scheme=scheme, **options
        )
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _console(self, message: Any) -> None:
        is_hint = message.text.startswith("Canvas2D:")  # of the browser, how to be faster
        if message.type in ("error", "warning") and not is_hint:
            self.troubles.append(message.text)

    def _dialog(self, dialog: Any) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, url: str, tab: str = "") -> None:
        """Open an address, and wait until Bokeh has drawn it."""
        self.page.goto(url + (f"#{tab}" if tab else ""))
        self.page.wait_for_function(
            "() => globalThis.Bokeh && Bokeh.documents.length && Bokeh.documents[0].is_idle",
            timeout=60_000,  # on a busy machine
        )

    def show(self, tab: str) -> None:
        """Click a tab."""
        self.page.get_by_role("tab", name=tab, exact=True).click()

    def evaluate(self, code: str, argument: Any = None) -> Any:
        """Return the value of JavaScript; `model(name)` there is the Bokeh model of that name."""
        return self.page.evaluate(
            "argument => { const model = name => Bokeh.documents[0].get_model_by_name(name);"
            f" return {code} }}",
            argument,
        )

    def wait(self, code: str) -> None:
        """Wait until a piece of JavaScript is true; `model` as in `evaluate`."""
        self.page.wait_for_function(
            "() => { const model = name => Bokeh.documents[0]?.get_model_by_name(name);"
            f" return {code} }}"
        )

    def click_cell(self, row: int, column: int) -> None:
        """Click a cell of the confusion matrix with the mouse."""
        x, y = self.evaluate(
            """(() => {
              const find = view => [view, ...(view.child_views ?? []).flatMap(find)]
              const all = [...Bokeh.index.roots].flatMap(find)
              const plot = all.find(view => view.model.name === "confusion-matrix")
              const box = plot.canvas_view.el.getBoundingClientRect()
              const frame = plot.frame
              return [box.x + frame.x_scale.compute(argument[1]),
                      box.y + frame.y_scale.compute(argument[0])]
            })()""",
            [row, column],
        )
        self.page.wait_for_timeout(400)  # a click sooner than that after another is a double click
        self.page.mouse.click(x, y)
