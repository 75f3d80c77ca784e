"""DepthwiseConv2D and SeparableConv2D: a window for each channel alone, then a mixture of channels.

Together they do the work of a convolution with far fewer multiplications: K·K·C + C·F for each
pixel in place of K·K·C·F.  MobileNet is made of them (Howard et al. 2017).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numcnn import activations, initializers, regularizers
from numcnn.checks import Shape, flag, image_axes, one_of, pair, positive_int
from numcnn.engine import active_engine
from numcnn.geometry import PADDINGS, taps, window_grid
from numcnn.layers.base import ActivatedLayer
from numcnn.layers.spread import dilated, widened
from numcnn.parameter import Parameter


class DepthwiseConv2D(ActivatedLayer):
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
    activation, use_bias, bias_initializer, bias_regularizer
        As in `Conv2D`.
    depthwise_initializer, depthwise_regularizer
        Of the kernel.
    **options
        Options of every layer (`Layer`), such as `input_shape` and `name`.

    Examples
    --------
    >>> DepthwiseConv2D(3, depth_multiplier=2).forward(np.zeros((1, 8, 8, 3))).shape
    (1, 6, 6, 6)
    """

    takes_engine_layout = False
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
        self.depthwise_initializer = initializers.get(
            depthwise_initializer, "depthwise_initializer"
        )
        self.bias_initializer = initializers.get(bias_initializer, "bias_initializer")
        self.depthwise_regularizer = regularizers.get(
            depthwise_regularizer, "depthwise_regularizer"
        )
        self.bias_regularizer = regularizers.get(bias_regularizer, "bias_regularizer")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, OH, OW, C·M)``."""
        H, W, C = image_axes(input_shape)
        window = widened(self.kernel_size, self.dilation_rate)
        grid = window_grid((H, W), window, self.strides, self.padding)
        return (None, grid.OH, grid.OW, C * self.depth_multiplier)

    def build(self, input_shape: Shape) -> None:
        """Make kernel ``(KH, KW, C, M)`` and bias ``(C·M,)``."""
        outputs: Any = self.compute_output_shape(input_shape)[-1]
        self.kernel = self.add_parameter(
            "kernel",
            (*self.kernel_size, input_shape[-1], self.depth_multiplier),
            self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_parameter(
                "bias", (outputs,), self.bias_initializer, regularizer=self.bias_regularizer
            )

    def linear(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> z ``(N, OH, OW, C·M)``."""
        z, cache = depthwise_forward(
            self.checked(x), self.kernel.value, self.strides, self.padding, self.dilation_rate
        )
        self.remember(cache, training)
        return z if self.bias is None else z + self.bias.value

    def linear_backward(self, dz: np.ndarray) -> Any:
        """dz ``(N, OH, OW, C·M)`` -> dx ``(N, H, W, C)``."""
        if self.bias is not None:
            self.bias.grad = dz.sum(axis=(0, 1, 2))
        dx, self.kernel.grad = depthwise_backward(dz, self.recall())
        return dx


def depthwise_forward(
    x: np.ndarray,
    kernel: np.ndarray,
    strides: tuple[int, int],
    padding: str,
    dilation: tuple[int, int],
) -> tuple[np.ndarray, Any]:
    """x ``(N, H, W, C)``, kernel ``(KH, KW, C, M)`` -> z ``(N, OH, OW, C·M)``, cache."""
    N, H, W, C = x.shape
    wide = dilated(kernel, dilation)
    KH, KW, _, M = wide.shape
    grid = window_grid((H, W), (KH, KW), strides, padding)
    z = np.zeros((N, grid.OH, grid.OW, C, M), x.dtype)
    met = [tap for tap in taps(grid, (H, W), (KH, KW), strides) if _is_cell(tap, dilation)]
    for i, j, outputs, inputs in met:
        z[outputs] += x[inputs][..., np.newaxis] * wide[i, j]  # (…, C, 1) · (C, M)
    return z.reshape(N, grid.OH, grid.OW, C * M), (x, wide, met, kernel.shape, dilation)


def depthwise_backward(dz: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray]:
    """dz ``(N, OH, OW, C·M)`` -> dx ``(N, H, W, C)``, dkernel ``(KH, KW, C, M)``."""
    x, wide, met, shape, (DH, DW) = cache
    dz = dz.reshape(*dz.shape[:3], *shape[2:])  # (N, OH, OW, C, M)
    dx, dkernel = np.zeros_like(x), np.zeros(shape, x.dtype)
    for i, j, outputs, inputs in met:
        dx[inputs] += (dz[outputs] * wide[i, j]).sum(axis=-1)
        seen = x[inputs][..., np.newaxis] * dz[outputs]
        dkernel[i // DH, j // DW] = seen.sum(axis=(0, 1, 2))
    return dx, dkernel


def _is_cell(tap: Any, dilation: tuple[int, int]) -> bool:
    """Say whether a cell of the wide window is none of the zeros between."""
    return tap.i % dilation[0] == 0 and tap.j % dilation[1] == 0


class SeparableConv2D(ActivatedLayer):
    """A depthwise convolution, then at each pixel a dense layer over the channels, then the bias.

    ``z = depthwise(x) @ pointwise_kernel + bias``, ``y = activation(z)``.

    Parameters
    ----------
    filters : int
        F, the output channels.
    kernel_size, strides, padding, dilation_rate, depth_multiplier
        Of the depthwise convolution, as in `DepthwiseConv2D`.
    activation, use_bias, bias_initializer, bias_regularizer
        As in `Conv2D`.
    depthwise_initializer, pointwise_initializer, depthwise_regularizer, pointwise_regularizer
        Of the two kernels.
    **options
        Options of every layer (`Layer`), such as `input_shape` and `name`.

    Examples
    --------
    >>> SeparableConv2D(5, 3, padding="same").forward(np.zeros((1, 8, 8, 3))).shape
    (1, 8, 8, 5)
    """

    takes_engine_layout = False
    any_size = True
    bias: Parameter | None

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        strides: int | tuple[int, int] = (1, 1),
        padding: str = "valid",
        *,
        dilation_rate: int | tuple[int, int] = (1, 1),
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.filters = positive_int(filters, "filters")
        self.kernel_size = pair(kernel_size, "kernel_size")
        self.strides = pair(strides, "strides")
        self.padding = one_of(padding, PADDINGS, "padding")
        self.dilation_rate = pair(dilation_rate, "dilation_rate")
        self.depth_multiplier = positive_int(depth_multiplier, "depth_multiplier")
        self.activation = activations.get(activation)
        self.use_bias = flag(use_bias, "use_bias")
        for part, initializer, regularizer in (
            ("depthwise", depthwise_initializer, depthwise_regularizer),
            ("pointwise", pointwise_initializer, pointwise_regularizer),
            ("bias", bias_initializer, bias_regularizer),
        ):
            chosen = initializers.get(initializer, f"{part}_initializer")
            setattr(self, f"{part}_initializer", chosen)
            setattr(self, f"{part}_regularizer", regularizers.get(regularizer, part))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, OH, OW, F)``."""
        H, W, _ = image_axes(input_shape)
        window = widened(self.kernel_size, self.dilation_rate)
        grid = window_grid((H, W), window, self.strides, self.padding)
        return (None, grid.OH, grid.OW, self.filters)

    def build(self, input_shape: Shape) -> None:
        """Make depthwise ``(KH, KW, C, M)``, pointwise ``(1, 1, C·M, F)``, and bias ``(F,)``."""
        self.compute_output_shape(input_shape)
        C: Any = input_shape[-1]
        M = self.depth_multiplier
        self.depthwise_kernel = self._make("depthwise", (*self.kernel_size, C, M))
        self.pointwise_kernel = self._make("pointwise", (1, 1, C * M, self.filters))
        self.bias = self._make("bias", (self.filters,)) if self.use_bias else None

    def _make(self, part: str, shape: tuple[int, ...]) -> Parameter:
        name = part if part == "bias" else f"{part}_kernel"
        initializer = getattr(self, f"{part}_initializer")
        regularizer = getattr(self, f"{part}_regularizer")
        return self.add_parameter(name, shape, initializer, regularizer=regularizer)

    def linear(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """x ``(N, H, W, C)`` -> z ``(N, OH, OW, F)``."""
        middle, first = depthwise_forward(
            self.checked(x),
            self.depthwise_kernel.value,
            self.strides,
            self.padding,
            self.dilation_rate,
        )
        bias = self.bias.value if self.bias else None
        z, second = active_engine().dense_forward(middle, self.pointwise_kernel.value[0, 0], bias)
        self.remember((first, second), training)
        return z

    def linear_backward(self, dz: np.ndarray) -> Any:
        """dz ``(N, OH, OW, F)`` -> dx ``(N, H, W, C)``."""
        first, second = self.recall()
        dmiddle, dpointwise, dbias = second.engine.dense_backward(dz, second)
        self.pointwise_kernel.grad = dpointwise[np.newaxis, np.newaxis]
        if self.bias is not None:
            self.bias.grad = dbias
        dx, self.depthwise_kernel.grad = depthwise_backward(dmiddle, first)
        return dx
