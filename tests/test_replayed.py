"""Callbacks do, say and write what Keras's do, in scripted trainings (oracles/curves.py)."""

import json
from typing import Any

import pytest
from oracles import cases, curves

import numcnn

STORED = json.loads((cases.HERE / "keras_callbacks.json").read_text(encoding="utf-8"))["replayed"]


def load_weights(model: Any, path: str) -> None:
    model.load_weights(path)


def test_every_script_has_been_replayed_by_keras():
    assert set(STORED) == set(curves.SCRIPTS)
    assert len(STORED) >= 30


@pytest.mark.parametrize("name", curves.SCRIPTS)
def test_a_script_leads_to_what_it_leads_to_in_keras(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ours = curves.replay(curves.SCRIPTS[name], numcnn, load_weights)
    for what, theirs in STORED[name].items():
        # by repr, so that NaN is equal to NaN
        assert repr(json.loads(json.dumps(ours[what]))) == repr(theirs), what


def test_a_callback_that_waits_one_epoch_too_long_is_noticed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script = curves.SCRIPTS["a valley, patience 2"]
    longer = script._replace(stop={"patience": 3})
    ours = curves.replay(longer, numcnn, load_weights)
    assert ours["epochs"] != STORED["a valley, patience 2"]["epochs"]
