"""Conv2D: a window of weights that slides over the image."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from numcnn import activations, initializers, regularizers
from numcnn.checks import Shape, one_of, pair, positive_int
from numcnn.configuration import Fixed
from numcnn.engine import active_engine
from numcnn.geometry import PADDINGS, image_axes, window_grid
from numcnn.layers.base import ActivatedLayer
from numcnn.parameter import Parameter


class Conv2D(ActivatedLayer):
    """A two-dimensional convolution: each filter looks for one pattern everywhere in the image.

    ``z[n, oy, ox, f] = bias[f] + Σ_{i,j,c} x[n, oy·SH + i − top, ox·SW + j − left, c] ·
    kernel[i, j, c, f]``, and ``y = activation(z)``.

    What the field calls convolution is a cross-correlation: the kernel is not flipped.

    Parameters
    ----------
    filters : int
        F, the number of patterns, and of channels of the output.
    kernel_size : int or (int, int)
        (KH, KW), rows and columns of the window.
    strides : int or (int, int), default (1, 1)
        (SH, SW), the steps of the window down and to the right.
    padding : {"valid", "same"}, default "valid"
        ``"valid"``: the window stays inside the image, which shrinks by it.  ``"same"``: zeros are
        put around, so that with strides of 1 the image keeps its size (`numcnn.geometry`).
    activation : str or Activation, optional
        Such as ``"relu"``; by default none.
    use_bias : bool, default True
        Whether a number is added to each output channel.
    kernel_initializer, bias_initializer : str or Initializer
        What the weights begin with (`numcnn.initializers`).
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        What large weights cost (`numcnn.regularizers`).
    **options
        What every layer takes (`Layer`), such as `input_shape` and `name`.

    Attributes
    ----------
    kernel : Parameter
        ``(KH, KW, C, F)``.
    bias : Parameter or None
        ``(F,)``.

    Examples
    --------
    >>> layer = Conv2D(8, 5, activation="relu")
    >>> layer.forward(np.zeros((2, 28, 28, 1), np.float32)).shape
    (2, 24, 24, 8)
    """

    fixed: ClassVar[Fixed] = {
        "data_format": ("channels_last", None),
        "dilation_rate": ((1, 1), 1),
        "groups": (1,),
        "kernel_constraint": (None,),
        "bias_constraint": (None,),
    }
    kernel: Parameter
    bias: Parameter | None

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        strides: int | tuple[int, int] = (1, 1),
        padding: str = "valid",
        *,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.filters = positive_int(filters, "filters")
        self.kernel_size = pair(kernel_size, "kernel_size")
        self.strides = pair(strides, "strides")
        self.padding = one_of(padding, PADDINGS, "padding")
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer, "kernel_initializer")
        self.bias_initializer = initializers.get(bias_initializer, "bias_initializer")
        self.kernel_regularizer = regularizers.get(kernel_regularizer, "kernel_regularizer")
        self.bias_regularizer = regularizers.get(bias_regularizer, "bias_regularizer")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, OH, OW, F)``."""
        H, W, _ = image_axes(input_shape)
        grid = window_grid((H, W), self.kernel_size, self.strides, self.padding)
        return (None, grid.OH, grid.OW, self.filters)

    def build(self, input_shape: Shape) -> None:
        """Make kernel ``(KH, KW, C, F)`` and bias ``(F,)``."""
        self.compute_output_shape(input_shape)  # does the window fit?
        shape = (*self.kernel_size, input_shape[-1], self.filters)
        self.kernel = self.add_parameter(
            "kernel", shape, self.kernel_initializer, regularizer=self.kernel_regularizer
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_parameter(
                "bias", (self.filters,), self.bias_initializer, regularizer=self.bias_regularizer
            )

    def linear(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Slide every filter over every image: x ``(N, H, W, C)`` -> z ``(N, OH, OW, F)``."""
        x = self.checked(x)
        bias = self.bias.value if self.bias else None
        z, cache = active_engine().conv2d_forward(
            x, self.kernel.value, bias, self.strides, self.padding
        )
        self.remember(cache, training)
        return z

    def linear_backward(self, dz: np.ndarray) -> Any:
        """Share dz out to the weights and the pixels that made z: dx ``(N, H, W, C)``."""
        cache = self.recall()
        dx, self.kernel.grad, dbias = cache.engine.conv2d_backward(dz, cache, self.input_gradient)
        if self.bias:
            self.bias.grad = dbias
        return dx
