"""The list of README is the path, and the path is short."""

import inspect

import pytest

from numcnn.graph import Graph
from numcnn.network import Network
from tests.reading_path import ALONE, FURTHER, PATH, ROOT, count, listed

LONGEST = 1_600
SOURCES = {name: (ROOT / name).read_text(encoding="utf-8") for name in PATH}
COUNTS = {name: count(source) for name, source in SOURCES.items()}
LIBRARY = [counted for name, counted in COUNTS.items() if name != ALONE]


def test_readme_lists_the_path():
    assert listed((ROOT / "README.md").read_text(encoding="utf-8")) == list(PATH)


def test_the_path_is_at_most_1600_lines():
    assert sum(counted.lines for counted in LIBRARY) <= LONGEST


def test_the_one_file_is_at_most_200_lines():
    assert COUNTS[ALONE].lines <= 200


def test_the_graph_is_at_most_120_lines():
    source = (ROOT / FURTHER).read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 120
    addition = inspect.getsource(Graph._add)
    assert "active_engine().add([gradients[number], gradient])" in addition
    assert len(addition.splitlines()) <= 6  # its signature and a docstring, and three lines


def test_two_thirds_of_the_path_are_story():
    story = sum(counted.text + counted.code for counted in LIBRARY)
    assert 3 * story >= 2 * sum(counted.lines - counted.blank for counted in LIBRARY)


@pytest.mark.parametrize("method", [Network.forward, Network.backward, Network.walk])
def test_a_pass_of_the_network_is_a_screen_about_layers_only(method):
    source = inspect.getsource(method)
    assert len(source.splitlines()) <= 40
    assert not [word for word in ("engine", "portion", "penalt", "layout") if word in source]


SAMPLE = '''"""Two lines
of text."""

import math  # frame, with its comment


class Double:
    """Text."""

    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        """Text."""
        if x is None:
            raise ValueError("frame")
        # text
        return self.factor * x  # code

    @property
    def name(self):
        return "frame"
'''


def test_every_line_is_counted_once():
    # text: 2 + 1 + 1 + 1; code: class, def, return; frame: import 1, __init__ 2, refusal 2, name 3
    assert count(SAMPLE) == (5, 3, 8, 6)


def test_a_table_with_several_files_in_a_row_is_read():
    readme = """
## Read it

| | file | what it says |
|---|---|---|
| 1 | [`a.py`](a.py) | one |
| 2 | [`pack/`](pack) `b.py c.py` | two |
| 3 | [`pack/d.py`](pack/d.py), `e.py` | two more |

## Next
| 4 | [`no.py`](no.py) | not on the path |
"""
    assert listed(readme) == ["a.py", "pack/b.py", "pack/c.py", "pack/d.py", "pack/e.py"]
