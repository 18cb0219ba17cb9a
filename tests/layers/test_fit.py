"""The law of fit: whatever the provider's traits, what is written is what is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from contract_tests.strategies import batches, run_drafts, traits
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tracklayer.drivers.memory.driver import MemoryDriver
from tracklayer.layers.chunk import Chunk
from tracklayer.layers.fit import Fit
from tracklayer.layers.fitting.series import split
from tracklayer.model import Batch, Dataset, ExperimentDraft, ParamValue, Points, Run, RunDraft, canonical, same
from tracklayer.spi import Driver, Feature, Traits, every

# Without shrinking: a failing example is told as it is, within seconds.
LAWS = settings(
    max_examples=150,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
#: Few names, so that writes meet.
FEW = st.sampled_from(["a", "A", "a b", "../x", "tlx_a", "é" * 300, "b" * 290, "tracklayer.x", "lr"])


@dataclass
class Plain:
    """A run as a plain dict would have it."""

    params: dict[str, ParamValue] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: dict[str, list[Points]] = field(default_factory=dict)
    inputs: list[Dataset] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)

    def write(self, batch: Batch) -> None:
        self.params |= batch.params
        self.tags |= batch.tags
        for points in batch.points:
            self.points.setdefault(points.key, []).append(points)
        self.inputs += [one for one in batch.inputs if one not in self.inputs]
        if batch.status in {"running", "scheduled"}:
            self.fields["ended"] = None
        changes = {name: getattr(batch, name) for name in ("name", "description", "status", "ended")}
        self.fields |= {name: value for name, value in changes.items() if value is not None}


def legal_for(plain: Plain, batch: Batch, *, overwrites: bool) -> Batch:
    """The batch without what no provider of that kind may take: another value of a param that is set."""
    if overwrites:
        return batch.model_copy(update={"overwrite": True})
    params = {k: v for k, v in batch.params.items() if k not in plain.params or same(plain.params[k], v)}
    return batch.model_copy(update={"params": params})


def assert_same_run(run: Run, plain: Plain) -> None:
    assert run.params.keys() == plain.params.keys()
    for key, value in plain.params.items():
        assert same(run.params[key], value), key
    assert run.tags == plain.tags
    assert sorted(run.inputs, key=repr) == sorted(plain.inputs, key=repr)
    for name, value in plain.fields.items():
        assert getattr(run, name) == value, name
    assert not run.approximate


def series(driver: Driver, run: Run, key: str) -> Points:
    return canonical(key, list(every(lambda after: driver.read_points(run.ref, key, after))))


def assert_same_points(driver: Driver, run: Run, plain: Plain) -> None:
    for key, parts in plain.points.items():
        expected = canonical(key, parts)
        assert series(driver, run, key) == expected
        if len(expected):
            step, time, value = max(expected.rows(), key=lambda row: row[:2])
            summary = run.metrics[key]
            assert (summary.last_step, summary.last_time) == (step, time)
            assert summary.count in {None, len(expected)}
            del value


def covered(given_traits: Traits, plain: Plain) -> bool:
    """Is a point of one batch what a finer one of another is cut to? The reader drops it: docs/decisions/0004."""
    for parts in plain.points.values():
        cuts = [set(split(given_traits, part).native.rows()) - set(part.rows()) for part in parts]
        rows = [set(part.rows()) for part in parts]
        if any(cuts[a] & rows[b] for a, b in permutations(range(len(parts)), 2)):
            return True
    return False


def made(driver: Driver, draft: RunDraft) -> Run:
    experiment = driver.create_experiment(ExperimentDraft(name="of random runs"))
    return driver.create_run(experiment.ref, draft)


@LAWS
@given(given_traits=traits(), draft=run_drafts(), written=st.lists(batches(FEW, most=4), max_size=4))
def test_any_writes_read_back_as_from_a_dict(given_traits: Any, draft: RunDraft, written: list[Batch]) -> None:
    bare = MemoryDriver(given_traits)
    driver = Fit(Chunk(bare))
    run = made(driver, draft)
    plain = Plain(tags=dict(draft.tags))
    for name in ("name", "description", "status", "started", "user", "source", "origin", "parent"):
        if getattr(draft, name) is not None:
            plain.fields[name] = getattr(draft, name)
    assert_same_run(run, plain)
    for batch in written:
        legal = legal_for(plain, batch, overwrites=given_traits.offers(Feature.PARAM_OVERWRITE))
        driver.write(run.ref, legal)
        plain.write(legal)
    assume(not covered(given_traits, plain))
    assert_same_run(driver.get_run(run.ref), plain)
    assert_same_points(driver, driver.get_run(run.ref), plain)
    other = Fit(Chunk(bare))  # as another process would see it
    assert_same_run(other.get_run(run.ref), plain)
    assert_same_points(other, other.get_run(run.ref), plain)


@LAWS
@given(given_traits=traits(), written=st.lists(batches(FEW, most=4), min_size=2, max_size=4))
def test_several_writers_of_one_run_lose_nothing_of_each_other(given_traits: Any, written: list[Batch]) -> None:
    bare = MemoryDriver(given_traits)
    run = made(Fit(Chunk(bare)), RunDraft(token="t"))
    plain = Plain()
    for batch in written:
        legal = legal_for(plain, batch, overwrites=given_traits.offers(Feature.PARAM_OVERWRITE))
        Fit(Chunk(bare)).write(run.ref, legal)
        plain.write(legal)
    assume(not covered(given_traits, plain))
    read = Fit(Chunk(bare))
    assert_same_run(read.get_run(run.ref), plain)
    assert_same_points(read, read.get_run(run.ref), plain)


@LAWS
@given(given_traits=traits(), batch=batches())
def test_writing_a_batch_twice_is_writing_it_once(given_traits: Any, batch: Batch) -> None:
    bare = MemoryDriver(given_traits)
    driver = Fit(Chunk(bare))
    run = made(driver, RunDraft(token="t"))
    driver.write(run.ref, batch)
    once, points = driver.get_run(run.ref), [series(driver, run, part.key) for part in batch.points]
    driver.write(run.ref, batch)
    Fit(Chunk(bare)).write(run.ref, batch)
    twice = driver.get_run(run.ref)
    assert twice.model_dump_json() == once.model_dump_json()
    assert [series(driver, run, part.key) for part in batch.points] == points
