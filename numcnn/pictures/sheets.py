"""Sheets of small images: samples, mistakes and filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from numcnn.checks import counted, items_of, numeric_array, positive_int, shown
from numcnn.metrics.classes import class_numbers
from numcnn.picture_checks import kernel_of_images
from numcnn.pictures.canvas import INK, NEGATIVE, PALE, PAPER, POSITIVE, RULE, font

MARGIN, GAP = 16, 10  # pixels
TITLE_SIZE, CAPTION_SIZE = 18, 13  # pixels
MOST_PIXELS = 200_000_000  # 600 MB


def sheet(
    images: Any,
    captions: Sequence[str] | None = None,
    title: str = "",
    columns: int = 10,
    scale: int = 3,
) -> Image.Image:
    """Draw images in rows under a title, each with a caption below.

    Parameters
    ----------
    images : array_like
        ``(n, H, W)`` or ``(n, H, W, 1)``, grey from 0 (white) to 1 (black); or ``(n, H, W, 3)``
        colours from 0 to 1. Bytes (uint8) are from 0 to 255.
    captions : sequence of str, optional
        One for each image.
    title : str
        Text above the images.
    columns : int, default 10
        Images per row.
    scale : int, default 3
        Side of a drawn pixel.

    Raises
    ------
    ValueError
        If the images have another shape, their number differs from that of the captions, or the
        sheet would be too large.
    """
    pixels = as_colours(images)
    n, H, W, _ = pixels.shape
    columns = min(positive_int(columns, "columns"), n)
    scale, title = positive_int(scale, "scale"), str(title)
    texts = [""] * n
    if captions is not None:
        texts = [str(caption) for caption in items_of(captions, "captions", "texts")]
    if len(texts) != n:
        raise ValueError(f"there are {counted(n, 'image')}, but {counted(len(texts), 'caption')}.")

    title_font, caption_font = font(TITLE_SIZE), font(CAPTION_SIZE)
    width = max([W * scale, *(int(caption_font.getlength(text)) for text in texts)])
    caption_lines = max(text.count("\n") + 1 for text in texts) if captions is not None else 0
    height = H * scale + caption_lines * (CAPTION_SIZE + 4)
    top = MARGIN + (TITLE_SIZE + MARGIN if title else 0)
    rows = -(-n // columns)
    sheet_width = 2 * MARGIN + columns * (width + GAP) - GAP
    sheet_width = max(sheet_width, 2 * MARGIN + int(title_font.getlength(title)))
    sheet_height = top + rows * (height + GAP) - GAP + MARGIN
    if sheet_width * sheet_height > MOST_PIXELS:
        raise ValueError(
            f"the sheet would have more than {MOST_PIXELS:,} pixels: draw fewer images, or give a "
            f"smaller scale than {shown(scale)}."
        )
    picture = Image.new("RGB", (sheet_width, sheet_height), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.text((MARGIN, MARGIN - 2), title, INK, title_font)
    for index, (image, text) in enumerate(zip(pixels, texts, strict=True)):
        x = MARGIN + index % columns * (width + GAP) + (width - W * scale) // 2
        y = top + index // columns * (height + GAP)
        tile = Image.fromarray(image).resize((W * scale, H * scale), Image.Resampling.NEAREST)
        picture.paste(tile, (x, y))
        draw.rectangle((x - 1, y - 1, x + W * scale, y + H * scale), outline=RULE)
        middle = x + W * scale // 2
        draw.multiline_text(
            (middle, y + H * scale + 3), text, PALE, caption_font, anchor="ma", align="center"
        )
    return picture


def mistakes_sheet(
    images: Any,
    labels: Any,
    probabilities: Any,
    at_most: int = 40,
    columns: int = 10,
    names: Sequence[str] | None = None,
) -> Image.Image:
    """Draw the images whose predicted class is not the label, highest probability first.

    Parameters
    ----------
    images : array_like
        ``(n, H, W, channels)`` from 0 to 1.
    labels : array_like
        ``(n,)`` class numbers, or ``(n, classes)`` one-hot.
    probabilities : array_like
        ``(n, classes)``, the model's predictions.
    at_most : int, default 40
        Maximum number of images drawn.
    columns : int, default 10
    names : sequence of str, optional
        Names of the classes; by default their numbers.
    """
    table, truth = numeric_array(probabilities, "probabilities"), class_numbers(labels, "labels")
    drawn = numeric_array(images, "images")
    if table.ndim != 2 or not len(table) == len(truth) == (len(drawn) if drawn.ndim else 0):
        raise ValueError(
            f"probabilities must be (n, classes) for {counted(len(truth), 'label')} and as "
            "many images, got "
            f"{table.shape} and {drawn.shape[:1]}."
        )
    at_most = positive_int(at_most, "at_most")
    found, certainty = table.argmax(axis=1), table.max(axis=1)
    wrong = np.flatnonzero(found != truth)
    shown = wrong[np.argsort(-certainty[wrong], kind="stable")][:at_most]
    title = f"{len(wrong):,} mistakes in {counted(len(truth), 'image')}"
    if len(shown) < len(wrong):
        title += f": the {len(shown)} most certain"
    if not len(shown):
        return sheet(np.zeros((1, *np.shape(images)[1:])), title=title)
    called = [str(number) for number in range(table.shape[1])]
    if names is not None:
        called = [str(name) for name in items_of(names, "names", "classes")]
        if len(called) < table.shape[1]:
            raise ValueError(
                f"there are {counted(table.shape[1], 'class')}, but {counted(len(called), 'name')}."
            )
    captions = [
        f"{called[truth[i]]}, read as {called[found[i]]}\n{certainty[i]:.0%} sure" for i in shown
    ]
    return sheet(np.asarray(images)[shown], captions, title, columns)


def filters_sheet(kernel: Any, title: str = "filters", scale: int = 12) -> Image.Image:
    """Draw the weights of a convolution: a row for each input channel, a column for each filter.

    Parameters
    ----------
    kernel : array_like
        ``(KH, KW, C, F)``.
    title : str
        Text above the filters; the range of the colours is added to it.
    scale : int, default 12
        Side of a drawn weight.
    """
    weights = kernel_of_images(kernel)
    KH, KW, C, F = weights.shape
    largest = float(np.abs(weights).max()) or 1.0
    tiles = weights.transpose(2, 3, 0, 1).reshape(C * F, KH, KW)  # channel by channel
    captions = [f"{c}, {f}" if C > 1 else f"{f}" for c in range(C) for f in range(F)]
    return sheet(
        diverging(tiles / largest),
        captions,
        f"{title}: weights from -{largest:.2f} (blue) through 0 (white) to {largest:.2f} (orange)",
        columns=F,
        scale=scale,
    )


def diverging(values: np.ndarray) -> np.ndarray:
    """Return colours ``(…, 3)`` from 0 to 1, for −1 (blue) through 0 (white) to 1 (orange)."""
    strength = np.abs(values)[..., np.newaxis]
    end = np.where(values[..., np.newaxis] < 0, np.array(NEGATIVE), np.array(POSITIVE)) / 255
    return 1 - strength * (1 - end)


def as_colours(images: Any) -> np.ndarray:
    """Return ``(n, H, W, 3)`` uint8."""
    pixels = numeric_array(images, "images")
    if pixels.ndim == 4 and pixels.shape[3] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim not in (3, 4) or (pixels.ndim == 4 and pixels.shape[3] != 3) or not pixels.size:
        raise ValueError(
            "images must be (n, H, W), (n, H, W, 1) or (n, H, W, 3), each at least 1, got shape "
            f"{pixels.shape}."
        )
    if pixels.dtype == np.uint8:
        pixels = pixels / np.float32(255)
    if pixels.ndim == 3:  # ink on paper
        pixels = 1 - np.repeat(pixels[..., np.newaxis], 3, axis=3)
    return (np.clip(pixels, 0, 1) * 255).round().astype(np.uint8)
