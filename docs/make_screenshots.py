"""Make the screenshots of README and docs: ``python -m docs.make_screenshots``.

Needs the extra ``test-browser`` and Chromium.  Every tab of a report, the drawing pad, and the
gallery of broken networks, each wide and narrow, light and dark, as PNG files with a palette.
"""

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

import numcnn
from benchmarks.models import build
from benchmarks.pad_speed import ON_SCREEN, served
from numcnn import visor
from numcnn.datasets import digits

FOLDER = Path(__file__).parent / "pictures" / "visor"
EXAMPLES = Path(__file__).parents[1] / "examples"
SCHEMES = ("light", "dark")
SIZES = {"wide": 1200, "narrow": 390}  # pixels of the window
COLOURS = 96


def network() -> tuple[numcnn.Sequential, Any, tuple[np.ndarray, np.ndarray]]:
    """Train the tutorial's model on generated digits; return it, its history and test data."""
    images, labels = digits.generate(6_500)
    x, y = images[..., np.newaxis] / np.float32(255), labels.astype(int)
    model = build("A")
    model.name = "digits"
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    test = x[5_500:], y[5_500:]
    history = model.fit(
        x[:5_500], y[:5_500], batch_size=128, epochs=10, verbose=2, validation_data=test
    )
    return model, history, test


# --- what is done on a page before its picture is taken ------------------------------------------


def nothing(page: Any) -> None:
    """Leave the page as it opens."""


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


def unfold(page: Any) -> None:
    """Open the arithmetic, which is folded in a narrow window."""
    fold = page.get_by_role("button", name="show the arithmetic")
    if fold.is_visible():
        fold.click()


def ask_why(page: Any) -> None:
    """Ask for the largest number that the first convolution makes of an 8."""
    page.locator(".picker button").nth(8).click()
    unfold(page)
    page.evaluate(
        """() => {
          const models = [...Bokeh.documents[0]._all_models.values()]
          const figure = models.find(model => model.title?.text?.startsWith("conv2d:"))
          const maps = figure.renderers[0].data_source.data.image
          const largest = maps.map(map => map.reduce((most, value) => Math.max(most, value)))
          const map = largest.indexOf(Math.max(...largest)), cell = maps[map].indexOf(largest[map])
          const asked = Bokeh.documents[0].get_model_by_name("asked")
          asked.data = {level: [1], place: [cell * maps.length + map]}
        }"""
    )


def show_gradients(page: Any) -> None:
    """Show the gradients in place of the numbers, and the check beside them."""
    page.locator(".picker button").nth(8).click()
    page.get_by_text("Gradient of the predicted class").click()


def draw_a_2(page: Any) -> None:
    """Draw with the mouse, smaller than it should be, and in a corner."""
    path = [(4, 7), (5, 4.5), (7.5, 3.5), (10, 4.5), (10.5, 7), (9, 10), (4, 15), (11.5, 15)]
    start, *rest = page.evaluate(ON_SCREEN, path)
    page.mouse.move(*start)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=8)
    page.mouse.up()
    page.locator("button", has_text="why “2”?").wait_for(state="attached")
    page.mouse.move(0, 0)


class Shot(NamedTuple):
    """A picture: its name, the page, what is done there first, and how much of it is shown."""

    name: str
    url: str
    prepare: Callable[[Any], None] = nothing
    longest: tuple[int, int] = (1_800, 2_600)  # pixels, wide and narrow


def shots(report: Path, pad_url: str, gallery: Path) -> list[Shot]:
    """Return all pictures to take."""
    saved = report.resolve().as_uri()
    return [
        Shot("input-data", f"{saved}#input-data"),
        Shot("model", f"{saved}#model", longest=(1_800, 2_500)),
        Shot("training", f"{saved}#training"),
        Shot("evaluation", f"{saved}#evaluation", most_confused),
        Shot("layers", f"{saved}#layers", ask_why, (1_350, 2_600)),
        Shot("gradients", f"{saved}#layers", show_gradients, (1_310, 1_880)),
        Shot("pad", pad_url, draw_a_2, (1_500, 1_780)),
        Shot("gallery", gallery.resolve().as_uri(), longest=(1_005, 1_725)),
    ]


def take(browser: Any, shot: Shot, width: int, scheme: str) -> Image.Image:
    """Return what a page shows, in a window as high as it is."""
    page = browser.new_page(viewport={"width": width, "height": 500}, color_scheme=scheme)
    page.goto(shot.url)
    page.wait_for_function("() => Bokeh.documents[0]?.is_idle")
    page.wait_for_timeout(700)  # until it is drawn
    shot.prepare(page)
    page.wait_for_timeout(700)
    page.evaluate("document.activeElement.blur()")
    for _ in range(2):  # some heights depend on the window's
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)
    picture = Image.open(io.BytesIO(page.screenshot()))
    page.close()
    return picture.convert("RGB")


def main() -> None:
    """Make every picture."""
    from playwright.sync_api import sync_playwright  # the doctests are collected without it

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="some of them, such as pad")
    args = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as driver:
        folder = Path(place)
        model, history, test = network()
        report = visor.report(model, history, test, folder / "report.html")
        gallery = folder / "gallery.html"
        if not args.only or "gallery" in args.only:
            make = [sys.executable, str(EXAMPLES / "break_it.py"), "--out", str(gallery)]
            subprocess.run(make, check=True)
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        with served(model, folder) as pad_url:
            for shot in shots(report, pad_url, gallery):
                if args.only and shot.name not in args.only:
                    continue
                for (size, width), longest in zip(SIZES.items(), shot.longest, strict=True):
                    for scheme in SCHEMES:
                        picture = take(browser, shot, width, scheme)
                        picture = picture.crop((0, 0, width, min(picture.height, longest)))
                        # A palette of all the page's colours, and not only of the most frequent.
                        picture = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1)
                        picture.save(FOLDER / f"{shot.name}-{size}-{scheme}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
