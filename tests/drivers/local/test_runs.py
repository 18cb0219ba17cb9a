from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial

import pytest

from tracklayer.drivers.local import LocalDriver
from tracklayer.model import (
    Batch,
    Clause,
    ExperimentDraft,
    ExperimentRef,
    Operator,
    Order,
    Points,
    Query,
    Run,
    RunDraft,
    Status,
    View,
)
from tracklayer.spi import every

Make = Callable[..., Run]
NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
STATUSES: tuple[Status, ...] = ("running", "finished", "failed", "killed", "scheduled")
STARTED, STARTED_LAST = (
    Order(entity="attribute", key="started"),
    Order(entity="attribute", key="started", descending=True),
)


@pytest.fixture
def homes(driver: LocalDriver) -> list[ExperimentRef]:
    return [driver.create_experiment(ExperimentDraft(name=name)).ref for name in ("a", "b", "c")]


@pytest.fixture
def made(driver: LocalDriver, homes: list[ExperimentRef]) -> list[Run]:
    """Twelve runs in two experiments, of which always two start at once."""
    return [
        driver.create_run(
            homes[number % 2],
            RunDraft(token=str(number), started=NOON + timedelta(hours=number * 7 % 6), status=STATUSES[number % 5]),
        )
        for number in range(12)
    ]


def listed(driver: LocalDriver, query: Query) -> list[str]:
    pages = []
    after = None
    while True:
        page = driver.list_runs(query, after)
        assert len(page.items) <= query.page_size
        pages += [run.id for run in page.items]
        after = page.after
        if after is None:
            return pages


def newest_first(runs: list[Run]) -> list[str]:
    by_id = sorted(runs, key=lambda run: run.id)
    return [run.id for run in sorted(by_id, key=lambda run: run.started or NOON, reverse=True)]


def oldest_first(runs: list[Run]) -> list[str]:
    return [run.id for run in sorted(runs, key=lambda run: (run.started or NOON, run.id))]


@pytest.mark.parametrize("page_size", [1, 2, 5, 12, 1000])
@pytest.mark.parametrize("chosen", [(0,), (0, 1), (1, 2), (2,), ()])
def test_runs_come_newest_first_whatever_the_pages(
    driver: LocalDriver, homes: list[ExperimentRef], made: list[Run], chosen: tuple[int, ...], page_size: int
) -> None:
    wanted = tuple(homes[number] for number in chosen)
    mine = [run for run in made if run.experiment in wanted]
    query = Query(experiments=wanted, page_size=page_size)
    assert listed(driver, query) == newest_first(mine)
    assert listed(driver, query.model_copy(update={"order_by": (STARTED_LAST, STARTED)})) == newest_first(mine)
    assert listed(driver, query.model_copy(update={"order_by": (STARTED,)})) == oldest_first(mine)


@pytest.mark.parametrize(
    ("operator", "value"),
    [("=", "failed"), ("!=", "failed"), ("IN", ("failed", "killed")), ("NOT IN", ("failed", "killed")), ("=", "none")],
)
def test_a_status_is_answered_in_the_store(
    driver: LocalDriver, homes: list[ExperimentRef], made: list[Run], operator: Operator, value: str | tuple[str, ...]
) -> None:
    clause = Clause(entity="attribute", key="status", operator=operator, value=value)
    wanted = value if isinstance(value, tuple) else (value,)
    right = [run for run in made if (run.status in wanted) == (operator in {"=", "IN"})]
    assert driver.traits.search.answers(clause)
    assert listed(driver, Query(experiments=tuple(homes), where=(clause,), page_size=3)) == newest_first(right)


@pytest.mark.parametrize("view", ["active", "deleted", "all"])
def test_a_view_shows_the_deleted_ones_or_not(
    driver: LocalDriver, homes: list[ExperimentRef], made: list[Run], view: View
) -> None:
    for run in made[::3]:
        driver.delete(run.ref)
    driver.delete(homes[1])
    gone = [run for number, run in enumerate(made) if number % 3 == 0 or number % 2 == 1]
    right = {"active": [run for run in made if run not in gone], "deleted": gone, "all": made}[view]
    assert listed(driver, Query(experiments=tuple(homes), view=view)) == newest_first(right)


def test_a_run_that_is_there_throughout_is_listed_once(
    driver: LocalDriver, homes: list[ExperimentRef], made: list[Run]
) -> None:
    query = Query(experiments=tuple(homes), page_size=4)
    first = driver.list_runs(query)
    for hours in (0, 2, 9):
        driver.create_run(homes[0], RunDraft(token=f"late {hours}", started=NOON + timedelta(hours=hours)))
    driver.delete(first.items[-1].ref)
    rest = list(every(lambda after: driver.list_runs(query, after or first.after)))
    seen = [run.id for run in (*first.items, *rest)]
    assert len(seen) == len(set(seen))
    assert {run.id for run in made} <= set(seen)


def test_a_listed_run_is_as_whole_as_one_that_is_asked_for(driver: LocalDriver, homes: list[ExperimentRef]) -> None:
    make = partial(driver.create_run, homes[0])
    runs = [make(RunDraft(token=str(number), tags={"t": str(number)})) for number in range(3)]
    for number, run in enumerate(runs):
        points = tuple(Points.of(f"m{key}", [(0, 0, float(number))]) for key in range(number))
        driver.write(run.ref, Batch(params={f"p{key}": number for key in range(number)}, points=points))
    page = driver.list_runs(Query(experiments=(homes[0],)))
    assert list(page.items) == [driver.get_run(run.ref) for run in reversed(runs)]
    assert [len(run.metrics) for run in page.items] == [2, 1, 0]


@pytest.mark.parametrize("runs", [1, 30])
def test_a_page_of_runs_costs_the_same_number_of_queries_however_many_they_are(
    driver: LocalDriver, homes: list[ExperimentRef], runs: int
) -> None:
    for number in range(runs):
        driver.create_run(homes[0], RunDraft(token=str(number)))
    asked: list[str] = []
    with driver._connections.reading() as db:
        db.set_trace_callback(asked.append)
    page = driver.list_runs(Query(experiments=(homes[0],)))
    assert len(page.items) == runs
    assert len([query for query in asked if query.startswith("SELECT")]) == 5
