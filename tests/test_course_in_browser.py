"""The course in Chromium, cut off from the internet: in a page alone, and on this computer."""

import base64
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from browser import Watched, chromium

pytest.importorskip("markdown_it", reason="the pages of the course need markdown-it-py")
from course_site import built_in

import numcnn
from numcnn.course.chapter import LANGUAGES, named, pages
from numcnn.course.numbers import SMALLER
from numcnn.course.page.build import build
from numcnn.course.page.server import CourseServer
from numcnn.datasets.generated import digits

CUT = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost"
READY = "() => !document.querySelector('button.run').disabled"


@pytest.fixture(scope="module")
def browser():
    with chromium(CUT) as started:
        yield started


class Quiet(SimpleHTTPRequestHandler):
    """As ``python -m http.server``, without its lines on the terminal."""

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def serve():
    """Return a function that serves a folder and returns its address."""
    servers = []

    def start(folder):
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://localhost:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def opened(browser, url, **options):
    """Open a page with steps, and wait until Python is ready."""
    watched = Watched(browser, **options)
    watched.page.goto(url)
    watched.page.wait_for_function(READY, timeout=60_000)
    return watched


def run_all(page):
    """Press the run button of every step, with smaller sizes; return what each shows."""
    shown = []
    for step in page.locator(".step").all():
        editor = step.locator("textarea")
        code = editor.input_value()
        for usual, smaller in SMALLER.items():
            code = code.replace(usual, smaller)
        editor.fill(code)
        step.locator(".run").click()
        page.wait_for_function(READY, timeout=60_000)
        assert step.locator(".error").count() == 0, step.locator(".error").inner_text()
        shown.append(step.locator(".output"))
    return shown


def all_asked_here(watched, url):
    inside = ("data:", "about:", "blob:", f"{url}/")
    return [request for request in watched.requests if not request.startswith(inside)] == []


def test_the_whole_tutorial_runs_in_a_page_without_the_internet(
    browser, serve, tmp_path, tmp_path_factory
):
    url = serve(built_in(tmp_path_factory.getbasetemp() / "course"))
    watched = opened(browser, f"{url}/ko/tutorial-digits.html", width=390, scheme="dark")
    page = watched.page
    shown = run_all(page)
    assert shown[2].locator("img").count() == 1  # twenty examples
    assert "5,994" in shown[4].inner_text()
    assert shown[6].locator("svg").count() == 2  # the curves of loss and accuracy
    assert shown[7].locator("table tr").count() == 11  # the confusion matrix
    frame = page.frames[-1]
    assert frame.locator("html").get_attribute("lang") == "ko"
    frame.wait_for_function("() => window.numcnn && document.querySelectorAll('canvas').length > 8")
    assert "Bokeh, which is not installed" in shown[11].inner_text()
    link = shown[10].locator("a[download='digits.safetensors']").get_attribute("href")
    (tmp_path / "digits.safetensors").write_bytes(base64.b64decode(link.partition(",")[2]))
    model = numcnn.models.load_model(tmp_path / "digits.safetensors")
    images, _ = digits.generate(3)
    assert model.predict(images[..., None] / np.float32(255), verbose=0).shape == (3, 10)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert watched.troubles == []
    assert all_asked_here(watched, url)
    page.close()


def check_in(page, code):
    """Put code into the exercise, check it, and return what is said."""
    exercise = page.locator(".exercise")
    exercise.locator("textarea").fill(code)
    exercise.locator(".check").click()
    page.wait_for_function(READY, timeout=60_000)
    return exercise.locator(".output").inner_text()


def test_exercise_2_is_solved_in_a_page_without_the_internet(browser, serve, tmp_path_factory):
    url = serve(built_in(tmp_path_factory.getbasetemp() / "course"))
    watched = opened(browser, f"{url}/en/02-convolution.html")
    page, right = watched.page, named("2").solution
    assert "still the code that you were given" in check_in(page, named("2").starter)
    assert "Only the last product" in check_in(page, right.replace("total += x", "total = x"))
    said = check_in(page, right.replace("in range(KH)", "in range(KH + 1)"))
    assert "IndexError" in said
    assert "The check called conv(x (1, 4, 4, 1), kernel (3, 3, 1, 1))." in said
    assert page.locator(".exercise .good").count() == 0
    assert check_in(page, right) == "Right. Every result is as it should be."
    assert page.locator(".exercise .good").count() == 1
    page.reload()
    assert page.locator(".exercise textarea").input_value() == right
    assert watched.troubles == []
    assert all_asked_here(watched, url)
    page.close()


@pytest.fixture(scope="module")
def texts(browser, serve, tmp_path_factory):
    """The built pages without Python, in a narrow window, and their address."""
    site = tmp_path_factory.mktemp("pages")
    build(site)
    page = Watched(browser, width=390).page
    page.route("**/assets/pyodide.js", lambda route: route.abort())
    yield page, serve(site)
    page.close()


def test_no_page_is_wider_than_a_phone(texts):
    page, url = texts
    for language in LANGUAGES:
        for name in (*pages(language), "index", "glossary"):
            page.goto(f"{url}/{language}/{name}.html", wait_until="domcontentloaded")
            assert page.evaluate("document.documentElement.scrollWidth") == 390, name


@pytest.mark.parametrize(("language", "word"), [("en", "padding"), ("ko", "패딩")])
def test_search_finds_padding(language, word, texts):
    page, url = texts
    page.goto(f"{url}/{language}/index.html")
    page.fill("#search", word)
    page.locator("#found li a").first.click()
    assert "03-sizes" in page.url


def test_code_stays_in_the_browser_when_a_page_is_loaded_anew(texts):
    page, url = texts
    page.goto(f"{url}/en/02-convolution.html")
    page.fill(".exercise textarea", "my work")
    page.fill(".step textarea >> nth=0", "my step")
    page.wait_for_function("() => JSON.stringify(localStorage).includes('my work')")
    page.reload()
    assert page.input_value(".exercise textarea") == "my work"
    assert page.input_value(".step textarea >> nth=0") == "my step"
    page.click(".step .reset >> nth=0")
    assert page.input_value(".step textarea >> nth=0").startswith("import numpy")


def test_on_this_computer_steps_run_and_the_exercise_goes_to_a_file(browser, tmp_path):
    with CourseServer(tmp_path) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://localhost:{server.server_port}"
        watched = opened(browser, f"{url}/ko/02-convolution.html", locale="ko-KR")
        page = watched.page
        assert page.locator("button.run").first.inner_text() == "실행"
        run_all(page)
        exercise = page.locator(".exercise")
        assert "처음에 주어진 코드 그대로" in check_in(page, named("2", "ko").starter)
        for number in (1, 2, 3, 4):
            exercise.locator(".hint").click()
            assert exercise.locator(".hints li").count() == min(number, 3)
        assert "conv이(가) 없습니다" in check_in(page, "x = 1\n")
        assert (tmp_path / "02-convolution.py").read_text("utf-8") == "x = 1\n"
        assert "맞습니다" in check_in(page, named("2").solution)
        exercise.locator(".try").click()  # its names are the steps' names, too
        page.wait_for_function(READY, timeout=60_000)
        step = page.locator(".step").first
        step.locator("textarea").fill("conv.__name__")
        step.locator(".run").click()
        page.wait_for_function(READY, timeout=60_000)
        assert "conv" in step.locator(".output").inner_text()
        step.locator("textarea").fill("while True:\n    pass")
        step.locator(".run").click()
        page.locator("#stop").click()
        page.wait_for_function(READY, timeout=60_000)
        assert "Stopped." in step.locator(".output").inner_text()
        assert watched.troubles == []
        assert all_asked_here(watched, url)
        page.close()
        server.shutdown()
