from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from io import BytesIO
from pathlib import Path
from threading import Barrier, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracklayer.drivers.local import LOCAL, LocalDriver, experiments, wire
from tracklayer.errors import AlreadyExists, Conflict, NotFound
from tracklayer.model import (
    Batch,
    Dataset,
    ExperimentDraft,
    ExperimentRef,
    ParamValue,
    Points,
    RunDraft,
    RunRef,
    Source,
    canonical,
    same,
)
from tracklayer.spi import every, open_driver

NOON = datetime(2026, 1, 1, 12, microsecond=1, tzinfo=timezone.utc)
NOBODY = RunRef(id="nobody")
MILLION = 1_000_000

PARAM: st.SearchStrategy[ParamValue] = st.one_of(
    st.booleans(),
    st.integers(),
    st.sampled_from([2**63, 2**63 - 1, -(2**63), -(2**63) - 1, 10**4_000]),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(["1", "nan", "True", "a\0b", "\0"]),
)


def alike(left: ParamValue, right: ParamValue) -> bool:
    """One value, and 0.0 is not -0.0."""
    signs = [math.copysign(1, value) if isinstance(value, float) and value == 0 else 0 for value in (left, right)]
    return same(left, right) and signs[0] == signs[1]


@given(PARAM)
@settings(deadline=None)
def test_a_param_comes_back_from_its_cells_as_it_was(value: ParamValue) -> None:
    assert alike(wire.param(*wire.param_cells(value)), value)


def test_params_come_back_with_type_and_sign(driver: LocalDriver, run: RunRef) -> None:
    params: Mapping[str, ParamValue] = {
        "bool": True,
        "int": 1,
        "float": 1.0,
        "str": "1",
        "minus zero": -0.0,
        "nan": math.nan,
        "inf": -math.inf,
        "tiny": 5e-324,
        "int64": 2**63 - 1,
        "more": 2**63,
        "huge": -(10**4_000),
        "nul\0key": "nul\0value\0",
        "empty": "",
        "🙂": "🙂" * 10_000,
    }
    driver.write(run, Batch(params=params))
    driver.write(run, Batch(params=params))
    held = driver.get_run(run).params
    assert held.keys() == params.keys()
    assert [key for key in params if not alike(held[key], params[key])] == []


def test_a_param_takes_another_value_only_if_overwritten(driver: LocalDriver, run: RunRef) -> None:
    driver.write(run, Batch(params={"n": 1}))
    for other in (1.0, True, "1", 2):
        with pytest.raises(Conflict, match=r"param 'n' of run .* is set to another value already"):
            driver.write(run, Batch(params={"a": 1, "n": other}, tags={"t": ""}))
    assert (driver.get_run(run).params, driver.get_run(run).tags) == ({"n": 1}, {})
    driver.write(run, Batch(params={"n": "1"}, overwrite=True))
    assert driver.get_run(run).params == {"n": "1"}


def test_a_run_comes_back_as_it_was_drafted(driver: LocalDriver, run: RunRef) -> None:
    draft = RunDraft(
        token="nul\0token",
        name="n\0",
        status="scheduled",
        started=datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone.utc),
        parent=run,
        tags={"a": "", "tracklayer.own": "kept"},
        description="words",
        user="u",
        source=Source(commit="c", dirty=True),
    )
    made = driver.create_run(driver.get_run(run).experiment, draft)
    fields = set(RunDraft.model_fields) - {"origin", "fresh"}
    assert made.model_dump(include=fields) == draft.model_dump(include=fields)
    assert driver.get_run(made.ref) == made


def test_a_run_that_was_given_no_start_starts_now(driver: LocalDriver, run: RunRef) -> None:
    started = driver.get_run(run).started
    assert started is not None
    assert abs(datetime.now(timezone.utc) - started) < timedelta(minutes=5)


def test_a_batch_is_written_whole_and_twice_is_once(driver: LocalDriver, run: RunRef) -> None:
    datasets = (Dataset(name="z", digest="1"), Dataset(name="a", digest="2", profile="\0", context="eval"))
    batch = Batch(
        tags={"a": "b"},
        points=(Points.of("loss", [(2, 0, 1.0)]), Points.of("loss", [(1, 0, 5.0), (2, 0, 1.0)]), Points.of("none")),
        inputs=datasets,
        name="new",
        description="",
        status="finished",
        ended=NOON,
    )
    driver.write(run, batch)
    driver.write(run, batch)
    held = driver.get_run(run)
    assert (held.tags, held.inputs, held.name, held.description) == ({"a": "b"}, datasets, "new", "")
    assert (held.status, held.ended) == ("finished", NOON)
    assert driver.read_points(run, "loss").items == (Points.of("loss", [(1, 0, 5.0), (2, 0, 1.0)]),)
    assert [(key, metric.count) for key, metric in held.metrics.items()] == [("loss", 2)]
    assert driver.read_points(run, "none").items == ()


def test_a_run_that_goes_on_has_no_end(driver: LocalDriver, run: RunRef) -> None:
    driver.write(run, Batch(status="finished", ended=NOON))
    driver.write(run, Batch(tags={"a": "b"}))
    assert driver.get_run(run).ended == NOON
    driver.write(run, Batch(status="running"))
    assert (driver.get_run(run).status, driver.get_run(run).ended) == ("running", None)
    driver.write(run, Batch(status="scheduled", ended=NOON))
    assert (driver.get_run(run).status, driver.get_run(run).ended) == ("scheduled", NOON)


def test_a_million_points_of_one_run_come_back_equal(driver: LocalDriver, run: RunRef) -> None:
    steps = array("q", range(-MILLION // 2, MILLION // 2))
    times = array("q", range(0, 7 * MILLION, 7))
    values = array("d", (step * 0.5 for step in steps))
    points = Points(key="loss", steps=steps, times=times, values=values)
    driver.write(run, Batch(points=(points,)))
    pages = list(every(partial(driver.read_points, run, "loss")))
    assert len(pages) > 10
    assert canonical("loss", pages) == points
    summary = driver.get_run(run).metrics["loss"]
    assert (summary.count, summary.last, summary.min, summary.max) == (MILLION, values[-1], values[0], values[-1])


def test_the_same_token_is_the_same_run_for_threads_at_once(driver: LocalDriver, run: RunRef) -> None:
    home = driver.get_run(run).experiment
    ids: list[str] = []
    together = Barrier(4)

    def create() -> None:
        together.wait()
        ids.append(driver.create_run(home, RunDraft(token="shared", tags={"a": "b"})).id)

    threads = [Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 4
    assert len(set(ids)) == 1


def test_threads_lose_nothing(driver: LocalDriver, run: RunRef) -> None:
    def work(worker: int) -> None:
        for step in range(50):
            driver.write(run, Batch(points=(Points.of("loss", [(step, worker, 1.0)]),)))

    threads = [Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (points,) = driver.read_points(run, "loss").items
    assert len(points) == 200


def test_experiments_come_back_whole_by_name_and_by_id(driver: LocalDriver) -> None:
    made = driver.create_experiment(ExperimentDraft(name="e\0", tags={"b": "", "a": "x"}, description="words"))
    other = driver.create_experiment(ExperimentDraft(name="1"))
    assert (made.name, made.tags, made.description) == ("e\0", {"a": "x", "b": ""}, "words")
    assert driver.get_experiment("e\0") == driver.get_experiment(made.ref) == made
    assert driver.get_experiment("1") == other
    with pytest.raises(AlreadyExists, match="an experiment is named '1'"):
        driver.create_experiment(ExperimentDraft(name="1"))
    for ref in ("0", "3", "x", "9" * 30, "٣"):
        with pytest.raises(NotFound, match="no experiment has the id"):
            driver.get_experiment(ExperimentRef(id=ref))


def test_experiments_are_listed_in_pages(driver: LocalDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiments, "PAGE", 2)
    made = [driver.create_experiment(ExperimentDraft(name=f"e{n}", tags={"n": str(n)})) for n in range(6)]
    driver.delete(made[1].ref)
    assert list(every(driver.list_experiments)) == [made[0], *made[2:]]


def test_a_deleted_experiment_keeps_its_name_and_hides_its_runs(driver: LocalDriver, run: RunRef) -> None:
    home = driver.get_run(run).experiment
    for _ in range(2):
        driver.delete(home)
    assert driver.get_experiment("e").deleted
    assert driver.get_run(run).deleted
    assert driver.list_experiments().items == ()
    with pytest.raises(AlreadyExists, match="a deleted experiment is named 'e'"):
        driver.create_experiment(ExperimentDraft(name="e"))
    for call in (partial(driver.create_run, home, RunDraft(token="new")), partial(driver.write, run, Batch())):
        with pytest.raises(Conflict, match="restore it first"):
            call()
    for _ in range(2):
        driver.restore(home)
    assert not driver.get_run(run).deleted


def test_sidecars_are_found_by_prefix(driver: LocalDriver, run: RunRef) -> None:
    for owner in (run, driver.get_run(run).experiment):
        for _ in range(2):
            driver.put_sidecar(owner, "a-1", b"\0one")
        driver.put_sidecar(owner, "b-1", b"two")
        assert driver.get_sidecars(owner, "a-") == {"a-1": b"\0one"}
        assert driver.get_sidecars(owner) == {"a-1": b"\0one", "b-1": b"two"}


def test_what_is_not_there_is_not_found(driver: LocalDriver, run: RunRef) -> None:
    assert run.id != NOBODY.id
    for call in (
        partial(driver.get_run, NOBODY),
        partial(driver.write, NOBODY, Batch()),
        partial(driver.read_points, NOBODY, "loss"),
        partial(driver.put_sidecar, NOBODY, "k", b""),
        partial(driver.get_sidecars, ExperimentRef(id="nobody")),
        partial(driver.delete, NOBODY),
        partial(driver.restore, ExperimentRef(id="nobody")),
        partial(driver.put_artifact, NOBODY, "a", BytesIO()),
        partial(driver.open_artifact, NOBODY, "a"),
        partial(driver.list_artifacts, NOBODY),
        partial(driver.create_run, ExperimentRef(id="nobody"), RunDraft(token="new")),
    ):
        with pytest.raises(NotFound, match="has the id 'nobody'"):
            call()


def test_another_driver_of_the_same_url_sees_the_same(driver: LocalDriver, run: RunRef, path: Path) -> None:
    other = open_driver(f"local:{path}")
    assert other.url == driver.url
    assert other.traits == LOCAL
    assert other.get_run(run) == driver.get_run(run)
    other.close()
    other.close()
