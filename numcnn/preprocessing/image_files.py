"""Single images: files, pictures of Pillow, and arrays of pixels."""

from __future__ import annotations

import io
from os import PathLike
from typing import Any

import numpy as np
from PIL import Image

from numcnn.checks import one_of, pair, path_of, shown

MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
"""Pillow's names of Keras's colour modes."""

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
    if target_size is None:
        return picture
    height, width = pair(tuple(target_size)[:2], "target_size")
    if picture.size == (width, height):
        return picture
    wide, high = picture.size
    box = _middle(wide, high, width, height) if keep_aspect_ratio else None
    return picture.resize((width, height), method, box=box)


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
    _channels_last(data_format)
    pixels = np.asarray(img, "float32" if dtype is None else dtype)
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
    _channels_last(data_format)
    pixels = np.asarray(x, "float32" if dtype is None else dtype)
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4):
        raise ValueError(
            f"an image has shape (height, width, 1, 3 or 4 channels), got {pixels.shape}."
        )
    if scale:
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
    """Write pixels as an image file; the arguments are those of `array_to_img`."""
    picture = array_to_img(x, data_format, scale)
    if picture.mode == "RGBA" and str(file_format or path).lower().endswith(("jpg", "jpeg")):
        picture = picture.convert("RGB")  # JPEG has no transparency
    picture.save(path_of(path, "path"), format="JPEG" if file_format == "jpg" else file_format)


def _channels_last(data_format: Any) -> None:
    if data_format not in (None, "channels_last"):
        raise ValueError(
            f'data_format in numcnn is "channels_last" only, got {shown(data_format)}.'
        )
