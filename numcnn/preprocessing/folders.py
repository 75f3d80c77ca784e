"""Folders of images: each folder in it is a class, and its files are the class's images."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from numcnn.checks import flag, items_of, one_of, path_of, shown
from numcnn.preprocessing.image_files import INTERPOLATIONS, MODES, img_to_array, load_img

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff", ".gif")
MANY = 500  # images whose reading shows a bar


def checked_folder(directory: Any) -> Path:
    """Return a folder as a path, after checking that it is there."""
    folder = path_of(directory, "directory")
    if not folder.is_dir():
        raise FileNotFoundError(
            f"there is no folder {folder}: give one that holds a folder of images for each class."
        )
    return folder


def class_folders(folder: Path, wanted: Any = None) -> list[str]:
    """Return the names of the classes: those wanted, or else all folders in alphabetical order.

    Raises
    ------
    FileNotFoundError
        If one of them is not there, or there is none.
    """
    found = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    names = [] if wanted is None else items_of(wanted, "the classes", "names of folders")
    names = names or found
    missing = [name for name in names if not (isinstance(name, str) and name in found)]
    if missing or not names:
        has = ", ".join(found[:8]) or "none"
        raise FileNotFoundError(
            f"{folder} must hold a folder of images for each class"
            f"{f', but {shown(missing[0])} is not there' if missing else ''}; its folders: {has}."
        )
    return names


def files_below(folder: Path, follow_links: bool = False) -> list[Path]:
    """Return the image files in a folder and the folders in it, in alphabetical order."""
    found = [
        Path(place) / name
        for place, _, names in os.walk(folder, followlinks=follow_links)
        for name in names
        if name.lower().endswith(ENDINGS)
    ]
    return sorted(found)


def read_images(paths: list[Path], read: Callable[[Path], np.ndarray]) -> np.ndarray:
    """Return the images of files in one array, with a bar if they are many."""
    bar = tqdm(paths, desc="images", unit="", leave=False, disable=len(paths) < MANY or None)
    return np.stack([read(path) for path in bar])


def reader(
    size: tuple[int, int] | None, color_mode: str, interpolation: str, keep_aspect_ratio: bool
) -> Callable[[Path], np.ndarray]:
    """Return a function that reads an image file as ``(H, W, C)`` float32."""
    one_of(color_mode, MODES, "color_mode")
    one_of(interpolation, INTERPOLATIONS, "interpolation")
    flag(keep_aspect_ratio, "keep_aspect_ratio")
    return lambda path: img_to_array(
        load_img(path, color_mode, size, interpolation, keep_aspect_ratio)
    )
