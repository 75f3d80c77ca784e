"""The server of pages: cheap to ask, bounded in what it keeps, and quiet about what visitors do."""

import asyncio
import gc
import json
import logging
import time
import urllib.error
import urllib.request
import weakref
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from bokeh.util.token import generate_jwt_token
from tornado.httpclient import HTTPClientError
from tornado.websocket import websocket_connect

from numcnn import Sequential, layers, visor
from numcnn.visor.pages import live, loopback
from numcnn.visor.pages.live import LivePage

PULL = ['{"msgid":"1","msgtype":"PULL-DOC-REQ"}', "{}", "{}"]


@pytest.fixture
def page():
    page = visor.show(
        Sequential([layers.Dense(3, activation="softmax", input_shape=(4,))]), open_browser=False
    )
    yield page
    page.close()


def html(page):
    with urllib.request.urlopen(page.url, timeout=10) as answer:
        return answer.read().decode()


def token_of(text):
    return text.split('"token":"')[1].split('"')[0]


@asynccontextmanager
async def opened(page, token):
    """A websocket as a page has it; from before it is acknowledged."""
    address = f"{page.url.replace('http', 'ws')}ws"
    messages = asyncio.Queue()
    socket = await websocket_connect(
        address, subprotocols=["bokeh", token], on_message_callback=messages.put_nowait
    )

    async def read_message():
        message = await messages.get()
        if message is None:  # closed, for this reader and the next
            messages.put_nowait(None)
        return message

    socket.read_message = read_message
    try:
        yield socket
    finally:
        socket.close()
        while await socket.read_message() is not None:
            pass


async def heard(socket, kind):
    """Wait for a message of that kind; return its content."""
    while f'"{kind}"' not in await socket.read_message():
        pass
    await socket.read_message()  # the metadata
    return json.loads(await socket.read_message())


async def pulled(socket):
    """What a page is made of, once the server has acknowledged its websocket."""
    await heard(socket, "ACK")
    for part in PULL:
        await socket.write_message(part)
    return await heard(socket, "PULL-DOC-REPLY")


def test_fifty_requests_build_no_page(page, monkeypatch):
    made = []
    monkeypatch.setattr(LivePage, "_tab", lambda *arguments: made.append(arguments))
    texts = [html(page) for _ in range(50)]
    assert made == []
    assert len({token_of(text) for text in texts}) == 50
    assert len({text.replace(token_of(text), "") for text in texts}) == 1
    assert len(texts[0]) < 50_000


def test_what_connects_gets_the_page_of_its_frame(page):
    text = html(page)

    async def connect():
        async with opened(page, token_of(text)) as socket:
            return (await pulled(socket))["doc"]

    document = asyncio.run(connect())
    assert document["title"] == "Model “sequential”"
    names = [root["attributes"]["name"] for root in document["roots"]]
    assert names == ["model", "training"]
    assert all(f'"{root["id"]}":' in text for root in document["roots"])


def test_only_so_many_pages_are_kept_and_closed_ones_are_forgotten(page, monkeypatch):
    monkeypatch.setattr(loopback, "MOST_PAGES", 5)
    tokens = [token_of(html(page)) for _ in range(12)]

    async def crowd():
        async with AsyncExitStack() as others, opened(page, tokens[0]) as first:
            for token in tokens[1:5]:
                await pulled(await others.enter_async_context(opened(page, token)))
            await pulled(first)
            for token in tokens[5:10]:
                with pytest.raises(HTTPClientError, match="503"):
                    await opened(page, token).__aenter__()
            with pytest.raises(urllib.error.HTTPError, match="503") as refused:
                html(page)
            assert "5 pages are open already" in refused.value.read().decode()
            first.close()
            await asyncio.sleep(0.2)
            async with opened(page, tokens[10]) as another:  # there is room again
                await pulled(another)

    asyncio.run(crowd())
    html(page)


def test_the_memory_of_closed_pages_is_given_back(page, monkeypatch):
    kept, fill = [], page._fill

    def filled(document):
        fill(document)
        kept.append(weakref.ref(document))

    server = loopback.loopback_server
    monkeypatch.setattr(
        live, "loopback_server", lambda frame, _, *more: server(frame, filled, *more)
    )
    other = visor.show(page.model, open_browser=False)

    async def come_and_go():
        for _ in range(6):
            async with opened(other, token_of(html(other))) as socket:
                await pulled(socket)

    asyncio.run(come_and_go())
    assert len(kept) == 6
    for _ in range(100):
        time.sleep(0.1)
        gc.collect()
        if not any(one() for one in kept):
            break
    other.close()
    assert not any(one() for one in kept)


BAD_TOKENS = [
    "",
    "x",
    "é",
    "token",
    "e30",  # {}
    "W10",  # []
    "bnVsbA.abc",
    "a" * 4_000,
    generate_jwt_token("mine", signed=False),
    generate_jwt_token("mine.abc", b"another key", signed=True),
]


@pytest.mark.parametrize("token", BAD_TOKENS, ids=range(len(BAD_TOKENS)))  # two hold the time
def test_a_malformed_token_is_refused_without_a_word_in_the_terminal(page, token, caplog, capfd):
    with caplog.at_level(logging.WARNING), pytest.raises((HTTPClientError, UnicodeError)):
        asyncio.run(opened(page, token).__aenter__())
    said = [entry for entry in caplog.records if entry.name.startswith(("bokeh", "tornado"))]
    assert said == []
    assert capfd.readouterr().err == ""


def test_an_old_token_is_refused(page, monkeypatch):
    token = token_of(html(page))
    monkeypatch.setattr("time.time", lambda: 4e9)
    with pytest.raises(HTTPClientError, match="403"):
        asyncio.run(opened(page, token).__aenter__())


@pytest.mark.parametrize(
    ("frames", "closes"),
    [
        (["nonsense"], False),  # may become a message yet
        (["nonsense", "nonsense", "nonsense"], True),
        (["{}", "{}", "{}"], True),
        (["[]", "[]", "[]"], True),
        (['{"msgid":"1","msgtype":"NO-SUCH"}', "{}", "{}"], True),
        (['{"msgid":"1","msgtype":"PATCH-DOC","num_buffers":-1}', "{}", "{}"], False),
        ([b"\x00\xff"], True),
        (['{"msgid":"1","msgtype":"PATCH-DOC"}', "{}", b"\x00"], True),
    ],
)
def test_what_is_no_message_closes_the_connection_quietly(page, frames, closes, caplog, capfd):
    async def send():
        async with opened(page, token_of(html(page))) as socket:
            await heard(socket, "ACK")
            for frame in frames:
                await socket.write_message(frame, binary=isinstance(frame, bytes))
            if closes:
                assert await asyncio.wait_for(socket.read_message(), 10) is None

    with caplog.at_level(logging.WARNING):
        asyncio.run(send())
    assert not any(entry.exc_info for entry in caplog.records)
    assert "Traceback" not in capfd.readouterr().err
    html(page)  # and goes on


def test_a_closed_tab_leaves_no_warning(page, caplog, capfd):
    async def leave():
        for wait in (0, 0.01, 0.1):
            async with opened(page, token_of(html(page))) as socket:
                await heard(socket, "ACK")  # before it nothing may be sent
                for part in PULL:  # whose answer nobody waits for
                    await socket.write_message(part)
                await asyncio.sleep(wait)

    with caplog.at_level(logging.WARNING):
        asyncio.run(leave())
        html(page)
    assert caplog.records == []
    assert capfd.readouterr().err == ""
