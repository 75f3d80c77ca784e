"""Make the pictures of README and docs: ``python -m docs.make_pictures``."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

import numcnn
from benchmarks.models import handwriting
from numcnn import pictures
from numcnn.datasets import digits, silhouettes
from numcnn.datasets.fashion_mnist import CLASS_NAMES
from numcnn.pictures import INK, NEGATIVE, PALE, PAPER, POSITIVE, font

FOLDER = Path(__file__).parent / "pictures"
SCALE = 2  # drawn at twice the size, for sharp screens
HEIGHT, TOP, MARGIN, GAP = 300, 62, 20, 34


def trained_model() -> numcnn.Sequential:
    """The tutorial's model after a few epochs on generated digits."""
    model = handwriting()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = digits.generate(20_000)
    model.fit(images[..., np.newaxis] / 255.0, labels, batch_size=64, epochs=3, verbose=2)
    return model


def map_tile(values: np.ndarray, size: int) -> Image.Image:
    """A feature map from white (0) to orange (its largest number)."""
    strength = np.clip(values / max(values.max(), 1e-9), 0, 1)[..., np.newaxis]
    colours = 255 - strength * (255 - np.array(POSITIVE))
    picture = Image.fromarray(colours.astype(np.uint8))
    return picture.resize((size, size), Image.Resampling.NEAREST)


def journey(model: numcnn.Sequential, image: np.ndarray) -> Image.Image:
    """One digit's way through the network: what every layer makes of it."""
    outputs = [image[np.newaxis]]
    for layer in model.layers:
        outputs.append(layer.forward(outputs[-1]))
    pixels, conv1, pool1, conv2, pool2, _, probs = (output[0] for output in outputs)
    stages: list[tuple[str, str, np.ndarray, int, int]] = [
        ("an image", "28 x 28", pixels, 1, 168),
        ("convolution, ReLU", "24 x 24 x 8", conv1, 2, 66),
        ("max pooling", "12 x 12 x 8", pool1, 2, 52),
        ("convolution, ReLU", "8 x 8 x 16", conv2, 4, 48),
        ("max pooling", "4 x 4 x 16", pool2, 4, 38),
    ]
    picture = Image.new("RGB", (1230 * SCALE, HEIGHT * SCALE + TOP * SCALE), PAPER)
    draw = ImageDraw.Draw(picture)
    x = MARGIN
    for number, (name, shape, values, columns, size) in enumerate(stages):
        rows = -(-values.shape[2] // columns)
        width, height = columns * (size + 6) - 6, rows * (size + 6) - 6
        top = TOP + (HEIGHT - height) // 2
        heading(draw, x + width / 2, name, shape)
        for channel in range(values.shape[2]):
            left, up = x + channel % columns * (size + 6), top + channel // columns * (size + 6)
            tile = map_tile(values[:, :, channel], size * SCALE)
            if number == 0:
                ink = Image.fromarray((255 * (1 - values[:, :, 0])).astype(np.uint8))
                tile = ink.resize((size * SCALE,) * 2, Image.Resampling.NEAREST).convert("RGB")
            picture.paste(tile, (left * SCALE, up * SCALE))
            box = (left * SCALE - 1, up * SCALE - 1, (left + size) * SCALE, (up + size) * SCALE)
            draw.rectangle(box, outline=(205, 210, 217))
        x += width + GAP
    bars(draw, x, probs)
    return picture


def heading(draw: Any, middle: float, name: str, shape: str) -> None:
    """Write a stage's name and shape, centred."""
    draw.text((middle * SCALE, 16 * SCALE), name, INK, font(15 * SCALE), anchor="ma")
    draw.text((middle * SCALE, 37 * SCALE), shape, PALE, font(13 * SCALE), anchor="ma")


def bars(draw: Any, x: int, probs: np.ndarray) -> None:
    """Draw the ten probabilities as bars with their digits."""
    heading(draw, x + 110, "dense, softmax", "10 probabilities")
    step, longest = 28, 140
    for digit, probability in enumerate(probs):
        y = TOP + (HEIGHT - 10 * step) / 2 + digit * step
        best = digit == probs.argmax()
        ink = INK if best else PALE
        draw.text(((x + 8) * SCALE, y * SCALE), str(digit), ink, font(17 * SCALE), anchor="ra")
        right = x + 18 + max(1, longest * float(probability))
        colour = NEGATIVE if best else (190, 198, 208)
        draw.rectangle(
            ((x + 18) * SCALE, (y + 3) * SCALE, right * SCALE, (y + 17) * SCALE), fill=colour
        )
        draw.text(
            ((right + 6) * SCALE, (y + 1) * SCALE), f"{probability:.1%}", ink, font(13 * SCALE)
        )


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
    journey(model, image).quantize(128).save(FOLDER / "journey.png", optimize=True)
    collection().quantize(64).save(FOLDER / "silhouettes.png", optimize=True)


if __name__ == "__main__":
    main()
