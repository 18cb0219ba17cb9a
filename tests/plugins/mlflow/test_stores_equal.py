"""The same calls on MLflow's own store and on ours, over several kinds of place: the same comes back."""

from __future__ import annotations

import math
from itertools import count
from typing import Any, TypeAlias

import pytest
from mlflow.entities import (
    Dataset,
    DatasetInput,
    ExperimentTag,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    Metric,
    Param,
    Run,
    RunStatus,
    RunTag,
    ViewType,
)
from mlflow.store.tracking.abstract_store import AbstractStore

from tracklayer.plugins.mlflow.store import TracklayerStore

NOW = 1_700_000_000_000
#: Either of them: what MLflow declares of a store lacks some of what it calls.
Store: TypeAlias = Any
NUMBERS = count()
#: Places with other providers' limits, by the fake that takes on their traits: no cloud is needed to meet them.
PLACES = ("local", "memory", "sagemaker", "vertex", "azureml")


def opened(place: str, folder: Any) -> TracklayerStore:
    number = next(NUMBERS)
    if place == "local":
        return TracklayerStore(f"tracklayer+local:{folder}/{number}.db")
    like = "" if place == "memory" else f"?like={place}"
    return TracklayerStore(f"tracklayer+memory://plugin-{number}{like}")


def told(store: Store) -> dict[str, Any]:
    """A life of two experiments and four runs; what the store says of it, without ids."""
    number = next(NUMBERS)
    home = store.create_experiment(f"home {number}", tags=[ExperimentTag("made", "yes"), ExperimentTag("gone", "soon")])
    store.set_experiment_tag(home, ExperimentTag("made", "twice"))
    store.set_experiment_tag(home, ExperimentTag("later", "x" * 2_000))
    if hasattr(AbstractStore, "delete_experiment_tag"):
        store.delete_experiment_tag(home, "gone")
    other = store.create_experiment(f"other {number}")
    tags = {
        "mlflow.user": "ann",
        "mlflow.source.name": "train.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": "c0ffee",
        "mlflow.note.content": "a note",
        "team": "vision",
    }
    first = store.create_run(home, "ann", NOW, [RunTag(key, text) for key, text in tags.items()], "first").info.run_id
    child_tags = [RunTag("mlflow.parentRunId", first)]
    child = store.create_run(home, "bob", NOW + 1, child_tags, "child").info.run_id
    odd = store.create_run(home, "bob", NOW + 2, [RunTag("mlflow.parentRunId", "never-was")], "odd").info.run_id
    gone = store.create_run(other, "bob", NOW + 3, [], "gone").info.run_id
    write(store, first, child, home)
    store.log_batch(odd, [Metric("loss", 0.5, NOW, 1)], [Param("model", "svm")], [])
    store.update_run_info(odd, RunStatus.KILLED, NOW + 50, None)
    store.set_tag(odd, RunTag("after", "the end"))
    store.log_metric(odd, Metric("loss", 0.25, NOW + 60, 2))
    store.update_run_info(child, RunStatus.FAILED, NOW + 70, "renamed")
    store.delete_run(gone)
    names = {first: "FIRST", child: "CHILD", odd: "ODD", gone: "GONE"}
    searches = {
        "all": ([home, other], "", ViewType.ALL, ["start_time ASC"]),
        "active": ([home, other], "", ViewType.ACTIVE_ONLY, ["metrics.loss DESC"]),
        "deleted": ([home, other], "", ViewType.DELETED_ONLY, None),
        "children": ([home], f"tags.`mlflow.parentRunId` = '{first}'", ViewType.ACTIVE_ONLY, None),
        "by id": ([home], f"attributes.run_id IN ('{first}', '{odd}')", ViewType.ACTIVE_ONLY, ["attributes.run_id"]),
        "by user": ([home], "tags.mlflow.user = 'ann' AND params.lr = '0.1'", ViewType.ACTIVE_ONLY, None),
        "by tag of MLflow's": ([home], "", ViewType.ACTIVE_ONLY, ["tags.mlflow.runName DESC"]),
        "by data": ([home], "dataset.name = 'iris'", ViewType.ACTIVE_ONLY, None),
        "by value": ([home], "metrics.loss <= 0.5 AND params.model LIKE 's%'", ViewType.ACTIVE_ONLY, None),
        "by status": ([home], "attributes.status = 'KILLED'", ViewType.ACTIVE_ONLY, None),
    }
    found = {
        name: [names[run.info.run_id] for run in store.search_runs(*asked[:3], order_by=asked[3])]
        for name, asked in searches.items()
    }
    if "by id" in found:
        found["by id"].sort()
    runs = {name: seen(store.get_run(run), names) for run, name in names.items()}
    store.restore_run(gone)
    store.delete_experiment(other)
    ended = {
        "stage of the run": store.get_run(gone).info.lifecycle_stage,
        "stage of the experiment": store.get_experiment(other).lifecycle_stage,
        "listed": [run.info.run_name for run in store.search_runs([home, other], "", ViewType.DELETED_ONLY)],
    }
    store.restore_experiment(other)
    ended["back"] = [run.info.run_name for run in store.search_runs([other], "", ViewType.ACTIVE_ONLY)]
    found_home = store.get_experiment_by_name(f"home {number}")
    return {
        "runs": runs,
        "found": found,
        "ended": ended,
        "experiment": dict(found_home.tags),
        "no experiment": store.get_experiment_by_name("never was"),
        "histories": {key: history(store, first, key) for key in ("loss", "acc", "never")},
        "pages": pages(store, home, names),
        "models": models(store, home, names),
        "experiments": [
            one.name.split()[0]
            for one in store.search_experiments(filter_string=f"name LIKE '% {number}'", order_by=["name ASC"])
        ],
    }


def write(store: Store, first: str, child: str, home: str) -> None:
    store.log_param(first, Param("lr", "0.1"))
    store.log_param(first, Param("lr", "0.1"))
    store.log_batch(first, [], [Param("lr", "0.1"), Param("empty", ""), Param("long", "p" * 6_000)], [])
    store.log_batch(first, [Metric("loss", 1 / (step + 1), NOW + step, step) for step in range(40)], [], [])
    store.log_batch(first, [Metric("acc", math.nan, NOW, 0), Metric("acc", 0.5, NOW + 9, -3)], [], [])
    store.log_metric(first, Metric("loss", 9.0, NOW + 99, 7))  # late, of an earlier step
    store.set_tag(first, RunTag("team", "language"))
    store.set_tag(first, RunTag("long", "t" * 8_000))
    store.set_tag(first, RunTag("short-lived", "x"))
    store.delete_tag(first, "short-lived")
    store.set_tag(first, RunTag("mlflow.note.content", "another note"))
    store.set_tag(first, RunTag("mlflow.runName", "first, renamed"))
    iris = Dataset("iris", "d1", "local", '{"uri": "x"}', '{"a": 1}', '{"rows": 2}')
    store.log_inputs(first, [DatasetInput(iris, [InputTag("mlflow.data.context", "training")])])
    store.log_inputs(first, [DatasetInput(iris, [InputTag("mlflow.data.context", "training")])])
    made = store.create_logged_model(
        home,
        "net",
        first,
        [LoggedModelTag("a", "1"), LoggedModelTag("b", "2")],
        [LoggedModelParameter("p", "1")],
        "llm",
    ).model_id
    twin = store.create_logged_model(home, "net", first).model_id
    store.log_outputs(first, [LoggedModelOutput(made, 3)])
    store.set_logged_model_tags(made, [LoggedModelTag("a", "one")])
    store.delete_logged_model_tag(made, "b")
    store.log_logged_model_params(made, [LoggedModelParameter("q", "2")])
    store.log_metric(
        first, Metric("f1", 0.75, NOW + 5, 1, model_id=made, dataset_name="iris", dataset_digest="d1", run_id=first)
    )
    store.log_metric(first, Metric("f1", 0.8, NOW + 6, 2, model_id=made))
    store.finalize_logged_model(made, LoggedModelStatus.READY)
    store.finalize_logged_model(twin, LoggedModelStatus.FAILED)
    store.log_inputs(child, models=[LoggedModelInput(made)])
    store.log_metric(child, Metric("score", 0.9, NOW, 0, model_id=made, run_id=child))  # of a model of another run
    store.create_logged_model(home, "alone")
    lost = store.create_logged_model(home, "lost", first).model_id
    store.delete_logged_model(lost)


def seen(run: Run, names: dict[str, str]) -> dict[str, Any]:
    def hidden(text: str) -> str:
        return names.get(text, text)

    inputs = [
        (one.dataset.to_dictionary(), [(tag.key, tag.value) for tag in one.tags]) for one in run.inputs.dataset_inputs
    ]
    return {
        "info": (run.info.run_name, run.info.status, run.info.start_time, run.info.end_time, run.info.user_id),
        "stage": run.info.lifecycle_stage,
        "params": run.data.params,
        "tags": {key: hidden(text) for key, text in run.data.tags.items()},
        "metrics": {key: repr(value) for key, value in run.data.metrics.items()},
        "inputs": inputs,
        "models": (len(run.inputs.model_inputs), [one.step for one in run.outputs.model_outputs]),
    }


def history(store: Store, run: str, key: str) -> list[Any]:
    found, token = [], None
    while True:
        page = store.get_metric_history(run, key, max_results=15, page_token=token)
        found += [(one.timestamp, one.step, repr(one.value)) for one in page]
        token = page.token
        if token is None:
            return found


def pages(store: Store, home: str, names: dict[str, str]) -> list[list[str]]:
    found, token = [], None
    while True:
        page = store.search_runs([home], "", ViewType.ACTIVE_ONLY, 2, ["attributes.start_time ASC"], token)
        found.append([names[run.info.run_id] for run in page])
        token = page.token
        if token is None:
            return found


def models(store: Store, home: str, names: dict[str, str]) -> dict[str, Any]:
    order = [{"field_name": "creation_timestamp"}]
    listed = store.search_logged_models([home], order_by=order)
    by_metric = store.search_logged_models([home], "metrics.f1 > 0.7", order_by=[{"field_name": "metrics.f1"}])
    first_page = store.search_logged_models([home], max_results=2, order_by=order)
    rest = store.search_logged_models([home], max_results=2, order_by=order, page_token=first_page.token)
    return {
        "all": sorted(((one.name, str(one.status), one.model_type) for one in listed), key=str),
        "by metric": [one.name for one in by_metric],
        "pages": (len(first_page), len(rest), rest.token),
        "net": [whole(store.get_logged_model(one.model_id), names) for one in by_metric],
        "of": sorted(names.get(str(one.source_run_id), "none") for one in listed),
    }


def whole(model: Any, names: dict[str, str]) -> dict[str, Any]:
    return {
        "params": model.params,
        "tags": model.tags,
        "kind": model.model_type,
        "metrics": sorted(
            (one.key, one.value, one.timestamp, one.step, str(one.dataset_name), names[one.run_id])
            for one in model.metrics or ()
        ),
    }


@pytest.fixture(scope="module")
def theirs(sqlite: Store) -> dict[str, Any]:
    return told(sqlite)


@pytest.mark.parametrize("place", PLACES)
def test_what_is_told_to_a_place_comes_back_as_from_mlflow_s_own_store(
    place: str, theirs: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = opened(place, tmp_path_factory.mktemp("place"))
    ours = told(store)
    store.place.close(10.0)
    for part, expected in theirs.items():
        assert ours[part] == expected, part
