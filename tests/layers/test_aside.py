"""What the layers do for a provider that shows more than it can hold: doubles, aggregates, a record with room aside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timezone

import msgspec
import pytest

from tracklayer.drivers.memory import MEMORY, MemoryDriver
from tracklayer.errors import Conflict
from tracklayer.layers.chunk import Chunk
from tracklayer.layers.fit import Fit
from tracklayer.layers.fitting.series import split
from tracklayer.model import (
    Batch,
    Dataset,
    ExperimentDraft,
    ExperimentRef,
    MetricSummary,
    Owner,
    ParamValue,
    Points,
    Run,
    RunDraft,
    RunRef,
    Source,
    canonical,
    same,
)
from tracklayer.spi import Bound, Cursor, Driver, Feature, Limits, Page, Traits, Wrapper, every, never, sidecar

T0 = 1_772_582_400_000_000_000
#: As SageMaker is, in short.
ASIDE = MEMORY.model_copy(
    update={
        "claims": {
            **MEMORY.claims,
            **{
                feature: sidecar("aggregates only")
                for feature in (
                    Feature.TYPED_PARAMS,
                    Feature.METRIC_HISTORY,
                    Feature.METRIC_TIME,
                    Feature.PROVENANCE,
                    Feature.DATASETS,
                )
            },
            Feature.RESTORE: never("what is deleted is gone"),
        },
        "limits": Limits(
            tag_value=Bound(most=64, source="made up"),
            tags_per_run=Bound(most=16, source="made up"),
            own_value=Bound(most=2_000, source="made up"),
        ),
        "doubles": True,
        "shown": frozenset({"source", "inputs"}),
        "shown_points": 100,
    }
)


class Watched(Wrapper):
    """A bare driver; what it was given, and what of it somebody else changes."""

    def __init__(self, traits: Traits = ASIDE) -> None:
        super().__init__(MemoryDriver(traits))
        self.drafts: list[RunDraft] = []
        self.batches: list[Batch] = []
        self.asked = 0
        self.carries = False
        self.native: dict[str, Points] = {}
        self.count = 0

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        self.drafts.append(draft)
        return self.inner.create_run(experiment, draft)

    def write(self, run: RunRef, batch: Batch, /) -> None:
        self.batches.append(batch)
        self.inner.write(run, batch)

    def get_sidecars(self, owner: Owner, prefix: str = "", /) -> Mapping[str, bytes]:
        self.asked += 1
        return self.inner.get_sidecars(owner, prefix)

    def get_run(self, run: RunRef, /) -> Run:
        found = self.inner.get_run(run)
        beside = self.inner.get_sidecars(run) if self.carries else None
        metrics = {
            key: msgspec.structs.replace(summary, count=(summary.count or 0) + self.count)
            for key, summary in found.metrics.items()
        }
        why = {f"metrics.{key}": "aggregates" for key in found.metrics}
        return found.model_copy(update={"beside": beside, "metrics": metrics, "approximate": why})

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        return Page((self.native[key],)) if key in self.native else self.inner.read_points(run, key, after)


@pytest.fixture
def bare() -> Watched:
    return Watched()


def made(driver: Driver, **fields: object) -> Run:
    home = driver.create_experiment(ExperimentDraft(name="home"))
    return driver.create_run(home.ref, RunDraft(**{"token": "t"} | fields))


# -- doubles


@pytest.mark.parametrize(
    "value",
    [True, False, 0, 1, -3, 2**53, 2**53 + 1, 10**400, 0.0, -0.0, 1.0, 0.1, 1e300, math.inf, math.nan, "1", "True", ""],
)
def test_a_param_comes_back_with_its_type_from_a_double(bare: Watched, value: ParamValue) -> None:
    run = made(driver := Fit(bare))
    driver.write(run.ref, Batch(params={"p": value}))
    for reader in (driver, Fit(bare)):
        assert same(reader.get_run(run.ref).params["p"], value)


def test_numbers_stand_as_doubles_where_they_can(bare: Watched) -> None:
    run = made(driver := Fit(bare))
    driver.write(run.ref, Batch(params={"epochs": 10, "lr": 0.5, "on": True, "name": "adam", "big": 2**53 + 1}))
    assert bare.batches[-1].params == {
        "epochs": 10.0,
        "lr": 0.5,
        "on": 1.0,
        "name": "adam",
        "big": "9007199254740993",
    }
    assert [type(value) for value in bare.batches[-1].params.values()] == [float, float, float, str, str]


CHANGES: list[list[ParamValue]] = [
    [3, 3.0, 3, "3", 0.5],
    [True, 1, 1.0, False, 0, 0.0],
    [1.0, True, 1.0],
    ["1", 1, "1", 1.0],
    [0.0, -0.0, 0, -0.0],
]


@pytest.mark.parametrize("values", CHANGES, ids=repr)
def test_a_param_that_changes_its_type_is_always_the_last_one(bare: Watched, values: list[ParamValue]) -> None:
    run = made(driver := Fit(bare))
    for number, value in enumerate(values):
        writer = driver if number % 2 else Fit(bare)
        writer.write(run.ref, Batch(params={"p": value}, overwrite=True))
        assert same(Fit(bare).get_run(run.ref).params["p"], value)


TEXTS = ASIDE.model_copy(update={"doubles": False})


@pytest.mark.parametrize("traits", [ASIDE, TEXTS], ids=["doubles", "texts"])
@pytest.mark.parametrize(("first", "then"), [("1.0", False), (3.0, 4), (0.0, 0), ("1", 2), (1, True)], ids=repr)
def test_a_write_that_is_refused_leaves_the_type_of_what_is_there(
    traits: Traits, first: ParamValue, then: ParamValue
) -> None:
    """The page is written before the params: it must not say of another's value what is true of one's own."""
    bare = MemoryDriver(traits)
    late = Fit(Chunk(bare))
    run = made(late)
    Fit(Chunk(bare)).write(run.ref, Batch(params={"p": first}))
    with pytest.raises(Conflict):
        late.write(run.ref, Batch(params={"p": then}))
    assert same(Fit(bare).get_run(run.ref).params["p"], first)


def test_a_double_of_somebody_elses_is_a_float(bare: Watched) -> None:
    run = made(driver := Fit(bare))
    bare.inner.write(run.ref, Batch(params={"p": 3.0}))
    assert same(driver.get_run(run.ref).params["p"], 3.0)


# -- what is shown


def test_source_and_inputs_are_shown_and_kept(bare: Watched) -> None:
    source, dataset = Source(commit="c0ffee", branch="main"), Dataset(name="digits", digest="1")
    run = made(driver := Fit(bare), source=source, user="ada")
    driver.write(run.ref, Batch(inputs=(dataset,)))
    assert (bare.drafts[0].source, bare.drafts[0].user) == (source, None)
    assert bare.batches[-1].inputs == (dataset,)
    read = Fit(bare).get_run(run.ref)
    assert (read.source, read.user, read.inputs) == (source, "ada", (dataset,))


def test_a_long_series_is_thinned_for_the_console_and_kept_whole(bare: Watched) -> None:
    values = [math.sin(step) for step in range(1_000)]
    values[333], values[777] = -9.0, 9.0
    whole = Points.of("m", [(step, T0 + step, value) for step, value in enumerate(values)])
    shown = split(ASIDE, whole).native
    assert 100 <= len(shown) <= 103
    assert {(333, T0 + 333, -9.0), (777, T0 + 777, 9.0), (999, T0 + 999, values[999])} <= set(shown.rows())
    run = made(driver := Fit(bare))
    driver.write(run.ref, Batch(points=(whole,)))
    assert canonical("m", list(every(lambda after: driver.read_points(run.ref, "m", after)))) == whole


# -- room aside


def test_own_tags_take_no_room_among_users(bare: Watched) -> None:
    tags = {f"t{number}": "x" for number in range(16)}
    run = made(driver := Fit(bare), tags=tags, user="ada")
    driver.write(run.ref, Batch(tags={"t16": "y" * 100}, params={"n": 1}))
    slots = bare.inner.get_run(run.ref).tags
    users = [tag for tag in slots if not tag.startswith("tracklayer.")]
    assert sorted(users) == sorted(tags)
    assert Fit(bare).get_run(run.ref).tags == {**tags, "t16": "y" * 100}


def test_what_came_along_with_the_record_is_not_asked_for(bare: Watched) -> None:
    run = made(driver := Fit(bare), tags={"t": "x" * 100}, description="d" * 5_000)
    bare.carries, bare.asked = True, 0
    read = Fit(bare).get_run(run.ref)
    assert (read.tags, read.beside, bare.asked) == ({"t": "x" * 100}, None, 0)
    bare.carries = False
    assert driver.get_run(run.ref) == read
    assert bare.asked > 0


def test_an_experiment_is_described_where_runs_are_not() -> None:
    claims = {**ASIDE.claims, Feature.DESCRIPTION: sidecar("of runs there is none")}
    limits = ASIDE.limits.model_copy(update={"experiment_description": Bound(most=64, source="made up")})
    bare = MemoryDriver(ASIDE.model_copy(update={"claims": claims, "limits": limits}))
    driver = Fit(bare)
    short = driver.create_experiment(ExperimentDraft(name="short", description="what it is"))
    long = driver.create_experiment(ExperimentDraft(name="long", description="w" * 65))
    assert bare.get_experiment(short.ref).description == "what it is"
    assert [driver.get_experiment(one.ref).description for one in (short, long)] == ["what it is", "w" * 65]


# -- aggregates


def series(driver: Driver, run: Run, key: str) -> Points:
    return canonical(key, list(every(lambda after: driver.read_points(run.ref, key, after))))


OURS = Points.of("m", [(0, T0, 0.5), (1, T0 + 1, math.nan), (-1, T0 + 2, 0.25)])


def test_a_series_of_our_own_is_exact(bare: Watched) -> None:
    run = made(driver := Fit(bare))
    driver.write(run.ref, Batch(points=(OURS,)))
    read = Fit(bare).get_run(run.ref)
    assert read.approximate == {}
    assert (read.metrics["m"].last_step, read.metrics["m"].last_time) == (1, T0 + 1)
    assert series(driver, run, "m") == canonical("m", [OURS])


def test_points_that_somebody_else_added_are_said_to_be_there_and_are_read(bare: Watched) -> None:
    run = made(driver := Fit(bare))
    driver.write(run.ref, Batch(points=(OURS,)))
    bare.count = 2
    bare.native["m"] = Points.of("m", [(0, 0, 0.5), (7, 0, 0.75)])
    read = Fit(bare).get_run(run.ref)
    assert read.approximate["metrics.m"].endswith("points are counted, and tracklayer wrote 3 of them")
    assert series(Fit(bare), run, "m") == canonical("m", [OURS, Points.of("m", [(7, 0, 0.75)])])


def test_a_series_of_somebody_elses_is_approximate(bare: Watched) -> None:
    run = made(driver := Fit(bare))
    bare.inner.write(run.ref, Batch(points=(Points.of("theirs", [(0, 0, 1.0)]),)))
    read = driver.get_run(run.ref)
    assert read.approximate == {"metrics.theirs": "aggregates"}
    assert read.metrics["theirs"] == MetricSummary(last=1.0, last_step=0, last_time=0, min=1.0, max=1.0, count=1)


def test_the_fake_forgets_what_is_deleted_where_nothing_is_restored(bare: Watched) -> None:
    run = made(driver := Fit(bare), started=datetime(2026, 1, 1, tzinfo=timezone.utc))
    driver.delete(run.experiment)
    assert list(bare.inner.list_experiments().items) == []
    again = made(driver)
    assert again.id != run.id
