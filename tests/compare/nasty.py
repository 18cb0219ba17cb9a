"""Runs that are easily counted wrongly, and what was logged of them, to be worked out apart."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta

from tests.compare.runs import NOON

from tracklayer.api import connect
from tracklayer.model import Batch, Points, RunDraft

EXPERIMENT = "nasty"
NANOS = 1_000_000_000
NAN, INF = math.nan, math.inf

#: (step, seconds after noon, value), in the order in which they are logged.
Rows = list[tuple[int, float, float]]
Params = dict[str, str | int | float | bool]


@dataclass
class Logged:
    """One run. `metrics`: what is logged, in whatever order."""

    name: str
    params: Params
    metrics: dict[str, Rows] = field(default_factory=dict)


def even(*values: float) -> Rows:
    """A point a step, a second apart."""
    return [(step, float(step), value) for step, value in enumerate(values)]


def nasty() -> list[Logged]:
    """Missing metrics, NaN, infinities, one point, no param, unequal steps, steps out of order and twice, ties."""
    svm: Params = {"model": "svm", "C": 1.0}
    mlp: Params = {"model": "mlp", "units": 32}
    return [
        Logged("svm-0", {**svm, "seed": 0}, {"acc": even(0.5, 0.8, 0.9), "loss": even(1.0, 0.5, 0.25)}),
        Logged("svm-1", {**svm, "seed": 1}, {"acc": even(0.5, 0.95, 0.9), "loss": even(1.0, 0.5, 0.75)}),
        Logged("svm-2", {**svm, "seed": 2}, {"acc": even(0.7), "loss": even(NAN)}),
        Logged("svm-3", {**svm, "seed": 3}, {"acc": even(0.4, 0.85)}),
        Logged("svm-text", {"model": "svm", "C": "1.0", "seed": "4"}, {"acc": even(0.6, 0.65), "loss": even(0.5)}),
        Logged("mlp-0", {**mlp, "seed": 0}, {"acc": [(0, 0, 0.1), (10, 1, 0.7), (1000, 2, 0.9)], "loss": even(0.25)}),
        Logged("mlp-1", {**mlp, "seed": 1}, {"acc": [(5, 2, 0.6), (2, 5, 0.99), (5, 3, 0.8)], "loss": even(2.0, -0.0)}),
        Logged("mlp-2", {**mlp, "seed": 2}, {"acc": even(0.2, NAN), "loss": even(INF, 0.125)}),
        Logged("mlp-3", {**mlp, "seed": 3}, {"loss": even(0.5, 0.375)}),
        Logged("lost", {**mlp, "units": 64, "seed": 0}, {"acc": even(0.9), "loss": even(0.5, INF)}),
        Logged("level", {**mlp, "units": 64, "seed": 1}, {"acc": even(0.9), "loss": even(0.5)}),
        Logged("bare", {}, {"acc": even(0.3, 0.35), "loss": even(0.9)}),
        Logged("empty", {"model": "none"}),
    ]


def log(url: str, runs: list[Logged] | None = None) -> list[Logged]:
    """Put them into a place, a minute each, all finished; says what was put there."""
    runs = nasty() if runs is None else runs
    with connect(url) as client:
        home = client.create_experiment(EXPERIMENT)
        for number, run in enumerate(runs):
            started = NOON + timedelta(minutes=number)
            made = client.driver.create_run(home.ref, RunDraft(token=run.name, name=run.name, started=started))
            client.driver.write(
                made.ref,
                Batch(
                    params=run.params,
                    points=tuple(points(key, rows) for key, rows in run.metrics.items()),
                    status="finished",
                    ended=started + timedelta(minutes=1),
                ),
            )
    return runs


def points(key: str, rows: Rows) -> Points:
    """What is logged of one metric."""
    start = round(NOON.timestamp()) * NANOS
    return Points.of(key, [(step, start + round(seconds * NANOS), value) for step, seconds, value in rows])
