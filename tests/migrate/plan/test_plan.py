"""A plan says what a copy then does, for every provider's traits; and nothing is written to make it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from tests.migrate import nasty
from tests.migrate.plan.ordinary import FILES, POINTS, fill

import tracklayer as tl
from tracklayer.drivers.memory import MemoryDriver
from tracklayer.drivers.memory.store import RunRecord, Series, Store, rank
from tracklayer.drivers.memory.traits import MEMORY, like
from tracklayer.errors import InvalidInput, Unavailable, Unsupported
from tracklayer.layers.fitting.series import rides_whole
from tracklayer.layers.stack import stack
from tracklayer.migrate.plan.plan import RunPlan
from tracklayer.migrate.plan.planning import plan
from tracklayer.model import Batch, Points, Run, RunDraft, RunRef, same
from tracklayer.spi import Cursor, Driver, Feature, Page, Traits, Wrapper, never, read_only

PROVIDERS = ("memory", "local", "mlflow", "sagemaker", "vertex", "azureml", "oci", "databricks")


@dataclass
class Spot:
    """A place of this process, and all that it holds."""

    client: tl.Client
    store: Store

    def all(self) -> Any:
        """As it is now, in what can be compared."""
        homes = {key: repr(held) for key, held in self.store.experiments.items()}
        runs = {
            key: {
                **{name: repr(value) for name, value in vars(held).items() if name != "series"},
                "series": {name: repr(series.points) for name, series in held.series.items()},
            }
            for key, held in self.store.runs.items()
        }
        return homes, runs

    def named(self, name: str) -> Run:
        (run,) = (run for run in self.client.runs() if run.name == name)
        return run


def spot(name: str, traits: Traits = MEMORY, around: Callable[[Driver], Driver] = lambda driver: driver) -> Spot:
    """A new one. `around`: what is put around its bare driver."""
    store = Store()
    driver = around(MemoryDriver(traits, url=f"memory://{name}", store=store))
    return Spot(tl.Client(stack(driver)), store)


@pytest.fixture
def source() -> Spot:
    made = spot("source")
    fill(made.client)
    return made


def renamed(run: RunPlan, what: str) -> int:
    return sum(change.count for change in run.changes if (change.kind, change.what) == ("renamed", what))


def exact(run: RunPlan, what: Any) -> int:
    return run.kept[what].exact if what in run.kept else 0


def as_it_is(traits: Traits, record: RunRecord, client: tl.Client, run: Run) -> dict[str, int]:
    """How many params, tags and points of a run its record at the target holds as they are."""
    names = traits.names
    params = {key: record.params.get(names.param.spell(key)) for key in run.params}
    tags = {key: record.tags.get(names.tag.spell(key)) for key in run.tags}
    points = 0
    for key in () if rides_whole(traits) else run.metrics:
        there = record.series.get(names.metric.spell(key), Series()).points
        points += sum(rank(row) in there for row in client.metric_history(run, key).rows())
    return {
        "param": sum(same(value, given) for key, given in run.params.items() if (value := params[key]) is not None),
        "tag": sum(tags[key] == text for key, text in run.tags.items()),
        "point": points,
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_copy_does_what_the_plan_says(provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKLAYER_HOME", str(tmp_path / "home"))
    traits = like(provider)
    source, target = spot("source"), spot("target", traits)
    nasty.fill(source.client)
    fill(source.client)
    before = source.all()

    planned = plan(source.client, target.client)

    assert (source.all(), target.all()) == (before, ({}, {}))
    assert not (tmp_path / "home" / "migrations").exists()
    assert planned.ok
    done = tl.migrate(source.client, target.client, verify=False)
    assert (done.failed, len(planned.runs), len(planned.experiments)) == ((), done.copied, done.experiments)
    for said in planned.runs:
        record, run = target.store.runs[done.runs[said.run].rpartition("#")[2]], source.client.run(said.run)
        kept = as_it_is(traits, record, source.client, run)
        assert {what: exact(said, what) for what in kept} == kept
        assert (said.state, said.sidecars) == ("new", len(record.sidecars))
        assert said.bytes_beside == sum(map(len, record.sidecars.values()))
        assert (said.files, said.bytes) == (len(record.files), sum(map(len, record.files.values())))
        assert renamed(said, "file") == len(record.files.keys() - nasty.FILES.keys() - FILES.keys())
        assert renamed(said, "param") == len(record.params.keys() - run.params.keys())


def test_a_plan_names_reasons_and_counts(source: Spot) -> None:
    planned = plan(source.client, spot("target", like("mlflow")).client)

    (child,) = (run for run in planned.runs if run.name == "child")
    told = {(change.kind, change.what): (change.count, change.why, change.example) for change in child.changes}
    assert told["approximate", "param"] == (3, "params are text", "lr")
    assert told["beside", "param"][0] == 1
    assert "longer than 6,000 characters" in told["beside", "param"][1]
    assert told["renamed", "tag"][2].startswith("key 🙂 -> tlx_key")
    assert told["approximate", "point"][0] == POINTS
    assert "its times are multiples of 1,000,000 ns" in told["approximate", "point"][1]
    assert (child.kept["point"].exact, child.kept["point"].beside) == (2, 1)
    assert child.kept["data set"].beside == child.kept["data set"].exact == 1
    assert (child.files, child.bytes) == (2, 11_000_010)
    assert planned.calls["mlflow.runs/create"] == 2
    assert (planned.pace.seconds, planned.pace.unknown) == (None, sum(planned.calls.values()))
    assert "x" * 50 not in planned.model_dump_json(), "names are told, values never"


def test_what_is_there_is_told_by_the_place_or_by_the_ledger(source: Spot, tmp_path: Path) -> None:
    target, ledger = spot("target", like("mlflow")), tmp_path / "ledger.db"
    tl.migrate(source.client, target.client, verify=False, ledger=ledger)
    stands, kept = target.all(), ledger.read_bytes()

    by_ledger = plan(source.client, target.client, ledger=ledger)
    by_place = plan(source.client, target.client, ledger=tmp_path / "none.db")

    for planned in (by_ledger, by_place):
        assert [run.state for run in planned.runs] == ["there", "there"]
        assert planned.experiments == ()
        assert {call for call in planned.calls if "create" in call or "log" in call or "put" in call} == set()
    assert (target.all(), ledger.read_bytes()) == (stands, kept)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger.db"]


def test_a_run_that_goes_on_is_told_by_what_is_new(tmp_path: Path) -> None:
    source, target, ledger = spot("source"), spot("target", like("sagemaker")), tmp_path / "ledger.db"
    driver = source.client.driver
    home = source.client.create_experiment("going on").ref
    run = driver.create_run(home, RunDraft(token="t", name="one")).ref
    driver.write(run, Batch(points=(Points.of("loss", [(step, 0, 0.5) for step in range(100)]),)))
    driver.put_artifact(run, "old.txt", BytesIO(b"old"))
    tl.migrate(source.client, target.client, verify=False, ledger=ledger)
    driver.write(run, Batch(points=(Points.of("loss", [(step, 0, 0.5) for step in range(100, 107)]),)))
    driver.put_artifact(run, "new.txt", BytesIO(b"new one"))

    for incremental, points in ((True, 7), (False, 107)):
        planned = plan(source.client, target.client, ledger=ledger, incremental=incremental)
        (told,) = planned.runs
        assert (told.state, told.kept["point"].beside, told.bytes) == ("changed", points, 7)


def test_what_a_target_does_not_offer_is_refused_in_the_plan(source: Spot) -> None:
    claims = {**MEMORY.claims, Feature.ARTIFACTS: never("it keeps no files"), Feature.DATASETS: never("nor data sets")}
    planned = plan(source.client, spot("target", MEMORY.model_copy(update={"claims": claims})).client)

    (child,) = (run for run in planned.runs if run.refused)
    assert not planned.ok
    assert [reason.partition(": ")[2] for reason in child.refused] == ["nor data sets", "it keeps no files"]
    assert (child.name, child.files) == ("child", 0)


def test_a_target_that_is_only_read_is_no_target(source: Spot) -> None:
    traits = MEMORY.model_copy(update={"claims": read_only("it is an archive of last year", {})})
    with pytest.raises(Unsupported, match="an archive of last year"):
        plan(source.client, spot("target", traits).client)
    with pytest.raises(InvalidInput, match="are one place"):
        plan(source.client, source.client)


class Breaking(Wrapper):
    """A source that cannot be read where a metric is called so."""

    def __init__(self, inner: Driver, metric: str, error: Exception) -> None:
        super().__init__(inner)
        self._metric, self._error = metric, error

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        if key == self._metric:
            raise self._error
        return self.inner.read_points(run, key, after)


def test_a_run_that_breaks_keeps_no_other_and_silence_ends_the_plan() -> None:
    def broken(metric: str, error: Exception) -> tl.Client:
        made = spot("source", around=lambda driver: Breaking(driver, metric, error)).client
        fill(made)
        for number in range(5):
            home = made.experiment("ordinary").ref
            run = made.driver.create_run(home, RunDraft(token=str(number), name=f"more {number}")).ref
            made.driver.write(run, Batch(points=(Points.of("acc", [(0, 0, 1.0)]),)))
        return made

    odd = plan(broken("loss", ValueError("odd\nrecord")), spot("target").client)
    silence = Unavailable("no answer", provider="memory", operation="read_points", retryable=False)
    silent = plan(broken("acc", silence), spot("target").client)

    assert [(failure.name, failure.reason) for failure in odd.failed] == [("child", "ValueError: odd record")]
    assert (len(odd.runs), odd.ok) == (6, False)
    assert [failure.reason.startswith("not tried: ") for failure in silent.failed] == [False] * 3 + [True] * 2
    assert [run.name for run in silent.runs] == ["parent", "child"]
