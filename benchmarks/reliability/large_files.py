"""Files of any size that must be refused: what is large in them is large in one way each."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.reliability.crafted import archive, hdf5, layer, native, within
from numcnn.saving import container

Make = Callable[[Path, int], None]
EMPTY = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
NOTE = {"__metadata__": {container.NOTE: f"{container.FORMAT}\n{'0' * 64}\n{{}}"}}


# --- numcnn's own ---------------------------------------------------------------------------------


def told(change: Callable[[dict[str, Any], dict[str, np.ndarray], int], Any]) -> Make:
    """Return a maker of native files whose content has been changed; the checksum is right."""
    return lambda path, n: native(lambda about, arrays: change(about, arrays, n))(path)


def table(text: Callable[[int], bytes]) -> Make:
    """Return a maker of native files of a table alone."""

    def make(path: Path, n: int) -> None:
        content = text(n)
        path.write_bytes(struct.pack("<Q", len(content)) + content)

    return make


def setting(number: int, name: str, value: Callable[[int], Any]) -> Make:
    """Return a maker of native files in which a layer is told something of any length."""
    return told(lambda about, _, n: layer(about, number)["config"].update({name: value(n)}))


def doubled(n: int) -> bytes:
    """Return a JSON text of n names, of which the last is there twice."""
    return json.dumps({str(i): 0 for i in range(n)})[:-1].encode() + b',"%d": 0}' % (n - 1)


def more_layers(about: dict[str, Any], arrays: dict[str, np.ndarray], n: int) -> None:
    about["model"]["config"]["layers"] += [
        {"class_name": "Dropout", "config": {"rate": 0.5}} for _ in range(n)
    ]
    arrays["weights/left/over"] = np.zeros(1, np.float32)


def more_dense_layers(about: dict[str, Any], arrays: dict[str, np.ndarray], n: int) -> None:
    for i in range(n):
        said = {"units": 3, "use_bias": False, "name": f"more{i}"}
        about["model"]["config"]["layers"].append({"class_name": "Dense", "config": said})
        arrays[f"weights/more{i}/kernel"] = np.zeros((3, 3), np.float32)
    arrays["weights/left/over"] = np.zeros(1, np.float32)


def schedule(about: dict[str, Any], _: Any, n: int) -> None:
    said = {"boundaries": list(range(n)), "values": [0.1] * n}  # one value too few
    about["compile"]["optimizer"]["config"]["learning_rate"] = {
        "class_name": "PiecewiseConstantDecay",
        "config": said,
    }


def random_state(dtype: Callable[[int], str]) -> Make:
    return told(
        lambda about, _, n: about["random"].update(
            shuffling={"state": {"dtype": dtype(n), "numbers": [1] * n}}
        )
    )


# --- of Keras -------------------------------------------------------------------------------------


def members(change: Callable[[dict[str, bytes], int], Any], packed: bool = False) -> Make:
    """Return a maker of .keras files whose members have been changed."""
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    return lambda path, n: archive(lambda every: change(every, n), how)(path)


def weights(change: Callable[[Any, int], Any]) -> Make:
    """Return a maker of .keras files in which the HDF5 file has been changed."""
    return lambda path, n: archive(within(lambda file: change(file, n)))(path)


def older(change: Callable[[Any, int], Any]) -> Make:
    """Return a maker of .h5 files that have been changed."""
    return lambda path, n: hdf5(lambda file: change(file, n))(path)


def one_more_array(file: Any, n: int, same: bool) -> None:
    """Give a layer n arrays, all of them the same large one or each a small one."""
    variables = file["layers/dense/vars"]
    del variables["0"]
    variables["0"] = np.zeros(n * 100 if same else 1, np.float32)
    for number in range(2, n):
        variables[str(number)] = variables["0"] if same else np.zeros(1, np.float32)


def list_of_weights(file: Any, names: list[bytes], n: int) -> None:
    dense = file["model_weights/dense"]
    dense["large"], dense["dense"] = np.zeros(n * 100, np.float32), dense
    dense.attrs["weight_names"] = names


def list_of_layers(file: Any, n: int) -> None:
    dense = file["model_weights/dense"]
    dense["large"] = np.zeros(n * 100, np.float32)
    dense.attrs["weight_names"] = [b"large"]
    file["model_weights"].attrs["layer_names"] = [b"dense"] * n


def list_in_pieces(file: Any, n: int) -> None:
    attributes = file["model_weights"].attrs
    del attributes["layer_names"]
    for number in range(n):
        attributes[f"layer_names{number}"] = [b"missing"]


# --- data -----------------------------------------------------------------------------------------


def png(rows: int, pixels: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a grey picture of 784-pixel rows, with right checksums."""
    header = struct.pack(">IIBBBBB", 784, rows, 8, 0, 0, 0, 0)
    every = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(pixels)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in every
    )  # fmt: skip


def npz(change: Callable[[zipfile.ZipFile, int], Any]) -> Make:
    def make(path: Path, n: int) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            change(file, n)

    return make


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def content(make: Callable[[int], bytes]) -> Make:
    return lambda path, n: Path.write_bytes(path, make(n)) and None


def labels(n: int, after: bytes) -> bytes:
    return struct.pack(">2I", 0x801, n) + bytes(n - 1) + after


NATIVE, KERAS, OLDER, PNG, NPZ = "large.safetensors", "large.keras", "large.h5", "x.png", "x.npz"
KINDS: dict[str, tuple[str, int, Make]] = {
    "JSON with a name twice": ("large.json", 20_000, content(doubled)),
    "JSON with a long number": ("large.json", 100_000, content(lambda n: b"[" + b"1" * n + b"]")),
    "a table with a name twice": (NATIVE, 20_000, table(doubled)),
    "a table of nested names": (NATIVE, 20_000, table(lambda n: b'{"a":' * n + b"1" + b"}" * n)),
    "a table of many arrays": (
        NATIVE,
        10_000,
        table(lambda n: json.dumps({**{f"{i}": EMPTY for i in range(n)}, **NOTE}).encode()),
    ),
    "arrays that the model has not": (
        NATIVE,
        10_000,
        told(lambda _, a, n: a.update({f"weights/{i}": np.zeros(1, "f4") for i in range(n)})),
    ),
    "slots that the optimizer has not": (
        NATIVE,
        10_000,
        told(lambda _, a, n: a.update({f"optimizer/{i}": np.zeros(1, "f4") for i in range(n)})),
    ),
    "a long name of a class": (
        NATIVE,
        100_000,
        told(lambda about, _, n: layer(about, 2).update(class_name="x" * n)),
    ),
    "a long name of a layer": (NATIVE, 100_000, setting(1, "name", lambda n: "x" * n)),
    "a long name of an activation": (NATIVE, 50_000, setting(1, "activation", lambda n: "re" * n)),
    "a long name of a padding": (NATIVE, 50_000, setting(1, "padding", lambda n: "valid" * n)),
    "a long text for a number": (NATIVE, 100_000, setting(1, "filters", lambda n: "1" * n)),
    "a long list for two numbers": (NATIVE, 50_000, setting(1, "kernel_size", lambda n: [3] * n)),
    "a shape of many sizes": (
        NATIVE,
        20_000,
        setting(0, "batch_shape", lambda n: [None, *[1] * n]),
    ),
    "many options that a layer has not": (
        NATIVE,
        20_000,
        told(lambda a, _, n: layer(a, 1)["config"].update({f"k{i}": 0 for i in range(n)})),
    ),
    "many layers": (NATIVE, 400, told(more_layers)),
    "many layers with weights": (NATIVE, 400, told(more_dense_layers)),
    "many metrics": (NATIVE, 5_000, told(lambda a, _, n: a["compile"].update(metrics=["x"] * n))),
    "a long schedule": (NATIVE, 10_000, told(schedule)),
    "a long random state": (NATIVE, 20_000, random_state(lambda n: "uint64")),
    "a random state of long texts": (NATIVE, 500, random_state(lambda n: f"S{n}")),
    "a configuration with a name twice": (
        KERAS,
        20_000,
        members(lambda every, n: every.update({"config.json": doubled(n)})),
    ),
    "an archive of many members": (
        KERAS,
        4_000,
        members(lambda e, n: e.update({f"{i}": b"" for i in range(n)}, **{"config.json": b"{}"})),
    ),
    "a zip bomb": (
        KERAS,
        5_000_000,
        members(lambda every, n: every.update({"model.weights.h5": bytes(n)}), packed=True),
    ),
    "many groups": (
        KERAS,
        500,
        weights(lambda file, n: [file.create_group(f"layers/{i}") for i in range(n)]),
    ),
    "many arrays": (KERAS, 500, weights(lambda file, n: one_more_array(file, n, same=False))),
    "an array of many names": (KERAS, 200, weights(lambda f, n: one_more_array(f, n, same=True))),
    "an array named often": (
        OLDER,
        200,
        older(lambda file, n: list_of_weights(file, [b"large"] * n, n)),
    ),
    "a group within itself": (
        OLDER,
        2_000,
        older(lambda file, n: list_of_weights(file, [b"dense/" * n + b"missing"], n)),
    ),
    "a layer named often": (OLDER, 200, older(list_of_layers)),
    "a list in many pieces": (OLDER, 300, older(list_in_pieces)),
    "a sprite of many texts": (
        PNG,
        20_000,
        content(lambda n: png(3, bytes(785), *[(b"tEXt", b"k\0v")] * n)),
    ),
    "a sprite with a packed text": (
        PNG,
        1_000_000,
        content(lambda n: png(1, bytes(785), (b"zTXt", b"k\0\0" + zlib.compress(bytes(n))))),
    ),
    "a sprite that lacks a row": (PNG, 5_000, content(lambda n: png(n, bytes(785 * (n - 1))))),
    "a sprite of too many rows": (PNG, 10_000, content(lambda n: png(1, bytes(785 * n)))),
    "labels of which the last is wrong": ("labels", 100_000, content(lambda n: bytes(10 * n))),
    "an IDX file of which the last is wrong": (
        "x.idx",
        20_000,
        content(lambda n: labels(n, b"\x0a")),
    ),
    "an IDX file that unpacks to more": (
        "x.idx",
        2_000_000,
        content(lambda n: gzip.compress(labels(9, bytes(n)))),
    ),
    "an npz of many members": (
        NPZ,
        2_000,
        npz(lambda file, n: [file.writestr(f"{i}.npy", b"") for i in range(n)]),
    ),
    "an npz with a long header": (
        NPZ,
        5_000,
        npz(
            lambda file, n: file.writestr(
                "x_train.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", n) + b"(" * n
            )
        ),
    ),
    "an npz that unpacks to more": (
        NPZ,
        5_000_000,
        npz(lambda f, n: f.writestr("x_train.npy", npy(np.zeros((9, 28, 28), "u1")) + bytes(n))),
    ),
}
"""The ending of each file, its smallest size in what is many, and what makes it."""
