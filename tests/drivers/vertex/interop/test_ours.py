"""What ours writes, the official SDK reads, and goes on with; what it added, ours reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from contract_tests.witnesses import cloud
from tests.drivers.vertex.interop.conftest import Speaker, new_name

import tracklayer as tl
from tracklayer.emulators.stage import Stage
from tracklayer.model import Run

BEGIN = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LONG = "a long value " * 2_000
PARAMS: dict[str, Any] = {
    "lr": 0.1, "layers": 3, "optimizer": "adam", "a/b.c d": "e", "empty": "", "zero": 0, "yes": True, "é🚀": "ü"
}  # fmt: skip
CURVE = [(step, 1.0 / (step + 1)) for step in range(40)]


def write(client: tl.Client, experiment: str, name: str = "first é") -> Run:
    """A run of ours with everything."""
    with client.start_run(experiment, name=name, params=PARAMS, tags={"stage": "dev", "long": LONG}) as run:
        run.log_param("long", LONG)
        for step, value in CURVE:
            moment = BEGIN + timedelta(seconds=step)
            run.log_metric("loss", value, step=step, time=moment)
            run.log_metric("accuracy", 1 - value, step=step, time=moment)
        run.log_text("the text", "notes/a.txt")
    return client.run(run.id)


def short(run: Run, experiment: str) -> str:
    """What the official SDK calls the run."""
    assert run.id.startswith(f"{experiment}-")
    return run.id.removeprefix(f"{experiment}-")


@dataclass(frozen=True)
class Ours:
    """An experiment of ours with two runs; to be read only."""

    experiment: str
    run: Run
    other: Run


def _made(url: str, stage: Stage, folder: Path) -> Iterator[Ours]:
    name = new_name()
    with cloud.inside(stage, folder), tl.connect(url) as client:
        made = Ours(name, write(client, name), write(client, name, "other"))
    yield made


@pytest.fixture(scope="module")
def ours(stage: Stage, charted_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ours]:
    """With a TensorBoard."""
    yield from _made(charted_url, stage, tmp_path_factory.mktemp("journal"))


@pytest.fixture(scope="module")
def bare(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ours]:
    """Without one."""
    yield from _made(stage.places["vertex"], stage, tmp_path_factory.mktemp("journal"))


def test_the_official_sdk_reads_our_runs(every_sdk: Speaker, ours: Ours) -> None:
    run = ours.run
    seen = every_sdk.ask("read_run", experiment=ours.experiment, run=short(run, ours.experiment))
    assert (seen["id"], seen["state"]) == (run.id, "COMPLETE")
    assert seen["name"].startswith("first-e-")
    assert {key: seen["params"][key] for key in PARAMS} == PARAMS
    assert seen["params"]["yes"] is True
    assert seen["metrics"] == {"loss": CURVE[-1][1], "accuracy": 1 - CURVE[-1][1]}
    assert seen["series"] == [
        {"step": step, "wall_time": str(BEGIN + timedelta(seconds=step)), "loss": value, "accuracy": 1 - value}
        for step, value in CURVE
    ]
    (file,) = (one for one in seen["artifacts"] if one["schema"] == "system.Artifact")
    assert file["name"] == "notes/a.txt"
    assert file["uri"].endswith("/notes/a.txt")
    assert (file["metadata"]["size"], file["metadata"]["mediaType"]) == (8, "text/plain")
    assert (seen["charts"], seen["executions"]) == ([], [])


def test_the_official_sdk_lists_our_runs_and_makes_none(client: tl.Client, sdk: Speaker, ours: Ours) -> None:
    both = {ours.run.id, ours.other.id}
    assert {seen["id"] for seen in sdk.ask("list_runs", experiment=ours.experiment, series=False)} == both
    assert {run.id for run in client.runs(ours.experiment)} == both
    assert ours.experiment in sdk.ask("experiments")


@pytest.mark.parametrize("series", [True, False], ids=["with series", "without"])
def test_the_official_data_frame_has_our_runs(every_sdk: Speaker, ours: Ours, series: bool) -> None:
    rows = {row["run_name"]: row for row in every_sdk.ask("frame", experiment=ours.experiment, series=series)}
    assert set(rows) == {short(run, ours.experiment) for run in (ours.run, ours.other)}
    row = rows[short(ours.run, ours.experiment)]
    assert (row["state"], row["run_type"]) == ("COMPLETE", "system.ExperimentRun")
    assert {key: row[f"param.{key}"] for key in PARAMS} == PARAMS
    assert (row["metric.loss"], row.get("time_series_metric.loss")) == (
        CURVE[-1][1], CURVE[-1][1] if series else None
    )  # fmt: skip


def test_without_a_tensorboard_the_official_sdk_has_the_last_values(plain: tl.Client, sdk: Speaker, bare: Ours) -> None:
    seen = sdk.ask("read_run", experiment=bare.experiment, run=short(bare.run, bare.experiment))
    assert seen["metrics"] == {"loss": CURVE[-1][1], "accuracy": 1 - CURVE[-1][1]}
    assert seen["series"] == []
    assert {key: seen["params"][key] for key in PARAMS} == PARAMS
    assert len(sdk.ask("frame", experiment=bare.experiment)) == 2
    assert sdk.ask("experiments")[bare.experiment] is None, "no reader makes a TensorBoard, which is billed"
    loss = plain.metric_history(bare.run, "loss")
    assert [(step, value) for step, _, value in loss.rows()] == CURVE


def test_the_official_sdk_goes_on_with_our_run(client: tl.Client, every_sdk: Speaker, experiment: str) -> None:
    before = write(client, experiment)
    loss = client.metric_history(before, "loss")
    every_sdk.ask(
        "write_run",
        experiment=experiment,
        run=short(before, experiment),
        resume=True,
        params={"theirs": 7, "optimizer": "sgd"},
        metrics={"summary": 0.5},
        series=[[{"theirs": 0.5 + step}, step, BEGIN.timestamp()] for step in range(12)],
        charts=["confusion"],
    )
    after = client.run(before.id)
    assert (after.name, after.status, after.started) == ("first é", "finished", before.started)
    assert after.params == {**before.params, "theirs": 7.0, "optimizer": "sgd"}
    assert type(after.params["layers"]) is int
    assert after.params["yes"] is True
    assert after.params["long"] == LONG
    assert after.tags == before.tags
    assert client.metric_history(after, "loss") == loss
    assert "metrics.loss" not in after.approximate
    theirs = client.metric_history(after, "theirs")
    assert [(step, value) for step, _, value in theirs.rows()] == [(step, 0.5 + step) for step in range(12)]
    assert {"metrics.theirs", "metrics.summary"} <= set(after.approximate)
    assert after.metrics["summary"].last == 0.5
    files = {file.path for file in client.artifacts(after)}
    assert files == {"notes/a.txt", "charts/confusion.json"}
    with client.open_artifact(after, "notes/a.txt") as stream:
        assert stream.read() == b"the text"


def test_a_series_that_they_went_on_with_is_all_there(client: tl.Client, sdk: Speaker, experiment: str) -> None:
    before = write(client, experiment)
    loss = list(client.metric_history(before, "loss").rows())
    sdk.ask(
        "write_run", experiment=experiment, run=short(before, experiment), resume=True,
        series=[[{"loss": 9.0}, 100, BEGIN.timestamp()]],
    )  # fmt: skip
    after = client.run(before.id)
    assert after.approximate["metrics.loss"]
    read = [(step, value) for step, _, value in client.metric_history(after, "loss").rows()]
    assert read == [*((step, value) for step, _, value in loss), (100, 9.0)]
    assert (after.metrics["loss"].last, after.metrics["loss"].last_step) == (9.0, 100)


@pytest.mark.parametrize(
    ("state", "status"), [("FAILED", "failed"), ("CANCELLED", "killed"), ("RUNNING", "running"), ("NEW", "scheduled")]
)
def test_their_end_is_our_run_s_end(client: tl.Client, vertex2: Any, experiment: str, state: str, status: str) -> None:
    with client.start_run(experiment, name="ends") as run:
        run.log_param("a", 1)
    vertex2.ask(
        "write_run", transport="grpc", experiment=experiment, run=short(client.run(run.id), experiment), resume=True,
        state=state,
    )  # fmt: skip
    after = client.run(run.id)
    assert (after.status, after.params) == (status, {"a": 1})
    assert (after.ended is None) == (status in {"running", "scheduled"})


def test_what_both_wrote_is_one_run(client: tl.Client, sdk: Speaker, board: str, experiment: str) -> None:
    made = sdk.ask(
        "write_run", experiment=experiment, run="shared", board=board, params={"a": 1}, metrics={"m": 1.0},
        series=[[{"theirs": 0.5}, 1, BEGIN.timestamp()]],
    )  # fmt: skip
    with client.start_run(resume=made) as run:
        run.log_param("b", 2)
        run.set_tag("ours", "tag")
        for step in range(20):
            run.log_metric("ours", float(step), step=step, time=BEGIN)
        run.log_text("ours", "ours.txt")
    after = client.run(made)
    assert after.params == {"a": 1.0, "b": 2}
    assert type(after.params["b"]) is int
    assert after.tags["ours"] == "tag"
    assert [value for *_, value in client.metric_history(after, "ours").rows()] == [float(step) for step in range(20)]
    assert [value for *_, value in client.metric_history(after, "theirs").rows()] == [0.5]
    seen = sdk.ask("read_run", experiment=experiment, run="shared")
    assert seen["params"] == {"a": 1.0, "b": 2.0}
    assert seen["metrics"] == {"m": 1.0, "ours": 19.0}
    assert [row["ours"] for row in seen["series"] if "ours" in row] == [float(step) for step in range(20)]
    assert [row["theirs"] for row in seen["series"] if "theirs" in row] == [0.5]
    assert [one["id"] for one in sdk.ask("list_runs", experiment=experiment, series=False)] == [made]


def test_a_reader_that_makes_charts_for_our_run_does_not_disturb_it(
    client: tl.Client, sdk: Speaker, experiment: str
) -> None:
    """The SDK's readers make the TensorBoard run of each run that has none, where the experiment has a TensorBoard."""
    with client.start_run(experiment, name="no points yet") as run:
        run.log_param("a", 1)
    before = client.run(run.id)
    assert len(sdk.ask("frame", experiment=experiment)) == 1
    assert client.run(run.id) == before
    assert list(client.artifacts(run.id)) == []
    with client.start_run(resume=run.id) as again:
        again.log_metric("m", 1.0, step=1, time=BEGIN)
    seen = sdk.ask("read_run", experiment=experiment, run=short(before, experiment))
    assert [(row["step"], row["m"]) for row in seen["series"]] == [(1, 1.0)]
    assert len([one for one in seen["artifacts"] if one["schema"] == "google.VertexTensorboardRun"]) == 1


def test_the_official_lineage_has_our_run(client: tl.Client, sdk: Speaker, experiment: str) -> None:
    with client.start_run(experiment, name="lineage") as run:
        run.log_input(tl.Dataset(name="digits", digest="d1", source="gs://somewhere/digits"))
    name = short(client.run(run.id), experiment)
    assert "gs://somewhere/digits" in {
        one["uri"] for one in sdk.ask("read_run", experiment=experiment, run=name)["artifacts"]
    }
    sdk.ask(
        "write_run", experiment=experiment, run=name, resume=True,
        execution={
            "name": "training",
            "inputs": [["system.Dataset", "more", "gs://b/in"]],
            "outputs": [["system.Model", "model", "gs://nobodys-bucket/out"]],
        },
    )  # fmt: skip
    seen = sdk.ask("read_run", experiment=experiment, run=name)
    assert ["training", "COMPLETE"] in seen["executions"]
    after = client.run(run.id)
    assert [one.name for one in after.inputs] == ["digits"], "what is ours stays as it was logged"


def test_they_delete_our_run(client: tl.Client, sdk: Speaker, experiment: str) -> None:
    run = write(client, experiment)
    sdk.ask("delete_run", experiment=experiment, run=short(run, experiment))
    with pytest.raises(tl.NotFound):
        client.run(run.id)
    assert list(client.runs(experiment)) == []
    assert sdk.ask("frame", experiment=experiment) == []


def test_they_delete_our_experiment(client: tl.Client, sdk: Speaker, experiment: str) -> None:
    run = write(client, experiment)
    sdk.ask("delete_experiment", experiment=experiment)
    with pytest.raises(tl.NotFound):
        client.experiment(experiment)
    with pytest.raises(tl.NotFound):
        client.run(run.id)
    with client.start_run(experiment, name="again") as again:
        again.log_metric("m", 1.0, step=1)
    assert [one.name for one in client.runs(experiment)] == ["again"]


def test_what_we_delete_is_gone_for_them(client: tl.Client, sdk: Speaker, board: str, experiment: str) -> None:
    made = sdk.ask(
        "write_run", experiment=experiment, run="theirs", board=board, series=[[{"m": 1.0}, 1, None]], charts=["c"]
    )
    ours = write(client, experiment)
    client.delete(client.run(made))
    client.delete(ours)
    assert sdk.ask("list_runs", experiment=experiment) == []
    # Nothing of it is left that keeps its name from being used again, which a deletion by the SDK may leave.
    assert sdk.ask("write_run", experiment=experiment, run="theirs", series=[[{"m": 2.0}, 1, None]]) == made
    assert [value for *_, value in client.metric_history(client.run(made), "m").rows()] == [2.0]
    client.delete(client.experiment(experiment))
    assert experiment not in sdk.ask("experiments")


def test_real_host_names_and_no_others(stage: Stage, client: tl.Client, sdk: Speaker, ours: Ours) -> None:
    assert client.run(ours.run.id).metrics
    with client.open_artifact(ours.run, "notes/a.txt") as stream:
        assert stream.read() == b"the text"
    sdk.ask("read_run", experiment=ours.experiment, run=short(ours.run, ours.experiment))
    assert stage.proxy is not None
    asked = {host.partition(":")[0] for host in stage.proxy.asked}
    assert {"us-central1-aiplatform.googleapis.com", "storage.googleapis.com"} <= asked
    assert asked <= {
        "us-central1-aiplatform.googleapis.com",
        "storage.googleapis.com",
        "iamcredentials.googleapis.com",
        "oauth2.googleapis.com",
        "cloudresourcemanager.googleapis.com",
    }
    assert stage.proxy.refused == []
