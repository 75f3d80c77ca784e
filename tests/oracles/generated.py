"""Changes of images that `ImageDataGenerator` makes, each named by its parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from oracles import cases

CHANGES: dict[str, dict[str, Any]] = {
    "theta": {"theta": 25.0},
    "theta far": {"theta": -130.0},
    "tx": {"tx": 2.0},
    "ty": {"ty": -1.5},
    "shear": {"shear": 20.0},
    "zoom": {"zx": 1.3, "zy": 0.7},
    "all": {"theta": 10.0, "tx": 1.0, "ty": 0.5, "shear": -15.0, "zx": 0.9, "zy": 1.2},
    "flips": {"flip_horizontal": True, "flip_vertical": True, "theta": 15.0},
    "channels": {"channel_shift_intensity": 30.0},
    "brightness": {"brightness": 1.4},
}
FILLS = ("nearest", "constant", "reflect")
SHAPES = ((7, 7, 3), (6, 6, 1))  # Keras turns other images about a wrong centre
STANDARDS: dict[str, dict[str, Any]] = {
    "rescale": {"rescale": 1 / 255},
    "samplewise": {"samplewise_center": True, "samplewise_std_normalization": True},
    "featurewise": {"featurewise_center": True, "featurewise_std_normalization": True},
    "function": {"preprocessing_function": lambda x: x[::-1] * 2, "rescale": 0.5},
    "whitening": {"zca_whitening": True, "rescale": 1 / 255},
}


def image(shape: tuple[int, ...]) -> np.ndarray:
    """Return an image with pixels from 0 to 255."""
    return np.floor(cases.numbers(f"image {shape}", shape, 0.0, 255.9)).astype(np.float32)


def results(maker: Any) -> dict[str, np.ndarray]:
    """Return what a class ImageDataGenerator, of Keras or of numcnn, makes of the images."""
    found = {}
    for shape in SHAPES:
        x = image(shape)
        for fill in FILLS:
            generator = maker(fill_mode=fill, cval=9.0)
            for name, change in CHANGES.items():
                y = generator.apply_transform(x.copy(), dict(change))
                found[f"{name} {fill} {shape}"] = np.asarray(y, np.float32)
    many = np.stack([image((4, 4, 3)) * scale for scale in (0.2, 0.5, 1.0, 0.8)])
    for name, options in STANDARDS.items():
        generator = maker(**options)
        if "feature" in name or "white" in name:
            generator.fit(many.copy())
        found[name] = np.asarray(generator.standardize(many[0].copy()), np.float32)
    return found
