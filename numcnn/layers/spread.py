"""Convolutions whose window is spread out, or whose channels are in groups.

A dilated window looks at every d-th pixel.  It is the same window with zeros between its cells, so
the engine computes it as a larger one.  With G groups, each group of filters sees its own C / G
channels: G convolutions beside each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.engine import active_engine, leave

Pair = tuple[int, int]


class Cache(tuple):
    """What `Spread.conv2d_backward` needs; ``engine`` is the `Spread`."""

    engine: Any


class Spread:
    """The two operations of a convolution, for a dilated window or for groups.

    Parameters
    ----------
    dilation : (int, int)
    groups : int
    """

    def __init__(self, dilation: Pair, groups: int) -> None:
        self.dilation, self.groups = dilation, groups

    def conv2d_forward(
        self,
        x: np.ndarray,
        kernel: np.ndarray,
        bias: np.ndarray | None,
        strides: Pair,
        padding: str,
    ) -> tuple[np.ndarray, Cache]:
        """x ``(N, H, W, C)``, kernel ``(KH, KW, C / G, F)`` -> z ``(N, OH, OW, F)``, cache."""
        wide, engine = dilated(kernel, self.dilation), active_engine()
        parts = [
            engine.conv2d_forward(pixels, weights, None, strides, padding)
            for pixels, weights in zip(self._cut(leave(x)), self._cut(wide), strict=True)
        ]
        z = np.concatenate([part for part, _ in parts], axis=-1)
        if bias is not None:
            z += bias
        cache = Cache(([of_part for _, of_part in parts], bias is not None))
        cache.engine = self
        return z, cache

    def conv2d_backward(
        self, dz: np.ndarray, cache: Cache, input_gradient: bool = True
    ) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """dz ``(N, OH, OW, F)`` -> dx, dkernel, dbias."""
        caches, has_bias = cache
        parts = [
            of_part.engine.conv2d_backward(dy, of_part, input_gradient)
            for dy, of_part in zip(self._cut(leave(dz)), caches, strict=True)
        ]
        dwide = np.concatenate([dkernel for _, dkernel, _ in parts], axis=-1)
        dx = np.concatenate([dx for dx, _, _ in parts], axis=-1) if input_gradient else None
        DH, DW = self.dilation
        dkernel = np.ascontiguousarray(dwide[::DH, ::DW])
        return dx, dkernel, dz.sum(axis=(0, 1, 2)) if has_bias else None

    def _cut(self, array: np.ndarray) -> list[np.ndarray]:
        """Return the groups of the last axis."""
        return [np.ascontiguousarray(part) for part in np.split(array, self.groups, axis=-1)]


def dilated(kernel: np.ndarray, dilation: Pair) -> np.ndarray:
    """Return a kernel with zeros between its cells: d − 1 of them, for a dilation of d."""
    if dilation == (1, 1):
        return kernel
    size = widened((kernel.shape[0], kernel.shape[1]), dilation)
    wide = np.zeros((*size, *kernel.shape[2:]), kernel.dtype)
    wide[:: dilation[0], :: dilation[1]] = kernel
    return wide


def widened(window: Pair, dilation: Pair) -> Pair:
    """Return the rows and columns that a dilated window covers: ``(K − 1)·d + 1``."""
    return (window[0] - 1) * dilation[0] + 1, (window[1] - 1) * dilation[1] + 1


def spread_of(layer: Any) -> Spread | None:
    """Return the operations of a `Conv2D` whose engine has not both; None for a plain one.

    Raises
    ------
    ValueError
        If strides and dilation are both larger than 1, or the groups do not divide the filters.
    """
    if layer.dilation_rate == (1, 1) and layer.groups == 1:
        return None
    if max(layer.strides) > 1 and max(layer.dilation_rate) > 1:
        raise ValueError(
            f"a convolution has strides {layer.strides} or dilation_rate {layer.dilation_rate}, "
            "not both larger than 1."
        )
    if layer.filters % layer.groups:
        raise ValueError(f"{layer.groups} groups do not divide {layer.filters} filters evenly.")
    return Spread(layer.dilation_rate, layer.groups)


def channels_of(layer: Any, input_shape: Any) -> int:
    """Return the channels that one filter sees."""
    C = input_shape[-1]
    if C % layer.groups:
        raise ValueError(f"{layer.groups} groups do not divide the {C} channels of the input.")
    return C // layer.groups
