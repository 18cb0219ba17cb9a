from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from functools import partial
from uuid import uuid4

import pytest
from contract_tests.servers.mlflow_server import MlflowServer
from contract_tests.servers.recorder import Before, Recorder
from tests.drivers.mlflow.conftest import NewRun

from tracklayer.drivers.mlflow import MlflowDriver
from tracklayer.drivers.mlflow.auth import NoAuth
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.model import Clause, ExperimentRef, Order, Query, RunDraft, RunRef
from tracklayer.spi import every

NOON = datetime(2026, 3, 4, 12, tzinfo=timezone.utc)
NUMBER = 1_000


@pytest.fixture(scope="module")
def thousand(mlflow_server: MlflowServer) -> ExperimentRef:
    """An experiment of 1,000 runs, each with a param, a tag and a metric; made by bare REST, four at a time."""
    rest = Rest(mlflow_server.url, NoAuth())
    place = rest.call("POST", "experiments/create", dict, body={"name": f"a thousand {uuid4().hex}"})["experiment_id"]

    def make(number: int) -> None:
        tags = [{"key": "number", "value": str(number)}]
        body = {"experiment_id": place, "start_time": 1_700_000_000_000 + number, "run_name": "r", "tags": tags}
        run = rest.call("POST", "runs/create", dict, body=body)["run"]["info"]["run_id"]
        if number % 10 == 0:
            metrics = [{"key": "m", "value": 0.5, "timestamp": 1, "step": number}]
            params = [{"key": "p", "value": str(number)}]
            rest.call("POST", "runs/log-batch", dict, body={"run_id": run, "metrics": metrics, "params": params})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(NUMBER)))
    rest.close()
    return ExperimentRef(id=place)


@pytest.mark.parametrize(("page_size", "pages"), [(1_000, 1), (2_000, 1), (250, 4), (333, 4)])
def test_a_thousand_runs_cost_one_request_a_page(
    driver: MlflowDriver, recorder: Recorder, thousand: ExperimentRef, page_size: int, pages: int
) -> None:
    query = Query(experiments=(thousand,), page_size=page_size)
    runs = list(every(partial(driver.list_runs, query)))
    assert [run.tags["number"] for run in runs] == [str(number) for number in reversed(range(NUMBER))]
    assert sum(bool(run.params and run.metrics) for run in runs) == NUMBER / 10
    assert len(recorder.seen) == pages


def test_what_a_server_can_answer_is_asked_of_it(
    driver: MlflowDriver, recorder: Recorder, thousand: ExperimentRef
) -> None:
    where = (
        Clause(entity="attribute", key="started", operator=">=", value=1_700_000_000_990),
        Clause(entity="attribute", key="status", operator="=", value="running"),
        Clause(entity="tag", key="t", operator="=", value="both ' and \""),
    )
    order = (Order(entity="attribute", key="started"),)
    page = driver.list_runs(Query(experiments=(thousand,), where=where, order_by=order))
    assert [run.tags["number"] for run in page.items] == [str(number) for number in range(990, NUMBER)]
    body = json.loads(recorder.seen[0].body)
    assert body["filter"] == "attributes.start_time >= 1700000000990 AND attributes.status = 'RUNNING'"
    assert body["order_by"] == ["attributes.start_time ASC"]


@pytest.mark.parametrize("page_size", [1, 2, 3, 6])
def test_runs_of_one_start_are_given_once(
    driver: MlflowDriver, experiment: ExperimentRef, new_run: NewRun, page_size: int
) -> None:
    made = [new_run(started=NOON) for _ in range(5)] + [new_run(started=NOON - timedelta(seconds=1))]
    listed = [run.id for run in every(partial(driver.list_runs, Query(experiments=(experiment,), page_size=page_size)))]
    assert listed == [*sorted(run.id for run in made[:5]), made[5].id]


def test_runs_that_come_between_two_pages_disturb_nobody(
    driver: MlflowDriver, recorder: Recorder, experiment: ExperimentRef, new_run: NewRun
) -> None:
    made = {new_run(started=NOON + timedelta(seconds=number)).id for number in range(6)}

    def disturb() -> None:
        own = MlflowDriver.open(recorder.tracklayer_url)
        own.create_run(experiment, RunDraft(token=f"late {len(recorder.seen)}", started=NOON + timedelta(days=1)))
        own.close()

    query, found, after = Query(experiments=(experiment,), page_size=2), Counter[str](), None
    while True:
        page = driver.list_runs(query, after)
        found.update(run.id for run in page.items)
        after = page.after
        if after is None:
            break
        recorder.inject("POST", "runs/search", Before(disturb))
    assert {run: found[run] for run in made} == dict.fromkeys(made, 1)
    assert max(found.values()) == 1


def test_runs_that_go_between_two_pages_hide_nobody(
    driver: MlflowDriver, experiment: ExperimentRef, new_run: NewRun
) -> None:
    made = [new_run(started=NOON + timedelta(seconds=number)).id for number in range(6)]
    query = Query(experiments=(experiment,), page_size=2)
    first = driver.list_runs(query)
    for run in first.items:
        driver.delete(RunRef(id=run.id))
    rest = list(every(lambda after: driver.list_runs(query, after or first.after)))
    assert [run.id for run in (*first.items, *rest)] == list(reversed(made))


def test_no_experiments_have_no_runs_and_are_not_asked_for(driver: MlflowDriver, recorder: Recorder) -> None:
    assert driver.list_runs(Query(experiments=())).items == ()
    assert recorder.seen == []
