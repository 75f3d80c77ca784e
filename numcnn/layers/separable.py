"""SeparableConv2D: a depthwise convolution, then a mixture of the channels at each pixel.

Together they do the work of a convolution with far fewer multiplications: K·K·C + C·F for each
pixel in place of K·K·C·F.  MobileNet is made of them (Howard et al. 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from numcnn.checks import Shape, positive_int
from numcnn.engine import active_engine
from numcnn.layers.depthwise import DepthwiseLayer


class SeparableConv2D(DepthwiseLayer):
    """A depthwise convolution, then one with windows of a single pixel, then the bias.

    ``z = depthwise(x) @ pointwise_kernel + bias``, ``y = activation(z)``.

    Parameters
    ----------
    filters : int
        F, the output channels.
    kernel_size, strides, padding, dilation_rate, depth_multiplier
        Of the depthwise convolution, as in `DepthwiseConv2D`.
    activation, use_bias, bias_initializer, bias_regularizer, bias_constraint
        As in `Conv2D`.
    depthwise_initializer, pointwise_initializer, depthwise_regularizer, pointwise_regularizer
    depthwise_constraint, pointwise_constraint
        Of the two kernels.
    **options
        Options of every layer (`Layer`), such as `input_shape` and `name`.

    Examples
    --------
    >>> SeparableConv2D(5, 3, padding="same").forward(np.zeros((1, 8, 8, 3))).shape
    (1, 8, 8, 5)
    """

    takes_engine_layout = True
    constrained: ClassVar[Mapping[str, str]] = {
        "depthwise_kernel": "depthwise_constraint",
        "pointwise_kernel": "pointwise_constraint",
        "bias": "bias_constraint",
    }

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        strides: int | tuple[int, int] = (1, 1),
        padding: str = "valid",
        *,
        pointwise_initializer: Any = "glorot_uniform",
        pointwise_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(kernel_size, strides, padding, **options)
        self.filters = positive_int(filters, "filters")
        self.choose("pointwise", pointwise_initializer, pointwise_regularizer)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, OH, OW, F)``."""
        grid = self.grid_of(input_shape)
        return (None, grid.OH, grid.OW, self.filters)

    def build(self, input_shape: Shape) -> None:
        """Make depthwise ``(KH, KW, C, M)``, pointwise ``(1, 1, C·M, F)``, and bias ``(F,)``."""
        self.compute_output_shape(input_shape)  # does the window fit?
        C: Any = input_shape[-1]
        M, F = self.depth_multiplier, self.filters
        self.depthwise_kernel = self.make(
            "depthwise_kernel", "depthwise", (*self.kernel_size, C, M)
        )
        self.pointwise_kernel = self.make("pointwise_kernel", "pointwise", (1, 1, C * M, F))
        self.bias = self.make("bias", "bias", (F,)) if self.use_bias else None

    def linear(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> z ``(N, OH, OW, F)``."""
        middle, first = self.depthwise(self.checked(x), self.depthwise_kernel.value, None)
        bias = self.bias.value if self.bias else None
        z, second = active_engine().conv2d_forward(
            middle, self.pointwise_kernel.value, bias, (1, 1), "valid"
        )
        self.remember((first, second), training)
        return z

    def linear_backward(self, dz: np.ndarray) -> Any:
        """dz ``(N, OH, OW, F)`` -> dx ``(N, H, W, C)``."""
        first, second = self.recall()
        dmiddle, self.pointwise_kernel.grad, dbias = second.engine.conv2d_backward(dz, second)
        if self.bias:
            self.bias.grad = dbias
        dx, self.depthwise_kernel.grad, _ = self.depthwise_backward(dmiddle, first)
        return dx
