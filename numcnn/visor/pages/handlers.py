"""What a page's server answers: the page, its websocket, or a refusal in a sentence."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, NamedTuple

from bokeh.document import Document
from bokeh.embed.server import server_html_page_for_session
from bokeh.protocol.exceptions import MessageError, ProtocolError, ValidationError
from bokeh.server.views.static_handler import StaticHandler
from bokeh.server.views.ws import WSHandler
from bokeh.util.token import (
    check_token_signature,
    generate_jwt_token,
    generate_session_id,
    get_token_payload,
)
from tornado.web import HTTPError, RequestHandler
from tornado.websocket import WebSocketClosedError

FULL = "{} pages are open already, which is all that this server keeps: close one of them."


class Refusal(RequestHandler):
    """Answers any request with a sentence that says why it is refused."""

    def initialize(self, sentence: str) -> None:
        """Take the sentence."""
        self.sentence = sentence
        self.SUPPORTED_METHODS = (self.request.method or "",)

    def prepare(self) -> None:
        """Answer before the method is looked at."""
        refuse(self, 403, self.sentence)


class PageHandler(RequestHandler):
    """Answers with the page's frame, which is made once; the websocket fills it."""

    application: Any

    def initialize(self, **context: Any) -> None:
        """Take nothing of what Bokeh's own handler takes."""

    def get(self) -> None:
        """Send the frame, with a token of its own."""
        if self.application.is_full:
            refuse(self, 503, FULL.format(len(self.application.pages)))
            return
        before, after = self.application.frame
        self.set_header("Cache-Control", "no-store")  # the token is for this page alone
        self.finish(before + new_token(self.application.secret_key) + after)


class FileHandler(StaticHandler):
    """Answers with a file of BokehJS; any other path is refused without a word in the terminal."""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Return the file's path, or refuse what can't be one, such as a path with a null byte."""
        try:
            return super().validate_absolute_path(root, absolute_path)
        except ValueError as error:
            raise HTTPError(404) from error

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """Log what this server did wrong, and not what was asked wrongly."""
        if not isinstance(error, HTTPError):
            super().log_exception(kind, error, trace)


class PageSocket(WSHandler):
    """The websocket of an open page, on which every packet leaves at once.

    An answer is several small packets.  The operating system would hold each of them back until the
    one before is acknowledged, which takes the page's side up to 40 ms.
    """

    application: Any

    def check_origin(self, origin: str) -> bool:
        """Accept every origin here: the server's guard has refused the foreign ones."""
        return True

    async def get(self, *arguments: Any, **options: Any) -> None:
        """Connect a page, if this server made it and there is room for it."""
        if not self._has_token():
            refuse(self, 403, "This page is from another start of the server: reload it.")
        elif self.application.is_full:
            refuse(self, 503, FULL.format(len(self.application.pages)))
        else:
            await super().get(*arguments, **options)

    def open(self) -> None:
        """Begin, when the page has connected."""
        self.application.pages.add(self)
        super().open()
        self.set_nodelay(True)

    def on_close(self) -> None:
        """Make room for another page."""
        self.application.pages.discard(self)
        super().on_close()

    async def on_message(self, fragment: str | bytes) -> None:
        """Take a part of a message; close the connection if it can't be one."""
        try:
            if self.receiver is None:
                raise ProtocolError("a message before the connection was acknowledged")
            message = await self.receiver.consume(fragment)
        except (MessageError, ProtocolError, ValidationError, ValueError, TypeError, KeyError):
            self.close(1002, "this is no message of Bokeh's protocol")
            return
        if message is not None:
            work = await self._handle(message)
            if work is not None:
                await self.send_message(work)

    async def send_message(self, message: Any) -> None:
        """Send a message, unless the page was closed meanwhile."""
        with suppress(WebSocketClosedError):  # on_close follows
            await message.send(self)

    def _has_token(self) -> bool:
        """Whether the page brings a token that this server gave it, and not too long ago."""
        words = self.request.headers.get("Sec-WebSocket-Protocol", "").split(",")
        token, key = words[-1].strip(), self.application.secret_key
        try:
            signed = len(words) == 2 and check_token_signature(token, key, signed=True)
            return signed and get_token_payload(token)["session_expiry"] > time.time()
        except Exception:  # a text that can't be read is no token, for whatever reason
            return False


def refuse(handler: RequestHandler, status: int, sentence: str) -> None:
    """Answer with a sentence."""
    handler.set_status(status)
    handler.set_header("Content-Type", "text/plain; charset=utf-8")
    handler.finish(f"{sentence}\n")


def new_token(secret_key: bytes) -> str:
    """Return a token, with which one page may connect once its frame is there."""
    session = generate_session_id(secret_key, signed=True)
    return generate_jwt_token(session, secret_key, signed=True)


class _Session(NamedTuple):
    """What Bokeh needs to know for a page."""

    token: str
    document: Document


def framed(document: Document, resources: Any) -> tuple[str, str]:
    """Return the HTML of a page before and after its token.

    Parameters
    ----------
    document : Document
        The page with empty tabs.
    resources : bokeh.resources.Resources
        Where BokehJS is.
    """
    text = server_html_page_for_session(
        _Session(_MARK, document),
        resources,
        document.title,
        document.template,
        document.template_variables,
    )
    before, after = text.split(_MARK)
    return before, after


_MARK = "numcnn-token-of-this-page"
