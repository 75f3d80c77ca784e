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

from benchmarks.travel import cases, graphs
from benchmarks.travel.__main__ import largest
from benchmarks.travel.runtimes import as_list
from numcnn.travel.torch_source import torch_module


def main() -> None:
    bad = 0
    models = {**cases.alone(), **cases.random_stacks(), **graphs.graphs()}
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
    xs = as_list(cases.samples(model))
    ys = as_tuple(module(*(torch.from_numpy(np.ascontiguousarray(turned(x, 1))) for x in xs)))
    save_file(
        {k: v.contiguous() for k, v in module.state_dict().items()}, folder / "back.safetensors"
    )
    expected = model.predict(xs if len(xs) > 1 else xs[0], verbose=0)
    return largest([turned(y.detach().numpy(), -1) for y in ys], as_list(expected))


def turned(array: np.ndarray, to: int) -> np.ndarray:
    """Put the channels of images first, or last."""
    return np.moveaxis(array, -to, to) if array.ndim == 4 else array


def as_tuple(several: Any) -> tuple[Any, ...]:
    return several if isinstance(several, tuple) else (several,)


def came_back(model: Any, folder: Path) -> bool:
    """Say whether PyTorch's own state dict gives the model its weights again, bit for bit."""
    before = [array.copy() for array in model.get_weights()]
    if not before:
        return True
    model.set_weights([0 * array for array in before])
    model.load_torch_weights(folder / "back.safetensors")
    pairs = zip(before, model.get_weights(), strict=True)
    return all(np.array_equal(old, new) for old, new in pairs if old.ndim)


if __name__ == "__main__":
    main()
