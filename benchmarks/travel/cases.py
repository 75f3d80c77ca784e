"""The models that travel: each layer and activation alone, random stacks, graphs."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

import numcnn
from numcnn import activations, layers

IMAGE = (7, 6, 3)
SLOPED = layers.ReLU(max_value=2.0, negative_slope=0.25, threshold=0.5)


def alone() -> dict[str, Any]:
    """Return a model of each layer and each activation, by a name that says which."""
    L = layers
    image: dict[str, list[Any]] = {
        "Conv2D valid": [L.Conv2D(4, (3, 2))],
        "Conv2D same": [L.Conv2D(4, (2, 5), padding="same", activation="relu")],
        "Conv2D strides 2, same": [L.Conv2D(2, 3, strides=2, padding="same", use_bias=False)],
        "Conv2D strides 3 over 1": [L.Conv2D(2, 1, strides=3, padding="same")],
        "MaxPooling2D": [L.MaxPooling2D()],
        "MaxPooling2D same": [L.MaxPooling2D(3, strides=2, padding="same")],
        "MaxPooling2D strides above window": [L.MaxPooling2D(2, strides=3, padding="same")],
        "AveragePooling2D": [L.AveragePooling2D((2, 3), strides=1)],
        "AveragePooling2D same": [L.AveragePooling2D(3, strides=2, padding="same")],
        "GlobalAveragePooling2D": [L.GlobalAveragePooling2D()],
        "GlobalAveragePooling2D keepdims": [L.GlobalAveragePooling2D(keepdims=True)],
        "GlobalMaxPooling2D": [L.GlobalMaxPooling2D()],
        "GlobalMaxPooling2D keepdims": [L.GlobalMaxPooling2D(keepdims=True)],
        "Flatten": [L.Flatten()],
        "Flatten, Dense": [L.Flatten(), L.Dense(5)],
        "Flatten, BatchNormalization": [L.Flatten(), L.BatchNormalization(), L.Dense(2)],
        "Flatten, Reshape": [L.Flatten(), L.Reshape((3, 6, 7)), L.Conv2D(2, 2)],
        "Dense on pixels": [L.Dense(4, activation="tanh")],
        "Dense on rows": [L.Reshape((6, 21)), L.Dense(4)],
        "Reshape": [L.Reshape((6, 21))],
        "BatchNormalization": [L.BatchNormalization()],
        "BatchNormalization bare": [L.BatchNormalization(center=False, scale=False)],
        "BatchNormalization on rows": [L.Reshape((6, 21)), L.BatchNormalization()],
        "Dropout": [L.Dropout(0.5)],
        "Rescaling": [L.Rescaling(1 / 255, -0.5)],
        "Rescaling by channel": [L.Rescaling([1.0, 2.0, 3.0], [0.1, 0.2, 0.3])],
        "ZeroPadding2D": [L.ZeroPadding2D(((1, 0), (2, 3)))],
        "Softmax on pixels": [L.Softmax()],
        "ReLU layer": [L.ReLU()],
        "ReLU up to 6": [L.ReLU(max_value=6.0)],
        "ReLU sloped up to 2": [L.ReLU(max_value=2.0, negative_slope=0.25)],
        "ReLU from a threshold": [SLOPED],
        "LeakyReLU": [L.LeakyReLU(0.1)],
        "ELU": [L.ELU(0.7)],
        "Conv2D dilated": [L.Conv2D(4, 2, dilation_rate=2, activation="relu")],
        "Conv2D in groups": [L.Conv2D(6, 2, groups=3, activation="tanh")],
        "DepthwiseConv2D": [L.DepthwiseConv2D(3, 2, "same", 2, activation="relu")],
        "DepthwiseConv2D dilated": [L.DepthwiseConv2D((3, 2), dilation_rate=2, use_bias=False)],
        "SeparableConv2D": [L.SeparableConv2D(4, 3, padding="same", depth_multiplier=2)],
        "SeparableConv2D dilated": [L.SeparableConv2D(4, 2, dilation_rate=(2, 2))],
        "Conv2DTranspose": [L.Conv2DTranspose(4, 3, activation="relu")],
        "Conv2DTranspose same": [L.Conv2DTranspose(2, 3, strides=2, padding="same")],
        "Conv2DTranspose wide": [L.Conv2DTranspose(2, (4, 5), strides=2, padding="same")],
        "Conv2DTranspose strides above window": [L.Conv2DTranspose(2, 2, strides=3)],
        "Conv2DTranspose output_padding": [
            L.Conv2DTranspose(2, 3, 2, "same", output_padding=0, activation=L.LeakyReLU(0.1))
        ],
        "Conv2DTranspose dilated": [L.Conv2DTranspose(2, 2, dilation_rate=2)],
        "UpSampling2D": [L.UpSampling2D((2, 3))],
        "UpSampling2D bilinear": [L.UpSampling2D(2, interpolation="bilinear")],
        "Resizing": [L.Resizing(5, 9)],
        "Resizing nearest": [L.Resizing(14, 12, "nearest")],
        "Cropping2D": [L.Cropping2D(((1, 2), (0, 3)))],
        "CenterCrop": [L.CenterCrop(4, 3)],
        "Permute": [L.Permute((3, 1, 2))],
        "LayerNormalization": [L.LayerNormalization()],
        "LayerNormalization over rows": [L.LayerNormalization(axis=[1, 3], center=False)],
        "GroupNormalization": [L.GroupNormalization(3)],
        "Normalization": [L.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 0.5])],
        "Normalization inverted": [L.Normalization(mean=0.5, variance=4.0, invert=True)],
        "PReLU": [L.PReLU()],
        "PReLU by channel": [L.PReLU(shared_axes=[1, 2])],
        "noise and augmentation": [
            *(L.RandomFlip(), L.RandomZoom(0.1), L.SpatialDropout2D(0.2), L.GaussianNoise(0.1)),
            L.Dense(2),
        ],
        "activation as a layer": [L.Conv2D(2, 2, activation=L.ReLU(max_value=1.0))],
    }
    models = {name: filled([layers.Input(IMAGE), *row]) for name, row in image.items()}
    for name in activations.ACTIVATIONS.names:
        row = [layers.Input((6,)), layers.Dense(5, activation=name)]
        models[f"activation {name}"] = filled(row)
    return models


def filled(row: list[Any], seed: int = 3) -> Any:
    """Return a built model with weights that are neither 0 nor 1."""
    model = numcnn.Sequential(row, seed=seed)
    return with_weights(model)


def with_weights(model: Any) -> Any:
    """Give a built model weights that are neither 0 nor 1."""
    for number, parameter in enumerate(model.parameters):
        chance = np.random.default_rng(number)
        values = chance.normal(0, 0.4, parameter.value.shape)
        if "variance" in parameter.name:
            values = chance.uniform(0.5, 2, parameter.value.shape)
        parameter.value = values.astype(parameter.value.dtype)
    return model


def random_stacks(number: int = 30) -> dict[str, Any]:
    """Return models of five to nine layers, drawn at random."""
    return {f"stack {n}": filled(list(_stack(np.random.default_rng(n)))) for n in range(number)}


def _stack(chance: np.random.Generator) -> Iterator[Any]:
    L = layers
    names = sorted(set(activations.ACTIVATIONS.names) - {"softmax"})
    side, channels = int(chance.integers(9, 15)), int(chance.integers(1, 4))
    yield L.Input((side, side + 1, channels))
    for _ in range(chance.integers(2, 5)):
        kind = chance.integers(8)
        activation = str(chance.choice(names))
        window = tuple(int(n) for n in chance.integers(1, 4, 2))
        padding = str(chance.choice(["valid", "same"]))
        if kind < 3:
            strides = int(chance.integers(1, 3))
            yield L.Conv2D(
                int(chance.integers(1, 6)), window, strides, "same", activation=activation
            )
        elif kind == 3:
            yield L.BatchNormalization()
        elif kind == 4:
            yield L.MaxPooling2D(2, strides=int(chance.integers(1, 3)), padding="same")
        elif kind == 5:
            yield L.AveragePooling2D((2, 3), strides=1, padding="same")
        elif kind == 6:
            yield L.ZeroPadding2D((1, 2))
        else:
            yield L.Conv2D(3, 3, padding=padding if side > 12 else "same", use_bias=False)
            yield L.LeakyReLU(0.2)
    yield [L.Flatten(), L.GlobalAveragePooling2D(), L.GlobalMaxPooling2D()][chance.integers(3)]
    if chance.integers(2):
        yield L.BatchNormalization()
    yield L.Dense(int(chance.integers(2, 9)), activation=str(chance.choice(names)))
    yield L.Dropout(0.3)
    yield L.Dense(4, activation="softmax")


def samples(model: Any, number: int = 5) -> Any:
    """Return a batch for a model, always the same; a list for several inputs."""
    found = [_batch((number, *tensor.shape[1:]), k) for k, tensor in enumerate(model.inputs)]
    return found if len(found) > 1 else found[0]


def _batch(shape: tuple[int, ...], input_: int) -> np.ndarray:
    seed = zlib.crc32(repr(shape).encode())
    return np.random.default_rng(seed + input_).normal(0, 1, shape).astype(np.float32)
