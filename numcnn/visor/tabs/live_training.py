"""The tab *Training* of a live page: curves that grow while the model learns."""

from __future__ import annotations

from bokeh.models import BasicTickFormatter, Column, ColumnDataSource, Row

from numcnn.visor.figures.curves import epoch_source, metric_chart, side_by_side
from numcnn.visor.figures.theme import TRAINING, chart, html
from numcnn.visor.tabs.record import Record, Speed

SILENCE = 10.0
"""Seconds without news after which a page says so."""


class LiveTraining:
    """The tab of one page; `update` brings it up to the record.

    Parameters
    ----------
    record : Record
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.status = html("", name="status")
        self.charts = self._charts(record.metrics)  # now, so as not to take time of the training
        self.shown = Column(sizing_mode="stretch_width")
        self.layout = Column(
            html("<h2>How it learns</h2>"), self.status, self.shown, sizing_mode="stretch_width"
        )
        self.update()

    def update(self) -> None:
        """Show what is new in the record."""
        self.status.text = f"<p>{status(self.record)}</p>"
        if self.metrics != self.record.metrics:
            self.charts = self._charts(self.record.metrics)
        self._add_batches()
        self._set_epochs()
        self._show()

    def _charts(self, metrics: list[str]) -> Row:
        """Return an empty chart for each of these metrics."""
        self.metrics = metrics
        self.generation, self.epochs_shown = -1, -1
        self.batches = ColumnDataSource({name: [] for name in ("epoch", *metrics)}, name="batches")
        self.epochs = {name: epoch_source({}, name) for name in metrics}
        for name, source in self.epochs.items():
            source.name = f"epochs {name}"
        self.rates = ColumnDataSource({"epoch": [], "rate": []}, name="rates")
        charts = [metric_chart(name, self.epochs[name], self.batches) for name in metrics]
        self.rate_chart = chart("Learning rate", "epochs done", "learning rate", height=220)
        self.rate_chart.max_width = 640
        self.rate_chart.y_range.start = 0
        self.rate_chart.yaxis.formatter = BasicTickFormatter(use_scientific=False)
        marks = {"source": self.rates, "color": TRAINING}
        self.rate_chart.line("epoch", "rate", line_width=2, **marks)
        self.rate_chart.scatter("epoch", "rate", size=5, **marks)
        return side_by_side(charts)

    def _show(self) -> None:
        """Show the charts that have something in them: Bokeh warns of empty ones."""
        charts = [self.charts] if self.record.batches["epoch"] else []
        if len(set(self.rates.data["rate"])) > 1:  # else the sentence says all about it
            charts.append(self.rate_chart)
        if self.shown.children != charts:
            self.shown.children = charts

    def _add_batches(self) -> None:
        shown = len(self.batches.data["epoch"])
        generation, columns = self.record.batches_since(self.generation, shown)
        length = len(columns["epoch"])
        rows = {
            name: columns.get(name, [float("nan")] * length) for name in ("epoch", *self.metrics)
        }
        if generation != self.generation:
            self.generation = generation
            self.batches.data = rows
        elif length:
            self.batches.stream(rows)

    def _set_epochs(self) -> None:
        values, rates = self.record.epochs_so_far()
        length = len(rates)
        if length == self.epochs_shown:
            return
        self.epochs_shown = length
        for name, source in self.epochs.items():
            source.data = dict(epoch_source(values, name).data)
        self.rates.data = {"epoch": list(range(length)), "rate": rates}


def status(record: Record) -> str:
    """Return in a sentence how far the training is, how fast it goes, and what it reached."""
    if record.state == "waiting":
        return "The training has not begun."
    parts = []
    epochs = record.planned.get("epochs", 0)
    if record.state == "done":
        parts.append(f"Done after epoch {record.epoch + 1} of {epochs}.")
    elif record.silence() > SILENCE:
        parts.append(
            f"Nothing new for {record.silence():.0f} s: the training was stopped, or is busy."
        )
    else:
        parts.append(f"Epoch {record.epoch + 1} of {epochs}.")
    return " ".join([*parts, *_pace(record.speed(), record.state == "training"), *_rate(record)])


def _pace(speed: Speed, running: bool) -> list[str]:
    """Return speed and time left."""
    if speed.steps is None:
        return []
    pace = f"{speed.images:,.0f} images a second" if speed.images else f"{speed.steps:,.1f} steps/s"
    if running and speed.seconds_left is not None:
        pace += f", {duration(speed.seconds_left)} left"
    return [f"{pace}."]


def _rate(record: Record) -> list[str]:
    return [f"Learning rate {record.learning_rates[-1]:.3g}."] if record.learning_rates else []


def duration(seconds: float) -> str:
    """Return a time as one reads it.

    Examples
    --------
    >>> duration(7.3), duration(125), duration(7300)
    ('7 s', '2 min 5 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
