"""image_dataset_from_directory: a folder of images as batches for `fit`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from numcnn.checks import (
    counted,
    flag,
    number,
    numeric_array,
    one_of,
    one_or_none,
    positive_int,
    shown,
)
from numcnn.console import write
from numcnn.layers.resampling import Resizing
from numcnn.preprocessing.dataset import Transforming
from numcnn.preprocessing.folders import (
    checked_folder,
    class_folders,
    files_below,
    read_images,
    reader,
)
from numcnn.preprocessing.image_files import channels_last_only, height_and_width
from numcnn.randomness import generator
from numcnn.results import Result
from numcnn.streams import Sequence

LABEL_MODES = ("int", "categorical", "binary")


class ImageDataset(Sequence, Transforming):
    """Batches of images and labels, which `fit`, `evaluate` and `predict` take.

    Batches are made when they are needed.  `Dataset` describes the methods that change them.

    Attributes
    ----------
    class_names : list of str
    file_paths : list of str
    """

    def __init__(
        self,
        paths: list[Path],
        labels: np.ndarray | None,
        read: Callable[[Path], np.ndarray],
        batch_size: int,
        rng: np.random.Generator | None,
        class_names: list[str],
    ) -> None:
        super().__init__()
        self._paths, self._labels, self._read = paths, labels, read
        self._size, self._rng = batch_size, rng
        self._order = np.arange(len(paths))
        self.class_names = class_names
        self.file_paths = [str(path) for path in paths]

    def __len__(self) -> int:
        return -(-len(self._paths) // self._size)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            count = counted(len(self), "batch")
            raise IndexError(f"there is no batch {index}: of {count} the last is {len(self) - 1}.")
        rows = self._order[index * self._size : (index + 1) * self._size]
        images = read_images([self._paths[row] for row in rows], self._read).view(Result)
        return images if self._labels is None else (images, self._labels[rows].view(Result))

    def on_epoch_begin(self) -> None:
        """Draw a new order, if the images are shuffled."""
        if self._rng is not None:
            self._order = self._rng.permutation(len(self._paths))

    def __iter__(self) -> Iterator[Any]:
        self.on_epoch_begin()
        return (self[index] for index in range(len(self)))

    def shuffle(self, *arguments: Any, **options: Any) -> Any:
        """Return the dataset itself: its images have a new order in each pass."""
        return self


def image_dataset_from_directory(
    directory: str | PathLike[str],
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: list[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: Any = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    **options: Any,
) -> Any:
    """Return batches of the images in a folder, which holds a folder for each class.

    Parameters
    ----------
    directory : path
    labels : "inferred", None or list of int
        The folders are the classes; no labels; or the label of each file, in alphabetical order.
    label_mode : {"int", "categorical", "binary"} or None, default "int"
        Class numbers ``(N,)`` int32; one-hot ``(N, classes)`` float32; ``(N, 1)`` float32; none.
    class_names : list of str, optional
        The folders in the order of their class numbers; by default alphabetically.
    color_mode : {"rgb", "grayscale", "rgba"}, default "rgb"
    batch_size : int, default 32
    image_size : (int, int), default (256, 256)
        Height and width that all images are brought to.
    shuffle : bool, default True
        Whether each pass has a new order.
    seed : int, optional
        Needed to divide shuffled files alike in two calls.
    validation_split : float, optional
        The part of the files for validation.
    subset : {"training", "validation", "both"}, optional
        Which part to return; ``"both"`` returns the two.
    interpolation : {"bilinear", "nearest"}, default "bilinear"
    follow_links : bool, default False
    crop_to_aspect_ratio : bool, default False
        Whether to cut off what is too much in one direction, and not to distort the image.

    Returns
    -------
    ImageDataset
        Images ``(N, height, width, C)`` float32, 0 to 255, with their labels.
    """
    channels_last_only(options.pop("data_format", None))
    options = {name: value for name, value in options.items() if name not in ("verbose", "format")}
    if options:
        raise TypeError(f"image_dataset_from_directory has no argument {next(iter(options))!r}.")
    label_mode = one_or_none(label_mode, LABEL_MODES, "label_mode")
    size = height_and_width(image_size, "image_size")
    one_of(interpolation, ("bilinear", "nearest"), "interpolation")
    decode = reader(None, color_mode, "nearest", False)
    folder, shuffle = checked_folder(directory), flag(shuffle, "shuffle")
    names, paths, numbers = _listed(folder, labels, class_names, follow_links)
    if label_mode == "binary" and len(names) != 2:
        raise ValueError(f'label_mode "binary" needs two classes, found {len(names)}.')
    if labels is None:
        label_mode = None
    write(f"Found {len(paths)} files belonging to {len(names)} classes.\n")
    rng = generator(seed) if shuffle else None
    parts = _divided(len(paths), validation_split, subset, seed, shuffle)

    def read(path: Path) -> np.ndarray:
        resize = Resizing(*size, interpolation, crop_to_aspect_ratio)  # of this image's size
        return resize.forward(decode(path)[np.newaxis])[0]

    targets = _targets(numbers, label_mode, len(names))
    made = [
        ImageDataset(
            [paths[row] for row in rows],
            None if targets is None else targets[rows],
            read,
            max(1, len(rows)) if batch_size is None else positive_int(batch_size, "batch_size"),
            rng,
            names,
        )
        for rows in parts
    ]
    return made[0] if len(made) == 1 else tuple(made)


def _listed(
    folder: Path, labels: Any, class_names: list[str] | None, follow_links: bool
) -> tuple[list[str], list[Path], np.ndarray]:
    """Return the names of the classes, the files, and the class of each."""
    if isinstance(labels, str) and labels == "inferred":
        names = class_folders(folder, class_names)
        files = [files_below(folder / name, follow_links) for name in names]
        paths = [path for some in files for path in some]
        numbers = np.repeat(np.arange(len(names)), [len(some) for some in files])
    else:
        paths = files_below(folder, follow_links)
        numbers = np.zeros(len(paths), int) if labels is None else numeric_array(labels, "labels")
        if numbers.shape != (len(paths),):
            raise ValueError(
                f"labels must be a class number for each of the {len(paths)} files, got "
                f"{shown(labels)}."
            )
        names = [str(number) for number in np.unique(numbers)] if len(paths) else []
    if not paths:
        raise ValueError(f"{folder} holds no images (PNG, JPEG, BMP, PPM, TIFF or GIF).")
    return names, paths, numbers.astype(np.int32)


def _divided(n: int, split: Any, subset: Any, seed: Any, shuffle: bool) -> list[np.ndarray]:
    """Return the numbers of the files of each part that is wanted."""
    if (split is None) != (subset is None):
        raise ValueError("validation_split and subset go together: give both, or none.")
    order = generator(seed).permutation(n) if shuffle and seed is not None else np.arange(n)
    if split is None:
        return [order]
    one_of(subset, ("training", "validation", "both"), "subset")
    if shuffle and seed is None:
        raise ValueError(
            "a seed is needed to divide shuffled files: without it, the same file could be in both "
            "parts.  Give the same seed in both calls, or shuffle=False."
        )
    border = n - int(number(split, "validation_split", minimum=0, maximum=1) * n)
    training, validation = order[:border], order[border:]
    for rows, what in ((training, "training"), (validation, "validation")):
        if subset in (what, "both"):
            write(f"Using {len(rows)} files for {what}.\n")
    return {"training": [training], "validation": [validation]}.get(subset, [training, validation])


def _targets(numbers: np.ndarray, label_mode: str | None, classes: int) -> np.ndarray | None:
    """Return the labels in the form that was asked for."""
    if label_mode is None:
        return None
    if label_mode == "categorical":
        return np.eye(classes, dtype=np.float32)[numbers]
    return numbers if label_mode == "int" else numbers.astype(np.float32)[:, np.newaxis]
