"""What README says of the files that it asks one to read."""

import pytest

from tests import reading_path

PATH = [
    "examples/one_file.py",
    "examples/mnist.py",
    "numcnn/datasets/mnist.py",
    "numcnn/network.py",
    "numcnn/layers/base.py",
    "numcnn/layers/convolution.py",
    "numcnn/layers/pooling.py",
    "numcnn/layers/flatten.py",
    "numcnn/layers/dense.py",
    "numcnn/activations/classic.py",
    "numcnn/geometry.py",
    "numcnn/engine/definition.py",
    "numcnn/engine/reference.py",
    "numcnn/initializers/scaling.py",
    "numcnn/losses/cross_entropy.py",
    "numcnn/optimizers/adam.py",
    "numcnn/training.py",
]


def test_readme_lists_the_path():
    assert reading_path.path() == PATH


def test_one_file_is_at_most_200_lines():
    assert reading_path.count(reading_path.ONE_FILE).lines <= 200


def test_the_path_is_short_and_mostly_story():
    total = reading_path.total(reading_path.counts())
    assert total.lines <= reading_path.MAX_LINES
    written = total.lines - total.blank
    assert total.story >= reading_path.MIN_STORY * written


@pytest.mark.parametrize("method", ["forward", "backward"])
def test_the_network_s_passes_speak_of_layers_only(method):
    import ast
    import inspect

    from numcnn.network import Network

    source = inspect.getsource(getattr(Network, method))
    assert len(source.splitlines()) <= 40
    words = {"engine", "portion", "penalt", "layout", "regulariz"}
    assert not [word for word in words if word in source.lower()]
    assert ast.parse(inspect.cleandoc(source))
