"""Write tfjs_files.npz: models that TensorFlow.js saved, and what it predicts with them.

    PYTHONPATH=. NODE_PATH=.../node_modules python tests/oracles/make_tfjs_files.py

One is saved in Node after a training, with Adam's state, in three shards; three are the same model
with quantised weights, as TensorFlow.js's converter writes them; three are graphs saved in Node,
of which one is built as Teachable Machine builds its image models; others are numcnn's own exports.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.travel import cases, graphs, runtimes

HERE = Path(__file__).parent
OURS = ("stack 1", "stack 2", "stack 8", "ReLU sloped up to 2", "Rescaling by channel")
OUR_GRAPHS = ("residual", "two inputs", "arithmetic", "shared layer", "meetings")
THEIR_GRAPHS = ("teachable", "residual", "twice")


def main() -> None:
    node = runtimes.RUNTIMES["node"]
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "trained"
        folder.mkdir()
        subprocess.run(["node", HERE / "make_tfjs.js", folder], check=True)
        x = np.array(json.loads((folder / "x.json").read_text()), np.float32)
        batches = {"trained": x.reshape(-1, 8, 8, 1)}
        paths = {"trained": folder / "model.json"}
        for dtype in ("uint8", "uint16", "float16"):
            paths[dtype] = quantised(folder, Path(work) / dtype, dtype)
            batches[dtype] = batches["trained"]
        subprocess.run(["node", HERE / "make_tfjs_graphs.js", work], check=True)
        for name in THEIR_GRAPHS:
            paths[f"graph {name}"] = Path(work) / name / "model.json"
            said = json.loads((Path(work) / name / "x.json").read_text())
            batches[f"graph {name}"] = runtimes.unpacked(
                [
                    np.array(numbers, np.float32).reshape(shape)
                    for numbers, shape in zip(said["numbers"], said["shapes"], strict=True)
                ]
            )
        models = {**cases.alone(), **cases.random_stacks(9), **graphs.graphs()}
        ours = (*OURS, *OUR_GRAPHS)
        for name in ours:
            paths[name] = node.write(models[name], Path(work) / f"our {name}")
            batches[name] = cases.samples(models[name])
        answers = node.run(paths, batches)
        arrays: dict[str, Any] = {}
        for name, path in paths.items():
            key = f"{'ours' if name in ours else 'foreign'}/{name}"
            for letter, several in (("x", batches[name]), ("y", answers[name])):
                for k, array in enumerate(runtimes.as_list(several)):
                    arrays[f"{key}/{letter}{k}"] = array
            for file in path.parent.iterdir():
                if file.name in ("model.json", "metadata.json") or (
                    file.suffix == ".bin" and not file.name.startswith("x")
                ):
                    arrays[f"{key}/file/{file.name}"] = np.frombuffer(file.read_bytes(), np.uint8)
    np.savez_compressed(HERE / "tfjs_files.npz", **arrays)
    print(f"TensorFlow.js {node.version()}: {len(arrays)} arrays")


def quantised(source: Path, folder: Path, dtype: str) -> Path:
    """Write the same model with quantised weights, without the optimizer's state."""
    said = json.loads((source / "model.json").read_text())
    (group,) = said["weightsManifest"]
    data = b"".join((source / name).read_bytes() for name in group["paths"])
    specs, packed, first = [], b"", 0
    for spec in group["weights"]:
        size = 4 * int(np.prod(spec["shape"]))
        values = np.frombuffer(data[first : first + size], "<f4")
        first += size
        if spec.get("group") == "optimizer":
            continue
        if dtype == "float16":
            quantization: dict[str, Any] = {"dtype": "float16", "original_dtype": "float32"}
            packed += values.astype("<f2").tobytes()
        else:
            low, steps = float(values.min()), np.iinfo(dtype).max
            scale = float(values.max() - low) / steps or 1.0
            quantization = {"dtype": dtype, "min": low, "scale": scale, "original_dtype": "float32"}
            packed += (
                np.round((values - low) / scale)
                .astype(f"<{dtype[0]}{steps.bit_length() // 8}")
                .tobytes()
            )
        specs.append({**spec, "quantization": quantization})
    said["weightsManifest"] = [{"paths": ["group1-shard1of1.bin"], "weights": specs}]
    folder.mkdir()
    (folder / "group1-shard1of1.bin").write_bytes(packed)
    (folder / "model.json").write_text(json.dumps(said))
    return folder / "model.json"


if __name__ == "__main__":
    main()
