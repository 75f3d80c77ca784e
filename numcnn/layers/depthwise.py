"""DepthwiseConv2D: a window for each channel alone.

Before a mixture of the channels it does the work of a convolution with far fewer multiplications
(`numcnn.layers.separable`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from numcnn import activations, initializers, regularizers
from numcnn.checks import Shape, flag, image_axes, one_of, pair, positive_int
from numcnn.engine import active_engine
from numcnn.geometry import PADDINGS, WindowGrid, window_grid
from numcnn.layers.base import ActivatedLayer
from numcnn.layers.spread import widened
from numcnn.parameter import Parameter


class DepthwiseLayer(ActivatedLayer):
    """What `DepthwiseConv2D` and `SeparableConv2D` have in common: a window for each channel alone.

    `DepthwiseConv2D` describes the parameters.
    """

    takes_engine_layout = True
    any_size = True
    bias: Parameter | None

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        strides: int | tuple[int, int] = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        *,
        dilation_rate: int | tuple[int, int] = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.kernel_size = pair(kernel_size, "kernel_size")
        self.strides = pair(strides, "strides")
        self.padding = one_of(padding, PADDINGS, "padding")
        self.depth_multiplier = positive_int(depth_multiplier, "depth_multiplier")
        self.dilation_rate = pair(dilation_rate, "dilation_rate")
        self.activation = activations.get(activation)
        self.use_bias = flag(use_bias, "use_bias")
        self.choose("depthwise", depthwise_initializer, depthwise_regularizer)
        self.choose("bias", bias_initializer, bias_regularizer)

    def choose(self, part: str, initializer: Any, regularizer: Any) -> None:
        """Keep the initial values and the penalty of a kernel, or of the bias."""
        for option, chosen, known in (
            (f"{part}_initializer", initializer, initializers),
            (f"{part}_regularizer", regularizer, regularizers),
        ):
            setattr(self, option, known.get(chosen, option))

    def make(self, name: str, part: str, shape: tuple[Any, ...]) -> Parameter:
        """Return a new parameter with the initial values and the penalty of its part."""
        initializer = getattr(self, f"{part}_initializer")
        regularizer = getattr(self, f"{part}_regularizer")
        return self.add_parameter(name, shape, initializer, regularizer=regularizer)

    def grid_of(self, input_shape: Shape) -> WindowGrid:
        """Return the positions of the window in an image."""
        H, W, _ = image_axes(input_shape)
        window = widened(self.kernel_size, self.dilation_rate)
        return window_grid((H, W), window, self.strides, self.padding)

    def depthwise(
        self, x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None
    ) -> tuple[np.ndarray, Any]:
        """x ``(N, H, W, C)``, kernel ``(KH, KW, C, M)`` -> z ``(N, OH, OW, C·M)``, cache."""
        return active_engine().depthwise2d_forward(
            x, kernel, bias, self.strides, self.padding, self.dilation_rate
        )

    def depthwise_backward(self, dz: np.ndarray, cache: Any) -> Any:
        """dz ``(N, OH, OW, C·M)`` -> dx ``(N, H, W, C)``, dkernel, dbias."""
        return cache.engine.depthwise2d_backward(dz, cache, self.input_gradient)


class DepthwiseConv2D(DepthwiseLayer):
    """``z[…, c·M + m] = bias[c·M + m] + Σ_{i,j} x[oy·SH + i − top, ox·SW + j − left, c] ·
    kernel[i, j, c, m]``: M patterns for each channel, which is looked at alone.

    Parameters
    ----------
    kernel_size : int or (int, int)
        (KH, KW), rows and columns of the window.
    strides : int or (int, int), default (1, 1)
    padding : {"valid", "same"}, default "valid"
    depth_multiplier : int, default 1
        M, the outputs of each channel.
    dilation_rate : int or (int, int), default (1, 1)
        The distance between neighbouring cells of the window.
    activation, use_bias, bias_initializer, bias_regularizer, bias_constraint
        As in `Conv2D`.
    depthwise_initializer, depthwise_regularizer, depthwise_constraint
        Of the kernel.
    **options
        Options of every layer (`Layer`), such as `input_shape` and `name`.

    Examples
    --------
    >>> DepthwiseConv2D(3, depth_multiplier=2).forward(np.zeros((1, 8, 8, 3))).shape
    (1, 6, 6, 6)
    """

    takes_engine_layout = True
    constrained: ClassVar[Mapping[str, str]] = {
        "kernel": "depthwise_constraint",
        "bias": "bias_constraint",
    }

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, OH, OW, C·M)``."""
        C: Any = input_shape[-1]
        grid = self.grid_of(input_shape)
        return (None, grid.OH, grid.OW, C * self.depth_multiplier)

    def build(self, input_shape: Shape) -> None:
        """Make kernel ``(KH, KW, C, M)`` and bias ``(C·M,)``."""
        outputs = self.compute_output_shape(input_shape)[-1]
        shape = (*self.kernel_size, input_shape[-1], self.depth_multiplier)
        self.kernel = self.make("kernel", "depthwise", shape)
        self.bias = self.make("bias", "bias", (outputs,)) if self.use_bias else None

    def linear(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> z ``(N, OH, OW, C·M)``."""
        x = self.checked(x)
        z, cache = self.depthwise(x, self.kernel.value, self.bias.value if self.bias else None)
        self.remember(cache, training)
        return z

    def linear_backward(self, dz: np.ndarray) -> Any:
        """dz ``(N, OH, OW, C·M)`` -> dx ``(N, H, W, C)``."""
        dx, self.kernel.grad, dbias = self.depthwise_backward(dz, self.recall())
        if self.bias:
            self.bias.grad = dbias
        return dx
