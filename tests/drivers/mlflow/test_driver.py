from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from uuid import uuid4

import pytest
from contract_tests.servers.recorder import Answer, Drop, Lose, Recorder
from tests.drivers.mlflow.conftest import NewRun

from tracklayer.drivers.mlflow import MLFLOW, MlflowDriver
from tracklayer.errors import AlreadyExists, Conflict, NotFound, RateLimited, Rejected, Unavailable
from tracklayer.model import Batch, ExperimentDraft, ExperimentRef, Points, Query, RunDraft, RunRef, Status
from tracklayer.spi import Bound, Feature, driver_class, every, open_driver

UTC = timezone.utc
START = datetime(2001, 2, 3, 4, 5, 6, 789_000, UTC)
END = datetime(2002, 2, 3, 4, 5, 6, 789_000, UTC)


def names(recorder: Recorder) -> list[str]:
    """The last parts of the paths that were asked for."""
    return [seen.path.partition("/mlflow/")[2] or seen.path for seen in recorder.seen]


def test_urls_open_it(recorder: Recorder) -> None:
    assert driver_class("mlflow+http") is driver_class("mlflow+https") is MlflowDriver
    driver = open_driver(f"{recorder.tracklayer_url}/")
    assert driver.url == recorder.tracklayer_url
    assert driver.traits == MLFLOW
    driver.close()
    assert recorder.seen == []


# -- experiments


def test_an_experiment_is_made_and_found_by_name_and_id(driver: MlflowDriver) -> None:
    name = f"e {uuid4().hex} 'é#?%41"
    made = driver.create_experiment(ExperimentDraft(name=name, tags={"a": "1"}, description="what for"))
    assert (made.name, made.tags, made.description, made.deleted) == (name, {"a": "1"}, "what for", False)
    assert made.created is not None
    assert driver.get_experiment(name) == driver.get_experiment(made.ref) == made
    with pytest.raises(AlreadyExists, match="already exists"):
        driver.create_experiment(ExperimentDraft(name=name))
    for unknown in ("no such", ExperimentRef(id="999999"), ExperimentRef(id="abc")):
        with pytest.raises(NotFound):
            driver.get_experiment(unknown)


def test_experiments_are_listed_in_pages(driver: MlflowDriver, recorder: Recorder, experiment: ExperimentRef) -> None:
    whole = [one.id for one in every(driver.list_experiments)]
    assert len(recorder.seen) == 1
    assert experiment.id in whole
    few = driver.traits.limits.model_copy(update={"experiments_per_page": Bound(most=2, source="this test")})
    driver.traits = driver.traits.model_copy(update={"limits": few})
    paged = [one.id for one in every(driver.list_experiments)]
    assert [one for one in paged if one in whole] == whole  # other tests make theirs on this server meanwhile
    assert len(recorder.seen) == 1 + -(-len(paged) // 2)


def test_an_experiment_that_is_deleted(driver: MlflowDriver, experiment: ExperimentRef, new_run: NewRun) -> None:
    run, before = new_run(), driver.get_experiment(experiment)
    for _ in range(2):
        driver.delete(experiment)
        assert driver.get_experiment(before.name) == before.model_copy(update={"deleted": True})
    assert driver.get_run(run).deleted
    with pytest.raises(Conflict):
        driver.create_run(experiment, RunDraft(token="new"))
    with pytest.raises(AlreadyExists):
        driver.create_experiment(ExperimentDraft(name=before.name))
    for _ in range(2):
        driver.restore(experiment)
        assert driver.get_experiment(experiment) == before
    assert not driver.get_run(run).deleted


# -- making runs


def test_a_run_that_is_backdated_and_ended(driver: MlflowDriver, experiment: ExperimentRef) -> None:
    made = driver.create_run(experiment, RunDraft(token="t", name="n", started=START, status="scheduled"))
    assert (made.name, made.started, made.ended, made.status) == ("n", START, None, "scheduled")
    driver.write(made.ref, Batch(status="killed", ended=END))
    read = driver.get_run(made.ref)
    assert (read.started, read.ended, read.status) == (START, END, "killed")
    driver.write(made.ref, Batch(status="running"))
    assert (driver.get_run(made.ref).status, driver.get_run(made.ref).ended) == ("running", None)


def test_a_run_is_searched_for_before_it_is_made(
    driver: MlflowDriver, recorder: Recorder, experiment: ExperimentRef
) -> None:
    made = driver.create_run(experiment, RunDraft(token="t"))
    assert names(recorder) == ["runs/search", "runs/create"]
    assert driver.create_run(experiment, RunDraft(token="t", name="other")) == made
    assert names(recorder)[2:] == ["runs/search"]


@pytest.mark.parametrize("token", ["it's", 'a "b"', 'it\'s "both" 100%_', "é🎉", "a`b\\", "x\\'\"\\", "x" * 300])
def test_any_token_gives_its_run(driver: MlflowDriver, experiment: ExperimentRef, token: str) -> None:
    made = driver.create_run(experiment, RunDraft(token=token))
    assert made.token == token
    assert made.tags == {}
    assert driver.create_run(experiment, RunDraft(token=token)).id == made.id
    assert driver.create_run(experiment, RunDraft(token=token.replace("'", "x") + "x")).id != made.id


def test_a_token_gives_its_run_when_that_is_deleted(driver: MlflowDriver, experiment: ExperimentRef) -> None:
    made = driver.create_run(experiment, RunDraft(token="t"))
    driver.delete(made.ref)
    again = driver.create_run(experiment, RunDraft(token="t", status="finished"))
    assert (again.id, again.deleted, again.status) == (made.id, True, "running")


def test_a_run_whose_making_was_not_answered_is_found(
    driver: MlflowDriver, recorder: Recorder, experiment: ExperimentRef
) -> None:
    recorder.inject("POST", "runs/create", Lose())
    with pytest.raises(Unavailable) as caught:
        driver.create_run(experiment, RunDraft(token="t"))
    assert not caught.value.retryable
    made = driver.create_run(experiment, RunDraft(token="t"))
    assert [run.id for run in driver.list_runs(Query(experiments=(experiment,))).items] == [made.id]


def test_a_run_that_was_made_and_not_given_its_status_gets_it(
    driver: MlflowDriver, recorder: Recorder, experiment: ExperimentRef
) -> None:
    recorder.inject("POST", "runs/update", Drop())
    with pytest.raises(Unavailable):
        driver.create_run(experiment, RunDraft(token="t", status="scheduled"))
    made = driver.create_run(experiment, RunDraft(token="t", status="scheduled"))
    assert driver.get_run(made.ref).status == made.status == "scheduled"


def test_a_server_that_is_busy_when_a_run_is_made(
    driver: MlflowDriver, recorder: Recorder, experiment: ExperimentRef
) -> None:
    recorder.inject("POST", "runs/create", Answer(429, headers={"Retry-After": "2"}))
    with pytest.raises(RateLimited) as caught:
        driver.create_run(experiment, RunDraft(token="t"))
    assert caught.value.retryable
    assert caught.value.retry_after == 2


@pytest.mark.parametrize("unknown", ["999999", "abc", "a b", ""])
def test_a_run_needs_an_experiment(driver: MlflowDriver, unknown: str) -> None:
    experiment = ExperimentRef.model_construct(id=unknown)
    with pytest.raises((NotFound, Rejected)):
        driver.create_run(experiment, RunDraft(token="t"))


# -- writing


def test_a_batch_costs_a_call_for_each_kind_of_thing(driver: MlflowDriver, recorder: Recorder, run: RunRef) -> None:
    driver.write(run, Batch(params={"p": "1"}, tags={"t": "1"}))
    driver.write(run, Batch(description="d", status="finished"))
    assert names(recorder) == ["runs/log-batch", "runs/set-tag", "runs/update"]


def test_an_empty_batch_costs_a_look_at_the_run(driver: MlflowDriver, recorder: Recorder, run: RunRef) -> None:
    driver.write(run, Batch(points=(Points.of("m"),)))
    assert names(recorder) == ["runs/get"]


def test_a_param_is_set_once(driver: MlflowDriver, run: RunRef) -> None:
    for _ in range(2):
        driver.write(run, Batch(params={"p": "1", "empty": ""}))
    with pytest.raises(Conflict, match="'p'"):
        driver.write(run, Batch(params={"p": "2"}))
    assert driver.get_run(run).params == {"p": "1", "empty": ""}


def test_a_deleted_run_takes_no_writes(driver: MlflowDriver, run: RunRef) -> None:
    for _ in range(2):
        driver.delete(run)
    for batch in (Batch(params={"p": "1"}), Batch(description="d"), Batch(name="n"), Batch(status="failed"), Batch()):
        with pytest.raises(Conflict):
            driver.write(run, batch)
    for _ in range(2):
        driver.restore(run)
    driver.write(run, Batch(name="n"))
    assert driver.get_run(run).name == "n"


@pytest.mark.parametrize("unknown", ["0" * 32, "no such", "a/b", "../x", "a?b#c%41", "🚀", "x" * 400])
def test_what_is_not_there_is_not_found(driver: MlflowDriver, unknown: str) -> None:
    run = RunRef(id=unknown)
    calls: tuple[Callable[[], object], ...] = (
        lambda: driver.get_run(run),
        lambda: driver.write(run, Batch(params={"p": "1"})),
        lambda: driver.write(run, Batch(status="failed")),
        lambda: driver.write(run, Batch()),
        lambda: driver.read_points(run, "m"),
        lambda: driver.delete(run),
        lambda: driver.restore(run),
        lambda: driver.get_sidecars(run),
    )
    for call in calls:
        with pytest.raises(NotFound):
            call()


@pytest.mark.parametrize(
    ("batch", "info"),
    [
        (Batch(status="finished"), {"status": "RUNNING"}),
        (Batch(ended=END), {"end_time": 5}),
        (Batch(name="new", status="finished"), {"run_name": "old", "status": "FINISHED"}),
    ],
)
def test_a_server_that_says_yes_and_does_not_is_found_out(
    driver: MlflowDriver, recorder: Recorder, run: RunRef, batch: Batch, info: dict[str, object]
) -> None:
    left = next(iter(info))
    body = {"run_info": {"run_id": run.id, "experiment_id": "0", **info}}
    recorder.inject("POST", "runs/update", Answer(200, json.dumps(body).encode()))
    with pytest.raises(Rejected, match=f"left {left} as it was"):
        driver.write(run, batch)


def test_a_status_that_mlflow_does_not_know_is_left_without_a_word(driver: MlflowDriver, run: RunRef) -> None:
    """Why the answer is looked at."""
    unknown: Status = "aborted"  # type: ignore[assignment] # on purpose
    with pytest.raises(Rejected, match="left status as it was"):
        driver.write(run, Batch.model_construct(status=unknown))


# -- the server's version


def versions(recorder: Recorder) -> int:
    return sum(seen.path == "/version" for seen in recorder.seen)


def test_a_server_is_asked_once_what_it_is(driver: MlflowDriver, recorder: Recorder, experiment: ExperimentRef) -> None:
    assert driver.traits == MLFLOW
    recorder.clear()
    made = driver.create_run(experiment, RunDraft(token="t"))
    driver.write(made.ref, Batch(params={"p": "1"}))
    assert versions(recorder) == 0


@pytest.mark.parametrize("first", ["create_experiment", "create_run", "get_run", "write"])
def test_whoever_is_to_write_knows_the_server(recorder: Recorder, run: RunRef, first: str) -> None:
    recorder.clear()
    recorder.inject("GET", "/version", Answer(200, b"2.7.1"))
    driver = MlflowDriver.open(recorder.tracklayer_url)
    calls: dict[str, Callable[[], object]] = {
        "create_experiment": lambda: driver.create_experiment(ExperimentDraft(name=uuid4().hex)),
        "create_run": lambda: driver.create_run(ExperimentRef(id="0"), RunDraft(token=uuid4().hex)),
        "get_run": lambda: driver.get_run(run),
        "write": lambda: driver.write(run, Batch(tags={"t": "1"})),
    }
    calls[first]()
    assert versions(recorder) == 1
    limits = driver.traits.limits
    assert limits.param_value is not None
    assert limits.param_value.most == 500
    calls[first]()
    assert versions(recorder) == 1
    assert MlflowDriver.traits == MLFLOW
    driver.close()


@pytest.mark.parametrize(
    "answer", [Answer(404), Answer(500), Answer(200, b"<html>"), Answer(200, b"latest"), Answer(200, b""), Drop()]
)
def test_a_server_that_does_not_say_its_version_is_taken_for_a_new_one(
    recorder: Recorder, run: RunRef, answer: Answer | Drop
) -> None:
    recorder.inject("GET", "/version", answer)
    driver = MlflowDriver.open(recorder.tracklayer_url)
    assert driver.get_run(run).id == run.id
    assert driver.traits == MLFLOW
    driver.close()


def test_an_old_server_without_data_sets(recorder: Recorder, run: RunRef) -> None:
    recorder.inject("GET", "/version", Answer(200, b"2.3.2"))
    driver = MlflowDriver.open(recorder.tracklayer_url)
    driver.get_run(run)
    assert not driver.traits.native(Feature.DATASETS)
    assert driver.traits.offers(Feature.DATASETS)
    driver.close()
