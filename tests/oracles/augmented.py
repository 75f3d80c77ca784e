"""Layers of augmentation whose numbers are stored: with one possible draw, so nothing is chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from oracles import cases

LAYERS: dict[str, Callable[[Any], Any]] = {
    **{
        f"rotation {factor} {fill} {method}": (
            lambda L, options=(fill, method), factor=factor: L.RandomRotation(
                (factor, factor), *options
            )
        )
        for factor, fill, method in [
            *((0.1, "reflect", "bilinear"), (-0.3, "constant", "bilinear")),
            *((0.45, "nearest", "bilinear"), (0.07, "reflect", "nearest")),
            (0.0, "constant", "bilinear"),
        ]
    },
    "rotation filled": lambda L: L.RandomRotation((0.12, 0.12), "constant", fill_value=7.5),
    "translation": lambda L: L.RandomTranslation((0.3, 0.3), (-0.2, -0.2)),
    "translation far": lambda L: L.RandomTranslation((-0.9, -0.9), (1.0, 1.0), "reflect"),
    "translation constant": lambda L: L.RandomTranslation((0.25, 0.25), (0, 0), "constant"),
    "translation nearest": lambda L: L.RandomTranslation((0, 0), (0.4, 0.4), "nearest"),
    "zoom out": lambda L: L.RandomZoom((0.4, 0.4)),
    "zoom in": lambda L: L.RandomZoom((-0.4, -0.4), fill_mode="constant"),
    "zoom both": lambda L: L.RandomZoom((0.5, 0.5), (-0.3, -0.3), "nearest"),
    "zoom far": lambda L: L.RandomZoom((1.0, 1.0), (0.9, 0.9), "reflect"),
    "brightness": lambda L: L.RandomBrightness((0.2, 0.2)),
    "brightness of units": lambda L: L.RandomBrightness((-0.3, -0.3), value_range=(0, 1)),
}
CONTRASTS = (0.3, 1.0, 1.9)
SHAPES = ((7, 6), (5, 9))

CONFIGURED: dict[str, Callable[[Any], Any]] = {
    "RandomFlip": lambda L: L.RandomFlip("horizontal", seed=3),
    "RandomRotation": lambda L: L.RandomRotation(0.1, "constant", fill_value=1.0),
    "RandomTranslation": lambda L: L.RandomTranslation((0.1, 0.2), (-0.5, 0.5), "nearest"),
    "RandomZoom": lambda L: L.RandomZoom((-0.2, 0.1), interpolation="nearest"),
    "RandomContrast": lambda L: L.RandomContrast((0.1, 0.3), value_range=(0, 1)),
    "RandomBrightness": lambda L: L.RandomBrightness(0.2, value_range=(0, 1)),
    "RandomCrop": lambda L: L.RandomCrop(4, 5, seed=1),
}


def images(size: tuple[int, int]) -> np.ndarray:
    """Return two images with pixels from 0 to 255."""
    return cases.numbers(f"images {size}", (2, *size, 3), 0.0, 255.0).astype(np.float32)
