"""What others made: runs of the official SDK as it writes them, pipelines, runs of its preview."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pytest
from tests.drivers.vertex.conftest import STORE, Raw, artifact, charts, execution, experiment, run, theirs, whole

from tracklayer.drivers.vertex.driver import VertexDriver
from tracklayer.drivers.vertex.reading import UNASKED
from tracklayer.model import Batch, Dataset, ExperimentRef, Points, Query, Run, RunRef, canonical
from tracklayer.spi import Driver, every


def read(driver: Driver, ref: RunRef, key: str) -> Points:
    return canonical(key, list(every(partial(driver.read_points, ref, key))))


def listed(driver: Driver, home: ExperimentRef) -> dict[str, Run]:
    return {one.id: one for one in every(partial(driver.list_runs, Query(experiments=(home,), page_size=100)))}


def test_a_run_of_the_sdk_with_values_only(driver: VertexDriver, raw: Raw) -> None:
    layers, home = whole(driver), experiment(driver, name="abcd")
    ref = theirs(raw, "abcd", "run-1", _params={"lr": 0.1, "opt": "adam"}, _metrics={"acc": 0.9}, _state="COMPLETE")
    found = layers.get_run(ref)
    assert (found.name, found.status, found.params) == ("run-1", "finished", {"lr": 0.1, "opt": "adam"})
    assert found.metrics["acc"].last == 0.9
    assert read(layers, ref, "acc") == Points.of("acc", [(0, 0, 0.9)])
    assert read(layers, ref, "none") == Points.of("none")
    shown = listed(layers, home.ref)[ref.id]
    assert set(shown.approximate) - set(found.approximate) == set(UNASKED)
    assert shown.model_copy(update={"approximate": found.approximate}) == found


def test_a_run_of_the_sdk_with_time_series(driver: VertexDriver, raw: Raw) -> None:
    layers = whole(driver)
    experiment(driver, name="abcd")
    ref = theirs(raw, "abcd", "run-1", _metrics={"loss": 0.25})
    rows: list[tuple[int, str | None, Any]] = [
        (1, "2026-03-04T05:06:07.500Z", 0.5),
        (2, None, "NaN"),
        (3, "2026-03-04T05:06:09Z", 0.0),
    ]
    charts(raw, ref.id, "abcd", "loss", rows)
    found = layers.get_run(ref)
    assert (found.metrics["loss"].last, found.metrics["loss"].last_step, found.metrics["loss"].count) == (0.0, 3, 3)
    assert "local time" in found.approximate["metrics.loss"]
    steps = [(step, value) for step, _, value in read(layers, ref, "loss").rows()]
    assert (steps[0], steps[2]) == ((1, 0.5), (3, 0.0))
    assert math.isnan(steps[1][1])


def test_of_a_long_series_the_summary_is_a_sample_and_the_points_are_all(driver: VertexDriver, raw: Raw) -> None:
    experiment(driver, name="abcd")
    ref = theirs(raw, "abcd", "run-1")
    charts(raw, ref.id, "abcd", "m", [(step, "2026-03-04T05:06:07Z", 0.5) for step in range(3_000)])
    found = driver.get_run(ref)
    assert found.metrics["m"].last_step == 2_999
    assert "sample" in found.approximate["metrics.m"]
    assert len(read(driver, ref, "m")) == 3_000


def test_a_tensorboard_that_was_deleted_by_hand_is_no_trouble(driver: VertexDriver, raw: Raw) -> None:
    experiment(driver, name="abcd")
    ref = theirs(raw, "abcd", "run-1", _metrics={"m": 1.0})
    charts(raw, ref.id, "abcd", "m", [(1, None, 0.5)])
    (board,) = raw("GET", STORE.rpartition("/metadataStores")[0] + "/tensorboards")["tensorboards"]
    raw("DELETE", board["name"])
    assert driver.get_run(ref).metrics["m"].last == 1.0
    assert read(driver, ref, "m") == Points.of("m", [(0, 0, 1.0)])


def test_data_sets_and_what_is_no_file_are_read_from_the_lineage(driver: VertexDriver, raw: Raw) -> None:
    experiment(driver, name="abcd")
    ref = theirs(raw, "abcd", "run-1")
    artifact(raw, ref.id, "data-1", schemaTitle="system.Dataset", uri="gs://b/train.csv", displayName="train")
    read_one = artifact(raw, ref.id, "data-2", uri="https://example.com/eval.csv", displayName="eval")
    artifact(raw, ref.id, "model-1", schemaTitle="google.VertexModel", uri="https://x/models/1@1", displayName="m")
    job = execution(raw, ref.id, "job-1", schemaTitle="system.ContainerExecution")
    events = [{"artifact": read_one, "type": "INPUT"}]
    raw("POST", f"{job}:addExecutionEvents", {"events": events})
    found = driver.get_run(ref)
    assert {one.name: one.source for one in found.inputs} == {
        "train": "gs://b/train.csv",
        "eval": "https://example.com/eval.csv",
    }
    assert found.approximate["inputs"]
    assert found.tags["vertex.artifact.m"] == "https://x/models/1@1"


def test_what_we_show_of_data_sets_is_not_read_again(driver: VertexDriver, raw: Raw) -> None:
    layers = whole(driver)
    made = run(layers)
    dataset = Dataset(name="digits", digest="ab12", source="gs://b/digits.csv")
    for _ in range(2):
        layers.write(made.ref, Batch(inputs=(dataset,)))
    assert layers.get_run(made.ref).inputs == (dataset,)
    graph = raw("GET", f"{STORE}/contexts/{made.id}:queryContextLineageSubgraph")
    assert [one["schemaTitle"] for one in graph["artifacts"]] == ["system.Dataset"]
    assert [one["type"] for one in graph["events"]] == ["INPUT"]
    assert list(every(partial(layers.list_artifacts, made.ref))) == []


def test_a_pipeline_is_read_from_its_execution_and_its_artifacts(driver: VertexDriver, raw: Raw) -> None:
    home = experiment(driver, name="abcd")
    body = {"displayName": "pipe", "schemaTitle": "system.PipelineRun"}
    made = raw("POST", f"{STORE}/contexts", body, contextId="pipe-1")
    raw("POST", f"{STORE}/contexts/abcd:addContextChildren", {"childContexts": [made["name"]]})
    params = {"input:lr": 0.1, "input:name": "x", "vertex-ai-pipelines-artifact": "no"}
    execution(raw, "pipe-1", "pipe-1-run", schemaTitle="system.Run", state="COMPLETE", metadata=params)
    artifact(raw, "pipe-1", "metrics-1", schemaTitle="system.Metrics", metadata={"acc": 0.9, "note": "text"})
    assert "status" in listed(driver, home.ref)["pipe-1"].approximate
    found = driver.get_run(RunRef(id="pipe-1"))
    assert (found.status, found.params, found.metrics["acc"].last) == ("finished", {"lr": 0.1, "name": "x"}, 0.9)
    assert "status" not in found.approximate
    assert read(driver, found.ref, "acc") == Points.of("acc", [(0, 0, 0.9)])


def test_a_run_of_the_preview_is_an_execution(driver: VertexDriver, raw: Raw) -> None:
    layers, home = whole(driver), experiment(driver, name="ab-cd")
    params = {"lr": 0.1, "opt": "adam"}
    execution(
        raw, "ab-cd", "ab-cd-old-1", schemaTitle="system.Run", state="FAILED", displayName="old-1", metadata=params
    )
    artifact(raw, "ab-cd", "ab-cd-old-1-metrics", schemaTitle="system.Metrics", metadata={"acc": 0.9})
    (found,) = listed(layers, home.ref).values()
    assert (found.id, found.name, found.status, found.params) == ("executions/ab-cd-old-1", "old-1", "failed", params)
    whole_run = layers.get_run(found.ref)
    assert (whole_run.experiment, whole_run.metrics["acc"].last) == (home.ref, 0.9)
    assert read(layers, found.ref, "acc") == Points.of("acc", [(0, 0, 0.9)])
    assert layers.list_artifacts(found.ref).items == ()
    layers.delete(found.ref)
    assert listed(layers, home.ref) == {}


@pytest.mark.parametrize("ref", ["executions/none", "executions/", "executions/a/b"])
def test_an_execution_that_is_none_is_not_found(driver: VertexDriver, ref: str) -> None:
    with pytest.raises(Exception, match="no run") as caught:
        driver.get_run(RunRef(id=ref))
    assert type(caught.value).__name__ == "NotFound"
