from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import partial
from io import BytesIO

import pytest

from tracklayer.drivers.memory import MemoryDriver, Store
from tracklayer.errors import AlreadyExists, Conflict, NotFound, Rejected, Unsupported
from tracklayer.model import (
    Batch,
    Clause,
    Dataset,
    ExperimentDraft,
    ExperimentRef,
    Order,
    Points,
    Query,
    RunDraft,
    RunRef,
    Source,
    View,
    canonical,
)
from tracklayer.spi import Bound, Feature, Limits, every, open_driver

Make = Callable[..., MemoryDriver]
NewRun = Callable[[MemoryDriver], RunRef]

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
NOBODY = RunRef(id="nobody")


def series(driver: MemoryDriver, run: RunRef, key: str = "loss") -> Points:
    return canonical(key, list(every(partial(driver.read_points, run, key))))


def loss(*rows: tuple[int, int, float]) -> Batch:
    return Batch(points=(Points.of("loss", rows),))


def test_two_drivers_of_one_name_see_the_same_and_others_do_not() -> None:
    made = open_driver("memory://test-shared").create_experiment(ExperimentDraft(name="e"))
    assert open_driver("memory://test-shared?like=memory").get_experiment("e") == made
    with pytest.raises(NotFound):
        open_driver("memory://test-other").get_experiment("e")


def test_drivers_can_share_a_store_of_their_own() -> None:
    store = Store()
    made = MemoryDriver(store=store).create_experiment(ExperimentDraft(name="e"))
    assert MemoryDriver(store=store).get_experiment(made.ref) == made


def test_experiments_come_back_whole_by_name_and_by_id(make: Make) -> None:
    driver = make()
    made = driver.create_experiment(ExperimentDraft(name="e", tags={"a": "b"}, description="words"))
    assert (made.name, made.tags, made.description, made.deleted) == ("e", {"a": "b"}, "words", False)
    assert driver.get_experiment("e") == driver.get_experiment(made.ref) == made
    with pytest.raises(NotFound, match="named '1'"):
        driver.get_experiment("1")


def test_a_deleted_experiment_keeps_its_name_and_hides_its_runs(make: Make, new_run: NewRun) -> None:
    driver = make()
    run = new_run(driver)
    experiment = driver.get_run(run).experiment
    driver.delete(experiment)
    driver.delete(experiment)
    assert driver.get_experiment("e0").deleted
    assert driver.get_run(run).deleted
    assert driver.list_experiments().items == ()
    with pytest.raises(AlreadyExists, match="a deleted experiment is named 'e0'"):
        driver.create_experiment(ExperimentDraft(name="e0"))
    with pytest.raises(Conflict, match="restore it first"):
        driver.create_run(experiment, RunDraft(token="new"))
    driver.restore(experiment)
    assert not driver.get_run(run).deleted
    assert driver.create_run(experiment, RunDraft(token="new")).experiment == experiment


def test_a_run_comes_back_as_it_was_drafted(make: Make) -> None:
    driver = make()
    driver.create_experiment(ExperimentDraft(name="e"))
    draft = RunDraft(
        token="t",
        name="n",
        status="scheduled",
        started=NOON,
        parent=NOBODY,
        tags={"a": "b"},
        description="words",
        user="u",
        source=Source(commit="c"),
    )
    made = driver.create_run(ExperimentRef(id="1"), draft)
    fields = set(RunDraft.model_fields) - {"origin", "fresh"}
    assert made.model_dump(include=fields) == draft.model_dump(include=fields)
    assert driver.get_run(made.ref) == made


def test_a_token_makes_one_run_where_creation_is_idempotent(make: Make) -> None:
    for driver, runs in ((make(), 1), (make(Feature.IDEMPOTENT_CREATE), 2)):
        driver.create_experiment(ExperimentDraft(name="e"))
        made = {driver.create_run(ExperimentRef(id="1"), RunDraft(token="t")).id for _ in range(2)}
        assert len(made) == runs


def test_what_is_not_there_is_not_found(make: Make) -> None:
    driver = make()
    for call in (
        partial(driver.get_run, NOBODY),
        partial(driver.write, NOBODY, Batch()),
        partial(driver.read_points, NOBODY, "loss"),
        partial(driver.put_sidecar, NOBODY, "k", b""),
        partial(driver.get_sidecars, ExperimentRef(id="nobody")),
        partial(driver.delete, NOBODY),
        partial(driver.restore, NOBODY),
        partial(driver.put_artifact, NOBODY, "a", BytesIO()),
        partial(driver.open_artifact, NOBODY, "a"),
        partial(driver.list_artifacts, NOBODY),
        partial(driver.create_run, ExperimentRef(id="nobody"), RunDraft(token="t")),
    ):
        with pytest.raises(NotFound, match="has the id 'nobody'"):
            call()


def test_a_batch_is_written_whole_and_twice_is_once(make: Make, new_run: NewRun) -> None:
    driver = make()
    run = new_run(driver)
    batch = Batch(
        params={"lr": 0.1, "n": 1, "on": True, "nan": math.nan},
        tags={"a": "b"},
        points=(Points.of("loss", [(2, 0, 1.0), (1, 0, math.nan), (1, 0, 5.0)]),),
        inputs=(Dataset(name="d", digest="1"),),
        name="new",
        description="words",
        status="finished",
        ended=NOON,
    )
    driver.write(run, batch)
    driver.write(run, batch)
    held = driver.get_run(run)
    assert {key: type(value) for key, value in held.params.items()} == {"lr": float, "n": int, "on": bool, "nan": float}
    assert (held.tags, held.inputs, held.name, held.description) == (batch.tags, batch.inputs, "new", "words")
    assert (held.status, held.ended) == ("finished", NOON)
    assert series(driver, run) == Points.of("loss", [(1, 0, 5.0), (1, 0, math.nan), (2, 0, 1.0)])
    summary = held.metrics["loss"]
    assert (summary.last, summary.last_step, summary.min, summary.max, summary.count) == (1.0, 2, 1.0, 5.0, 3)


def test_a_run_that_goes_on_has_no_end(make: Make, new_run: NewRun) -> None:
    driver = make()
    run = new_run(driver)
    driver.write(run, Batch(status="finished", ended=NOON))
    driver.write(run, Batch(status="running"))
    assert (driver.get_run(run).status, driver.get_run(run).ended) == ("running", None)


def test_a_param_takes_another_value_only_if_overwritten(make: Make, new_run: NewRun) -> None:
    driver = make()
    run = new_run(driver)
    driver.write(run, Batch(params={"n": 1}))
    with pytest.raises(Conflict, match="param 'n' is set to another value already"):
        driver.write(run, Batch(params={"n": 1.0}))
    driver.write(run, Batch(params={"n": 1.0}, overwrite=True))
    assert repr(driver.get_run(run).params["n"]) == "1.0"


def test_what_is_read_is_apart_from_what_is_held(make: Make, new_run: NewRun) -> None:
    driver = make()
    run = new_run(driver)
    given = Points.of("loss", [(0, 0, 1.0)])
    driver.write(run, Batch(points=(given,), tags={"a": "b"}))
    given.values[0] = 2.0
    series(driver, run).values[0] = 3.0
    tags = driver.get_run(run).tags
    assert isinstance(tags, dict)
    tags["a"] = "changed"
    assert list(series(driver, run).values) == [1.0]
    assert driver.get_run(run).tags == {"a": "b"}


def test_a_deleted_run_takes_nothing_until_it_is_restored(make: Make, new_run: NewRun) -> None:
    driver = make()
    run = new_run(driver)
    driver.delete(run)
    driver.delete(run)
    for call in (partial(driver.write, run, Batch()), partial(driver.put_artifact, run, "a", BytesIO())):
        with pytest.raises(Conflict, match="restore it first"):
            call()
    driver.restore(run)
    driver.write(run, Batch(tags={"a": "b"}))
    assert driver.get_run(run).tags == {"a": "b"}


@pytest.mark.parametrize(("view", "numbers"), [("active", [4, 2, 0]), ("deleted", [3, 1]), ("all", [4, 3, 2, 1, 0])])
def test_runs_are_listed_newest_first_in_pages(make: Make, view: View, numbers: list[int]) -> None:
    driver = make(limits=Limits(runs_per_page=Bound(most=2, source="a test")))
    home = driver.create_experiment(ExperimentDraft(name="e")).ref
    runs = [driver.create_run(home, RunDraft(token=str(number))) for number in range(5)]
    for run in runs[1::2]:
        driver.delete(run.ref)
    fetch = partial(driver.list_runs, Query(experiments=(home,), view=view))
    assert [run.token for run in every(fetch)] == [str(number) for number in numbers]
    assert len(fetch().items) == 2


def test_a_run_that_is_there_throughout_is_listed_once(make: Make) -> None:
    driver = make()
    home = driver.create_experiment(ExperimentDraft(name="e")).ref
    for number in range(4):
        driver.create_run(home, RunDraft(token=str(number)))
    query = Query(experiments=(home,), page_size=2)
    first = driver.list_runs(query)
    driver.create_run(home, RunDraft(token="late"))
    driver.delete(first.items[0].ref)
    rest = driver.list_runs(query, first.after)
    assert [run.token for run in (*first.items, *rest.items)] == ["3", "2", "1", "0"]


def test_experiments_are_listed_in_pages(make: Make) -> None:
    driver = make(limits=Limits(experiments_per_page=Bound(most=2, source="a test")))
    made = [driver.create_experiment(ExperimentDraft(name=f"e{number}")) for number in range(5)]
    assert list(every(driver.list_experiments)) == made
    assert len(driver.list_experiments().items) == 2


def test_a_search_that_the_traits_do_not_claim_is_rejected(make: Make) -> None:
    for query in (
        Query(experiments=(), where=(Clause(entity="param", key="a", operator="=", value="1"),)),
        Query(experiments=(), order_by=(Order(entity="attribute", key="started"),)),
    ):
        with pytest.raises(Rejected, match="the traits claim neither"):
            make().list_runs(query)


def test_points_are_read_in_pages(make: Make, new_run: NewRun) -> None:
    driver = make(limits=Limits(points_per_page=Bound(most=2, source="a test")))
    run = new_run(driver)
    rows = [(step, 0, float(step)) for step in range(5)]
    driver.write(run, loss(*reversed(rows)))
    assert series(driver, run) == Points.of("loss", rows)
    assert len(driver.read_points(run, "loss").items[0]) == 2
    assert driver.read_points(run, "unknown").items == ()


def test_a_provider_without_history_gives_the_last_point(make: Make, new_run: NewRun) -> None:
    driver = make(Feature.METRIC_HISTORY)
    run = new_run(driver)
    driver.write(run, loss((2, 0, 1.0), (1, 9, 7.0)))
    assert series(driver, run) == Points.of("loss", [(2, 0, 1.0)])
    assert driver.get_run(run).metrics["loss"].count == 2


def test_a_provider_without_time_gives_zero(make: Make, new_run: NewRun) -> None:
    driver = make(Feature.METRIC_TIME)
    run = new_run(driver)
    driver.write(run, loss((1, 9, 7.0), (1, 8, 7.0)))
    assert series(driver, run) == Points.of("loss", [(1, 0, 7.0)])


def test_a_provider_with_one_value_a_step_keeps_the_later_one(make: Make, new_run: NewRun) -> None:
    driver = make(Feature.METRIC_SAME_STEP)
    run = new_run(driver)
    driver.write(run, loss((1, 9, 7.0), (2, 0, 0.0)))
    driver.write(run, loss((1, 0, 3.0)))
    assert series(driver, run) == Points.of("loss", [(1, 0, 3.0), (2, 0, 0.0)])
    assert driver.get_run(run).metrics["loss"].max == 3.0


def test_a_provider_without_backdating_has_its_own_clock(make: Make, new_run: NewRun) -> None:
    driver = make(Feature.BACKDATING, limits=Limits(run_time_unit=1_000_000))
    run = new_run(driver)
    driver.write(run, Batch(status="finished"))
    held = driver.get_run(run)
    assert held.started is not None
    assert held.ended is not None
    assert held.ended >= held.started
    assert held.started.microsecond % 1_000 == 0


def test_sidecars_are_found_by_prefix_and_never_change(make: Make, new_run: NewRun) -> None:
    driver = make()
    run = new_run(driver)
    for owner in (run, driver.get_run(run).experiment):
        driver.put_sidecar(owner, "a-1", b"one")
        driver.put_sidecar(owner, "a-1", b"one")
        driver.put_sidecar(owner, "b-1", b"two")
        assert driver.get_sidecars(owner, "a-") == {"a-1": b"one"}
        assert driver.get_sidecars(owner) == {"a-1": b"one", "b-1": b"two"}
        with pytest.raises(Rejected, match="has other data already"):
            driver.put_sidecar(owner, "a-1", b"else")
    for key in ("", "a/b", "a" * 101):
        with pytest.raises(Rejected, match="no sidecar key"):
            driver.put_sidecar(run, key, b"")


def test_files_are_stored_replaced_and_listed(make: Make, new_run: NewRun) -> None:
    driver = make()
    run = new_run(driver)
    driver.put_artifact(run, "a/b.txt", BytesIO(b"old"))
    driver.put_artifact(run, "a/b.txt", BytesIO(b"new!"))
    driver.put_artifact(run, "a/c", BytesIO(b""))
    assert driver.open_artifact(run, "a/b.txt").read() == b"new!"
    files = {file.path: (file.size, file.media_type) for file in driver.list_artifacts(run).items}
    assert files == {"a/b.txt": (4, "text/plain"), "a/c": (0, None)}
    with pytest.raises(NotFound, match="no file 'a'"):
        driver.open_artifact(run, "a")
    for path in ("a", "a/c/d"):
        with pytest.raises(Conflict, match="cannot be a file beside"):
            driver.put_artifact(run, path, BytesIO())


def test_optional_methods_are_refused_without_their_feature(make: Make) -> None:
    driver = make(Feature.DELETE, Feature.RESTORE, Feature.ARTIFACTS)
    for call in (
        partial(driver.delete, NOBODY),
        partial(driver.restore, NOBODY),
        partial(driver.put_artifact, NOBODY, "a", BytesIO()),
        partial(driver.open_artifact, NOBODY, "a"),
        partial(driver.list_artifacts, NOBODY),
    ):
        with pytest.raises(Unsupported, match="this provider cannot"):
            call()


def test_threads_lose_nothing(make: Make, new_run: NewRun) -> None:
    driver = make()
    run = new_run(driver)

    def work(worker: int) -> None:
        for step in range(50):
            driver.write(run, loss((step, worker, 1.0)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(series(driver, run)) == 400


def test_closing_twice_is_closing_once_and_keeps_the_store(make: Make) -> None:
    driver = make()
    made = driver.create_experiment(ExperimentDraft(name="e"))
    driver.close()
    driver.close()
    assert driver.get_experiment("e") == made
