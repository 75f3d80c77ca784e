"""Batches of `ImageDataGenerator`: of images in an array, or in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from numcnn.checks import counted, flag, numeric_array, one_or_none, path_of, positive_int
from numcnn.console import write
from numcnn.preprocessing.folders import checked_folder, class_folders, files_below, reader
from numcnn.preprocessing.image_files import CHANNELS, height_and_width, save_img
from numcnn.randomness import generator
from numcnn.streams import Sequence

SUBSETS = ("training", "validation")
CLASS_MODES = ("categorical", "binary", "sparse", "input")


class ImageIterator(Sequence):
    """Numbered batches that `fit` takes; as an iterator it goes on without end.

    Parameters
    ----------
    n : int
        The number of images.
    maker : ImageDataGenerator
    batch_size : int
    shuffle : bool, default True
        Whether each pass has a new order.
    seed : int, optional
        Of the order, and of the changes.
    save_to_dir : path, optional
        A folder that every image is written to; `save_prefix` begins the names, and `save_format`
        ends them.
    """

    def __init__(
        self,
        n: int,
        maker: Any,
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
    ) -> None:
        super().__init__()
        if not n:
            raise ValueError("there are no images to make batches of.")
        self.n = self.samples = n
        self.image_data_generator = maker
        self.batch_size = positive_int(batch_size, "batch_size")
        self.shuffle = flag(shuffle, "shuffle")
        self.seed = seed
        self.rng = generator(seed)
        if seed is not None:
            maker.rng = self.rng
        self.save_to_dir = None if save_to_dir is None else path_of(save_to_dir, "save_to_dir")
        self.save_prefix, self.save_format = save_prefix, save_format
        self.batch_index = self.total_batches_seen = 0
        self.index_array = self._order()

    def _order(self) -> np.ndarray:
        return self.rng.permutation(self.n) if self.shuffle else np.arange(self.n)

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            count = counted(len(self), "batch")
            raise IndexError(f"there is no batch {index}: of {count} the last is {len(self) - 1}.")
        self.total_batches_seen += 1
        begin = index * self.batch_size
        return self.batch(self.index_array[begin : begin + self.batch_size])

    def on_epoch_end(self) -> None:
        """Draw a new order."""
        self.index_array = self._order()

    def reset(self) -> None:
        """Begin again with the first batch."""
        self.batch_index = 0

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        if self.batch_index == len(self):
            self.batch_index = 0
            self.on_epoch_end()
        self.batch_index += 1
        return self[self.batch_index - 1]

    def batch(self, rows: np.ndarray) -> Any:
        """Return the images with these numbers, changed, with what belongs to them."""
        changed = [self._changed(int(row)) for row in rows]
        if self.save_to_dir is not None:
            for row, image in zip(rows, changed, strict=True):
                name = f"{self.save_prefix}_{row}_{self.total_batches_seen}.{self.save_format}"
                save_img(self.save_to_dir / name, image)
        return self.with_labels(np.stack(changed), rows)

    def _changed(self, row: int) -> np.ndarray:
        maker = self.image_data_generator
        image = maker.random_transform(self.image(row).astype(maker.dtype, copy=False))
        result: np.ndarray = maker.standardize(image)
        return result

    def image(self, row: int) -> np.ndarray:
        """Return an image ``(H, W, C)``."""
        raise NotImplementedError

    def with_labels(self, images: np.ndarray, rows: np.ndarray) -> Any:
        """Return a batch as `fit` takes it."""
        raise NotImplementedError


class NumpyArrayIterator(ImageIterator):
    """Batches of images in an array (`ImageDataGenerator.flow`)."""

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        subset: str | None = None,
        **options: Any,
    ) -> None:
        images = numeric_array(x, "x")
        if images.ndim != 4:
            raise ValueError(f"flow needs images (N, H, W, C), got shape {images.shape}.")
        beside = [
            None if one is None else numeric_array(one, name)
            for name, one in (("y", y), ("sample_weight", sample_weight))
        ]
        for name, one in zip(("y", "sample_weight"), beside, strict=True):
            if one is not None and one.shape[:1] != images.shape[:1]:
                raise ValueError(
                    f"{name} must have one row for each image: there "
                    f"{'is' if len(images) == 1 else 'are'} {counted(len(images), 'image')}, and "
                    f"{name} has the shape {one.shape}."
                )
        begin, end = _split(subset, image_data_generator.validation_split, len(images))
        self.x = images[begin:end]
        self.y, self.sample_weight = (None if one is None else one[begin:end] for one in beside)
        super().__init__(len(self.x), image_data_generator, batch_size, shuffle, seed, **options)

    def image(self, row: int) -> np.ndarray:
        """Return an image of the array."""
        one: np.ndarray = self.x[row]
        return one

    def with_labels(self, images: np.ndarray, rows: np.ndarray) -> Any:
        """Return ``images``, ``(images, y)`` or ``(images, y, sample_weight)``."""
        if self.y is None:
            return images
        if self.sample_weight is None:
            return images, self.y[rows]
        return images, self.y[rows], self.sample_weight[rows]


class DirectoryIterator(ImageIterator):
    """Batches of the images in a folder (`ImageDataGenerator.flow_from_directory`).

    Attributes
    ----------
    class_indices : dict of str to int
        The number of each class.
    classes : numpy.ndarray
        ``(n,)``, the class of each image.
    filenames, filepaths : list of str
        Of each image, from the folder on, and complete.
    """

    def __init__(
        self,
        directory: Any,
        image_data_generator: Any,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        follow_links: bool = False,
        **options: Any,
    ) -> None:
        class_mode = one_or_none(class_mode, CLASS_MODES, "class_mode")
        self.target_size = height_and_width(target_size, "target_size")
        self._read = reader(self.target_size, color_mode, interpolation, keep_aspect_ratio)
        self.image_shape = (*self.target_size, CHANNELS[color_mode.lower()])
        folder = checked_folder(directory)
        names = class_folders(folder, classes)
        self.class_indices = {name: number for number, name in enumerate(names)}
        self.num_classes, self.class_mode = len(names), class_mode
        paths: list[Path] = []
        numbers: list[int] = []
        for number, name in enumerate(names):
            found = files_below(folder / name, follow_links)
            begin, end = _split(subset, image_data_generator.validation_split, len(found))
            paths += found[begin:end]
            numbers += [number] * (end - begin)
        self.directory, self._paths = str(directory), paths
        self.classes = self.labels = np.array(numbers, np.int32)
        self.filepaths = [str(path) for path in paths]
        self.filenames = [str(path.relative_to(folder)) for path in paths]
        write(f"Found {len(paths)} images belonging to {len(names)} classes.\n")
        super().__init__(len(paths), image_data_generator, batch_size, shuffle, seed, **options)

    def image(self, row: int) -> np.ndarray:
        """Read an image."""
        return self._read(self._paths[row])

    def with_labels(self, images: np.ndarray, rows: np.ndarray) -> Any:
        """Return the images with labels of the kind that was asked for."""
        if self.class_mode is None:
            return images
        if self.class_mode == "input":
            return images, images.copy()
        numbers = self.classes[rows]
        if self.class_mode == "categorical":
            return images, np.eye(self.num_classes, dtype=np.float32)[numbers]
        return images, numbers.astype(np.float32) if self.class_mode == "binary" else numbers


def _split(subset: Any, split: float, n: int) -> tuple[int, int]:
    """Return the range of a subset: the first images, of each class, are for validation."""
    subset = one_or_none(subset, SUBSETS, "subset")
    if subset is not None and not split:
        raise ValueError(
            "subset needs a part for validation: ImageDataGenerator(validation_split=0.2)."
        )
    border = int(n * split)
    return {None: (0, n), "validation": (0, border), "training": (border, n)}[subset]
