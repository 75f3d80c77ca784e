"""Make the screenshots of README and docs: ``python -m docs.make_screenshots``.

Needs the extra ``test-browser`` and Chromium.  Every tab of a report, wide and narrow, light and
dark, as PNG files with a palette.
"""

import argparse
import io
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.models import handwriting
from numcnn import visor
from numcnn.datasets import digits
from numcnn.visor.tabs import TABS

FOLDER = Path(__file__).parent / "pictures" / "visor"
WIDE, NARROW = 1100, 390  # pixels of the window
SCHEMES = ("light", "dark")
COLOURS = 128


def report(folder: Path) -> Path:
    """Train the tutorial's model on generated digits, and write its report."""
    images, labels = digits.generate(6_500)
    x, y = images[..., np.newaxis] / np.float32(255), labels.astype(int)
    model = handwriting()
    model.name = "digits"
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    test = x[5_500:], y[5_500:]
    history = model.fit(
        x[:5_500], y[:5_500], batch_size=128, epochs=10, verbose=2, validation_data=test
    )
    return visor.report(model, history, test, folder / "report.html")


def most_confused(page: Any) -> None:
    """Choose the cell with the most mistakes, as a click on it would."""
    page.evaluate(
        """() => {
          const cells = Bokeh.documents[0].get_model_by_name("cells")
          const {row, column, count} = cells.data
          const wrong = [...count].map((n, k) => row[k] === column[k] ? 0 : n)
          cells.selected.indices = [wrong.indexOf(Math.max(...wrong))]
        }"""
    )


def save(page: Any, width: int, name: str) -> None:
    """Write what the page shows, in a window as high as it is."""
    page.set_viewport_size({"width": width, "height": 500})
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(700)  # until it is drawn
    picture = Image.open(io.BytesIO(page.screenshot()))
    FOLDER.mkdir(parents=True, exist_ok=True)
    picture.convert("RGB").quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)


def main() -> None:
    """Make every picture."""
    from playwright.sync_api import sync_playwright  # the doctests are collected without it

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--report", type=Path, help="a report that is there already")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = args.report or report(Path(folder))
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for size, width in (("wide", WIDE), ("narrow", NARROW)):
            for scheme in SCHEMES:
                page = browser.new_page(
                    viewport={"width": width, "height": 500}, color_scheme=scheme
                )
                page.goto(file.resolve().as_uri())
                page.wait_for_function("() => Bokeh.documents[0]?.is_idle")
                most_confused(page)
                for tab in TABS:
                    page.get_by_role("tab", name=tab, exact=True).click()
                    page.wait_for_timeout(700)  # until it is drawn
                    page.evaluate("document.activeElement.blur()")
                    save(page, width, f"{tab.lower().replace(' ', '-')}-{size}-{scheme}")
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
