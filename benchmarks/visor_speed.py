"""What a live page costs: the tutorial's training with the visor against the same without.

python -m benchmarks.visor_speed                    with the page open in Chromium, if there is one
python -m benchmarks.visor_speed --no-browser       the callback and the server alone
"""

import argparse
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

import numcnn
from benchmarks.models import build
from numcnn import visor
from numcnn.datasets import digits

IMAGES, TEST_IMAGES, BATCH = 5_500, 1_000, 512


@contextmanager
def browser_at(url: str) -> Iterator[None]:
    """Keep a page open in a browser that nobody sees."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{url}#training")
        page.get_by_text("The training has not begun.").wait_for()
        yield
        points = "Bokeh.documents[0].get_model_by_name('batches').data.epoch.length"
        page.wait_for_function(f"() => {points} > 0")  # it was not idle
        browser.close()


class Cost(NamedTuple):
    """What a training took: seconds, and the processor's seconds in this process."""

    seconds: float
    processor: float


def cost_of(model: numcnn.Sequential, data: tuple, epochs: int, callbacks: list) -> Cost:
    """Train for some epochs, and return what that took."""
    x, y, x_test, y_test = data
    start, start_processor = time.perf_counter(), time.process_time()
    model.fit(
        x,
        y,
        batch_size=BATCH,
        epochs=epochs,
        verbose=0,
        validation_data=(x_test, y_test),
        callbacks=callbacks,
    )
    return Cost(time.perf_counter() - start, time.process_time() - start_processor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--no-browser", action="store_true")
    args = parser.parse_args()

    images, labels = digits.generate(IMAGES + TEST_IMAGES)
    x = images[..., np.newaxis] / np.float32(255)
    data = (x[:IMAGES], labels[:IMAGES], x[IMAGES:], labels[IMAGES:])
    model = build("A")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    cost_of(model, data, 1, [])  # compiles
    page = visor.show(model, data[2:], open_browser=False)
    followed = [visor.FitCallbacks(page=page)]
    costs: dict[str, list[Cost]] = {"without the visor": [], "with the visor": []}

    def measure() -> None:
        for number in range(args.rounds):
            pairs = list(zip(costs, ([], followed), strict=True))
            for name, callbacks in pairs if number % 2 else reversed(pairs):
                costs[name].append(cost_of(model, data, args.epochs, callbacks))

    if args.no_browser or not shutil.which("chromium"):
        print("no page is open: the callback and the server alone")
        measure()
    else:
        print(f"the page is open in a browser: {page.url}")
        with browser_at(page.url):
            measure()
    page.close()

    for name, values in costs.items():
        rates = [IMAGES * args.epochs / cost.seconds for cost in values]
        print(
            f"{name:<20} {statistics.median(rates):>9,.0f} images/s  "
            f"(from {min(rates):,.0f} to {max(rates):,.0f})"
        )
    pairs = list(zip(*costs.values(), strict=True))
    for what, ratios in {
        "speed kept": [without.seconds / with_page.seconds for without, with_page in pairs],
        "processor time": [with_page.processor / without.processor for without, with_page in pairs],
    }.items():
        print(f"{what:<20} {100 * statistics.median(ratios):>9.1f} %  (median of the rounds)")


if __name__ == "__main__":
    main()
