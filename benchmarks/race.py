"""One task for all contestants: try their forms, time the fastest that is right, in rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from benchmarks import models, networks, verify
from benchmarks.contestants import Task
from benchmarks.crew import Absent, Member

QUIET = 0.05
"""Share of the cores that other processes may use while something is timed."""


class Pace(NamedTuple):
    """How carefully to measure: rounds, seconds a sample, seconds to wait for a quiet machine."""

    rounds: int
    seconds: float
    patience: float


class Race(NamedTuple):
    """What came out: the curves, why some were refused, and the rates of the others."""

    task: Task
    forms: dict[str, str]  # contestant -> the form that was timed
    curves: dict[str, list[float]]  # contestant -> losses of the first steps; "right" among them
    refused: dict[str, str]
    rates: dict[str, list[float]]  # `Rates`
    noisy: int  # samples during which others used the cores


Rates = dict[str, list[float]]
"""Images/s of each contestant, one a round."""


def fastest(rates: Rates, names: Iterable[str]) -> str | None:
    """Return which of some contestants has the highest median; None if none took part."""
    present = [name for name in names if name in rates]
    return max(present, key=lambda name: statistics.median(rates[name]), default=None)


def ratio(rates: Rates, ours: str, theirs: str | None) -> tuple[float, float, float] | None:
    """Return lower quartile, median and upper quartile of the ratios of each round."""
    if ours not in rates or theirs not in rates:
        return None
    pairs = zip(rates[ours], rates[theirs], strict=True)
    return quartiles([one / other for one, other in pairs])


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """Return lower quartile, median and upper quartile of at least one number."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def task(what: str, model: str, batch: int, steps: int) -> Task:
    """Return a task on generated digits, with fresh weights."""
    network = networks.NETWORKS[model]
    images, labels = models.data(batch * steps, network.image)
    return Task(
        what,
        model,
        networks.weights(network.rows, network.image, np.random.default_rng(0)),
        images.reshape(steps, batch, *network.image),
        labels.reshape(steps, batch),
        dropout=network.dropout if what == "train" else 0.0,
    )


def run(what: Task, members: list[Member], pace: Pace) -> Race:
    """Let all members do a task."""
    right = {name: verify.expected(*probe) for name, probe in verify.probes(what).items()}
    race = Race(what, {}, {}, {}, {}, 0)
    if what.what == "train":
        race.curves["right (float64)"] = next(iter(right.values()))[0]
    runners = []
    for member in members:
        try:
            rates = member.ask("try_all", what, pace.seconds)
        except Absent as reason:
            race.refused[member.name] = str(reason)
            continue
        for form in sorted(rates, key=lambda form: rates[form], reverse=True):
            curve, wrong = verified(member, what, form, right)
            if curve:
                race.curves[member.name] = curve
            if wrong is None:
                member.ask("take", form)
                race.forms[member.name] = form
                race.rates[member.name] = []
                runners.append(member)
                break
            race.refused[f"{member.name}: {form}"] = wrong
    noisy = timed(race, runners, pace)
    return race._replace(noisy=noisy)


def verified(
    member: Member, what: Task, form: str, right: dict[str, list[list[Any]]]
) -> tuple[list[float], str | None]:
    """Return a form's losses of the first steps, and why it is refused; None if it is right."""
    curve: list[float] = []
    wrong = None
    for name, (probe, passes) in verify.probes(what).items():
        got = member.ask("passes", probe, form, passes)
        if probe.what == "train":
            curve = curve or got
        wrong = wrong or verify.difference(probe, got, right[name])
    return curve, wrong and f"refused, it computes something else: {wrong}"


def timed(race: Race, runners: list[Member], pace: Pace) -> int:
    """Add a rate a round for each runner; return how many were taken on a noisy machine.

    Each round begins with another runner, so that nobody always comes after the same one.
    """
    noisy = 0
    waited_until = time.monotonic() + pace.patience
    for number in range(pace.rounds):
        first = number % max(len(runners), 1)
        for member in runners[first:] + runners[:first]:
            rate, others = member.ask("time", pace.seconds)
            while others > QUIET and time.monotonic() < waited_until:
                time.sleep(0.2)
                rate, others = member.ask("time", pace.seconds)
            noisy += others > QUIET
            race.rates[member.name].append(rate)
    return noisy


def report_verification(race: Race) -> list[str]:
    """Return lines that show that the work is the same."""
    lines = ["the same work? losses of the first steps, on one batch"]
    if race.task.what == "predict":
        lines = ["the same work?"]
    for name, losses in race.curves.items():
        lines.append(f"  {name:<28} {' '.join(f'{loss:.4f}' for loss in losses)}")
    lines += [f"  {name:<28} {reason}" for name, reason in race.refused.items()]
    if race.task.what == "predict":
        lines.append(
            f"  {', '.join(race.rates)}: the probabilities of {race.task.labels.size} images are "
            f"right to {verify.PROBABILITY_TOLERANCE:g}"
        )
    return lines


def between(found: tuple[float, float, float] | None) -> str:
    """Return a median with its quartiles."""
    return f"{found[1]:.2f} ({found[0]:.2f} to {found[2]:.2f})" if found else ""


def report_rates(race: Race, ours: str) -> list[str]:
    """Return lines of a Markdown table: images/s of each, and how many times as fast ours is."""
    lines = [
        f"| {race.task} | form | images/s | from, to | numcnn is so many times as fast |",
        "|---|---|---:|---:|---:|",
    ]
    order = sorted(race.rates, key=lambda name: statistics.median(race.rates[name]), reverse=True)
    for name in order:
        low, middle, high = quartiles(race.rates[name])
        times = between(ratio(race.rates, ours, name))
        bold = "**" if name == ours else ""
        lines.append(
            f"| {bold}{name}{bold} | {race.forms[name]} | {middle:,.0f} | {low:,.0f}, {high:,.0f} "
            f"| {'' if name == ours else times} |"
        )
    for name, reason in race.refused.items():
        lines.append(f"| {name} | {reason} | | | |")
    return lines
