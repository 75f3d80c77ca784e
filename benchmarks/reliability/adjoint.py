"""Forward and backward are each other's transpose: ⟨dy, A x⟩ = ⟨Aᵀ dy, x⟩, at real size.

    python -m benchmarks.reliability.adjoint [--trials 120] [--seed 0]

Convolutions of both kinds, a dense layer, an average pooling, Flatten, a global mean, a padding and
(for fixed winners) a max pooling are linear in their input, and the first three in their weights
too.  For each of them ⟨dy, y⟩ must be ⟨dx, x⟩, and ⟨dkernel, kernel⟩: to 1e-13 of ‖dy‖·‖y‖ in
float64, 1e-5 in float32, on both engines, over windows, strides and paddings.

The control moves dx by one column: it must be noticed.
"""

import argparse
from typing import Any

import numpy as np

import numcnn
from numcnn import layers

LIMIT = {"float64": 1e-13, "float32": 1e-5}
KINDS = ("conv", "conv", "depthwise", "max", "average", "dense", "flatten", "mean", "pad")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    tried = good = 0
    worst = dict.fromkeys(LIMIT, 0.0)
    for number in range(given.trials):
        for engine in ("fast", "reference"):
            for dtype in LIMIT:
                with numcnn.use_engine(engine):
                    for what, error in errors(number, given.seed, dtype):
                        fine = error <= LIMIT[dtype]
                        tried, good = tried + 1, good + fine
                        worst[dtype] = max(worst[dtype], error)
                        if not fine:
                            print(f"trial {number}, {what}, {engine}, {dtype}: {error:.1e}")
    found = ", ".join(f"{error:.1e} in {dtype}" for dtype, error in worst.items())
    print(f"adjoint identities: {good} of {tried} hold (the worst: {found})")
    shifted = [error for _, error in errors(0, given.seed, "float64", shift=1)]
    noticed = max(shifted) > LIMIT["float64"]
    print(f"control, dx one column aside: {f'{max(shifted):.1e}' if noticed else 'NOT noticed'}")
    if good < tried or not noticed:
        raise SystemExit("not as it should be")


def errors(number: int, seed: int, dtype: str, shift: int = 0) -> list[tuple[str, float]]:
    """Return how far each identity of a layer is from being true."""
    rng = np.random.default_rng([seed, number])
    layer, shape = a_layer(KINDS[number % len(KINDS)], rng)
    layer.dtype = np.dtype(dtype)
    x = rng.standard_normal((int(rng.integers(1, 40)), *shape)).astype(dtype)
    layer.build_for((None, *shape))
    y = layer(x, training=True)
    dy = rng.standard_normal(y.shape).astype(dtype)
    dx = np.roll(plain(layer.backward(dy)), shift, axis=-2 if x.ndim > 2 else -1)
    wide = np.float64
    size = float(np.linalg.norm(dy.astype(wide))) * float(np.linalg.norm(plain(y).astype(wide)))
    there = float(np.vdot(dy.astype(wide), plain(y).astype(wide)))
    name = type(layer).__name__
    back = [(f"{name}, input", float(np.vdot(dx.astype(wide), x.astype(wide))))]
    for parameter in layer.parameters:
        grad: Any = parameter.grad
        inner = float(np.vdot(grad.astype(wide), parameter.value.astype(wide)))
        back.append((f"{name}, {parameter.name}", inner))
    return [(what, abs(there - value) / (size or 1.0)) for what, value in back]


def plain(x: Any) -> np.ndarray:
    return numcnn.engine.leave(x)


def a_layer(kind: str, rng: np.random.Generator) -> tuple[Any, tuple[int, ...]]:
    """Return a layer, linear in its input, and the shape of a sample."""
    padding = str(rng.choice(["valid", "same"]))
    strides = tuple(int(n) for n in rng.integers(1, 4, 2))
    window = tuple(int(n) for n in rng.integers(1, 6, 2))
    H, W = (int(n) for n in rng.integers(8, 33, 2))
    C, F = (int(n) for n in rng.choice([1, 3, 8, 16, 32], 2))
    if kind == "conv":
        if rng.random() < 0.4:  # as in most networks
            strides, window = (1, 1), (3, 3)
        return layers.Conv2D(F, window, strides, padding, use_bias=False), (H, W, C)
    if kind == "depthwise":
        M = int(rng.integers(1, 3))
        return layers.DepthwiseConv2D(window, strides, padding, M, use_bias=False), (H, W, C)
    if kind in ("max", "average"):
        pooling = layers.MaxPooling2D if kind == "max" else layers.AveragePooling2D
        return pooling(window, strides if rng.random() < 0.5 else None, padding), (H, W, C)
    if kind == "dense":
        return layers.Dense(int(rng.integers(1, 200)), use_bias=False), (H * W,)
    others: dict[str, Any] = {
        "flatten": layers.Flatten(),
        "mean": layers.GlobalAveragePooling2D(),
        "pad": layers.ZeroPadding2D(((1, 2), (0, 3))),
    }
    return others[kind], (H, W, C)


if __name__ == "__main__":
    main()
