"""Occlusion: how the score changes when patches of a sample are covered; a check on gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import Column, ColumnDataSource, CustomJS

from numcnn.explain import Occlusion, occlusion
from numcnn.visor.figures.assets import read
from numcnn.visor.figures.theme import html
from numcnn.visor.figures.tiles import map_figure, repaint

PATCHES = 7
"""Of which a sample is as wide as."""


class CoveredImage:
    """A map of how far the predicted class's score falls where a patch is covered.

    Parameters
    ----------
    model : Network
        Built.
    samples : numpy.ndarray
        ``(N, H, W, C)``, of which any can be shown.
    """

    def __init__(self, model: Any, samples: np.ndarray) -> None:
        self.model, self.samples = model, samples
        H, W = samples.shape[1:3]
        self.patch = max(1, round(min(H, W) / PATCHES))
        self.plot = map_figure(
            "Check: occlusion",
            np.zeros((1, H, W), np.float32),
            ["fall of the score"],
            1,
            side=200,
            labelled=False,
        )
        self.text = html("")
        self.layout = Column(
            self.plot,
            self.text,
            sizing_mode="stretch_width",
            visible=False,
            stylesheets=[":host { flex: 1 1 18rem; min-width: min(18rem, 100%); }"],
        )

    def study(self, sample: int) -> Occlusion:
        """Return the occlusion of a sample."""
        x = self.samples[sample]
        logits = self.model.forward(x[np.newaxis], final_activation=False)[0]
        stride = max(1, self.patch // 2)
        return occlusion(self.model, x, int(logits.argmax()), self.patch, stride)

    def show(self, sample: int | None) -> None:
        """Show a sample, or none; on a live page."""
        if sample is not None:
            found = self.study(sample)
            repaint(self.plot, found.drop[np.newaxis])
            self.text.text = self._agreement(found)
        self.layout.visible = sample is not None

    def embed(self, shown: ColumnDataSource, held: Sequence[int]) -> None:
        """Let a saved page show some of the samples by itself."""
        found = [self.study(sample) for sample in held]
        glyph = self.plot.renderers[0]
        arguments: dict[str, Any] = {
            "shown": shown,
            "layout": self.layout,
            "pixels": glyph.data_source,
            "colour": glyph.glyph.color_mapper,
            "text": self.text,
            "held": list(held),
            "drops": [one.drop.astype(np.float32) for one in found],
            "texts": [self._agreement(one) for one in found],
        }
        shown.js_on_change("data", CustomJS(args=arguments, code=read(__package__, "covered.js")))

    def _agreement(self, found: Occlusion) -> str:
        """Explain the map, and say how far it agrees with the gradients."""
        if np.isnan(found.agreement):
            return "<p>The score does not change, whichever patch is covered.</p>"
        return (
            "<p class='pale'>The map shows how far the predicted class’s score falls if a patch of "
            f"{self.patch} × {self.patch} pixels is covered there. Its correlation with the "
            f"prediction of the gradient is <b>{found.agreement:.2f}</b>. If this is near 0, do "
            "not trust the gradient: it is right for small changes only.</p>"
        )
