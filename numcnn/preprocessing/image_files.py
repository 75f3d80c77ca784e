"""Single images: files, pictures of Pillow, and arrays of pixels."""

from __future__ import annotations

import io
from os import PathLike
from typing import Any

import numpy as np
from PIL import Image

from numcnn.checks import flag, numeric_array, one_of, pair, path_of, shown

MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
"""Pillow's names of Keras's colour modes."""

CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}

INTERPOLATIONS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "hamming": Image.Resampling.HAMMING,
    "box": Image.Resampling.BOX,
    "lanczos": Image.Resampling.LANCZOS,
}
FORMATS = ("PNG", "JPEG", "BMP", "PPM", "TIFF", "GIF")
"""What is read; other formats of Pillow are refused."""

WRITTEN = {
    **{"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "bmp": "BMP", "ppm": "PPM"},
    **{"tif": "TIFF", "tiff": "TIFF", "gif": "GIF", "webp": "WEBP"},
}
"""The formats of `save_img`, by the endings of their files."""


def load_img(
    path: str | PathLike[str] | io.BytesIO,
    color_mode: str = "rgb",
    target_size: Any = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Image.Image:
    """Return an image of a file.

    Parameters
    ----------
    path : path or io.BytesIO
        A file of PNG, JPEG, BMP, PPM, TIFF or GIF.
    color_mode : {"rgb", "grayscale", "rgba"}, default "rgb"
    target_size : (int, int), optional
        Height and width; by default those of the file.
    interpolation : str, default "nearest"
        ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"hamming"``, ``"box"`` or ``"lanczos"``.
    keep_aspect_ratio : bool, default False
        Whether to cut off what is too much in one direction, and not to distort the image.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not an image, or is damaged.
    """
    size = None if target_size is None else height_and_width(target_size, "target_size")
    mode = MODES[one_of(color_mode, MODES, "color_mode")]
    method = INTERPOLATIONS[one_of(interpolation, INTERPOLATIONS, "interpolation")]
    if isinstance(path, io.BytesIO):
        content, name = path.getvalue(), "the file in memory"
    else:
        file = path_of(path, "path")
        content, name = file.read_bytes(), str(file)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            picture = opened.convert(mode)
    except Exception as error:  # damage makes Pillow raise errors of many kinds
        raise ValueError(
            f"{name} is not an image ({type(error).__name__}): it must be a whole PNG, JPEG, BMP, "
            "PPM, TIFF or GIF file."
        ) from error
    if size is None or picture.size == size[::-1]:
        return picture
    height, width = size
    wide, high = picture.size
    box = _middle(wide, high, width, height) if keep_aspect_ratio else None
    return picture.resize((width, height), method, box=box)


def height_and_width(value: Any, name: str) -> tuple[int, int]:
    """Return a size from a pair; as in Keras, channels behind it do not count."""
    return pair(value[:2] if isinstance(value, tuple | list) else value, name)


def _middle(wide: int, high: int, width: int, height: int) -> tuple[int, int, int, int]:
    """Return the largest part in the middle that has the proportions of the target."""
    w, h = min(wide, high * width // height), min(high, wide * height // width)
    left, top = (wide - w) // 2, (high - h) // 2
    return left, top, left + w, top + h


def img_to_array(img: Any, data_format: Any = None, dtype: Any = None) -> np.ndarray:
    """Return the pixels of an image: ``(H, W, C)`` float32, 0 to 255.

    Parameters
    ----------
    img : PIL.Image.Image or array_like
    data_format : {"channels_last"}, optional
    dtype : str, default "float32"
    """
    channels_last_only(data_format)
    pixels = numeric_array(img, "img").astype(pixel_dtype(dtype))
    if pixels.ndim not in (2, 3):
        raise ValueError(f"an image has two or three axes, got shape {pixels.shape}.")
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def array_to_img(
    x: Any, data_format: Any = None, scale: bool = True, dtype: Any = None
) -> Image.Image:
    """Return an image of pixels.

    Parameters
    ----------
    x : array_like
        ``(H, W, C)`` with 1, 3 or 4 channels.
    data_format : {"channels_last"}, optional
    scale : bool, default True
        Whether to scale the pixels, so that the lowest becomes 0 and the highest 255.
    dtype : str, default "float32"
    """
    channels_last_only(data_format)
    pixels = numeric_array(x, "x").astype(pixel_dtype(dtype), copy=False)
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4) or not pixels.size:
        raise ValueError(
            f"an image has shape (height, width, 1, 3 or 4 channels), got {pixels.shape}."
        )
    if flag(scale, "scale"):
        pixels = pixels - pixels.min()
        largest = pixels.max()
        pixels = pixels * (255 / largest if largest else 0)
    whole = np.clip(pixels, 0, 255).astype(np.uint8)
    return Image.fromarray(whole[:, :, 0] if whole.shape[2] == 1 else whole)


def save_img(
    path: str | PathLike[str],
    x: Any,
    data_format: Any = None,
    file_format: str | None = None,
    scale: bool = True,
) -> None:
    """Write pixels as an image file; the other arguments are those of `array_to_img`.

    Parameters
    ----------
    path : path
    x : array_like
        ``(H, W, C)`` with 1, 3 or 4 channels.
    file_format : str, optional
        Such as ``"png"``; by default the ending of the path.
    """
    place = path_of(path, "path")
    if file_format is None:
        ending = one_of(place.suffix[1:], WRITTEN, "the ending of path")
    else:
        ending = one_of(file_format, WRITTEN, "file_format")
    picture = array_to_img(x, data_format, scale)
    if picture.mode == "RGBA" and WRITTEN[ending] == "JPEG":
        picture = picture.convert("RGB")  # JPEG has no transparency
    picture.save(place, format=WRITTEN[ending])


def pixel_dtype(value: Any) -> np.dtype[Any]:
    """Return a dtype of real numbers; by default float32."""
    try:
        dtype = np.dtype("float32" if value is None else value)
    except (TypeError, ValueError):
        dtype = np.dtype(object)
    if dtype.kind not in "iuf":
        raise ValueError(f'dtype must be one of numbers, such as "float32", got {shown(value)}.')
    return dtype


def channels_last_only(data_format: Any) -> None:
    """Refuse every order of the axes but ``(H, W, C)``."""
    if data_format is not None and not (
        isinstance(data_format, str) and data_format == "channels_last"
    ):
        raise ValueError(
            f'data_format in numcnn is "channels_last" only, got {shown(data_format)}.'
        )
