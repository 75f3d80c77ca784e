"""Make the pictures of README and docs: ``python -m docs.make_pictures``."""

from pathlib import Path

import numpy as np
from PIL import Image

import numcnn
from benchmarks.models import build
from numcnn import pictures
from numcnn.datasets import digits, silhouettes
from numcnn.datasets.fashion_mnist import CLASS_NAMES

FOLDER = Path(__file__).parent / "pictures"


def trained_model() -> numcnn.Sequential:
    """The tutorial's model after a few epochs on generated digits."""
    model = build("A")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = digits.generate(20_000)
    model.fit(images[..., np.newaxis] / 255.0, labels, batch_size=64, epochs=3, verbose=2)
    return model


def collection(columns: int = 18) -> Image.Image:
    """Generated clothes, a row for each kind."""
    images, labels = silhouettes.generate(1_000)
    rows = [images[labels == garment][:columns] for garment in range(len(CLASS_NAMES))]
    return pictures.sheet(np.concatenate(rows) / 255, columns=columns, scale=2)


def main() -> None:
    """Make every picture."""
    FOLDER.mkdir(exist_ok=True)
    model = trained_model()
    images, labels = digits.generate(200, seed=5)
    pixels = images[..., np.newaxis] / np.float32(255)
    certainty = model.predict(pixels, verbose=0)[:, 5]
    image = pixels[np.abs(np.where(labels == 5, certainty, 0) - 0.9).argmin()]  # 90 % sure of a 5
    pictures.journey(model, image).quantize(128).save(FOLDER / "journey.png", optimize=True)
    collection().quantize(64).save(FOLDER / "silhouettes.png", optimize=True)


if __name__ == "__main__":
    main()
