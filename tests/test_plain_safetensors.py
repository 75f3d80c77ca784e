"""safetensors' format without its library: the same bytes, and the same arrays."""

import sys

import numpy as np
import pytest
from safetensors.numpy import load, save

import numcnn
from numcnn.saving import plain_safetensors
from numcnn.saving.errors import ModelFileError

ARRAYS = {
    "b": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a": np.arange(3, dtype=np.int64),
    "c/길": np.array(2.5),
    "flag": np.array([True, False]),
    "empty": np.zeros((0, 4), np.float16),
    "bytes": np.arange(5, dtype=np.uint8),
    "short": np.arange(3, dtype=np.int16),
}


def test_the_bytes_are_those_of_the_library():
    assert plain_safetensors.save(ARRAYS, {"n": 'a "note"\n'}) == save(ARRAYS, {"n": 'a "note"\n'})


def test_the_library_reads_them_back():
    for name, array in load(plain_safetensors.save(ARRAYS, {})).items():
        np.testing.assert_array_equal(array, ARRAYS[name])


def test_a_model_is_saved_and_loaded_without_the_library(tmp_path, monkeypatch):
    model = numcnn.Sequential([numcnn.Input((3,)), numcnn.layers.Dense(2)], seed=0)
    model.compile(optimizer="adam", loss="mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    model.save(tmp_path / "with.safetensors")
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    model.save(tmp_path / "without.safetensors")
    files = [tmp_path / f"{name}.safetensors" for name in ("with", "without")]
    assert files[0].read_bytes() == files[1].read_bytes()
    loaded = numcnn.models.load_model(files[0])
    np.testing.assert_array_equal(loaded.predict(np.eye(3)), model.predict(np.eye(3)))
    damaged = files[0].read_bytes().replace(b'"shape":[3,2]', b'"shape":[3,9]')
    files[1].write_bytes(damaged)
    with pytest.raises(ModelFileError, match=r"damaged|bytes"):
        numcnn.models.load_model(files[1])
