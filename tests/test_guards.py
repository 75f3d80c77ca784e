"""Guards of our own: what a library allows by default, or a program has allowed, is still refused.

The guards of sprites are in test_sprite.py, of NPZ in test_idx.py, of downloads in test_download.py
and of the live pages in test_visor_guard.py.
"""

import json
import struct
import tracemalloc

import h5py
import numpy as np
import pytest
import safetensors

from benchmarks.reliability.crafted import CRAFTED, KERNEL, native, small_model
from benchmarks.reliability.crafted import hdf5 as changed_hdf5
from benchmarks.reliability.refusals import control, measured
from numcnn.models import ModelFileError, load_model
from numcnn.saving import container, hdf5


@pytest.mark.parametrize("ending", ["model.h5", "model.weights.h5"])
def test_one_bit_of_a_weight_in_an_h5_file_breaks_its_seal(tmp_path, ending):
    model = small_model()
    path = tmp_path / ending
    (model.save_weights if ".weights." in ending else model.save)(path)
    data = path.read_bytes()
    weight = model.get_weights()[-2].tobytes()
    assert data.count(weight) == 1
    place = data.index(weight) + 5
    path.write_bytes(data[:place] + bytes([data[place] ^ 16]) + data[place + 1 :])
    with h5py.File(path) as file:  # HDF5 itself sees nothing
        assert "layers" in file or KERNEL in file
    with pytest.raises(ModelFileError, match="its checksum is not that of its content"):
        model.load_weights(path)
    if ending == "model.h5":
        with pytest.raises(ModelFileError, match="its checksum is not that of its content"):
            load_model(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    ending, make = CRAFTED["a zip bomb"]
    make(tmp_path / ending)
    size = (tmp_path / ending).stat().st_size
    assert size < 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError, match="claims 200,000,000 bytes, packed into"):
            load_model(tmp_path / ending)
        assert tracemalloc.get_traced_memory()[1] < 5 * size + 1_000_000
    finally:
        tracemalloc.stop()


REFUSED = {
    "an array of many names": "it names the same numbers several times",
    "an array named often": "it names the same numbers several times",
    "a link by name": "is missing, or leads out of the file",
    "a link out of the file": "is missing, or leads out of the file",
    "numbers in another file": "says that its numbers are elsewhere",
    "an array put together from others": "says that its numbers are elsewhere",
    "numbers behind a filter": "is packed",
    "arrays that lie over each other": "its arrays lie over each other",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_hdf5_and_safetensors_may_do_and_model_files_must_not_is_refused(tmp_path, name):
    ending, make = CRAFTED[name]
    make(tmp_path / ending)
    with pytest.raises(ModelFileError, match=REFUSED[name]):
        load_model(tmp_path / ending)


def test_an_array_that_was_never_written_is_no_array_of_zeros(tmp_path):
    def never_written(file):
        del file[KERNEL]
        file.create_dataset(KERNEL, (32, 3), "f4", chunks=(32, 3))

    changed_hdf5(never_written)(tmp_path / "model.h5")
    with pytest.raises(ModelFileError, match=r"shape \(32, 3\), but there are 0 bytes of it"):
        load_model(tmp_path / "model.h5")


def test_an_array_that_no_layer_asks_for_is_refused(tmp_path):
    def one_more(about, arrays):
        arrays["weights/dense/kernel_1"] = np.zeros(3, np.float32)

    native(one_more)(tmp_path / "model.safetensors")
    with pytest.raises(ModelFileError, match="holds 1 array more than its own configuration"):
        load_model(tmp_path / "model.safetensors")


def test_a_file_of_very_many_layers_is_refused_before_one_is_built(tmp_path):
    def many(about, arrays):
        dropout = {"class_name": "Dropout", "config": {"rate": 0.5}}
        about["model"]["config"]["layers"] += [dropout] * 2_000

    native(many)(tmp_path / "model.safetensors")
    with pytest.raises(ModelFileError, match=r"2,004 layers are more than 2,000\."):
        load_model(tmp_path / "model.safetensors")


TABLES = {
    "over each other": [[0, 8], [4, 12]],
    "twice in one place": [[0, 6], [0, 6], [6, 12]],
    "with a gap": [[0, 4], [8, 12]],
    "not to the end": [[0, 4], [4, 8]],
    "backwards": [[0, 12], [12, 8], [8, 12]],
}


@pytest.mark.parametrize("places", TABLES.values(), ids=TABLES)
def test_arrays_that_do_not_stand_one_behind_the_other_never_reach_safetensors(
    tmp_path, monkeypatch, places
):
    table = {
        f"weights/{i}": {"dtype": "U8", "shape": [last - first], "data_offsets": [first, last]}
        for i, (first, last) in enumerate(places)
    }
    table["__metadata__"] = {container.NOTE: f"{container.FORMAT}\n{'0' * 64}\n{{}}"}
    text = json.dumps(table).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(12))
    asked = []
    monkeypatch.setattr(safetensors, "deserialize", asked.append)
    with pytest.raises(ModelFileError, match="its arrays"):
        load_model(path)
    assert asked == []


@pytest.mark.parametrize("order", ["by columns", "transposed", "every other", "backwards"])
def test_arrays_in_any_order_of_memory_are_saved_as_they_read(tmp_path, order):
    """safetensors 0.8.0 writes an array's memory as it is, whatever the order of its axes."""
    plain = np.arange(24, dtype=np.float32).reshape(4, 6)
    array = {
        "by columns": np.asfortranarray(plain),
        "transposed": plain.T,
        "every other": plain[::2, ::3],
        "backwards": plain[::-1],
    }[order]
    path = tmp_path / "arrays.safetensors"
    container.write(path, {}, {"array": array})
    _, arrays = container.read(path)
    np.testing.assert_array_equal(arrays["array"], array)
    with safetensors.safe_open(path, "np") as file:
        np.testing.assert_array_equal(file.get_tensor("array"), array)


def test_a_text_of_more_than_32_million_characters_is_not_taken_apart(monkeypatch):
    monkeypatch.setattr(container.json, "loads", None)
    with pytest.raises(ValueError, match="32,000,001 characters is more than 32,000,000"):
        container.strict_json(" " * 32_000_001)


def test_a_random_state_of_texts_takes_no_memory(tmp_path):
    path = tmp_path / "model.safetensors"
    small_model().save(path)
    about, arrays = container.read(path)
    about["random"]["shuffling"] = {"state": {"dtype": "S1000000", "numbers": [1] * 1000}}
    container.write(path, about, arrays)
    with pytest.raises(ModelFileError, match="a random state holds no numbers but S1000000"):
        load_model(path)


@pytest.mark.parametrize("iterations", [2**63, -1, True, 1.0, 10**400])
def test_updates_are_counted_in_an_int64(tmp_path, iterations):
    path = tmp_path / "model.safetensors"
    model = small_model()
    model.compile("adam", "mse")
    model.save(path)
    about, arrays = container.read(path)
    about["optimizer"]["iterations"] = iterations
    container.write(path, about, arrays)
    with pytest.raises(ModelFileError, match=r"iterations must be a count of at most 92233720"):
        load_model(path)


def test_a_reason_that_quotes_the_file_has_an_end(tmp_path):
    path = tmp_path / "model.safetensors"
    small_model().save(path)
    about, arrays = container.read(path)
    about["model"]["config"]["layers"][2]["class_name"] = "x" * 100_000
    container.write(path, about, arrays)
    with pytest.raises(ModelFileError, match="numcnn has no layer xxx") as raised:
        load_model(path)
    assert len(str(raised.value)) < 2_000


def test_the_same_array_is_not_read_for_each_of_its_names(tmp_path):
    with h5py.File(tmp_path / "file.h5", "w") as file:
        file["one"] = np.zeros(1000)
        file["other"] = file["one"]
    with h5py.File(tmp_path / "file.h5") as file:
        one, other = hdf5.dataset(file, "one"), hdf5.dataset(file, "other")
        ((read,),) = hdf5.arrays([[one]])
        np.testing.assert_array_equal(read, np.zeros(1000))
        with pytest.raises(ModelFileError, match="several times"):
            hdf5.arrays([[one], [other]])


def test_a_cost_that_grows_with_the_square_is_noticed(tmp_path):
    found = (control(tmp_path) for _ in range(5))  # another process may have slowed the small file
    assert any("times the time" in wrong for wrong in found)


def test_a_name_that_is_there_twice_is_found_in_one_pass(tmp_path):
    from benchmarks.reliability.large_files import KINDS

    for _ in range(5):  # another process may have taken the core
        costs, wrong = measured(tmp_path, *KINDS["JSON with a name twice"])
        if wrong == "" and costs[-1].seconds < 1:
            return
    pytest.fail(f"{wrong or 'slow'}: {costs}")
