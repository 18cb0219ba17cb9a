"""Several places as one store: ids carry their place, searches go over all, and a place that is down is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities import ExperimentTag, LoggedModelOutput, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.tracking._model_registry.utils import _get_store as registry_of

import tracklayer as tl
from tracklayer.errors import InvalidInput
from tracklayer.plugins.mlflow import entry
from tracklayer.plugins.mlflow.many.part import parts
from tracklayer.plugins.mlflow.many.spelling import ROOM, label_of, shortened
from tracklayer.plugins.mlflow.many.store import ROUTED
from tracklayer.plugins.mlflow.many.uris import places_of, uri_of
from tracklayer.plugins.mlflow.store import TracklayerStore


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Five runs here and four there, in turns; and a place that is not there beside them, for who asks for it."""
    folder = tmp_path_factory.mktemp("many")
    urls = (f"local:{folder / 'red.db'}", f"local:{folder / 'blue.db'}")
    for number in range(9):
        with tl.start_run("digits", name=f"run {number}", to=urls[number % 2], params={"n": number}) as run:
            run.log_metrics({"loss": 1 / (number + 1)}, step=0)
            run.log_metrics({"loss": 2 / (number + 1)}, step=1)
            run.log_text("hello", "notes/a.txt")
    return urls


@pytest.fixture
def store(urls: tuple[str, str]) -> Any:
    return entry.tracking_store(uri_of(urls))


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[Any]:
    """A store of two empty places that may be written to."""
    urls = [f"local:{tmp_path / name}.db" for name in ("one", "two")]
    made = entry.tracking_store(uri_of(urls, write=True))
    for part in made.parts.values():
        part.store.create_experiment("there")
    yield made
    for part in made.parts.values():
        part.place.close(10.0)


def test_experiments_are_named_by_their_place_and_every_id_leads_there(store: Any, urls: tuple[str, str]) -> None:
    found = store.search_experiments()
    assert {one.name for one in found} == {"digits @ local:red.db", "digits @ local:blue.db"}
    for one in found:
        assert store.get_experiment(one.experiment_id).name == one.name
        assert store.get_experiment_by_name(one.name).experiment_id == one.experiment_id
        assert re.fullmatch(r"[a-zA-Z0-9][\w\-]{0,63}", one.experiment_id)
    assert store.get_experiment_by_name("digits") is None
    (only,) = store.search_experiments(filter_string="name = 'digits @ local:blue.db'")
    assert only.name.endswith("blue.db")
    assert [part.key for part in parts(urls[::-1])] == [part.key for part in parts(urls)][::-1]


@pytest.mark.parametrize("size", [1, 2, 4, 100])
@pytest.mark.parametrize("order", [["metrics.loss ASC"], ["attributes.start_time DESC"], []], ids=["loss", "time", ""])
def test_runs_of_several_places_come_in_one_order_page_by_page_none_twice(
    store: Any, size: int, order: list[str]
) -> None:
    homes = [one.experiment_id for one in store.search_experiments()]
    names, token = [], None
    while True:
        page = store.search_runs(homes, "", ViewType.ACTIVE_ONLY, size, order, token)
        assert len(page) <= size
        names += [run.info.run_name for run in page]
        token = page.token
        if not token:
            break
    assert names == [f"run {number}" for number in range(8, -1, -1)]


def test_a_run_is_found_by_its_id_and_its_points_and_files_are_its_own(store: Any, urls: tuple[str, str]) -> None:
    homes = [one.experiment_id for one in store.search_experiments()]
    run, other = store.search_runs(homes, "", ViewType.ACTIVE_ONLY, 2)
    again = store.get_run(run.info.run_id)
    assert (again.info.run_name, again.data.params, again.data.metrics) == ("run 8", {"n": "8"}, {"loss": 2 / 9})
    assert again.info.experiment_id in homes
    found = store.search_runs(homes, f"attributes.run_id = '{run.info.run_id}'", ViewType.ACTIVE_ONLY, 9)
    assert [one.info.run_name for one in found] == ["run 8"]
    assert [one.value for one in store.get_metric_history(run.info.run_id, "loss")] == [1 / 9, 2 / 9]
    bulk = store.get_metric_history_bulk([run.info.run_id, other.info.run_id], "loss", 100)
    assert {one.run_id for one in bulk} == {run.info.run_id, other.info.run_id}
    spread = store.get_metric_history_bulk_interval([run.info.run_id], "loss", 10, None, None)
    assert {(one.run_id, one.step) for one in spread} == {(run.info.run_id, 0), (run.info.run_id, 1)}
    files = get_artifact_repository(again.info.artifact_uri)
    assert [one.path for one in files.list_artifacts("notes")] == ["notes/a.txt"]
    handed = entry.artifact_repository(uri_of(urls))
    key, inside = run.info.run_id.split("-", 1)
    assert [one.path for one in handed.list_artifacts(f"{key}/runs/{inside}/notes")] == [
        f"{key}/runs/{inside}/notes/a.txt"
    ]


def test_whatever_writes_is_refused_and_makes_nothing(store: Any, urls: tuple[str, str], tmp_path: Path) -> None:
    experiment = store.search_experiments()[0].experiment_id
    run = store.search_runs([experiment], "", ViewType.ACTIVE_ONLY, 1)[0].info.run_id
    given = {"run": run, "experiment": experiment, "model": f"m-{'0' * 12}-{run}"}
    for kind, (_, writing) in ROUTED.items():
        for name in writing:
            with pytest.raises(MlflowException, match="this server only reads: start it with --write") as refused:
                getattr(store, name)(given[kind], *[None] * (_needs(name) - 1))
            assert refused.value.error_code == "PERMISSION_DENIED"
    with pytest.raises(MlflowException, match="only reads"):
        store.create_experiment("new")
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(MlflowException, match="only reads"):
        entry.artifact_repository(uri_of(urls)).log_artifact(str(tmp_path / "a.txt"), "x/runs/y")
    key = run.split("-")[0]
    with pytest.raises(MlflowException, match="No Experiment with id=0 exists"):
        store.get_experiment(f"{key}-0")  # MLflow's own would make it
    assert {one.name.split(" @")[0] for one in store.search_experiments()} == {"digits"}


def test_what_is_written_goes_where_its_id_says(writing: Any) -> None:
    first, second = writing.search_experiments(order_by=["name ASC"])
    assert first.tags["mlflow.experimentKind"] == "custom_model_development"
    run = writing.create_run(second.experiment_id, "ada", 1, [], "parent")
    made = run.info.run_id
    child = writing.create_run(second.experiment_id, "ada", 1, [RunTag("mlflow.parentRunId", made)], "child")
    assert child.data.tags["mlflow.parentRunId"] == made
    model = writing.create_logged_model(second.experiment_id, "net", made)
    assert (model.source_run_id, model.experiment_id) == (made, second.experiment_id)
    writing.log_batch(made, [Metric("loss", 0.5, 1, 0, model_id=model.model_id)], [Param("lr", "1")], [])
    writing.log_outputs(made, [LoggedModelOutput(model.model_id, 0)])
    writing.set_experiment_tag(second.experiment_id, ExperimentTag("team", "red"))
    writing.update_run_info(made, 3, 9, None)
    found = writing.get_run(made)
    assert [one.model_id for one in found.outputs.model_outputs] == [model.model_id]
    (again,) = writing.search_logged_models([first.experiment_id, second.experiment_id], f"source_run_id = '{made}'")
    assert again.model_id == model.model_id
    assert [(one.key, one.run_id, one.model_id) for one in writing.get_logged_model(model.model_id).metrics] == [
        ("loss", made, model.model_id)
    ]
    children = f"tags.`mlflow.parentRunId` = '{made}'"
    homes = [first.experiment_id, second.experiment_id]
    assert [one.info.run_id for one in writing.search_runs(homes, children, ViewType.ACTIVE_ONLY, 9)] == [
        child.info.run_id
    ]
    new = writing.create_experiment(f"new{second.name.removeprefix('there')}")
    assert new.split("-")[0] == second.experiment_id.split("-")[0]
    writing.update_run_info(child.info.run_id, 3, 9, None)


def test_a_place_that_cannot_be_read_is_told_and_the_others_are_there(urls: tuple[str, str], tmp_path: Path) -> None:
    gone = f"local:{tmp_path / 'gone.db'}"
    store = entry.tracking_store(uri_of([*urls, gone]))
    found = {one.name: one for one in store.search_experiments()}
    assert len(found) == 3
    told = found["cannot be read @ local:gone.db"]
    assert "there is no store" in told.tags["mlflow.note.content"]
    homes = [one.experiment_id for one in found.values()]
    assert len(store.search_runs(homes, "", ViewType.ACTIVE_ONLY, 100)) == 9
    assert store.get_experiment(told.experiment_id).name == told.name
    part = next(part for part in store.parts.values() if part.asked == gone)
    with tl.start_run("late", to=gone):
        pass
    part.check()
    assert "late @ local:gone.db" in {one.name for one in store.search_experiments()}


def test_a_place_that_could_not_be_read_is_asked_again_beside_what_is_asked(
    urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = entry.tracking_store(uri_of(urls))
    part = next(iter(store.parts.values()))
    part.told(OSError("the [line](http://evil.example.org) is down"))
    told = next(one for one in store.search_experiments() if one.name == "cannot be read @ local:red.db")
    assert told.tags["mlflow.note.content"] == "the (line)(http://evil.example.org) is down"
    monkeypatch.setattr("tracklayer.plugins.mlflow.many.part.AGAIN", -1.0)
    assert len(store.search_experiments()) == 2
    with part._asking:  # until it has been asked
        assert part.problem is None
    assert {one.name for one in store.search_experiments()} == {"digits @ local:red.db", "digits @ local:blue.db"}


def test_one_place_alone_keeps_its_names_and_ids(urls: tuple[str, str]) -> None:
    store = entry.tracking_store(uri_of(urls[:1]))
    (home,) = store.search_experiments()
    assert home.name == "digits"
    runs = store.search_runs([home.experiment_id], "", ViewType.ACTIVE_ONLY, 100)
    own = TracklayerStore(f"tracklayer+{urls[0]}")
    assert {run.info.run_id for run in runs} == {run.id for run in tl.connect(urls[0]).runs("digits")}
    assert own.get_run(runs[0].info.run_id).info.run_name == runs[0].info.run_name


def test_what_no_place_has_is_refused_and_the_registry_is_empty(store: Any, urls: tuple[str, str]) -> None:
    with pytest.raises(MlflowException, match="has no 'search traces'"):
        store.search_traces()
    registry = registry_of(uri_of(urls))
    assert list(registry.search_registered_models()) == list(registry.search_model_versions()) == []
    with pytest.raises(MlflowException, match="has no 'create registered model'") as refused:
        registry.create_registered_model("x")
    assert refused.value.error_code == "NOT_IMPLEMENTED"
    with pytest.raises(MlflowException, match=r"tracklayer \(local:x.db\) keeps .* has no 'create registered model'"):
        registry_of("tracklayer+local:x.db").create_registered_model("x")
    with pytest.raises(MlflowException, match="no place that is served here has its key"):
        store.get_run("deadbeef-1")


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("sagemaker://us-east-1/?bucket=b&prefix=a/b", "sagemaker:us-east-1"),
        ("azureml://sub/group/workspace", "azureml:sub:group:workspace"),
        ("mlflow+http://127.0.0.1:5000", "mlflow+http:127.0.0.1:5000"),
        ("local:/a/b/store.db", "local:store.db"),
        ("local:store.db", "local:store.db"),
        ("local:", "local"),
        ("arn:aws:sagemaker:us-east-1:1:mlflow-app/x", "arn:x"),
        (r"local:C:\\a\\store.db", "local:store.db"),
    ],
)
def test_a_label_has_no_slash(url: str, label: str) -> None:
    assert label_of(url) == label


def test_places_of_one_label_are_told_apart_and_a_place_named_twice_is_one(tmp_path: Path) -> None:
    one, other = (f"local:{tmp_path / name / 'store.db'}" for name in "ab")
    first, second = parts((one, other, one))
    assert (first.asked, second.asked) == (one, other)
    assert first.spelling.name("x") == f"x @ local:store.db {first.key}"
    assert second.spelling.name("x") == f"x @ local:store.db {second.key}"


def test_uris_and_long_ids_are_read_back() -> None:
    urls = ("local:/a/b,c.db", "sagemaker://us-east-1/?bucket=x&prefix=y")
    assert places_of(uri_of(urls)) == (urls, False)
    assert places_of(uri_of(urls, write=True)) == (urls, True)
    with pytest.raises(InvalidInput, match="not a URI of places"):
        places_of("tracklayer+places:/")
    assert shortened("x" * (ROOM - 1)) == "x" * (ROOM - 1)
    assert len(shortened("x" * ROOM)) == len(shortened("x" * 64)) == ROOM
    assert shortened("x" * ROOM) != shortened("x" * 64)


def _needs(name: str) -> int:
    """How many arguments a method must be given."""
    given = list(signature(getattr(TracklayerStore, name)).parameters.values())[1:]
    return sum(one.default is one.empty for one in given)
