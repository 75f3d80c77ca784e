"""The words of messages and pages: the field's own, and in the right number."""

import re
from pathlib import Path

import numpy as np
import pytest

import numcnn
from numcnn import layers, losses, metrics, pictures, utils

PROJECT = Path(__file__).parent.parent

PUZZLING = {
    r"without (a |the )?network\b": "without internet",
    r"as the network has (it|them)": "say which",
    r"\b1 (outputs|inputs|layers|images|classes|samples|labels|weights)\b": "the singular",
    r"\bWho does not\b": "say who",
    r"\bat the (least|most)\b": "minimum, maximum",
}
"""What was written once and is read with difficulty, with what to write."""


def texts():
    """Give README, the pages of docs and course, and every module, without their code in fences."""
    yield PROJECT / "README.md"
    yield from (PROJECT / "docs").glob("*.md")
    for end in ("py", "md", "html", "js"):
        yield from (PROJECT / "numcnn").rglob(f"*.{end}")


@pytest.mark.parametrize("puzzling", PUZZLING)
def test_the_fields_words(puzzling):
    found = [
        f"{path.relative_to(PROJECT)}: {match[0]!r}; write {PUZZLING[puzzling]!r}"
        for path in texts()
        for match in re.finditer(puzzling, path.read_text("utf-8"))
        if "ledger" not in path.name
    ]
    assert not found


SINGULAR = {
    "1 sample, so y needs 1 row,": lambda: model().fit(np.zeros((1, 2)), [0, 1]),
    "1 sample, but y_true has 2 labels": lambda: losses.SparseCategoricalCrossentropy()(
        [0, 1], [[0.5, 0.5]]
    ),
    "1 label and 2 predictions": lambda: metrics.confusion_matrix([1], [1, 0]),
    "1 image, but 2 captions": lambda: pictures.sheet(np.zeros((1, 4, 4)), captions=["a", "b"]),
    "has 1 number, ": lambda: layers.Reshape((2,))(np.zeros((1, 1))),
    "of 1 row make": lambda: utils.split_dataset(np.zeros((1, 2)), left_size=0.5),
    "has 2 weights, got 1": lambda: model().set_weights([np.zeros(2)]),
}
"""Calls whose refusal counts to one, and a piece of what it says."""


def model():
    net = numcnn.Sequential([layers.Input((2,)), layers.Dense(2, activation="softmax")])
    net.compile("sgd", "sparse_categorical_crossentropy")
    return net


@pytest.mark.parametrize("piece", SINGULAR)
def test_one_thing_is_singular(piece):
    with pytest.raises(ValueError, match=re.escape(piece)):
        SINGULAR[piece]()
