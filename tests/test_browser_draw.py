"""The drawing pad in a real browser: drawn with mouse, finger and keys, followed by Python."""

import asyncio
import threading
import time

import numpy as np
import pytest
from browser import Watched, chromium, reader_of_sketches

from benchmarks.pad_speed import ON_SCREEN
from numcnn.visor.pad.pad import Pad
from numcnn.visor.pad.paper import sketches
from numcnn.visor.pad.server import pad_server


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def address():
    """A pad on a small network that can read, served by a thread."""
    model = reader_of_sketches()
    loop, url, started = asyncio.new_event_loop(), [], threading.Event()

    def serve():
        asyncio.set_event_loop(loop)
        server = pad_server(model)
        server.start()
        url.append(f"http://localhost:{server.port}/")
        started.set()
        loop.run_forever()
        server.stop()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert started.wait(20)
    yield url[0]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.fixture
def pad(browser, address):
    page = Watched(browser)
    page.open(address)
    page.page.get_by_text("The paper is empty").wait_for()
    page.page.set_default_timeout(10_000)
    yield page
    assert page.troubles == []
    page.page.close()


def draw(pad, *points):
    """Draw a stroke with the mouse."""
    start, *rest = pad.page.evaluate(ON_SCREEN, points)
    mouse = pad.page.mouse
    mouse.move(*start)
    mouse.down()
    for point in rest:
        mouse.move(*point, steps=6)
    mouse.up()


def said(pad, text):
    """Wait until the page says so."""
    pad.page.locator(".said").get_by_text(text, exact=True).wait_for()


def test_a_drawn_1_is_read_as_1_and_accounted_for(pad):
    draw(pad, (15, 5), (13, 23))
    said(pad, "1")
    pad.page.get_by_role("heading", name="conv2d[").wait_for()
    pad.page.get_by_role("button", name="why “1”?").click()
    pad.page.get_by_role("heading", name="dense[1] = 0.").wait_for()
    pad.page.get_by_role("button", name="Clear").click()
    pad.page.get_by_text("The paper is empty").wait_for()
    draw(pad, (20, 5), (12, 3), (8, 8), (10, 20), (17, 22), (20, 14), (19, 5))
    said(pad, "0")


# The three pictures of what the network sees are the same.
ALIKE = """() => {
  const all = root => [...root.querySelectorAll("*")].flatMap(
    element => [element, ...(element.shadowRoot ? all(element.shadowRoot) : [])])
  const pictures = all(document).filter(element => element.matches(".steps img"))
  const [strokes, fitted, centred] = pictures.map(picture => picture.src)
  return strokes === fitted && fitted === centred
}"""


def test_a_small_1_in_a_corner_is_read_because_it_is_fitted_and_centred(pad):
    draw(pad, (3, 2), (2.6, 6))
    said(pad, "1")
    assert not pad.page.evaluate(ALIKE)
    for step in ("fit into a box of 20 × 20", "centre by mass"):
        pad.page.get_by_label(step).uncheck()
    pad.page.wait_for_function(ALIKE)


# Each level's colours in the middle of its numbers: as painted while the pen moved, and as Bokeh
# drew them when it rested, which has frames on the outermost.
TWICE = """() => {
  const figures = [...Bokeh.documents[0]._all_models.values()].filter(
    model => model.type === "Figure" && model.name !== "paper")
  return figures.map(figure => {
    const {canvas_view, frame} = Bokeh.index.find_one(figure)
    const painted = canvas_view.overlays_el.querySelector("canvas")
    const drawn = canvas_view.primary.canvas
    const {left, top, image} = figure.renderers[0].data_source.data, [H, W] = image[0].shape
    const inner = n => Array.from({length: n}, (_, k) => k).slice(...(n > 2 ? [1, -1] : []))
    const places = Array.from(left).flatMap((_, map) => inner(H).flatMap(row => inner(W).map(
      column => [
        frame.x_scale.compute(left[map] + column + 0.5),
        frame.y_scale.compute(top[map] + row + 0.5),
      ])))
    return [painted, drawn].map(canvas => {
      const context = canvas.getContext("2d")
      const colour = ([x, y]) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3)
      return places.filter((_, k) => k % 5 === 0).map(colour)
    })
  })
}"""


def test_what_is_painted_while_the_pen_moves_is_what_is_drawn_when_it_rests(pad):
    pad.page.set_viewport_size({"width": 1200, "height": 3000})  # painted is what is in the window
    pad.page.get_by_role("button", name="why “").click()  # whose frames are on the outermost
    painted = pad.page.locator("canvas[style*='visibility: visible']")
    assert painted.count() == 0
    draw(pad, (9, 4), (20, 6), (12, 23))
    painted.nth(4).wait_for()  # on every level
    painted.first.wait_for(state="detached")
    pad.page.wait_for_timeout(300)  # until it is drawn, beside colour bars of another width
    pad.page.get_by_role("slider").focus()
    pad.page.keyboard.press("ArrowLeft")  # the same drawing once more
    painted.nth(4).wait_for()  # on every level
    painted.first.wait_for(state="detached")
    *inside, _ = levels = pad.page.evaluate(TWICE)
    assert len(levels) == 5
    for quick, drawn in levels:
        assert np.abs(np.subtract(quick, drawn)).max() <= 4
    for quick, _ in inside:
        assert len(np.unique(quick, axis=0)) > 3


def test_keys_draw_too_and_the_threshold_is_heeded(pad):
    paper = pad.page.get_by_role("application", name="Paper")
    paper.focus()
    for _ in range(16):
        pad.page.keyboard.press("ArrowUp")
    pad.page.keyboard.press("Space")
    for _ in range(32):
        pad.page.keyboard.press("ArrowDown")
    said(pad, "1")
    pad.page.get_by_role("slider").focus()
    pad.page.keyboard.press("End")
    said(pad, "no digit found")
    paper.focus()
    pad.page.keyboard.press("Delete")
    pad.page.get_by_text("The paper is empty").wait_for()


def test_a_digit_is_written_on_request(pad):
    choice = pad.page.get_by_label("Or choose a digit")
    choice.select_option("a 7")
    said(pad, "7")
    draw(pad, (8, 10), (20, 10))
    assert choice.input_value() == "…"  # it is no longer what was chosen, and can be chosen again
    choice.select_option("a 7")
    said(pad, "7")
    assert pad.evaluate("model('ink').data.xs.length") == len(sketches()["a 7"]["xs"])


def test_a_finger_draws_and_two_pages_do_not_meet(browser, address, pad):
    finger = Watched(browser, width=390, has_touch=True)
    finger.open(address)
    finger.page.get_by_text("The paper is empty").wait_for()
    touch = finger.page.context.new_cdp_session(finger.page)
    path = finger.page.evaluate(ON_SCREEN, [(14 - k / 10, 5 + k) for k in range(18)])
    scrolled = finger.page.evaluate("scrollY")
    for kind, point in [("touchStart", path[0]), *(("touchMove", p) for p in path[1:])]:
        points = [{"x": point[0], "y": point[1]}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    said(finger, "1")
    assert finger.page.evaluate("scrollY") == scrolled
    assert pad.page.get_by_text("The paper is empty").is_visible()
    assert finger.troubles == []
    finger.page.close()


def test_no_late_answer_takes_a_drawing_away(browser, address, monkeypatch):
    update = Pad.update

    def slowly(self):
        time.sleep(0.3)
        update(self)

    pad = Watched(browser)
    pad.open(address)
    pad.page.get_by_text("The paper is empty").wait_for()
    pad.page.set_default_timeout(10_000)
    monkeypatch.setattr(Pad, "update", slowly)
    note = pad.page.get_by_text("is still about an older drawing")
    for _ in range(3):
        draw(pad, (15, 5), (13, 23))
        pad.page.get_by_role("button", name="Clear").click()
        draw(pad, (20, 5), (12, 3), (8, 8), (10, 20), (17, 22), (20, 14), (19, 5))
        note.wait_for()
        assert pad.evaluate("model('ink').data.xs.length") == 1
        said(pad, "0")
        note.wait_for(state="hidden")
        pad.page.get_by_role("button", name="why “0”?").wait_for()
        pad.page.get_by_role("button", name="Clear").click()
        pad.page.get_by_text("The paper is empty").wait_for()
    assert pad.troubles == []
    pad.page.close()


def test_an_answer_to_what_was_cleared_is_not_shown(pad):
    draw(pad, (15, 5), (13, 23))
    said(pad, "1")
    pad.page.get_by_role("button", name="Clear").click()
    pad.page.get_by_text("The paper is empty").wait_for()
    late = """(() => {
      const shown = model("pad-shown")
      shown.data = {...shown.data, number: [1], said: ["<p class='said'>late</p>"]}
    })()"""
    pad.evaluate(late)
    pad.page.wait_for_timeout(300)
    assert pad.page.get_by_text("The paper is empty").is_visible()
