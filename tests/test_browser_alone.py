"""The page that needs nothing, in Chromium: from disk, without internet, wide and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import Watched, chromium, reader_of_sketches

import numcnn
from benchmarks.travel import cases, graphs
from numcnn import layers, visor
from numcnn.visor.alone.plain import plain_model
from numcnn.visor.figures.assets import read
from numcnn.visor.pad.drawing import see
from numcnn.visor.pad.paper import sketches

SEEN = "({...window.numcnn, pixels: Array.from(window.numcnn.pixels), strokes})"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def model() -> Any:
    """A small network that reads the digits of the sketches."""
    return reader_of_sketches()


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (390, "dark")])
def test_ten_drawn_digits_are_read_with_numcnn_s_numbers(
    width: int, scheme: str, browser: Any, model: Any, tmp_path: Path
) -> None:
    path = visor.page(model, tmp_path / "draw.html")
    assert path.stat().st_size < 2_000_000
    watched = Watched(browser, width=width, scheme=scheme)
    page = watched.page
    page.context.set_offline(True)
    page.goto(path.as_uri())
    right = 0
    for digit, strokes in enumerate(sketches().values()):
        page.click("#clear")
        page.evaluate("scrollTo(0, 0)")
        draw(page, strokes)
        seen = page.evaluate(SEEN)
        right += seen["answer"] == digit
        pixels = np.reshape(seen["pixels"], (1, 28, 28, 1)).astype(np.float32)
        ours = model.predict(pixels, verbose=0)[0]
        np.testing.assert_allclose(seen["output"], ours, atol=1e-5)
        expected = see([np.array(stroke) for stroke in seen["strokes"]])
        assert expected is not None
        assert apart(pixels[0, :, :, 0], expected.centred) < 1.5 / 255
    assert right >= 9
    assert watched.requests == [path.as_uri()]
    assert watched.troubles == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Return how far two pictures are apart, at the best of the places one pixel around.

    The centre of an upright 0 lies on the edge between two pixels, and rounding takes either.
    """
    shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return min(float(abs(np.roll(one, shift, (0, 1)) - other).max()) for shift in shifts)


def draw(page: Any, strokes: Any) -> None:
    """Draw with the mouse; places are from 0 to 28."""
    box = page.locator("#paper").bounding_box()
    for xs, ys in zip(strokes["xs"], strokes["ys"], strict=True):
        places = [
            (box["x"] + x / 28 * box["width"], box["y"] + y / 28 * box["height"])
            for x, y in zip(xs, ys, strict=True)
        ]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()


def test_a_finger_draws_on_a_phone(browser: Any, model: Any, tmp_path: Path) -> None:
    watched = Watched(browser, width=390, has_touch=True, is_mobile=True)
    page = watched.page
    page.goto(visor.page(model, tmp_path / "draw.html").as_uri())
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: Any) -> None:
        places = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    page.evaluate("document.getElementById('paper').scrollIntoView({block: 'center'})")
    before = page.evaluate("scrollY")
    box = page.locator("#paper").bounding_box()
    right = 0
    for digit in (1, 4, 7):
        page.click("#clear")  # on a busy machine a tap may take so long that it is no tap
        page.evaluate(f"scrollTo(0, {before})")
        strokes = list(sketches().values())[digit]
        for xs, ys in zip(strokes["xs"], strokes["ys"], strict=True):
            first, *rest = (
                (box["x"] + x / 28 * box["width"], box["y"] + y / 28 * box["height"])
                for x, y in zip(xs, ys, strict=True)
            )
            touch("touchStart", first)
            for place in rest:
                touch("touchMove", place)
            touch("touchEnd")
        seen = page.evaluate(SEEN)
        right += seen["answer"] == digit
        ours = model.predict(np.reshape(seen["pixels"], (1, 28, 28, 1)), verbose=0)[0]
        np.testing.assert_allclose(seen["output"], ours, atol=1e-5)
        for stroke, xs in zip(seen["strokes"], strokes["xs"], strict=True):
            assert len(stroke) >= len(xs) - 1  # Chromium swallows the first small move
        assert page.evaluate("scrollY") == before  # a stroke does not move the page
    assert right >= 2
    assert watched.troubles == []
    page.close()


@pytest.mark.parametrize(("locale", "other"), [("en-GB", "ko"), ("ko-KR", "en")])
def test_it_speaks_the_browser_s_language_and_the_other_one(
    locale: str, other: str, browser: Any, model: Any, tmp_path: Path
) -> None:
    watched = Watched(browser, width=390, locale=locale)
    page = watched.page
    page.goto(visor.page(model, tmp_path / "draw.html").as_uri())
    assert page.locator("html").get_attribute("lang") == locale[:2]
    first = page.locator("body").inner_text()
    assert page.locator("#language").get_attribute("lang") == other
    page.click("#language")
    assert page.locator("html").get_attribute("lang") == other
    texts = {locale[:2]: first, other: page.locator("body").inner_text()}
    assert "Draw here" in texts["en"] and "써 보세요" in texts["ko"]
    assert f"{model.count_params():,}" in texts["en"] and f"{model.count_params():,}" in texts["ko"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert watched.troubles == []
    page.close()


def test_keys_draw_too(browser: Any, model: Any, tmp_path: Path) -> None:
    page = Watched(browser).page
    page.goto(visor.page(model, tmp_path / "draw.html").as_uri())
    page.locator("#paper").focus()
    page.keyboard.press(" ")
    for _ in range(12):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("window.numcnn.answer") == 1
    page.keyboard.press("Delete")
    assert page.evaluate("window.numcnn.answer") is None
    page.close()


def test_every_layer_is_computed_in_javascript_as_in_numcnn(browser: Any) -> None:
    page = browser.new_page()
    for script in ("network.js", "images.js", "merging.js"):
        page.add_script_tag(content=read("numcnn.visor.alone", script))
    models = {**cases.alone(), **cases.random_stacks(10), **graphs.graphs()}
    for name, model in models.items():
        if len(model.inputs) > 1 or len(model.outputs) > 1:
            continue
        x = cases.samples(model, 1)
        asked = [plain_model(model), list(x.shape[1:]), x.ravel().tolist()]
        y = page.evaluate(
            "([layers, shape, data]) =>"
            " Array.from(run(layers.map(unpacked), {shape, data: Float32Array.from(data)})"
            ".at(-1).data)",
            asked,
        )
        with numcnn.use_engine("reference"):
            ours = model.predict(x, verbose=0).ravel()
        np.testing.assert_allclose(y, ours, rtol=1e-5, atol=1e-5, err_msg=name)
    page.close()


class Own(layers.Layer):
    """A layer that no other language has."""

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        return x


def test_what_cannot_be_drawn_for_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "draw.html"
    with pytest.raises(ValueError, match="has no weights yet"):
        visor.page(numcnn.Sequential([layers.Dense(2)]), path)
    with pytest.raises(ValueError, match="needs a model for square images"):
        visor.page(numcnn.Sequential([layers.Input((3,)), layers.Dense(2)]), path)
    with pytest.raises(ValueError, match="needs a model for square images"):
        visor.page(graphs.two_outputs(), path)
    row = [layers.Input((4, 4, 1)), Own(name="mine"), layers.Flatten()]
    with pytest.raises(ValueError, match='no form of the layer "mine"'):
        visor.page(numcnn.Sequential(row), path)
    with pytest.raises(ValueError, match="one name for each of 16 classes, got 2 names"):
        visor.page(numcnn.Sequential(row[::2]), path, class_names=["a", "b"])
    assert not path.exists()


def test_no_name_ends_the_script(browser: Any, tmp_path: Path) -> None:
    row = [layers.Input((4, 4, 1)), layers.Flatten(), layers.Dense(2)]
    model = numcnn.Sequential(row, name="</script><script>alert(1)</script>")
    watched = Watched(browser)
    watched.page.goto(visor.page(model, tmp_path / "a.html", ["</script>", "<b>"]).as_uri())
    assert watched.page.locator("#bars").inner_text().split() == ["</script>", "<b>"]
    assert watched.troubles == []
    watched.page.close()
