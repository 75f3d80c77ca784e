"""In a real browser: a foreign site gets nothing out of the live page and the pad.

`evil.example` points to this computer here, as a site can let its own name do ("DNS rebinding").
"""

import http.server
import threading

import pytest
from browser import Watched, chromium
from test_visor_guard import live, pad


@pytest.fixture(scope="module")
def browser():
    with chromium("--host-resolver-rules=MAP evil.example 127.0.0.1") as started:
        yield started


@pytest.fixture(scope="module", params=[live, pad])
def port(request):
    """The port of a live page, and of a pad."""
    with request.param() as served:
        yield served


class Site(http.server.BaseHTTPRequestHandler):
    """An empty page."""

    def do_GET(self):
        """Send it."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><link rel='icon' href='data:,'>")

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture(scope="module")
def site():
    """The port of another web site on this computer."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


FETCHED = """async address => {
  try { return (await fetch(address)).status } catch { return "nothing" }
}"""
OPENED = """([address, token]) => new Promise(done => {
  const socket = new WebSocket(address, ["bokeh", token])
  socket.onopen = () => { socket.close(); done("open") }
  socket.onerror = () => done("nothing")
})"""
TOKEN = """async address => {
  const text = await (await fetch(address)).text()
  return text.split('"token":"')[1].split('"')[0]
}"""
SEEN = """async address => { // in a frame and as a script, neither of which asks for leave
  const frame = document.createElement("iframe")
  frame.src = address
  document.body.append(frame)
  const script = document.createElement("script")
  script.src = address + "static/js/bokeh.min.js"
  const loaded = new Promise(done => {
    script.onload = () => done("loaded")
    script.onerror = () => done("nothing")
  })
  document.body.append(script)
  return loaded
}"""


def test_its_own_page_is_answered(browser, port):
    page = Watched(browser)
    page.open(f"http://127.0.0.1:{port}/")
    page.page.get_by_role("tab").first.wait_for()
    assert page.page.evaluate(FETCHED, f"http://127.0.0.1:{port}/") == 200
    token = page.page.evaluate(TOKEN, f"http://127.0.0.1:{port}/")
    assert page.page.evaluate(OPENED, [f"ws://127.0.0.1:{port}/ws", token]) == "open"
    assert page.troubles == []
    page.page.close()


@pytest.mark.parametrize("foreign", ["evil.example", "localhost", "127.0.0.1"])
@pytest.mark.parametrize("name", ["evil.example", "localhost", "127.0.0.1"])
def test_a_page_of_another_address_gets_nothing(browser, port, site, foreign, name):
    page = browser.new_page()
    page.goto(f"http://{foreign}:{site}/")  # another port: never the page's own address
    assert page.evaluate(FETCHED, f"http://{name}:{port}/") == "nothing"
    assert page.evaluate(OPENED, [f"ws://{name}:{port}/ws", "token"]) == "nothing"
    assert page.evaluate(SEEN, f"http://{name}:{port}/") == "nothing"
    page.wait_for_timeout(200)
    (frame,) = page.frames[1:]
    assert "Bokeh" not in frame.content()
    page.close()


def test_a_name_that_points_here_is_no_way_in(browser, port):
    page = browser.new_page()
    shown = page.goto(f"http://evil.example:{port}/")  # Host, and later Origin: foreign and alike
    assert shown.status == 403
    assert f"answers only to localhost:{port} and 127.0.0.1:{port}" in page.inner_text("body")
    assert page.evaluate(FETCHED, f"http://evil.example:{port}/") == 403
    assert page.evaluate(OPENED, [f"ws://evil.example:{port}/ws", "token"]) == "nothing"
    page.close()


def test_a_link_is_refused_from_a_site_and_works_from_this_computer(browser, port, site):
    click = "address => { const a = document.createElement('a'); a.href = address; a.click() }"
    for foreign, status in (("evil.example", 403), ("localhost", 200)):
        page = browser.new_page()
        page.goto(f"http://{foreign}:{site}/")
        with page.expect_response(f"http://localhost:{port}/") as answered:
            page.evaluate(click, f"http://localhost:{port}/")
        assert answered.value.status == status
        page.close()
