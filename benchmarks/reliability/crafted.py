"""Model files that somebody made to do harm: too large, too deep, twice, elsewhere, to be run."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import numcnn
from numcnn import layers
from numcnn.saving import container

X = np.linspace(0, 1, 8 * 36, dtype=np.float32).reshape(8, 6, 6, 1)
Y = np.arange(8) % 3


def small_model(seed: int = 1) -> Any:
    """Return a small model that has been trained a little."""
    model = numcnn.Sequential(
        [
            layers.Input((6, 6, 1)),
            layers.Conv2D(2, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        seed=seed,
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, Y, verbose=0)
    return model


def native(change: Callable[[dict[str, Any], dict[str, np.ndarray]], None]) -> Any:
    """Return a maker of a native file, checksum and all, whose content has been changed."""

    def make(path: Path) -> None:
        small_model().save(path)
        about, arrays = container.read(path)
        change(about, arrays)
        container.write(path, about, arrays)

    return make


def archive(
    change: Callable[[dict[str, bytes]], Any], compression: int = zipfile.ZIP_STORED
) -> Any:
    """Return a maker of a .keras file whose members have been changed."""

    def make(path: Path) -> None:
        small_model().save(path)
        with zipfile.ZipFile(path) as whole:
            members = {name: whole.read(name) for name in whole.namelist()}
        change(members)
        with zipfile.ZipFile(path, "w", compression) as changed:
            for name, content in members.items():
                changed.writestr(name, content)

    return make


def layer(about: dict[str, Any], number: int) -> dict[str, Any]:
    return about["model"]["config"]["layers"][number]


def a_billion_units(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    layer(about, 3)["config"]["units"] = 10**9


def a_huge_image(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    shape = [None, 10**6, 10**6, 1]
    layer(about, 0)["config"]["batch_shape"] = shape
    about["model"]["config"]["build_input_shape"] = shape


def a_million_layers(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    dropout = {"class_name": "Dropout", "config": {"rate": 0.5}}
    about["model"]["config"]["layers"] += [dropout] * 10**6


def a_class_of_the_system(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    layer(about, 2).update(module="os", class_name="system", config={"command": "false"})


def a_lambda(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}
    layer(about, 2).update(class_name="Lambda", config={"function": code})


def names_that_lead_elsewhere(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    layer(about, 1)["config"]["name"] = "../../../etc/passwd"


def no_random_state(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    about["random"]["shuffling"]["state"]["state"] = -1


def a_huge_claim(path: Path) -> None:
    """An array of 10¹⁵ numbers in a file of some hundred bytes."""
    table = {
        "__metadata__": {container.NOTE: "\n".join([container.FORMAT, "0" * 64, "{}"])},
        "weights/dense/kernel": {"dtype": "F32", "shape": [10**15], "data_offsets": [0, 4]},
    }
    text = json.dumps(table).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(4))


def a_table_without_end(path: Path) -> None:
    """A table said to have 2⁶³ bytes."""
    path.write_bytes(struct.pack("<Q", 2**63) + b"{}")


def twice(path: Path) -> None:
    """The same array twice, of which a careless reader takes one and a careful one the other."""
    small_model().save(path)
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    table = data[8 : 8 + length].rstrip().removesuffix(b"}")
    entry = table[table.index(b'"weights/') :]
    entry = entry[: entry.index(b"}") + 1]
    table += b"," + entry + b"}"
    table += b" " * (-len(table) % 8)
    path.write_bytes(struct.pack("<Q", len(table)) + table + data[8 + length :])


def over_each_other(path: Path) -> None:
    """A thousand arrays in the same place of the file, each a little wider than the one before."""
    names = {
        f"weights/{i}": {"dtype": "U8", "shape": [i], "data_offsets": [0, i]} for i in range(999)
    }
    names["__metadata__"] = {container.NOTE: "\n".join([container.FORMAT, "0" * 64, "{}"])}
    text = json.dumps(names).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(999))


def deep(path: Path) -> None:
    """A hundred thousand tables within each other."""
    table = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    path.write_bytes(struct.pack("<Q", len(table)) + table)


def deep_configuration(members: dict[str, bytes]) -> None:
    members["config.json"] = b'{"config":' * 100_000 + b"1" + b"}" * 100_000


def a_zip_bomb(members: dict[str, bytes]) -> None:
    members["model.weights.h5"] = bytes(200_000_000)


def no_members_but_a_path(members: dict[str, bytes]) -> None:
    members["../config.json"] = members.pop("config.json")


def within(change: Callable[[Any], None]) -> Callable[[dict[str, bytes]], None]:
    """Return what changes the HDF5 file within a .keras file."""

    def changed(members: dict[str, bytes]) -> None:
        import h5py

        buffer = io.BytesIO(members["model.weights.h5"])
        with h5py.File(buffer, "r+") as file:
            change(file)
        members["model.weights.h5"] = buffer.getvalue()

    return changed


def a_kernel_of_many_names(file: Any) -> None:
    """An array of a megabyte that two hundred names lead to."""
    variables = file["layers/dense/vars"]
    del variables["0"]
    variables["0"] = np.zeros(250_000, np.float32)
    for number in range(2, 200):
        variables[str(number)] = variables["0"]


class Harm:
    """What is run by whoever unpickles it."""

    def __reduce__(self) -> Any:
        return (SystemExit, ("a pickle has been run",))


def a_pickle(path: Path) -> None:
    """A pickle by the name of a model."""
    path.write_bytes(pickle.dumps(Harm()))


def hdf5(change: Callable[[Any], None]) -> Any:
    """Return a maker of an .h5 file that has been changed, without numcnn's seal."""

    def make(path: Path) -> None:
        import h5py

        from numcnn.saving.hdf5 import read_unsealed

        small_model().save(path)
        buffer = io.BytesIO(read_unsealed(path))
        with h5py.File(buffer, "r+") as file:
            change(file)
        path.write_bytes(buffer.getvalue())

    return make


KERNEL = "model_weights/dense/sequential/dense/kernel"


def a_link_to_another_file(file: Any) -> None:
    import h5py

    del file[KERNEL]
    file[KERNEL] = h5py.ExternalLink("/etc/passwd", "/kernel")


def numbers_in_another_file(file: Any) -> None:
    del file[KERNEL]
    file.create_dataset(KERNEL, (32, 3), "f4", external=[("/etc/passwd", 0, 384)])


def a_link_by_name(file: Any) -> None:
    import h5py

    file["elsewhere"] = file[KERNEL]
    del file[KERNEL]
    file[KERNEL] = h5py.SoftLink("/elsewhere")


def an_array_put_together_from_others(file: Any) -> None:
    import h5py

    shape = file[KERNEL].shape
    del file[KERNEL]
    layout = h5py.VirtualLayout(shape, "f4")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "kernel", shape)
    file.create_virtual_dataset(KERNEL, layout)


def a_kernel_named_often(file: Any) -> None:
    """A list in which the name of an array of a megabyte stands two hundred times."""
    dense = file["model_weights/dense"]
    dense["large"] = np.zeros(250_000, np.float32)
    dense.attrs["weight_names"] = [b"large"] * 200


def numbers_that_a_filter_packs(file: Any) -> None:
    """Numbers that only a filter makes: which one is said in the file."""
    values = file[KERNEL][()]
    del file[KERNEL]
    file.create_dataset(KERNEL, data=values, chunks=values.shape, fletcher32=True)


def an_array_that_is_not_there(file: Any) -> None:
    """10¹² numbers, none of which has been written."""
    config = json.loads(file.attrs["model_config"])
    config["config"]["layers"][3]["config"]["units"] = 10**10
    file.attrs["model_config"] = json.dumps(config)
    del file[KERNEL]
    file.create_dataset(KERNEL, (32, 10**10), "f4", chunks=(32, 1000))


CRAFTED: dict[str, tuple[str, Callable[[Path], None]]] = {
    "10⁹ units": ("crafted.safetensors", native(a_billion_units)),
    "images of 10¹² pixels": ("crafted.safetensors", native(a_huge_image)),
    "10⁶ layers": ("crafted.safetensors", native(a_million_layers)),
    "os.system for a layer": ("crafted.safetensors", native(a_class_of_the_system)),
    "code in a Lambda": ("crafted.safetensors", native(a_lambda)),
    "a path for a name": ("crafted.safetensors", native(names_that_lead_elsewhere)),
    "a random state that is none": ("crafted.safetensors", native(no_random_state)),
    "an array of 10¹⁵ numbers": ("crafted.safetensors", a_huge_claim),
    "a table of 2⁶³ bytes": ("crafted.safetensors", a_table_without_end),
    "an array twice": ("crafted.safetensors", twice),
    "arrays that lie over each other": ("crafted.safetensors", over_each_other),
    "a table nested 100,000 deep": ("crafted.safetensors", deep),
    "a pickle": ("crafted.safetensors", a_pickle),
    "a pickle for Keras": ("crafted.keras", a_pickle),
    "a configuration nested 100,000 deep": ("crafted.keras", archive(deep_configuration)),
    "a zip bomb": ("crafted.keras", archive(a_zip_bomb, zipfile.ZIP_DEFLATED)),
    "a member that leads elsewhere": ("crafted.keras", archive(no_members_but_a_path)),
    "an array of many names": ("crafted.keras", archive(within(a_kernel_of_many_names))),
    "an array named often": ("crafted.h5", hdf5(a_kernel_named_often)),
    "a link by name": ("crafted.h5", hdf5(a_link_by_name)),
    "an array put together from others": ("crafted.h5", hdf5(an_array_put_together_from_others)),
    "numbers behind a filter": ("crafted.h5", hdf5(numbers_that_a_filter_packs)),
    "a link out of the file": ("crafted.h5", hdf5(a_link_to_another_file)),
    "numbers in another file": ("crafted.h5", hdf5(numbers_in_another_file)),
    "an array that is not there": ("crafted.h5", hdf5(an_array_that_is_not_there)),
}
"""The ending of each file, and who writes it."""
