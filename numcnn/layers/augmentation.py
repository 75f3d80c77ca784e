"""Augmentation: images that are changed by chance in training, so that no two epochs are alike.

Turning, shifting and zooming a picture, or making it darker, does not change what it shows.  A
network that sees a new version in every epoch cannot learn the pictures by heart.  In a model they
act in training only: `predict`, `evaluate` and ``model(x)`` change nothing.  (In Keras they act in
``model(x)`` too.)  A layer that is called on its own, ``RandomFlip()(images)``, acts.

The layers take images ``(N, H, W, C)``, or one image in a call of their own, and draw anew for
each image.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from numcnn.checks import Shape, image_axes, number, one_of, shown
from numcnn.layers.affine import FILL_MODES, METHODS, given_back, looked_up, places
from numcnn.layers.random_layer import RandomLayer

Range = tuple[float, float]


class Augmentation(RandomLayer):
    """The base of layers that change images by chance, in training only.

    A subclass draws a change for each image, applies it, and takes a gradient back through it.
    `RandomLayer` describes the parameters.
    """

    takes_engine_layout = False
    acts_when_called = takes_one_image = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output has the input's shape, ``(None, H, W, C)``."""
        image_axes(input_shape)
        return input_shape

    def draw(self, x: np.ndarray) -> Any:
        """Draw the changes for a batch of images."""
        raise NotImplementedError

    def apply(self, x: np.ndarray, drawn: Any) -> tuple[np.ndarray, Any]:
        """Return the images with these changes, and what `change_backward` needs."""
        raise NotImplementedError

    def change(self, x: np.ndarray) -> tuple[np.ndarray, Any]:
        """Draw changes for the images ``(N, H, W, C)``, and apply them."""
        return self.apply(x, self.draw(x))


class AffineAugmentation(Augmentation):
    """The base of layers that move pixels (`numcnn.layers.affine`).

    Parameters
    ----------
    fill_mode : {"reflect", "constant", "nearest", "wrap"}, default "reflect"
        What lies beyond the edge.
    interpolation : {"bilinear", "nearest"}, default "bilinear"
    seed : int or numpy.random.Generator, optional
    fill_value : float, default 0.0
        For ``fill_mode="constant"``.
    **options
        Options of every layer (`Layer`), such as `name`.
    """

    def __init__(
        self,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: Any = None,
        fill_value: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(seed=seed, **options)
        self.fill_mode = one_of(fill_mode, FILL_MODES, "fill_mode")
        self.interpolation = one_of(interpolation, METHODS, "interpolation")
        self.fill_value = number(fill_value, "fill_value")

    def apply(self, x: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, Any]:
        """Look up each pixel at its place; drawn ``(N, 6)``."""
        _, H, W, _ = x.shape
        where = places(drawn, (H, W), self.interpolation, self.fill_mode, x.dtype)
        return looked_up(x, where, self.fill_value), where

    def change_backward(self, dy: np.ndarray, cache: Any) -> np.ndarray:
        """Give each gradient back to the pixels that its value came from."""
        return given_back(dy, cache)


class RandomRotation(AffineAugmentation):
    """Turn each image about its centre.

    Parameters
    ----------
    factor : float or (float, float)
        The limits of the angle, as parts of a whole turn, from -1 to 1; positive angles turn
        counter-clockwise.  0.1 means −36° to 36°, (0.1, 0.2) means 36° to 72°.
    fill_mode, interpolation, seed, fill_value
        As in `AffineAugmentation`.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> image = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1)
    >>> quarter = RandomRotation((0.25, 0.25))
    >>> quarter.forward(image, training=True)[0, :, :, 0].round(3)
    array([[2., 4.],
           [1., 3.]], dtype=float32)
    """

    def __init__(self, factor: Any, *values: Any, **options: Any) -> None:
        super().__init__(*values, **options)
        self.factor = limits(factor, "factor", 1)

    def draw(self, x: np.ndarray) -> np.ndarray:
        """An angle for each image."""
        _, H, W, _ = x.shape
        angle = 2 * np.pi * self.rng.uniform(*self.factor, len(x))
        cos, sin = np.cos(angle), np.sin(angle)
        cx, cy = (W - 1) / 2, (H - 1) / 2
        return np.array([cos, -sin, cx - cx * cos + cy * sin, sin, cos, cy - cx * sin - cy * cos]).T


class RandomTranslation(AffineAugmentation):
    """Shift each image.

    Parameters
    ----------
    height_factor, width_factor : float or (float, float)
        The limits of the shift, as parts of the height and the width, from -1 to 1; positive
        shifts go down and to the right.  0.2 means −20 % to 20 %.
    fill_mode, interpolation, seed, fill_value
        As in `AffineAugmentation`.
    **options
        Options of every layer (`Layer`), such as `name`.

    Examples
    --------
    >>> image = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1)
    >>> down = RandomTranslation((0.5, 0.5), 0, fill_mode="constant")
    >>> down.forward(image, training=True)[0, :, :, 0]
    array([[0., 0.],
           [1., 2.]], dtype=float32)
    """

    def __init__(self, height_factor: Any, width_factor: Any, *values: Any, **options: Any) -> None:
        super().__init__(*values, **options)
        self.height_factor = limits(height_factor, "height_factor", 1)
        self.width_factor = limits(width_factor, "width_factor", 1)

    def draw(self, x: np.ndarray) -> np.ndarray:
        """A shift down and one to the right for each image."""
        N, H, W, _ = x.shape
        down = H * self.rng.uniform(*self.height_factor, N)
        right = W * self.rng.uniform(*self.width_factor, N)
        one, zero = np.ones(N), np.zeros(N)
        return np.array([one, zero, -right, zero, one, -down]).T


class RandomZoom(AffineAugmentation):
    """Make what each image shows smaller or larger, about its centre.

    Parameters
    ----------
    height_factor : float or (float, float)
        The limits of the zoom, above -1 and up to 1: at 0.5 the image shows 1.5 times its own
        height, and everything becomes smaller; at −0.5 it shows the middle half.  0.2 means
        −20 % to 20 %.
    width_factor : float or (float, float), optional
        Those of the width; by default each image is zoomed alike in both directions.
    fill_mode, interpolation, seed, fill_value
        As in `AffineAugmentation`.
    **options
        Options of every layer (`Layer`), such as `name`.
    """

    def __init__(
        self, height_factor: Any, width_factor: Any = None, *values: Any, **options: Any
    ) -> None:
        super().__init__(*values, **options)
        self.height_factor = limits(height_factor, "height_factor", 1)
        self.width_factor = (
            None if width_factor is None else limits(width_factor, "width_factor", 1)
        )
        if -1 in (*self.height_factor, *(self.width_factor or ())):
            raise ValueError("a zoom factor must be above -1: there, no part of the image is left.")

    def draw(self, x: np.ndarray) -> np.ndarray:
        """A zoom for each image, or one for each direction."""
        N, H, W, _ = x.shape
        high = wide = 1 + self.rng.uniform(*self.height_factor, N)
        if self.width_factor is not None:
            wide = 1 + self.rng.uniform(*self.width_factor, N)
        zero = np.zeros(N)
        cx, cy = (W - 1) / 2, (H - 1) / 2
        return np.array([wide, zero, cx * (1 - wide), zero, high, cy * (1 - high)]).T


class RandomFlip(Augmentation):
    """Show each image as in a mirror, or not, with equal chance.

    Parameters
    ----------
    mode : {"horizontal_and_vertical", "horizontal", "vertical"}
        ``"horizontal"`` exchanges left and right, ``"vertical"`` top and bottom.  With both, each
        has its own chance, so there are four versions.  (In Keras 3 both happen together.)
    seed : int or numpy.random.Generator, optional
    **options
        Options of every layer (`Layer`), such as `name`.
    """

    modes: ClassVar = ("horizontal_and_vertical", "horizontal", "vertical")

    def __init__(
        self, mode: str = "horizontal_and_vertical", seed: Any = None, **options: Any
    ) -> None:
        super().__init__(seed=seed, **options)
        self.mode = one_of(mode, self.modes, "mode")

    def draw(self, x: np.ndarray) -> np.ndarray:
        """``(axes, N)``, whether each image is flipped."""
        return self.rng.random((self.mode.count("_") or 1, len(x))) < 0.5

    def apply(self, x: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, Any]:
        """Flip the images; the first row of drawn is for left and right, if both are flipped."""
        axes = (2, 1) if len(drawn) == 2 else (2,) if self.mode == "horizontal" else (1,)
        return self.change_backward(x, (axes, drawn)), (axes, drawn)

    def change_backward(self, dy: np.ndarray, cache: Any) -> np.ndarray:
        """Flip the gradients: flipped again, everything is where it was."""
        for axis, which in zip(*cache, strict=True):
            dy = np.where(which.reshape(-1, 1, 1, 1), np.flip(dy, axis), dy)
        return dy


def limits(value: Any, name: str, maximum: float) -> Range:
    """Return the limits of a factor: −f to f for a number f, or the two of a pair in order."""
    if isinstance(value, tuple | list):
        if len(value) != 2:
            raise ValueError(f"{name} must be a number or a pair of them, got {shown(value)}.")
        low, high = sorted(number(one, name, -maximum, maximum) for one in value)
        return low, high
    f = abs(number(value, name, -maximum, maximum))
    return -f, f
