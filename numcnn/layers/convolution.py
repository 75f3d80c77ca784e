"""Conv2D: a window of weights that slides over the image."""

from typing import Any

import numpy as np

from numcnn.checks import Shape, image_axes, one_of, pair, positive_int
from numcnn.engine import active_engine
from numcnn.geometry import PADDINGS, window_grid
from numcnn.layers.kernel import KernelLayer
from numcnn.layers.spread import channels_of, spread_of, widened


class Conv2D(KernelLayer):
    """A two-dimensional convolution: each filter looks for one pattern everywhere in the image.

    ``z[n, oy, ox, f] = bias[f] + Σ_{i,j,c} x[n, oy·SH + i − top, ox·SW + j − left, c] ·
    kernel[i, j, c, f]``, and ``y = activation(z)``.

    As usual in this field, the kernel is not flipped: strictly, this is a cross-correlation.

    Parameters
    ----------
    filters : int
        F, the number of filters and of output channels.
    kernel_size : int or (int, int)
        (KH, KW), rows and columns of the window.
    strides : int or (int, int), default (1, 1)
        (SH, SW), the steps of the window down and to the right.
    padding : {"valid", "same"}, default "valid"
        Whether the window stays inside the image, or zeros surround it (`numcnn.geometry`).
    dilation_rate, groups
        Cells of the window that stand apart; channels in groups (`numcnn.layers.spread`).
    activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
        As in every layer with a kernel (`numcnn.layers.kernel.KernelLayer`).
    **options
        Options of every layer (`Layer`), such as `input_shape` and `name`.

    Examples
    --------
    >>> layer = Conv2D(8, 5, activation="relu")
    >>> layer.forward(np.zeros((2, 28, 28, 1), np.float32)).shape
    (2, 24, 24, 8)
    """

    takes_engine_layout = True

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        strides: int | tuple[int, int] = (1, 1),
        padding: str = "valid",
        *,
        dilation_rate: int | tuple[int, int] = (1, 1),
        groups: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.filters = positive_int(filters, "filters")
        self.kernel_size = pair(kernel_size, "kernel_size")
        self.strides = pair(strides, "strides")
        self.padding = one_of(padding, PADDINGS, "padding")
        self.dilation_rate = pair(dilation_rate, "dilation_rate")
        self.groups = positive_int(groups, "groups")
        self.spread = spread_of(self)
        self.takes_engine_layout = self.takes_engine_layout and not self.spread

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """``(None, H, W, C)`` -> ``(None, OH, OW, F)``."""
        H, W, _ = image_axes(input_shape)
        window = widened(self.kernel_size, self.dilation_rate)
        grid = window_grid((H, W), window, self.strides, self.padding)
        return (None, grid.OH, grid.OW, self.filters)

    def build(self, input_shape: Shape) -> None:
        """Make kernel ``(KH, KW, C, F)`` and bias ``(F,)``."""
        self.compute_output_shape(input_shape)  # does the window fit?
        self.make_kernel((*self.kernel_size, channels_of(self, input_shape), self.filters))

    def linear(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Slide every filter over every image: x ``(N, H, W, C)`` -> z ``(N, OH, OW, F)``."""
        z, cache = (self.spread or active_engine()).conv2d_forward(  # weights_now: kernel, bias
            self.checked(x), *self.weights_now, self.strides, self.padding
        )
        self.remember(cache, training)
        return z

    def linear_backward(self, dz: np.ndarray) -> Any:
        """Pass dz on to the kernel, the bias and the pixels: dz ``(N, OH, OW, F)`` -> dx."""
        cache = self.recall()
        dx, dkernel, dbias = cache.engine.conv2d_backward(dz, cache, self.input_gradient)
        self.set_gradients(dkernel, dbias)
        return dx
