"""The mechanisms of the fast engine, each switched off from outside for `benchmarks.ledger`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import numpy as np


@contextmanager
def nothing_deferred() -> Iterator[None]:
    """Compute each convolution where it stands; relu and pooling are loops of their own."""
    from numcnn.engine.fast.layouts.batch import Batch

    with mock.patch.object(Batch, "deferred", property(lambda batch: False)):
        yield


@contextmanager
def no_winograd() -> Iterator[None]:
    """Compute every convolution and every gradient by the definition."""
    from numcnn.engine.fast.loops import winograd

    with mock.patch.object(winograd, "pays", lambda *_: False):
        yield


@contextmanager
def no_winograd_gradients() -> Iterator[None]:
    """Compute every kernel gradient by the definition."""
    from numcnn.engine.fast.loops import gradients
    from numcnn.engine.fast.loops.block_sizes import LITTLE, gradient_block

    def by_definition(_: int, __: int, upstream: Any) -> Any:
        return gradients.direct_filters(gradient_block(64, 64, 3, 3, LITTLE + 1), upstream)

    with mock.patch.object(gradients, "winograd_filters", by_definition):
        yield


@contextmanager
def nothing_turned() -> Iterator[None]:
    """Compute the kernel gradient of small images as that of large ones."""
    from numcnn.engine.fast.loops import few_pixels

    with mock.patch.object(few_pixels, "pays", lambda *_: False):
        yield


@contextmanager
def nothing_folded() -> Iterator[None]:
    """Compute batch normalization behind the convolution, in prediction too."""
    from numcnn.engine.fast.layouts.deferred import Convolution

    with mock.patch.object(Convolution, "normalized", lambda *_: None):
        yield


@contextmanager
def no_columns() -> Iterator[None]:
    """Compute windows of one cell as any other convolution."""
    from numcnn.engine.fast.loops import columns

    with mock.patch.object(columns, "pays", lambda *_: False):
        yield


@contextmanager
def windows_counted() -> Iterator[None]:
    """Count the rows and columns of every window in loops."""
    from numcnn.engine.fast.loops import convolution

    with mock.patch.object(convolution, "MAX_CELLS", 0):
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute everything in the thread that asks."""
    from numcnn.engine.fast.runtime import thread_pool

    thread_pool.use_threads(1)
    yield
    thread_pool.use_threads(None)


@contextmanager
def fresh_memory() -> Iterator[None]:
    """Ask the system for every array."""
    from numcnn.engine.fast.runtime import memory

    users = [m for m in list(sys.modules.values()) if getattr(m, "empty", None) is memory.empty]
    with ExitStack() as stack:
        for module in users:
            stack.enter_context(mock.patch.object(module, "empty", np.empty))
        yield


@contextmanager
def sixteen_lanes() -> Iterator[None]:
    """Put even one image into sixteen lanes."""
    from numcnn.engine import fast

    with mock.patch.object(fast, "MAX_IMAGES", 0):
        yield
