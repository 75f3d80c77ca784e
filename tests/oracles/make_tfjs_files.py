"""Write tfjs_files.npz: models that TensorFlow.js saved, and what it predicts with them.

    PYTHONPATH=. NODE_PATH=.../node_modules python tests/oracles/make_tfjs_files.py

One is saved in Node after a training, with Adam's state, in three shards; three are the same model
with quantised weights, as TensorFlow.js's converter writes them; others are numcnn's own exports.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.travel import cases, runtimes

HERE = Path(__file__).parent
OURS = ("stack 1", "stack 2", "stack 8", "ReLU sloped up to 2", "Rescaling by channel")


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
        models = {**cases.alone(), **cases.random_stacks(9)}
        for name in OURS:
            paths[name] = node.write(models[name], Path(work) / name)
            batches[name] = cases.samples(models[name])
        answers = node.run(paths, batches)
        arrays: dict[str, Any] = {}
        for name, path in paths.items():
            kind = "ours" if name in OURS else "foreign"
            arrays |= {f"{kind}/{name}/x": batches[name], f"{kind}/{name}/y": answers[name]}
            for file in [path, *path.parent.glob("*.bin")]:
                if file.name != "x.bin":
                    data = np.frombuffer(file.read_bytes(), np.uint8)
                    arrays[f"{kind}/{name}/file/{file.name}"] = data
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
