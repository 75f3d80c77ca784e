"""Fixtures: every engine, and the folder of real data."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import numcnn

settings.register_profile("numcnn", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("numcnn")


@pytest.fixture(params=sorted(numcnn.engine.ENGINES))
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the test once on each engine; the value is the engine's name."""
    with numcnn.use_engine(request.param):
        yield request.param


@pytest.fixture
def real_data() -> Path:
    """The folder of real MNIST and Fashion-MNIST, named by NUMCNN_DATA."""
    folder = os.environ.get("NUMCNN_DATA")
    if not folder:
        pytest.skip("real data is needed: set NUMCNN_DATA to the folder that holds it")
    return Path(folder)
