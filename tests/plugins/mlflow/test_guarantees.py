"""What logging through MLflow is promised: few calls, nothing lost, and no training that a place can harm."""

from __future__ import annotations

import logging
import os
import signal
import threading
import warnings
from collections import Counter
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import ExperimentTag, Metric, Param, RunStatus, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.abstract_store import AbstractStore
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

import tracklayer as tl
from tracklayer.api import start
from tracklayer.errors import Unavailable
from tracklayer.layers.journal.dispatch import adopt_orphans
from tracklayer.layers.journal.folder import home
from tracklayer.plugins.mlflow.place import Place
from tracklayer.plugins.mlflow.store import TracklayerStore
from tracklayer.spi import Driver, Wrapper

NOW = 1_700_000_000_000


class Down(Wrapper):
    """A place that cannot be reached while `down` says so."""

    def __init__(self, inner: Driver, down: threading.Event) -> None:
        super().__init__(inner)
        self.down = down

    def around(self, operation: str, on: str, call: Callable[[], object]) -> object:  # type: ignore[override]
        del on
        if self.down.is_set() and operation in {"create_run", "write", "get_run"}:
            message = "nobody answers"
            raise Unavailable(message, provider="local", operation=operation)
        return call()


def test_a_fluent_run_asks_its_place_for_nothing_that_is_known_here(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "tracklayer+memory://counted")
    client = MlflowClient()
    caplog.set_level(logging.DEBUG, "tracklayer.trace")
    mlflow.set_experiment("counted")
    with mlflow.start_run(tags={"team": "vision"}) as run:
        for step in range(200):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
            mlflow.log_param(f"p{step % 10}", step % 10)
            assert client.get_run(run.info.run_id).data.metrics["loss"] == 1 / (step + 1)
        with mlflow.start_run(nested=True) as child:
            mlflow.log_metric("loss", 1.0)
        assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == run.info.run_id
    found = Counter(record.message.split()[1] for record in caplog.records if record.name == "tracklayer.trace")
    assert found["get_run"] == 0
    assert found["create_run"] == 2
    assert found["write"] <= 20  # by age, not by call
    assert found["get_experiment"] <= 4
    caplog.clear()
    for _ in range(25):
        assert client.get_run(run.info.run_id).info.status == "FINISHED"
    again = [record.message for record in caplog.records if record.name == "tracklayer.trace"]
    assert len(again) <= 4  # it is read anew after a moment, for others may have written


def killed(act: Callable[[], None]) -> None:
    """A forked child does it, and dies the moment it has returned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 warns of forks where there are threads
        child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def test_what_was_logged_before_kill_9_is_all_there(tmp_path: Path) -> None:
    url, told = f"local:{tmp_path}/store.db", tmp_path / "run"

    def train() -> None:
        store = TracklayerStore(f"tracklayer+{url}")
        run = store.create_run(store.create_experiment("killed"), "u", NOW, [], "cut short").info.run_id
        told.write_text(run)
        for step in range(500):
            store.log_metric(run, Metric("loss", float(step), NOW + step, step))
        store.log_batch(run, [], [Param("lr", "0.1")], [RunTag("kept", "yes")])

    killed(train)
    with tl.connect(url) as client:
        client.carrier.driver  # noqa: B018 -- a carrier to the place: orphans are taken on for it
        adopt_orphans(home())
        shipped = client.carrier.carried(lambda _: True)
        assert client.carrier.flush(shipped, float("inf"))
    store = TracklayerStore(f"tracklayer+{url}")
    run = store.get_run(told.read_text())
    assert len(store.get_metric_history(run.info.run_id, "loss")) == 500
    assert (run.data.params, run.data.tags["kept"], run.info.status) == ({"lr": "0.1"}, "yes", "FAILED")


@pytest.fixture
def down(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Places of this test cannot be reached while it is set."""
    event = threading.Event()
    real = start.carrier_to

    def carrier_to(url: str) -> object:
        carrier = real(url)
        carrier._driver = Down(carrier.driver, event)
        return carrier

    monkeypatch.setattr("tracklayer.plugins.mlflow.place.carrier_to", carrier_to)
    monkeypatch.setattr("tracklayer.plugins.mlflow.place.ID_TIMEOUT", 0.3)
    return event


def test_a_place_that_goes_down_harms_no_training(tmp_path: Path, down: threading.Event) -> None:
    store: Any = TracklayerStore(f"tracklayer+local:{tmp_path}/store.db")
    experiment = store.create_experiment("down")
    first = store.create_run(experiment, "u", NOW, [], "first").info.run_id
    down.set()
    store.log_batch(first, [Metric("loss", 1.0, NOW, 0)], [Param("lr", "0.1")], [])
    late = store.create_run(experiment, "u", NOW, [], "late").info.run_id
    assert late.startswith("tlt_")
    store.log_metric(late, Metric("loss", 2.0, NOW, 0))
    store.log_metric(first, Metric("loss", 0.5, NOW, 1))
    assert store.get_run(first).data.metrics == {"loss": 0.5}
    assert store.get_run(late).data.metrics == {"loss": 2.0}
    down.clear()
    store.update_run_info(first, RunStatus.FINISHED, NOW + 1, None)
    store.update_run_info(late, RunStatus.FINISHED, NOW + 1, None)
    other = Place(f"local:{tmp_path}/store.db")  # as another process has it: the id that was made up finds the run
    assert other.known(late).name == "late"
    found = {run.info.run_name: run for run in store.search_runs([experiment], "", ViewType.ALL)}
    assert {name: run.data.metrics["loss"] for name, run in found.items()} == {"first": 0.5, "late": 2.0}
    assert {run.info.status for run in found.values()} == {"FINISHED"}


def test_a_run_that_is_only_asked_for_is_seen_as_others_left_it(tmp_path: Path) -> None:
    url = f"local:{tmp_path}/store.db"
    clock = [0.0]
    place = Place(url, clock=lambda: clock[0])
    with tl.connect(url) as client, client.start_run("seen", name="theirs") as run:
        run.log_param("lr", 0.5)
        run.flush()
        assert place.known(run.id).params == {"lr": "0.5"}
        run.log_param("layers", 3)
        run.flush()
        assert place.known(run.id).params == {"lr": "0.5"}
        clock[0] += 3.0
        assert place.known(run.id).params == {"lr": "0.5", "layers": "3"}


def test_two_threads_log_to_one_run_and_nothing_is_lost(store: TracklayerStore) -> None:
    run = store.create_run(store.create_experiment("threads"), "u", NOW, [], None).info.run_id

    def log(name: str) -> None:
        for step in range(200):
            store.log_metric(run, Metric(name, float(step), NOW + step, step))
            store.set_tag(run, RunTag(f"{name}.{step % 20}", str(step)))

    threads = [threading.Thread(target=log, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.update_run_info(run, RunStatus.FINISHED, NOW, None)
    assert [len(store.get_metric_history(run, name)) for name in ("a", "b")] == [200, 200]
    assert store.place.known(run, fresh=True).tags["a.19"] == "199"


def test_a_secret_is_hidden_and_what_is_read_says_so_at_once(store: TracklayerStore) -> None:
    secret = "AKIA" + "IOSFODNN7EXAMPLQ"
    run = store.create_run(store.create_experiment("secret"), "u", NOW, [RunTag("key", secret)], None).info.run_id
    store.log_param(run, Param("aws_access_key", secret))
    live = store.get_run(run)
    store.update_run_info(run, RunStatus.FINISHED, NOW, None)
    later = store.place.known(run, fresh=True)
    assert secret not in str(live.data.params) + str(live.data.tags)
    assert live.data.params == later.params


def test_traces_and_all_else_that_no_place_has_are_refused_by_an_error_of_mlflow_s(store: TracklayerStore) -> None:
    with pytest.raises(MlflowException, match="keeps experiments, runs and models, and has no") as caught:
        store.link_traces_to_run(["t"], "r")
    assert caught.value.error_code == "NOT_IMPLEMENTED"
    for name in {"start_trace", "get_trace_info", "list_scorers"} & set(
        dir(AbstractStore)
    ):  # MLflow 3.0 has no scorers
        asked = signature(getattr(AbstractStore, name)).parameters.values()
        with pytest.raises(MlflowException, match="has no") as caught:
            getattr(store, name)(*(None for one in list(asked)[1:] if one.default is one.empty))
        assert caught.value.error_code == "NOT_IMPLEMENTED"


def test_a_place_that_is_only_read_is_read_and_refuses_to_be_written_to(sqlite: SqlAlchemyStore) -> None:
    home = sqlite.create_experiment("read only")
    run = sqlite.create_run(home, "u", NOW, [], "theirs").info.run_id
    sqlite.log_metric(run, Metric("loss", 0.5, NOW, 3))
    store: Any = TracklayerStore(f"tracklayer+mlflow+{sqlite.db_uri.replace('///', '', 1)}")
    assert [one.info.run_name for one in store.search_runs([home], "metrics.loss < 1", ViewType.ALL)] == ["theirs"]
    assert [one.step for one in store.get_metric_history(run, "loss")] == [3]
    writings: list[Callable[[], object]] = [
        lambda: store.create_experiment("new"),
        lambda: store.create_run(home, "u", NOW, [], "ours"),
        lambda: store.log_metric(run, Metric("loss", 0.5, NOW, 3)),
        lambda: store.set_experiment_tag(home, ExperimentTag("a", "b")),
        lambda: store.delete_run(run),
        lambda: store.create_logged_model(home, "m", run),
    ]
    for write in writings:
        with pytest.raises(MlflowException) as caught:
            write()
        assert caught.value.error_code == "NOT_IMPLEMENTED"
