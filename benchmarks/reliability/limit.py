"""A plugin of pytest: a test that takes too long is left out, and named.

``SECONDS_A_TEST`` says how long a test may take, the fixtures that it makes included.  Uncompiled,
some trainings take hours; what they test runs in smaller tests too.
"""

import os
import signal
from collections.abc import Iterator

import pytest

SECONDS = float(os.environ["SECONDS_A_TEST"])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Give each test its time."""

    def too_long(*signal_and_frame: object) -> None:
        pytest.skip(f"{item.nodeid} takes more than {SECONDS:.0f} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
