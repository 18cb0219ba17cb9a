"""What is computed equals what pandas makes of what was logged, for runs that are easily counted wrongly."""

from __future__ import annotations

import json
import math
from itertools import combinations
from typing import Any

import pandas as pd
import pytest
from scipy import stats
from tests.compare import nasty
from tests.compare.nasty import INF, NAN, Logged
from tests.compare.runs import NOON

import tracklayer as tl
from tracklayer.compare import Comparison

Place = tuple[Comparison, pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The comparison; and apart from it, of what was logged: a row a run, and a row a point."""
    url = f"local:{tmp_path_factory.mktemp('nasty') / 'store.db'}"
    logged = nasty.log(url)
    found = tl.compare(url, units={"loss": "nats"})
    return found, frame(logged), points(logged)


def points(logged: list[Logged]) -> pd.DataFrame:
    rows = [
        {"run": run.name, "metric": key, "step": step, "seconds": seconds, "value": value}
        for run in logged
        for key, given in run.metrics.items()
        for step, seconds, value in given
    ]
    return pd.DataFrame(rows).sort_values(["run", "metric", "step", "seconds"], kind="stable")


def frame(logged: list[Logged]) -> pd.DataFrame:
    """A row a run: its params as text of their meaning, and the last value of each metric; None where there is none."""
    last = {
        (run, metric): part["value"].tolist()[-1] for (run, metric), part in points(logged).groupby(["run", "metric"])
    }
    rows = [
        {
            "run": run.name,
            "setting": str({key: str(value) for key, value in run.params.items() if key != "seed"}),
            **{metric: last.get((run.name, metric)) for metric in ("acc", "loss")},
            "has": {metric: (run.name, metric) in last for metric in ("acc", "loss")},
        }
        for run in logged
    ]
    return pd.DataFrame(rows)


def named(found: Comparison, rows: Any) -> list[str]:
    return [found.rows[row].name for row in rows]


def test_summaries_are_those_of_the_points(place: Place) -> None:
    found, _, points = place
    seen = 0
    for row in found.rows:
        for metric, summary in row.run.metrics.items():
            part = points[(points["run"] == row.name) & (points["metric"] == metric)]
            values = part["value"]
            assert (summary.count, summary.last_step) == (len(part), part["step"].tolist()[-1])
            assert [summary.last, summary.min, summary.max] == pytest.approx(
                [values.tolist()[-1], none(values.min()), none(values.max())], nan_ok=True
            )
            seen += 1
    assert seen == len(points.groupby(["run", "metric"]))


def none(value: float) -> float | None:
    return None if math.isnan(value) else value


def test_groups_are_those_of_equal_settings(place: Place) -> None:
    found, runs, _ = place
    grouping = found.grouping()
    ours = {frozenset(named(found, group.rows)) for group in grouping.groups}
    theirs = {frozenset(part["run"]) for _, part in runs.groupby("setting")}
    assert ours == theirs
    assert grouping.seeds == ("seed",)
    assert not grouping.said
    assert [len(group.rows) for group in grouping.groups] == [5, 4, 2, 1, 1]


@pytest.mark.parametrize("metric", ["acc", "loss"])
def test_spreads_are_those_of_the_last_values(place: Place, metric: str) -> None:
    found, runs, _ = place
    for group in found.grouping().groups:
        part = runs[runs["run"].isin(named(found, group.rows))]
        values = part[metric].astype(float).dropna()
        got, n = group.metrics[metric], len(values)
        has = sum(one[metric] for one in part["has"])
        assert (got.n, got.missing, got.nan) == (n, len(part) - has, has - n)
        assert got.mean == (pytest.approx(values.mean()) if n else None)
        assert (got.min, got.max) == ((values.min(), values.max()) if n else (None, None))
        assert (got.std is None, got.low is None) == (n < 2, n < 2 or values.max() == INF)
        if n > 1:
            assert got.std == pytest.approx(NAN if values.max() == INF else values.std(), nan_ok=True)
        if got.low is not None:
            reach = stats.t.ppf(0.975, n - 1) * values.std() / math.sqrt(n)
            assert (got.low, got.high) == pytest.approx((values.mean() - reach, values.mean() + reach))


def test_the_best_are_all_of_the_best_value_and_no_nan(place: Place) -> None:
    found, runs, _ = place
    for metric, best in (("acc", runs["acc"].max()), ("loss", runs["loss"].min())):
        theirs = runs.loc[runs[metric] == best, "run"]
        assert sorted(named(found, found.best(metric))) == sorted(theirs)
    assert len(found.best("acc")) == 5  # a tie


def test_the_front_is_what_no_run_beats_in_both(place: Place) -> None:
    found, runs, _ = place
    front = found.pareto(["acc", "loss"])
    whole = runs.dropna(subset=["acc", "loss"])
    records = whole.to_dict("records")
    theirs = [
        one["run"]
        for one in records
        if not any(
            other["acc"] >= one["acc"]
            and other["loss"] <= one["loss"]
            and (other["acc"], other["loss"]) != (one["acc"], one["loss"])
            for other in records
        )
    ]
    assert sorted(named(found, front.rows)) == sorted(theirs)
    assert {found.rows[row].name: why for row, why in front.left_out.items()} == {
        "svm-2": "loss is NaN",
        "svm-3": "loss is missing",
        "mlp-2": "acc is NaN",
        "mlp-3": "acc is missing",
        "empty": "acc is missing",
    }


def test_pairs_are_tested_as_scipy_does_and_corrected_as_statsmodels_would(place: Place) -> None:
    found, runs, _ = place
    grouping, tested = found.grouping(), found.significance("acc")
    samples = [
        runs[runs["run"].isin(named(found, group.rows))]["acc"].astype(float).dropna().tolist()
        for group in grouping.groups
    ]
    wanted = [(a, b) for a, b in combinations(range(len(samples)), 2) if min(len(samples[a]), len(samples[b])) > 1]
    assert [(pair.left, pair.right) for pair in tested.pairs] == wanted
    for pair in tested.pairs:
        left, right = samples[pair.left], samples[pair.right]
        means = sum(left) / len(left), sum(right) / len(right)
        assert pair.difference == pytest.approx(means[0] - means[1])
        assert pair.welch is not None
        assert pair.welch.p == pytest.approx(welch(pd.Series(left), pd.Series(right)))
        assert pair.rank.p == pytest.approx(stats.mannwhitneyu(left, right).pvalue)
        assert pair.welch.p <= pair.welch.adjusted <= 1
    lowest = min(tested.pairs, key=lambda pair: pair.rank.p)
    assert lowest.rank.adjusted == pytest.approx(min(1, lowest.rank.p * len(tested.pairs)))
    assert len(tested.untested) == 2
    assert {line.rpartition(" ")[2] for line in tested.untested} == {"0", "1"}


def welch(left: pd.Series, right: pd.Series) -> float:
    """The two-sided p, by Welch's own formulas."""
    a, b = left.var() / len(left), right.var() / len(right)
    freedom = (a + b) ** 2 / (a**2 / (len(left) - 1) + b**2 / (len(right) - 1))
    return float(2 * stats.t.sf(abs(left.mean() - right.mean()) / math.sqrt(a + b), freedom))


def test_histories_are_the_points_in_order(place: Place) -> None:
    found, _, points = place
    histories = found.histories(["acc"])
    assert (histories.failures, histories.note) == ((), None)
    for series in histories.series:
        name = found.rows[series.row].name
        part = points[(points["run"] == name) & (points["metric"] == "acc")]
        assert list(series.steps) == part["step"].tolist()
        assert list(series.values) == pytest.approx(part["value"].tolist(), nan_ok=True)
        started = found.rows[series.row].run.started
        assert started is not None
        offset = started.timestamp() - NOON.timestamp()
        assert list(series.relative) == pytest.approx([seconds - offset for seconds in part["seconds"]])
        assert (series.count, series.thinned, series.approximate) == (len(part), False, None)
    assert {found.rows[series.row].name for series in histories.series} == set(points[points["metric"] == "acc"]["run"])


def test_json_has_the_same_numbers(place: Place) -> None:
    found, runs, _ = place
    document = json.loads(found.to_json())
    text = {"NaN": NAN, "Infinity": INF, "-Infinity": -INF}
    for row in document["rows"]:
        mine = runs[runs["run"] == row["name"]].iloc[0]
        for metric in ("acc", "loss"):
            got = row["metrics"].get(metric, {}).get("last")
            assert (got is not None) == mine["has"][metric]
            if got is not None:
                assert text.get(got, got) == pytest.approx(float(mine[metric]), nan_ok=True)
    assert document["metrics"]["loss"]["unit"] == "nats"
    biggest = document["groups"]["groups"][0]
    assert biggest["metrics"]["loss"]["nan"] == 1
    assert biggest["metrics"]["loss"]["missing"] == 1
