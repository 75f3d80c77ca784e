"""Standardizing: images brought to one scale, by given numbers or by the data's statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from numcnn.checks import flag, numeric_array, positive_int, warn
from numcnn.own_results import returned
from numcnn.randomness import generator

EPSILON = 1e-6
"""Keras adds it to a standard deviation before it divides."""


class Standardizing:
    """The part of an `ImageDataGenerator` that brings images to their scale.

    `ImageDataGenerator` describes the options, and sets them.
    """

    preprocessing_function: Callable[[np.ndarray], Any] | None
    rescale: float | None
    samplewise_center: bool
    samplewise_std_normalization: bool
    featurewise_center: bool
    featurewise_std_normalization: bool
    zca_whitening: bool
    zca_epsilon: float
    dtype: np.dtype[Any]
    mean: Any
    std: Any
    whitening: Any
    rng: np.random.Generator
    random_transform: Callable[..., np.ndarray]

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """Bring an image ``(H, W, C)`` or a batch to its scale."""
        if self.preprocessing_function:
            y = self.preprocessing_function(x)
            name, why = "the image", "that of the image before"
            y = returned(y, x.shape, "ImageDataGenerator", "preprocessing_function", name, why)
            x = np.asarray(y, self.dtype)
        if self.rescale:
            x = x * x.dtype.type(self.rescale)
        if self.samplewise_center:
            x = x - x.mean(keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (x.std(keepdims=True) + EPSILON)
        if self.featurewise_center:
            x = x - self._known(self.mean)
        if self.featurewise_std_normalization:
            x = x / (self._known(self.std) + EPSILON)
        if self.zca_whitening:
            white = x.reshape(-1, np.prod(x.shape[-3:])) @ self._known(self.whitening)
            x = white.reshape(x.shape)
        return x.astype(self.dtype, copy=False)

    def _known(self, statistic: Any) -> Any:
        """Return a statistic of the data, or say that `fit` has not been called."""
        if statistic is not None:
            return statistic
        raise ValueError(
            "this ImageDataGenerator needs the data's statistics: call fit(x) with the images to "
            "train on before flow."
        )

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: Any = None) -> None:
        """Measure the means and deviations of images ``(N, H, W, C)``.

        Parameters
        ----------
        x : array_like
        augment : bool, default False
            Whether to measure changed images.
        rounds : int, default 1
            How many times the data is changed for it.
        seed : int, optional
        """
        augment, rounds = flag(augment, "augment"), positive_int(rounds, "rounds")
        images = numeric_array(x, "x").astype(self.dtype)
        if images.ndim != 4:
            raise ValueError(f"fit needs images (N, H, W, C), got shape {images.shape}.")
        if images.shape[3] not in (1, 3, 4):
            warn(f"images have 1, 3 or 4 channels as a rule, got shape {images.shape}.")
        if seed is not None:
            self.rng = generator(seed)
        if self.rescale:
            images = images * images.dtype.type(self.rescale)
        if augment:
            images = np.stack([self.random_transform(one) for _ in range(rounds) for one in images])
        if self.featurewise_center:
            self.mean = images.mean(axis=(0, 1, 2)).reshape(1, 1, -1)
            images = images - self.mean
        if self.featurewise_std_normalization:
            self.std = images.std(axis=(0, 1, 2)).reshape(1, 1, -1)
            images = images / (self.std + EPSILON)
        if self.zca_whitening:
            u, s, _ = np.linalg.svd(images.reshape(len(images), -1).T, full_matrices=False)
            self.whitening = (u * (np.sqrt(len(images)) / (s + self.zca_epsilon))) @ u.T
