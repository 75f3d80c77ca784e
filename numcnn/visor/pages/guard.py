"""The guard of a page's server: it checks Host, Origin and Sec-Fetch-Site on every route.

The server listens on this computer's loopback only, but a browser on this computer reaches it on
behalf of any web site.  A site can send requests there, and it can let its own name point to
127.0.0.1, so that the browser takes the page for the site's own ("DNS rebinding").  Both show in
the request's headers, which a site can't change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

_HOST = re.compile(r"(?:\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?)(?::[0-9]{1,5})?")


class Headers(Protocol):
    """The headers of a request, of which one name may occur several times."""

    def get_list(self, name: str) -> list[str]:
        """Return all values of a header."""


class Guard:
    """Decides which requests a page on this computer answers.

    Parameters
    ----------
    port : int
        Where the server listens.
    allowed : iterable of str
        Further names under which the page may be opened, as `checked_hosts` returns them.

    Examples
    --------
    >>> from tornado.httputil import HTTPHeaders
    >>> guard = Guard(5006)
    >>> guard.refusal(HTTPHeaders({"Host": "localhost:5006"})) is None
    True
    >>> print(guard.refusal(HTTPHeaders({"Host": "evil.example:5006"})))
    This page answers only to localhost:5006 and 127.0.0.1:5006, not to the Host evil.example:5006.
    """

    def __init__(self, port: int, allowed: Iterable[str] = ()) -> None:
        own = [f"localhost:{port}", f"127.0.0.1:{port}"]
        if port == 80:  # which browsers leave out
            own += ["localhost", "127.0.0.1"]
        others = [*allowed]
        others += [f"{host}:{port}" for host in others if not re.search(r":\d+$", host)]
        self.hosts = [*own, *others]
        self.origins = {f"http://{host}" for host in self.hosts}
        self.origins |= {f"https://{host}" for host in others}  # behind a proxy

    def refusal(self, headers: Headers) -> str | None:
        """Return why a request with these headers is refused, in a sentence; None if it is not."""
        hosts = headers.get_list("Host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            return f"This page answers only to {self._names()}, not to {_told('Host', hosts)}."
        for name in ("Origin", "Sec-WebSocket-Origin"):
            origins = headers.get_list(name)
            if len(origins) > 1 or any(one.lower() not in self.origins for one in origins):
                return (
                    f"This page answers no page of another address, such as {_told(name, origins)}."
                )
        if not _comes_from_here(headers):
            return (
                "This page answers only its own pages. If you followed a link here, type the "
                "address into the browser instead."
            )
        return None

    def _names(self) -> str:
        *first, last = self.hosts
        return f"{', '.join(first)} and {last}"


def _comes_from_here(headers: Headers) -> bool:
    """Whether the browser says that the page itself asks, or its user.

    "same-site" is another port of this computer: its pages may link here, and do nothing else.
    """
    sites = headers.get_list("Sec-Fetch-Site")
    if sites == ["same-site"]:
        way = [headers.get_list(f"Sec-Fetch-{name}") for name in ("Mode", "Dest")]
        return way == [["navigate"], ["document"]]
    return sites in ([], ["none"], ["same-origin"])


def _told(name: str, values: list[str]) -> str:
    """Return what a request said, shortened, as ASCII."""
    if not values:
        return f"a request without {name}"
    told = ascii(", ".join(values))[1:-1]
    return f"the {name} {told if len(told) <= 80 else told[:80] + '...'}"


def checked_hosts(hosts: Iterable[str]) -> list[str]:
    """Return names under which a page may be opened, in lower case.

    Parameters
    ----------
    hosts : iterable of str
        Such as ``"box.example"``, at the page's own port or a browser's default one, or
        ``"box.example:8080"``.

    Raises
    ------
    TypeError
        If this is no list of texts.
    ValueError
        If one of them is no name of a host.

    Examples
    --------
    >>> checked_hosts(["Box.example", "[fe80::1]:8080"])
    ['box.example', '[fe80::1]:8080']
    """
    if isinstance(hosts, str | bytes | Mapping) or not isinstance(hosts, Iterable):
        raise TypeError(
            f"allow_hosts must be a list of host names, such as ['box.example'], got {hosts!r}."
        )
    found = [*hosts]
    for host in found:
        if not isinstance(host, str) or not _HOST.fullmatch(host.lower()):
            raise ValueError(
                "allow_hosts takes names of hosts as a browser shows them in an address, such as "
                f"'box.example' or 'box.example:8080', got {host!r}."
            )
    return [host.lower() for host in found]
