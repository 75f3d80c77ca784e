"""A live page: it follows a training while it runs, in a thread of the training's process.

The training thread only writes numbers down (`Record`), and copies the weights after an epoch.
Everything else is done by the server's thread, which is also the only one that computes with the
page's model, a copy: so two pages never compute at the same time, and none touches the model that
is being trained.
"""

from __future__ import annotations

import asyncio
import copy
import time
import webbrowser
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from functools import cache
from threading import Thread
from typing import Any

from bokeh.document import Document
from bokeh.models import Column, LayoutDOM

from numcnn.checks import counted, model_for, positive_int
from numcnn.console import write
from numcnn.visor.pages.guard import checked_hosts
from numcnn.visor.pages.live_tab import LiveTab, empty_tab
from numcnn.visor.pages.loopback import loopback_server
from numcnn.visor.pages.page import tabbed_page
from numcnn.visor.tabs.live_training import LiveTraining
from numcnn.visor.tabs.order import TABS, WITHOUT_DATA
from numcnn.visor.tabs.record import Record
from numcnn.visor.tabs.subject import Subject

TICK = 1_500
"""Milliseconds between two looks at the record: drawing takes time of the training, too."""
EVALUATED = 1_000
"""Samples that a live page evaluates at most."""


def show(
    model: Any,
    data: Any = None,
    class_names: Sequence[Any] | None = None,
    port: int = 0,
    open_browser: bool = True,
    allow_hosts: Iterable[str] = (),
) -> LivePage:
    """Open a page that follows a model while it learns; go on at once.

    Give the page to the training: ``model.fit(…, callbacks=visor.FitCallbacks(page=page))``.

    Parameters
    ----------
    model : Sequential
        Built; it need not be trained yet.
    data : (x, y), optional
        Samples and labels to evaluate the model on, of which the first 1,000 are used.  Without
        them the page has no tabs *Input data* and *Evaluation*.
    class_names : sequence of str, optional
        By default the class numbers.
    port : int, default 0
        Of the page's address on this computer; 0 for one that is free.
    open_browser : bool, default True
        Whether to open the page; otherwise, or where there is no browser, its address is in
        ``page.url``.
    allow_hosts : iterable of str, optional
        Further names under which the page may be opened, such as ``["box.example:8080"]`` for a
        proxy or a tunnel on this computer that calls it so.  Requests to any other name than
        ``localhost`` and ``127.0.0.1``, and from pages of any other address, are refused.

    Returns
    -------
    LivePage

    Raises
    ------
    TypeError, ValueError
        If the data do not fit the model, the model is not built, or a name to allow is none.
    OSError
        If the port is taken.
    """
    live = LivePage(model, data, class_names, port, allow_hosts)
    if open_browser:
        webbrowser.open(f"{live.url}#training")
    return live


class LivePage:
    """A page on this computer's loopback, and the server behind it, in a thread of its own.

    Only this computer can open it, and only pages from its own address may talk to it.

    Parameters
    ----------
    model, data, class_names, port, allow_hosts
        As in `show`.

    Attributes
    ----------
    url : str
        The page's address.
    model : Sequential
        The model whose training it follows.
    record : Record
        What the training has told so far.
    """

    def __init__(
        self,
        model: Any,
        data: Any = None,
        class_names: Sequence[Any] | None = None,
        port: int = 0,
        allow_hosts: Iterable[str] = (),
    ) -> None:
        self.model = model
        self.subject = Subject(twin(model), data, None, class_names, at_most=EVALUATED)
        metrics = ["loss", *(metric.name for metric in model.metrics)]
        self.record = Record(metrics, model.get_weights())
        self._weights_version = 0
        self._allowed = checked_hosts(allow_hosts)
        started: Future[tuple[asyncio.AbstractEventLoop, int]] = Future()
        self._thread = Thread(
            target=self._serve,
            args=(positive_int(port, "port", minimum=0), started),
            name="numcnn.visor",
            daemon=True,  # a page never keeps a program from ending
        )
        self._thread.start()
        self._loop, found_port = started.result()
        self.url = f"http://localhost:{found_port}/"

    def close(self) -> None:
        """Stop the server; the pages that are open stay as they are."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def wait(self) -> None:
        """Say where the page is, and keep it alive until Ctrl-C."""
        try:
            write(f"\nThe visor stays at {self.url} until Ctrl-C.\n")
            while self._thread.is_alive():
                self._thread.join(0.2)
        except KeyboardInterrupt:
            self.close()

    def __repr__(self) -> str:
        return f"<LivePage {self.url}{'' if self._thread.is_alive() else ', closed'}>"

    # In the server's thread ----------------------------------------------------------------------

    def _serve(self, port: int, started: Future[tuple[asyncio.AbstractEventLoop, int]]) -> None:
        """Serve the page until the loop is stopped; say through `started` that it began."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            server = loopback_server(self._frame(), self._fill, port, self._allowed)
            server.start()
        except OSError as error:
            loop.close()
            started.set_exception(error)
            return
        started.set_result((loop, server.port))
        try:
            loop.run_forever()
        finally:
            server.stop()
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    def _frame(self) -> Document:
        """Return the page with empty tabs, as every browser gets it first."""
        model = self.subject.model
        return tabbed_page(
            f"Model “{model.name}”",
            f"{counted(len(model.layers), 'layer')}, {counted(model.count_params(), 'parameter')}",
            {name: empty_tab() for name in self._names()},
            live=True,
        )

    def _fill(self, document: Document) -> None:
        """Make the page for a browser that opened or reloaded it."""
        pairs = zip(self._names(), document.roots, strict=True)
        tabs = [self._tab(name, place) for name, place in pairs]

        def tick() -> None:
            for tab in tabs:
                tab.refresh()

        document.add_periodic_callback(tick, TICK)

    def _names(self) -> list[str]:
        """Return the tabs that there is something to show in."""
        return [name for name in TABS if len(self.subject.x) or name in WITHOUT_DATA]

    def _tab(self, name: str, place: Column) -> LiveTab:
        """Return a tab that is made, in its place, when it is first looked at."""
        if name == "Training":
            made = cache(LiveTraining)
            return LiveTab(
                place,
                lambda: made(self.record).layout,
                lambda _layout: made(self.record).update(),
                time.monotonic,
            )
        module = TABS[name]
        make = getattr(module, "live_tab", module.tab)

        def update(layout: LayoutDOM) -> None:
            if hasattr(module, "update"):
                module.update(layout, self._current())

        return LiveTab(place, lambda: make(self._current()), update, lambda: self.record.version)

    def _current(self) -> Subject:
        """Return the subject, its model with the latest weights."""
        with self.record.lock:
            version, weights = self.record.version, self.record.weights
        if version != self._weights_version:
            self._weights_version = version
            self.subject.model.set_weights(weights)
            self.subject.forget()
        return self.subject


def twin(model: Any) -> Any:
    """Return a copy of a model, to compute with beside its training; without an optimizer.

    Raises
    ------
    ValueError
        If the model is not built.
    """
    model_for(model, "visor.show").need_built("visor.show")
    left_out: dict[int, Any] = {id(model.optimizer): None, id(model.history): None}
    left_out |= {id(layer._memory): {} for layer in model.flat}  # of a step that was broken off
    return copy.deepcopy(model, left_out)
