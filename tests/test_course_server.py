"""The course on this computer: who is answered, what runs, and what is saved."""

import http.client
import json
import threading

import pytest

pytest.importorskip("markdown_it", reason="the pages of the course need markdown-it-py")

from numcnn.course.page.process import Kernel
from numcnn.course.page.server import LARGEST, CourseServer

CHAPTER = "02-convolution"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with CourseServer(tmp_path_factory.mktemp("work")) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def ask(server, method, path, content=None, **headers):
    """Return code and text of an answer; underscores stand for the hyphens of a header's name."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    body = content if isinstance(content, bytes | None) else json.dumps(content).encode()
    named = {"Host": f"localhost:{server.server_port}"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, {k: v for k, v in named.items() if v is not None})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def post(server, action, content, **headers):
    return ask(
        server, "POST", f"/api/{action}", content, **{"X_Course_Token": server.token} | headers
    )


def test_pages_carry_the_token_and_forbid_frames(server):
    code, text = ask(server, "GET", f"/en/{CHAPTER}.html")
    assert code == 200
    assert server.token in text
    for page in ("index", "glossary", CHAPTER):
        for language in ("en", "ko"):
            assert ask(server, "GET", f"/{language}/{page}.html")[0] == 200


FOREIGN = [
    {"Host": "evil.example"},
    {"Origin": "http://evil.example"},
    {"Host": "evil.example", "Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Sec_Fetch_Site": "cross-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_strangers_get_nothing_and_run_nothing(server, headers):
    code, text = ask(server, "GET", f"/en/{CHAPTER}.html", **headers)
    assert code == 403
    assert server.token not in text
    for action in ("run", "check", "start", "stop", "save"):
        assert post(server, action, {"chapter": CHAPTER}, **headers)[0] == 403


@pytest.mark.parametrize("token", [None, "", "wrong", "\xe9" * 43])
@pytest.mark.parametrize("action", ["run", "check", "start", "stop", "save"])
def test_without_the_page_s_token_nothing_runs(server, action, token):
    code, text = post(server, action, {"chapter": CHAPTER}, X_Course_Token=token)
    assert (code, text) == (403, "Reload this page: the course was started anew.")
    assert not server.folder.joinpath(f"{CHAPTER}.py").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/en/../server.py",
        "/assets/../server.py",
        "/assets/server.py",
        "/en/%2e%2e/x.html",
        "/x/y/z",
    ],
)
def test_no_path_leads_out_of_the_course(server, path):
    assert ask(server, "GET", path) == (404, "There is no such page.")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, {"chapter": 3}, {}, {"text": "x"}],
)
def test_what_no_page_sends_is_refused(server, content):
    assert post(server, "run", content)[0] == 400


def test_other_requests_are_refused(server):
    step = {"code": "1", "place": "1"}
    assert post(server, "run", {"chapter": "../../etc", **step})[0] == 404
    assert post(server, "run", {"chapter": CHAPTER, "code": "1"})[0] == 400
    assert post(server, "other", {"chapter": CHAPTER})[0] == 404
    assert post(server, "save", {"chapter": CHAPTER, "text": 3, "version": None})[0] == 400
    assert post(server, "run", b"x", Content_Length=str(LARGEST + 1))[0] == 400
    assert post(server, "run", b"x", Content_Length="many")[0] == 400


def test_work_is_saved_and_never_overwritten(server):
    file = server.folder / f"{CHAPTER}.py"
    first = {"chapter": CHAPTER, "text": "a = 1\n", "version": None}
    saved = json.loads(post(server, "save", first)[1])
    assert saved["ok"] and file.read_text() == "a = 1\n"
    again = json.loads(post(server, "save", {**first, "text": "a = 2\n"})[1])
    assert not again["ok"] and "was changed by another program" in again["problem"]
    assert file.read_text() == "a = 1\n"
    better = {**first, "text": "a = 3\n", "version": saved["version"]}
    assert json.loads(post(server, "save", better)[1])["ok"]
    assert "a = 3" in ask(server, "GET", f"/en/{CHAPTER}.html")[1]
    file.unlink()


def test_a_step_runs_and_shows_what_it_prints(server):
    code, text = post(server, "run", {"chapter": CHAPTER, "code": "print(6 * 7)", "place": "1"})
    assert code == 200
    answers = [json.loads(line) for line in text.splitlines()]
    assert "42" in text
    assert "value" in answers[-1]


def test_a_stop_that_overtakes_its_step_stops_it(tmp_path):
    kernel = Kernel(tmp_path)

    def run(code):
        return list(kernel.ask({"kind": "run", "code": code, "place": "step 1"}))

    try:
        assert run("1 + 1")[-1] == {"value": True}
        stop = threading.Thread(target=kernel.stop)
        stop.start()
        *_, told, _ = run("while True:\n    pass")
        assert told["event"]["text"].startswith("Stopped.")
        stop.join()
        kernel.begun.wait = lambda patience: True  # a moment too late
        kernel.stop()
        assert run("2 + 2") == [{"event": {"type": "text", "text": "4\n"}}, {"value": True}]
    finally:
        kernel.end()
