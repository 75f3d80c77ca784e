"""Every model as a PyTorch module: its text run, its weights loaded, its predictions compared.

python -m benchmarks.travel.to_torch
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from benchmarks.travel import cases
from numcnn.travel.torch_source import torch_module


def main() -> None:
    bad = 0
    models = {**cases.alone(), **cases.random_stacks()}
    with tempfile.TemporaryDirectory() as folder:
        for name, model in models.items():
            difference = compared(model, Path(folder))
            back = came_back(model, Path(folder))
            good = difference < 1e-5 and back
            bad += not good
            print(f"{name:<36} {difference:.1e}   back: {back}{'' if good else '   <-- differs'}")
    if bad:
        raise SystemExit(f"{bad} models differ")


def compared(model: Any, folder: Path) -> float:
    """Return the largest difference of a prediction."""
    path = folder / "module.py"
    model.export(path, format="torch")
    scope: dict[str, Any] = {}
    exec(path.read_text(), scope)
    text, _ = torch_module(model)
    module = scope[text.partition("class ")[2].partition("(")[0]]().eval()
    module.load_state_dict(load_file(path.with_suffix(".safetensors")))
    x = cases.samples(model)
    first = np.moveaxis(x, -1, 1) if x.ndim == 4 else x
    y = module(torch.from_numpy(np.ascontiguousarray(first))).detach().numpy()
    y = np.moveaxis(y, 1, -1) if y.ndim == 4 else y
    save_file(
        {k: v.contiguous() for k, v in module.state_dict().items()}, folder / "back.safetensors"
    )
    ours = np.asarray(model.predict(x, verbose=0))
    return float((abs(y - ours) / np.maximum(1, abs(ours))).max())


def came_back(model: Any, folder: Path) -> bool:
    """Say whether PyTorch's own state dict gives the model its weights again, bit for bit."""
    before = [array.copy() for array in model.get_weights()]
    if not before:
        return True
    model.set_weights([0 * array for array in before])
    model.load_torch_weights(folder / "back.safetensors")
    return all(map(np.array_equal, before, model.get_weights()))


if __name__ == "__main__":
    main()
