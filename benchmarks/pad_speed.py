"""How soon the drawing pad answers: from each movement of the mouse until the page shows it.

python -m benchmarks.pad_speed                      the tutorial's model
python -m benchmarks.pad_speed --url URL ...        pads that are served already, in turns
"""

import argparse
import asyncio
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.models import build

PAUSE = 0.016  # seconds between two movements, as mice have it
ZERO = [  # a stroke like a 0, on a paper of 28 by 28
    (14 + 7 * math.sin(angle), 14 - 9 * math.cos(angle)) for angle in np.linspace(0, 2 * np.pi, 80)
]

# Runs before the page's own scripts, and notes what can be seen from outside: when the mouse moved,
# when drawings were sent to Python and when it had dealt with them (Bokeh's server says OK to each,
# behind all that it changed), when pictures were drawn, and when frames were finished.
WATCH = """
const points = [], sent = [], drawn = [], frames = [], open = new Map()
const moved = event => {
  if (event.buttons) points.push(...event.getCoalescedEvents().map(one => one.timeStamp))
}
addEventListener("pointermove", moved, {capture: true})

let id = null // of the message of which the next text is the content
const {send} = WebSocket.prototype
WebSocket.prototype.send = function (data) {
  if (typeof data === "string") {
    if (data.includes('"msgtype":"PATCH-DOC"')) id = JSON.parse(data).msgid
    else if (id !== null && data.includes('"events"')) {
      if (data.includes(Bokeh.documents[0].get_model_by_name("strokes").id)) {
        sent.push({points: points.length, sent: performance.now()})
        open.set(id, sent.at(-1))
      }
      id = null
    }
  }
  if (!this.watched) {
    this.watched = true
    this.addEventListener("message", ({data}) => {
      if (typeof data !== "string" || !data.includes('"reqid"')) return
      const one = open.get(JSON.parse(data).reqid)
      if (one) one.answered = performance.now()
    })
  }
  send.call(this, data)
}

const {drawImage} = CanvasRenderingContext2D.prototype
CanvasRenderingContext2D.prototype.drawImage = function (...arguments) {
  drawImage.apply(this, arguments)
  drawn.push(performance.now())
}
const finished = new MessageChannel()
finished.port1.onmessage = () => frames.push(performance.now())
const frame = () => {
  finished.port2.postMessage(null)
  requestAnimationFrame(frame)
}
requestAnimationFrame(frame)
globalThis.watched = {points, sent, drawn, frames}
"""
POSTPONED = 17
"""Milliseconds by which Bokeh postpones what is to be drawn, if it has just drawn."""

ON_SCREEN = """points => {
  const view = Bokeh.index.find_one(Bokeh.documents[0].get_model_by_name("paper"))
  const box = view.canvas_view.el.getBoundingClientRect(), {x_scale, y_scale} = view.frame
  return points.map(([x, y]) => [box.x + x_scale.compute(x), box.y + y_scale.compute(y)])
}"""


@contextmanager
def served(model: Any, folder: Path) -> Iterator[str]:
    """Serve a pad in a process of its own; give its address."""
    file = folder / "model.safetensors"
    model.save(file)
    command = [sys.executable, "-m", "numcnn.visor", "--model", str(file), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield next(word for word in server.stdout.readline().split() if word.startswith("http"))
        finally:
            server.terminate()


async def drawn(browser: Any, url: str) -> np.ndarray:
    """Draw on a pad; return for each point the milliseconds until sent, answered, and shown."""
    page = await browser.new_page(viewport={"width": 1200, "height": 900})
    await page.add_init_script(WATCH)
    await page.goto(url)
    await page.get_by_text("The paper is empty").wait_for()
    await page.wait_for_timeout(1000)
    places = await page.evaluate(ON_SCREEN, ZERO)
    hand = await page.context.new_cdp_session(page)
    tasks = []

    async def mouse(kind: str, place: tuple[float, float], buttons: int) -> None:
        at = {"x": place[0], "y": place[1], "button": "left", "buttons": buttons, "clickCount": 1}
        # A hand does not wait until the page has dealt with what it did before.
        tasks.append(
            asyncio.create_task(hand.send("Input.dispatchMouseEvent", {"type": kind} | at))
        )
        await asyncio.sleep(PAUSE)

    await mouse("mousePressed", places[0], 1)
    for place in places[1:]:
        await mouse("mouseMoved", place, 1)
    await mouse("mouseReleased", places[-1], 0)
    await asyncio.gather(*tasks)
    await page.wait_for_function("() => watched.sent.at(-1)?.answered")
    await page.wait_for_timeout(1000)
    found = await page.evaluate("watched")
    await page.close()
    return delays(**found)


def delays(points: list, sent: list, drawn: list, frames: list) -> np.ndarray:
    """Return for each point the milliseconds until it was sent, answered, and shown.

    A point is answered with the first drawing that was sent after it.  The answer is shown with the
    frame in which the last picture is drawn of those that are begun until then: pictures of a later
    answer may be among them, so this is rather too late than too early.
    """
    rows = []
    for number, moved in enumerate(points, start=1):
        one = next((one for one in sent if one["points"] >= number), None)
        if one is None:  # less than what Bokeh takes for a movement
            continue
        last_frame = next(end for end in frames if end > one["answered"] + POSTPONED)
        pictures = [time for time in drawn if one["answered"] - POSTPONED < time < last_frame]
        shown = next(end for end in frames if end > max([one["answered"], *pictures]))
        rows.append([one["sent"] - moved, one["answered"] - moved, shown - moved])
    return np.array(rows)


async def measure(urls: list[str], rounds: int) -> dict[str, np.ndarray]:
    """Draw on each pad so many times, in turns."""
    from playwright.async_api import async_playwright

    rows: dict[str, list[np.ndarray]] = {url: [] for url in urls}
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for _ in range(rounds):
            for url in urls:
                rows[url].append(await drawn(browser, url))
        await browser.close()
    return {url: np.concatenate(rows[url]) for url in urls}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--url", nargs="+", help="pads that are served already")
    args = parser.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if args.url:
        found = asyncio.run(measure(args.url, args.rounds))
    else:
        with tempfile.TemporaryDirectory() as folder, served(build("A"), Path(folder)) as url:
            found = asyncio.run(measure([url], args.rounds))
    for url, rows in found.items():
        print(f"{url}: {len(rows)} points, milliseconds from the movement of the mouse")
        for name, times in zip(("sent to Python", "answered by it", "shown"), rows.T, strict=True):
            median, late = np.percentile(times, (50, 90))
            print(f"  until {name:<16} median {median:6.1f}   90th percentile {late:6.1f}")


if __name__ == "__main__":
    main()
