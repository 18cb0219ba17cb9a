"""The same calls on MLflow's own store and on ours: the same errors, by code and by message."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from mlflow.entities import (
    Dataset,
    DatasetInput,
    ExperimentTag,
    LoggedModelStatus,
    LoggedModelTag,
    Metric,
    Param,
    RunStatus,
    RunTag,
    ViewType,
)
from mlflow.exceptions import MlflowException
from mlflow.version import VERSION

from tracklayer.plugins.mlflow.store import TracklayerStore

Case = Callable[[Any, "Scene"], Any]
NOW = 1_700_000_000_000
#: Either of them: what MLflow declares of a store lacks some of what it calls.
Store: TypeAlias = Any


class Scene:
    """An experiment with a run that holds a param, a tag and a point, and a deleted one; and a deleted experiment."""

    def __init__(self, store: Store) -> None:
        mark = str(time.time_ns())
        self.name = f"scene {mark}"
        self.home = store.create_experiment(self.name, tags=[ExperimentTag("made", "yes")])
        self.run = self._made(store, self.home)
        store.log_batch(self.run, [Metric("loss", 1.0, NOW, 0)], [Param("lr", "0.1")], [RunTag("kept", "yes")])
        self.model = store.create_logged_model(self.home, "model", self.run).model_id
        self.gone = self._made(store, self.home)
        store.delete_run(self.gone)
        self.lost = store.create_experiment(f"lost {mark}")
        store.delete_experiment(self.lost)

    def _made(self, store: Store, home: str) -> str:
        return str(store.create_run(home, "somebody", NOW, [], "a run").info.run_id)

    def hidden(self, text: str) -> str:
        """A message without what is another's in every store."""
        for name, made in (("NAME", self.name), ("MODEL", self.model), ("RUN", self.run), ("GONE", self.gone)):
            text = text.replace(made, name)
        text = re.sub(r"(?<=id[= ])\d+|(?<=experiment )\d+", "ID", text)
        return text.partition(" Error: ")[0]


def one(**given: Any) -> Metric:
    return Metric(**{"key": "loss", "value": 1.0, "timestamp": NOW, "step": 0, **given})


def data(**given: Any) -> DatasetInput:
    return DatasetInput(Dataset(**{"name": "d", "digest": "1", "source_type": "local", "source": "{}", **given}), [])


CASES: dict[str, Case] = {
    "experiment without a name": lambda s, _: s.create_experiment(""),
    "experiment with a long name": lambda s, _: s.create_experiment("n" * 501),
    "experiment twice": lambda s, x: s.create_experiment(x.name),
    "experiment with a tag of a long key": lambda s, _: s.create_experiment("t", tags=[ExperimentTag("k" * 251, "")]),
    "experiment that is not there": lambda s, _: s.get_experiment("987654"),
    "experiment deleted twice": lambda s, x: s.delete_experiment(x.lost),
    "experiment restored twice": lambda s, x: s.restore_experiment(x.home),
    "experiment tag on a deleted one": lambda s, x: s.set_experiment_tag(x.lost, ExperimentTag("k", "v")),
    "experiment tag too long": lambda s, x: s.set_experiment_tag(x.home, ExperimentTag("k", "v" * 20_001)),
    "experiment tag that is not there, deleted": lambda s, x: s.delete_experiment_tag(x.home, "never"),
    "experiment renamed to nothing": lambda s, x: s.rename_experiment(x.home, ""),
    "experiment renamed when deleted": lambda s, x: s.rename_experiment(x.lost, "another"),
    "experiments by no field": lambda s, _: s.search_experiments(filter_string="colour = 'red'"),
    "experiments, none": lambda s, _: s.search_experiments(max_results=0),
    "experiments, too many": lambda s, _: s.search_experiments(max_results=50_001),
    "run in a deleted experiment": lambda s, x: s.create_run(x.lost, "u", NOW, [], None),
    "run in no experiment": lambda s, _: s.create_run("987654", "u", NOW, [], None),
    "run of two names": lambda s, x: s.create_run(x.home, "u", NOW, [RunTag("mlflow.runName", "a")], "b"),
    "run that is not there": lambda s, _: s.get_run("f" * 32),
    "run that is not there, deleted": lambda s, _: s.delete_run("f" * 32),
    "run that is not there, restored": lambda s, _: s.restore_run("f" * 32),
    "run that is not there, ended": lambda s, _: s.update_run_info("f" * 32, RunStatus.FINISHED, NOW, None),
    "deleted run, ended": lambda s, x: s.update_run_info(x.gone, RunStatus.FINISHED, NOW, None),
    "metric of no run": lambda s, _: s.log_metric("f" * 32, one()),
    "metric of a deleted run": lambda s, x: s.log_metric(x.gone, one()),
    "metric without a key": lambda s, x: s.log_metric(x.run, one(key=None)),
    "metric of an odd key": lambda s, x: s.log_metric(x.run, one(key="a$b")),
    "metric of a key that leads elsewhere": lambda s, x: s.log_metric(x.run, one(key="../a")),
    "metric of a long key": lambda s, x: s.log_metric(x.run, one(key="k" * 251)),
    "metric without a value": lambda s, x: s.log_metric(x.run, one(value=None)),
    "metric that is text": lambda s, x: s.log_metric(x.run, one(value="high")),
    "metric that is a truth": lambda s, x: s.log_metric(x.run, one(value=True)),
    "metric before 1970": lambda s, x: s.log_metric(x.run, one(timestamp=-1)),
    "metric at a step of text": lambda s, x: s.log_metric(x.run, one(step="first")),
    "param of an odd key": lambda s, x: s.log_param(x.run, Param("a?b", "1")),
    "param without a key": lambda s, x: s.log_param(x.run, Param(None, "1")),
    "param changed": lambda s, x: s.log_param(x.run, Param("lr", "0.2")),
    "param of a deleted run": lambda s, x: s.log_param(x.gone, Param("lr", "0.2")),
    "tag of an odd key": lambda s, x: s.set_tag(x.run, RunTag("a#b", "1")),
    "tag without a key": lambda s, x: s.set_tag(x.run, RunTag(None, "1")),
    "tag of a long key": lambda s, x: s.set_tag(x.run, RunTag("k" * 251, "1")),
    "tag of a deleted run": lambda s, x: s.set_tag(x.gone, RunTag("k", "1")),
    "tag that is not there, deleted": lambda s, x: s.delete_tag(x.run, "never"),
    "batch of no id": lambda s, _: s.log_batch("no id!", [], [], []),
    "batch of no run": lambda s, _: s.log_batch("f" * 32, [], [], []),
    "batch of a deleted run": lambda s, x: s.log_batch(x.gone, [one()], [], []),
    "batch of too many metrics": lambda s, x: s.log_batch(x.run, [one(step=n) for n in range(1_001)], [], []),
    "batch of too many params": lambda s, x: s.log_batch(x.run, [], [Param(f"p{n}", "1") for n in range(101)], []),
    "batch of too many tags": lambda s, x: s.log_batch(x.run, [], [], [RunTag(f"t{n}", "1") for n in range(101)]),
    "batch of a param twice": lambda s, x: s.log_batch(x.run, [], [Param("p", "1"), Param("p", "2")], []),
    "batch of a changed param": lambda s, x: s.log_batch(x.run, [], [Param("lr", "0.2")], []),
    "batch of an odd metric": lambda s, x: s.log_batch(x.run, [one(), one(value="high")], [], []),
    "inputs that are no list": lambda s, x: s.log_inputs(x.run, {"a": 1}),
    "input without a name": lambda s, x: s.log_inputs(x.run, [data(name=None)]),
    "input of a long digest": lambda s, x: s.log_inputs(x.run, [data(digest="1" * 37)]),
    "input of a deleted run": lambda s, x: s.log_inputs(x.gone, [data()]),
    "runs, none": lambda s, x: s.search_runs([x.home], "", ViewType.ACTIVE_ONLY, max_results=0),
    "runs, too many": lambda s, x: s.search_runs([x.home], "", ViewType.ACTIVE_ONLY, max_results=50_001),
    "model of an odd name": lambda s, x: s.create_logged_model(x.home, "a/b", x.run),
    "model in a deleted experiment": lambda s, x: s.create_logged_model(x.lost, "m"),
    "model that is not there": lambda s, _: s.get_logged_model("m-none"),
    "model that is not there, finished": lambda s, _: s.finalize_logged_model("m-none", LoggedModelStatus.READY),
    "model that is not there, tagged": lambda s, _: s.set_logged_model_tags("m-none", [LoggedModelTag("a", "b")]),
    "model's tag that is not there, deleted": lambda s, x: s.delete_logged_model_tag(x.model, "never"),
    "models of a data set without a name": lambda s, x: s.search_logged_models([x.home], datasets=[{"x": "y"}]),
}
#: What ours refuses by MLflow's code, and by words of our own: the parser says where the fault is.
OWN_WORDS: dict[str, Case] = {
    "runs by a broken filter": lambda s, x: s.search_runs([x.home], "metrics.loss <", ViewType.ACTIVE_ONLY),
    "runs by OR": lambda s, x: s.search_runs([x.home], "params.a = '1' OR params.b = '2'", ViewType.ACTIVE_ONLY),
    "runs by no kind of field": lambda s, x: s.search_runs([x.home], "colours.a = 'red'", ViewType.ACTIVE_ONLY),
    "runs in no order": lambda s, x: s.search_runs([x.home], "", ViewType.ACTIVE_ONLY, order_by=["colours.a"]),
    "runs from no page": lambda s, x: s.search_runs([x.home], "", ViewType.ACTIVE_ONLY, page_token="?"),
}
#: What MLflow 3.0 does not refuse yet, or in other words: the codes of its store, and of ours.
OLDEST = {
    "experiment with a tag of a long key": ("done", "INVALID_PARAMETER_VALUE"),
    "experiment tag that is not there, deleted": ("AttributeError", "RESOURCE_DOES_NOT_EXIST"),
    "experiment renamed to nothing": ("done", "INVALID_PARAMETER_VALUE"),
    "models of a data set without a name": ("INVALID_PARAMETER_VALUE", "INVALID_PARAMETER_VALUE"),
}


def error_of(store: Store, case: Case, scene: Scene) -> tuple[str, str]:
    try:
        case(store, scene)
    except MlflowException as error:
        return error.error_code, scene.hidden(error.message)
    except (AttributeError, TypeError, ValueError) as error:
        return type(error).__name__, str(error)
    return "done", ""


@pytest.fixture(scope="module")
def scenes(sqlite: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[Store, Scene], tuple[Store, Scene]]:
    ours = TracklayerStore(f"tracklayer+local:{tmp_path_factory.mktemp('place')}/store.db")
    return (sqlite, Scene(sqlite)), (ours, Scene(ours))


@pytest.mark.parametrize("name", CASES)
def test_what_mlflow_refuses_is_refused_in_its_words(
    scenes: tuple[tuple[Store, Scene], tuple[Store, Scene]], name: str
) -> None:
    theirs, ours = (error_of(store, CASES[name], scene) for store, scene in scenes)
    if VERSION.startswith("3.0.") and name in OLDEST:
        assert (theirs[0], ours[0]) == OLDEST[name]
        return
    assert theirs[0] != "done"
    assert ours == theirs


@pytest.mark.parametrize("name", OWN_WORDS)
def test_what_mlflow_cannot_read_is_refused_by_its_code(
    scenes: tuple[tuple[Store, Scene], tuple[Store, Scene]], name: str
) -> None:
    theirs, ours = (error_of(store, OWN_WORDS[name], scene) for store, scene in scenes)
    assert ours[0] == theirs[0] == "INVALID_PARAMETER_VALUE"
    assert ours[1]
