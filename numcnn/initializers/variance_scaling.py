"""VarianceScaling with a choice of scale, fan and distribution, and its named variants."""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn.checks import number, one_of
from numcnn.initializers.scaling import ScaledInitializer


class VarianceScaling(ScaledInitializer):
    """Random numbers with mean 0 and variance ``scale / fan``.

    Parameters
    ----------
    scale : float, default 1.0
        Above 0.
    mode : {"fan_in", "fan_out", "fan_avg"}, default "fan_in"
        The fan; ``"fan_avg"`` is ``(fan_in + fan_out) / 2``.
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}, \
default "truncated_normal"
        For the truncated normal distribution, numbers beyond two standard deviations are drawn
        again, and the distribution is widened so that its variance is still correct.
    seed : int or numpy.random.Generator, optional
        Source of the random numbers; by default the layer's generator.

    Examples
    --------
    >>> VarianceScaling(seed=0)((5, 5, 1, 8)).std().round(1)   # sqrt(1 / 25)
    np.float32(0.2)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | np.random.Generator | None = None,
        **options: Any,
    ) -> None:
        super().__init__(seed, **options)
        self.scale = number(scale, "scale", minimum=np.finfo(np.float32).tiny)
        self.mode = one_of(mode, ("fan_in", "fan_out", "fan_avg"), "mode")
        known = ("truncated_normal", "normal", "untruncated_normal", "uniform")
        name = one_of(distribution, known, "distribution")
        self.distribution = "truncated_normal" if name == "normal" else name


class GlorotNormal(ScaledInitializer):
    """Truncated normal with standard deviation √(2 / (fan_in + fan_out))."""

    mode = "fan_avg"


class HeNormal(ScaledInitializer):
    """Truncated normal with standard deviation √(2 / fan_in): made for ReLU."""

    scale = 2.0


class HeUniform(ScaledInitializer):
    """Uniform on ±√(6 / fan_in): made for ReLU."""

    scale = 2.0
    distribution = "uniform"


class LecunNormal(ScaledInitializer):
    """Truncated normal with standard deviation √(1 / fan_in): made for SELU."""


class LecunUniform(ScaledInitializer):
    """Uniform on ±√(3 / fan_in)."""

    distribution = "uniform"
