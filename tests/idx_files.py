"""Writes IDX files, for the tests that read them."""

import gzip
import struct


def write_idx(folder, arrays, zipped=True):
    """Write x_train, y_train, x_test and y_test as the four files; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, name in (("train", "train"), ("test", "t10k")):
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        contents = {
            f"{name}-images-idx3-ubyte": struct.pack(">4I", 0x803, *images.shape)
            + images.tobytes(),
            f"{name}-labels-idx1-ubyte": struct.pack(">2I", 0x801, len(labels)) + labels.tobytes(),
        }
        for file, content in contents.items():
            if zipped:
                (folder / f"{file}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / file).write_bytes(content)
    return folder
