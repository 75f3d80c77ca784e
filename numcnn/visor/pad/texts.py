"""The texts of the drawing pad, as HTML: the input of the network, and its prediction."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from numcnn.visor.figures.tiles import data_url
from numcnn.visor.pad.drawing import Seen

SIDE = 100  # pixels of the screen, of each step of what the network sees


def steps_text(seen: Seen | None) -> str:
    """Return the steps from the strokes to what goes into the network."""
    if seen is None:
        return "<p class='pale'>Nothing yet.</p>"
    side = len(seen.strokes)
    left, top, right, bottom = (place * SIDE / side for place in seen.box)
    box = (
        f"<div class='box' style='left:{left:.0f}px; top:{top:.0f}px; width:{right - left:.0f}px; "
        f"height:{bottom - top:.0f}px'></div>"
    )
    pictures = [
        (seen.strokes, box, "the strokes and their box"),
        (seen.fitted, "", "fitted"),
        (seen.centred, "", f"centred: the input, {side} × {side} numbers"),
    ]
    return "".join(
        f"<figure><div class='frame'><img class='grey' alt='' width='{SIDE}' height='{SIDE}' "
        f"src='{data_url((picture * 255).round().astype(np.uint8))}'>{over}</div>"
        f"<figcaption>{name}</figcaption></figure>"
        for picture, over, name in pictures
    )


def said_text(outputs: np.ndarray | None, names: Sequence[str], threshold: float) -> str:
    """Return the prediction in a few words; of an empty paper without outputs."""
    if outputs is None:
        return "<p class='said pale'>…</p><p class='pale'>The paper is empty.</p>"
    best = int(outputs.argmax())
    name, share = escape(names[best]), f"{outputs[best]:.1%}"
    rule = f"<p class='pale'><code>p.argmax() if p.max() >= {threshold:.2f} else None</code></p>"
    if not outputs[best] >= threshold:
        return (
            "<p class='said'>no digit found</p>"
            f"<p class='pale'>most likely {name}, but only {share}</p>{rule}"
        )
    return f"<p class='said'>{name}</p><p class='pale'>probability {share}</p>{rule}"


def classes_text(outputs: np.ndarray | None, names: Sequence[str]) -> str:
    """Return the rows of a table with the probabilities of all classes."""
    if outputs is None:
        return ""
    best = outputs.argmax()
    return "".join(
        f"<tr{' class=first' if c == best else ''}><td>{escape(names[c])}</td>"
        f"<td class='bar'><i style='width:{100 * p:.1f}%'></i></td><td>{p:.1%}</td></tr>"
        for c, p in enumerate(np.nan_to_num(outputs).clip(0, 1).tolist())
    )
