"""The callback that tells a live page how a training goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numcnn.callbacks import Callback, Logs
from numcnn.checks import items_of, shown
from numcnn.visor.pages.live import LivePage, show


class FitCallbacks(Callback):
    """Show a training on a live page while it runs.

    Parameters
    ----------
    metrics : sequence of str, default ("loss", "accuracy")
        What to draw, each with its validation twin.
    page : LivePage, optional
        What `show` returned; by default a page is opened when the training begins.

    Attributes
    ----------
    page : LivePage or None

    Raises
    ------
    ValueError
        When the training begins: if the model does not measure one of the metrics, or is not the
        one of the page.
    """

    def __init__(
        self, metrics: Sequence[str] = ("loss", "accuracy"), page: LivePage | None = None
    ) -> None:
        super().__init__()
        several = [metrics] if isinstance(metrics, str) else metrics
        self.metrics = items_of(several, "metrics", "names")
        if page is not None and not isinstance(page, LivePage):
            raise TypeError(f"page must be what visor.show returned, got {shown(page)}.")
        self.page = page

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin the curves, on a new page if there is none yet."""
        measured = ["loss", *(metric.name for metric in self.model.metrics)]
        unknown = [name for name in self.metrics if name not in measured]
        if unknown:
            raise ValueError(
                f"FitCallbacks can't draw {unknown[0]!r}: what this model measures is "
                f"{', '.join(map(repr, measured))}; compile it with more metrics, or draw fewer."
            )
        if self.page is None:
            self.page = show(self.model)
        if self.page.model is not self.model:
            raise ValueError(
                f'FitCallbacks was given the page of another model, "{self.page.model.name}": open '
                "one for this model with visor.show."
            )
        self.page.record.begin(self.params, self.metrics, self.model.optimizer.learning_rate)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Note which epoch it is."""
        self._record.begin_epoch(epoch)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Note the means of the epoch so far."""
        self._record.add_batch(logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the epoch's numbers and the weights after it."""
        self._record.add_epoch(
            logs or {}, self.model.get_weights(), self.model.optimizer.learning_rate
        )

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Note that the training is over."""
        self._record.end()

    @property
    def _record(self) -> Any:
        return self.page.record  # type: ignore[union-attr]  # there is one since on_train_begin
