"""A tab of a live page, made when somebody looks at it."""

from __future__ import annotations

import time
from collections.abc import Callable

from bokeh.models import Column, LayoutDOM

from numcnn.visor.figures.theme import html

REST = 20
"""Seconds for which a tab rests, for each second that its update took."""


class LiveTab:
    """A tab of one open page: made when it is first looked at, and brought up to date while it is.

    Parameters
    ----------
    place : Column
        Where it is shown, as `empty_tab` made it.
    make : function
        Returns the tab's layout.
    update : function of the layout
        Brings it up to date.
    version : function
        Returns what changes whenever there is something new.
    """

    def __init__(
        self,
        place: Column,
        make: Callable[[], LayoutDOM],
        update: Callable[[LayoutDOM], None],
        version: Callable[[], float],
    ) -> None:
        self.layout = place
        self.made: LayoutDOM | None = None
        self._make, self._update, self._version = make, update, version
        self._shown: float = -1
        self._rests_until = 0.0
        self.layout.on_change("visible", lambda name, old, new: self.refresh())

    def refresh(self) -> None:
        """Make or update the tab, if it is looked at, something is new, and it has rested."""
        version, now = self._version(), time.monotonic()
        if not self.layout.visible or version == self._shown or now < self._rests_until:
            return
        self._shown = version
        if self.made is None:
            self.made = self._make()
            self.layout.children = [self.made]
        else:
            self._update(self.made)
            done = time.monotonic()
            self._rests_until = done + REST * (done - now)


def empty_tab() -> Column:
    """Return the place of a tab that is not made yet."""
    moment = html("<p class='pale'>One moment.</p>")
    return Column(moment, visible=False, sizing_mode="stretch_width")
