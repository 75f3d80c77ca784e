"""ImageDataGenerator: batches of images, changed by chance and brought to one scale.

The way of Keras 2, which many programs still go.  New programs put layers into the model
(`numcnn.layers.RandomFlip` and others), which are faster, and are saved with it.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Any

import numpy as np
from PIL import ImageEnhance

from numcnn.checks import flag, number, numeric_array, one_of, positive_int, shown
from numcnn.layers.affine import FILL_MODES, looked_up, places
from numcnn.preprocessing.image_files import (
    array_to_img,
    channels_last_only,
    img_to_array,
    pixel_dtype,
)
from numcnn.preprocessing.iterators import DirectoryIterator, NumpyArrayIterator
from numcnn.preprocessing.standardizing import Standardizing
from numcnn.randomness import generator


class ImageDataGenerator(Standardizing):
    """Gives batches of images, each changed by chance.

    An image is changed first, then brought to its scale: ``preprocessing_function``, ``rescale``,
    and the means and deviations.

    Parameters
    ----------
    featurewise_center, featurewise_std_normalization : bool
        Subtract the mean, and divide by the deviation, of each channel of the data that `fit` saw.
    samplewise_center, samplewise_std_normalization : bool
        Those of the image itself.
    zca_whitening : bool
        Make the pixels uncorrelated, by the data that `fit` saw.
    zca_epsilon : float, default 1e-6
    rotation_range : float
        Degrees, −r to r.
    width_shift_range, height_shift_range : float, int or list
        Below 1 a part of the width or height; from 1 on pixels; of a list one is chosen, with
        either sign.  (In Keras 3 `height_shift_range` shifts sideways, and `width_shift_range` up
        and down.)
    brightness_range : (float, float), optional
        The factor of all pixels, which must be from 0 to 255.
    shear_range : float
        Degrees.
    zoom_range : float or (float, float)
        z means 1 − z to 1 + z, drawn for each direction; below 1 everything becomes larger.
    channel_shift_range : float
        What is added to all pixels, −c to c.
    fill_mode : {"nearest", "constant", "reflect", "wrap"}, default "nearest"
        What lies beyond the edge.
    cval : float, default 0.0
        For ``fill_mode="constant"``.
    horizontal_flip, vertical_flip : bool
    rescale : float, optional
        The factor of all pixels, such as 1/255.
    preprocessing_function : function, optional
        Of an image ``(H, W, C)``, with an image of the same shape as its result.
    data_format : {"channels_last"}, optional
    validation_split : float, default 0.0
        Part of the data for ``subset="validation"``.
    interpolation_order : {0, 1}, default 1
        0: the nearest pixel; 1: bilinear.
    dtype : str, default "float32"
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[np.ndarray], Any] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ) -> None:
        channels_last_only(data_format)
        self.zca_whitening = flag(zca_whitening, "zca_whitening")
        self.featurewise_std_normalization = flag(
            featurewise_std_normalization, "featurewise_std_normalization"
        )
        self.featurewise_center = (
            flag(featurewise_center, "featurewise_center")
            or self.zca_whitening
            or self.featurewise_std_normalization
        )
        self.samplewise_std_normalization = flag(
            samplewise_std_normalization, "samplewise_std_normalization"
        )
        self.samplewise_center = (
            flag(samplewise_center, "samplewise_center") or self.samplewise_std_normalization
        )
        self.zca_epsilon = number(zca_epsilon, "zca_epsilon", minimum=0)
        self.rotation_range = number(rotation_range, "rotation_range")
        self.width_shift_range = _shift_range(width_shift_range, "width_shift_range")
        self.height_shift_range = _shift_range(height_shift_range, "height_shift_range")
        self.brightness_range = (
            None if brightness_range is None else _two(brightness_range, "brightness_range")
        )
        self.shear_range = number(shear_range, "shear_range")
        if isinstance(zoom_range, int | float):
            zoom_range = (1 - zoom_range, 1 + zoom_range)
        self.zoom_range = _two(zoom_range, "zoom_range")
        self.channel_shift_range = number(channel_shift_range, "channel_shift_range")
        self.fill_mode = one_of(fill_mode, FILL_MODES, "fill_mode")
        self.cval = number(cval, "cval")
        self.horizontal_flip = flag(horizontal_flip, "horizontal_flip")
        self.vertical_flip = flag(vertical_flip, "vertical_flip")
        self.rescale = None if rescale is None else number(rescale, "rescale")
        if preprocessing_function is not None and not callable(preprocessing_function):
            raise TypeError(
                "preprocessing_function must be a function of an image, got "
                f"{shown(preprocessing_function)}."
            )
        self.preprocessing_function = preprocessing_function
        self.validation_split = number(
            validation_split, "validation_split", minimum=0, maximum=1, open_end=True
        )
        self.interpolation_order = positive_int(interpolation_order, "interpolation_order", 0)
        if self.interpolation_order > 1:
            raise ValueError(f"interpolation_order in numcnn is 0 or 1, got {interpolation_order}.")
        self.dtype = pixel_dtype(dtype)
        self.mean: Any = None
        self.std: Any = None
        self.whitening: Any = None
        self.rng = generator()

    # Batches --------------------------------------------------------------------------------------

    def flow(self, x: Any, y: Any = None, batch_size: int = 32, **options: Any) -> Any:
        """Return batches of images ``(N, H, W, C)``, and of their labels.

        Parameters
        ----------
        x : array_like
            ``(N, H, W, C)`` with 1, 3 or 4 channels.
        y : array_like, optional
            ``(N, …)``.
        batch_size : int, default 32
        **options
            ``shuffle`` (True), ``seed``, ``sample_weight``, ``subset`` (``"training"`` or
            ``"validation"``), ``save_to_dir``, ``save_prefix`` and ``save_format``, which write
            every image.
        """
        return NumpyArrayIterator(x, y, self, batch_size, **options)

    def flow_from_directory(
        self,
        directory: str | PathLike[str],
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        **options: Any,
    ) -> Any:
        """Return batches of the images in a folder, which holds a folder for each class.

        Parameters
        ----------
        directory : path
        target_size : (int, int), default (256, 256)
            Height and width that all images are brought to.
        color_mode : {"rgb", "grayscale", "rgba"}, default "rgb"
        classes : list of str, optional
            The names of the folders, in the order of their class numbers; by default all.
        class_mode : {"categorical", "binary", "sparse", "input"} or None
            Labels one-hot; 0 and 1 as floats; class numbers; the images themselves; none.
        batch_size : int, default 32
        **options
            As in `flow`, and ``interpolation`` (``"nearest"``), ``keep_aspect_ratio``,
            ``follow_links``.
        """
        return DirectoryIterator(
            directory, self, target_size, color_mode, classes, class_mode, batch_size, **options
        )

    # Chance ---------------------------------------------------------------------------------------

    def get_random_transform(self, img_shape: Any, seed: Any = None) -> dict[str, Any]:
        """Draw a change for an image of this shape."""
        rng = self.rng if seed is None else generator(seed)
        H, W = img_shape[:2]
        low, high = sorted(self.zoom_range)
        zx, zy = (1.0, 1.0) if low == high == 1 else rng.uniform(low, high, 2)
        drawn = {
            "theta": rng.uniform(-1, 1) * self.rotation_range,
            "ty": _shift(self.height_shift_range, H, rng),
            "tx": _shift(self.width_shift_range, W, rng),
            "shear": rng.uniform(-1, 1) * self.shear_range,
            "zx": zx,
            "zy": zy,
            "flip_horizontal": self.horizontal_flip and rng.random() < 0.5,
            "flip_vertical": self.vertical_flip and rng.random() < 0.5,
            "channel_shift_intensity": None,
            "brightness": None,
        }
        if self.channel_shift_range:
            drawn["channel_shift_intensity"] = rng.uniform(-1, 1) * self.channel_shift_range
        if self.brightness_range is not None:
            dark, bright = sorted(self.brightness_range)
            drawn["brightness"] = rng.uniform(dark, bright)
        return drawn

    def apply_transform(self, x: np.ndarray, transform_parameters: dict[str, Any]) -> np.ndarray:
        """Change an image ``(H, W, C)`` in a given way.

        Parameters
        ----------
        x : numpy.ndarray
        transform_parameters : dict
            ``theta`` and ``shear`` in degrees; ``tx``, ``ty``, pixels to the left and up; ``zx``,
            ``zy``, the part of the width and height that is seen; ``flip_horizontal``,
            ``flip_vertical``; ``channel_shift_intensity``; ``brightness``.
        """
        changed = self._moved(x, transform_parameters)
        shift = transform_parameters.get("channel_shift_intensity")
        if shift is not None:
            changed = np.clip(changed + changed.dtype.type(shift), changed.min(), changed.max())
        if transform_parameters.get("flip_horizontal"):
            changed = changed[:, ::-1]
        if transform_parameters.get("flip_vertical"):
            changed = changed[::-1]
        if transform_parameters.get("brightness") is not None:
            changed = _brighter(changed, transform_parameters["brightness"])
        return changed

    def random_transform(self, x: np.ndarray, seed: Any = None) -> np.ndarray:
        """Change an image ``(H, W, C)`` by chance."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def _moved(self, x: np.ndarray, how: dict[str, Any]) -> np.ndarray:
        theta, shear = np.deg2rad(how.get("theta", 0)), np.deg2rad(how.get("shear", 0))
        tx, ty, zx, zy = how.get("tx", 0), how.get("ty", 0), how.get("zx", 1), how.get("zy", 1)
        turn = [[np.cos(theta), -np.sin(theta), 0], [np.sin(theta), np.cos(theta), 0], [0, 0, 1]]
        shift = [[1, 0, tx], [0, 1, ty], [0, 0, 1]]
        slant = [[1, -np.sin(shear), 0], [0, np.cos(shear), 0], [0, 0, 1]]
        matrix = np.array(turn) @ shift @ slant @ np.diag([zx, zy, 1.0])
        if (matrix == np.eye(3)).all():
            return x
        H, W, _ = x.shape
        middle = np.array([(W - 1) / 2, (H - 1) / 2])
        matrix[:2, 2] += middle - matrix[:2, :2] @ middle
        method = "bilinear" if self.interpolation_order else "nearest"
        where = places(
            matrix[:2].reshape(1, 6), (H, W), method, self.fill_mode, x.dtype, hard_edge=True
        )
        return looked_up(x[np.newaxis], where, self.cval)[0]


def _two(value: Any, name: str) -> tuple[float, float]:
    """Return a pair of numbers."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise ValueError(f"{name} must be two numbers, got {shown(value)}.")
    return number(value[0], name), number(value[1], name)


def _shift_range(value: Any, name: str) -> Any:
    """Return a number, or several that one is chosen of."""
    if not isinstance(value, list | tuple | np.ndarray):
        number(value, name)
        return value  # a whole number means pixels
    several = numeric_array(value, name)
    if several.ndim != 1 or not several.size:
        raise ValueError(f"{name} must be a number or a list of numbers, got {shown(value)}.")
    return several


def _shift(given: Any, length: int, rng: np.random.Generator) -> float:
    """Draw a shift in pixels."""
    if isinstance(given, np.ndarray):
        drawn, largest = float(rng.choice(given)) * rng.choice([-1, 1]), np.max(given)
    elif isinstance(given, int) and given:
        drawn, largest = float(rng.integers(given)) * rng.choice([-1, 1]), given
    else:
        drawn, largest = rng.uniform(-1, 1) * float(given), given
    return float(drawn * length if largest < 1 else drawn)


def _brighter(x: np.ndarray, brightness: float) -> np.ndarray:
    """Multiply the pixels, as Pillow does with whole numbers from 0 to 255."""
    low, high = x.min(), x.max()
    beyond = bool(low < 0 or high > 255)
    picture = ImageEnhance.Brightness(array_to_img(x, scale=beyond)).enhance(brightness)
    pixels = img_to_array(picture, dtype=x.dtype)
    return pixels / 255 * (high - low) + low if beyond else pixels
