"""What the official SDK writes, ours reads: values, states, times, charts, lineage; and says what is approximate."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from contract_tests.witnesses.vertex import FPR, LABELS, MATRIX, TPR
from tests.drivers.vertex.interop.conftest import AHEAD, Speaker, new_name

import tracklayer as tl
from tracklayer.emulators.stage import Stage
from tracklayer.emulators.vertex import Knobs, VertexEmulator

BEGIN = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
CURVE = [(step, 1.0 / (step + 1)) for step in range(-3, 40) if step != -1]
PARAMS: dict[str, Any] = {
    "lr": 0.1,
    "layers": 3,
    "optimizer": "adam",
    "empty": "",
    "zero": 0,
    "yes": True,
    "a/b c": "é",
}


@pytest.fixture(scope="module")
def theirs(every_sdk: Speaker, board: str) -> dict[str, str]:
    """A run with everything, by `start_run`; to be read only."""
    experiment = new_name()
    every_sdk.ask("experiment", experiment=experiment, board=board, description="of theirs")
    run = every_sdk.ask(
        "write_run",
        experiment=experiment,
        run="their-run",
        params=PARAMS,
        metrics={"accuracy": 0.75, "note": "a text"},
        series=[
            *([{"loss": value}, step, BEGIN.timestamp() + step] for step, value in CURVE),
            *([{"local": float(step)}, step, None] for step in range(3)),
        ],
        charts=["their chart"],
        execution={
            "name": "training",
            "inputs": [["system.Dataset", "digits", "gs://elsewhere/digits"]],
            "outputs": [["system.Model", "model", "https://example.org/model"]],
        },
    )
    return {"experiment": experiment, "run": run}


def test_we_read_their_runs(client: tl.Client, theirs: dict[str, str]) -> None:
    run, experiment = client.run(theirs["run"]), client.experiment(theirs["experiment"])
    assert (experiment.name, experiment.description, experiment.tags) == (theirs["experiment"], "of theirs", {})
    assert (run.name, run.status, run.token, run.parent) == ("their-run", "finished", None, None)
    assert run.params == PARAMS
    assert run.params["yes"] is True
    assert type(run.params["layers"]) is float
    assert run.started is not None
    assert run.ended is not None
    assert timedelta() <= run.ended - run.started < timedelta(minutes=3)
    assert run.experiment == experiment.ref
    assert {"started", "ended", "params"} <= set(run.approximate)
    assert run.tags["vertex.metric.note"] == "a text"
    (listed,) = client.runs(theirs["experiment"])
    assert (listed.id, listed.params, listed.status) == (run.id, run.params, run.status)


def test_we_read_their_points(client: tl.Client, theirs: dict[str, str]) -> None:
    run = client.run(theirs["run"])
    loss = list(client.metric_history(run, "loss").rows())
    assert [(step, value) for step, _, value in loss] == CURVE
    assert [time for _, time, _ in loss] == [int((BEGIN.timestamp() + step) * 1e9) for step, _ in CURVE]
    summary = run.metrics["loss"]
    assert (summary.last, summary.last_step, summary.count) == (CURVE[-1][1], CURVE[-1][0], len(CURVE))
    assert [row[::2] for row in client.metric_history(run, "accuracy").rows()] == [(0, 0.75)]


def test_their_clock_is_said_not_to_be_exact(client: tl.Client, theirs: dict[str, str]) -> None:
    """The SDK notes local time as if it were UTC: its process lives nine hours ahead."""
    run = client.run(theirs["run"])
    (last,) = (time for step, time, _ in client.metric_history(run, "local").rows() if step == 2)
    ahead = last / 1e9 - datetime.now(timezone.utc).timestamp()
    assert abs(ahead - AHEAD) < 600
    assert "local time" in run.approximate["metrics.local"]


def test_we_read_their_charts_as_files(client: tl.Client, theirs: dict[str, str]) -> None:
    run = client.run(theirs["run"])
    assert [file.path for file in client.artifacts(run)] == ["charts/their chart.json"]
    with client.open_artifact(run, "charts/their chart.json") as stream:
        chart = json.loads(stream.read())
    assert chart["confusionMatrix"]["rows"] == MATRIX
    assert [one["displayName"] for one in chart["confusionMatrix"]["annotationSpecs"]] == LABELS
    assert [one["falsePositiveRate"] for one in chart["confidenceMetrics"]] == FPR
    assert [one["recall"] for one in chart["confidenceMetrics"]] == TPR


def test_we_read_their_lineage(client: tl.Client, theirs: dict[str, str]) -> None:
    run = client.run(theirs["run"])
    assert [(one.name, one.source) for one in run.inputs] == [("digits", "gs://elsewhere/digits")]
    assert "inputs" in run.approximate
    assert "https://example.org/model" in run.tags.values()


@pytest.mark.parametrize(
    ("state", "status"),
    [("COMPLETE", "finished"), ("FAILED", "failed"), ("CANCELLED", "killed"), ("CACHED", "finished")],
)
def test_we_read_their_states(client: tl.Client, vertex2: Any, experiment: str, state: str, status: str) -> None:
    made = vertex2.ask("write_run", transport="grpc", experiment=experiment, run="ends", state=state)
    assert client.run(made).status == status
    assert client.run(made).ended is not None


def test_we_read_their_failures(client: tl.Client, sdk: Speaker, experiment: str) -> None:
    made = sdk.ask("write_block", experiment=experiment, run="failing", fail="out of memory", params={"a": "b"})
    run = client.run(made)
    assert (run.name, run.status, run.params) == ("failing", "failed", {"a": "b"})


def test_we_find_their_runs(client: tl.Client, sdk: Speaker, experiment: str) -> None:
    for number in range(3):
        sdk.ask(
            "write_run", experiment=experiment, run=f"r{number}", params={"lr": number / 10},
            metrics={"loss": float(number)},
        )  # fmt: skip
    assert len(list(client.runs(experiment))) == 3
    (found,) = client.runs(experiment, filter="params.lr = '0.1'")
    assert found.name == "r1"
    found_by_metric = client.runs(experiment, filter="metrics.loss > 0.5", order_by=["metrics.loss DESC"])
    assert [run.name for run in found_by_metric] == ["r2", "r1"]


def test_a_run_of_theirs_without_a_tensorboard(plain: tl.Client, sdk: Speaker, experiment: str) -> None:
    made = sdk.ask("write_run", experiment=experiment, run="plain", metrics={"loss": 0.5})
    with plain.start_run(resume=made) as run:
        for step in range(3):
            run.log_metric("ours", float(step), step=step)
    after = plain.run(made)
    assert (after.metrics["loss"].last, after.metrics["ours"].last) == (0.5, 2.0)
    assert [value for *_, value in plain.metric_history(after, "ours").rows()] == [0.0, 1.0, 2.0]
    assert sdk.ask("read_run", experiment=experiment, run="plain")["metrics"] == {"loss": 0.5, "ours": 2.0}


def test_both_are_alive_at_once(client: tl.Client, sdk: Speaker, board: str, experiment: str) -> None:
    """They write to a run that ours has open: nobody's writing is lost."""
    made = sdk.ask("write_run", experiment=experiment, run="both", board=board, state="RUNNING")
    with client.start_run(resume=made) as run:
        for turn in range(3):
            run.log_param(f"ours.{turn}", turn)
            run.flush()
            sdk.ask(
                "write_run", experiment=experiment, run="both", resume=True, state="RUNNING",
                params={f"theirs.{turn}": turn}, series=[[{"m": float(turn)}, turn, BEGIN.timestamp()]],
            )  # fmt: skip
    after = client.run(made)
    assert after.status == "finished"
    assert after.params == {f"{who}.{turn}": turn for who in ("ours", "theirs") for turn in range(3)}
    assert [row[::2] for row in client.metric_history(after, "m").rows()] == [(turn, float(turn)) for turn in range(3)]


def test_their_experiment_s_own_tensorboard_is_taken(stage: Stage, sdk: Speaker, experiment: str) -> None:
    """`tensorboard=backing`: each experiment's points go to the TensorBoard that the SDK gave it."""
    own = sdk.ask("board")
    sdk.ask("experiment", experiment=experiment, board=own)
    with tl.connect(f"{stage.places['vertex']}?tensorboard=backing") as client:
        with client.start_run(experiment, name="backed") as run:
            run.log_metric("m", 1.5, step=3, time=BEGIN)
        (listed,) = sdk.ask("list_runs", experiment=experiment)
        assert [(row["step"], row["m"]) for row in listed["series"]] == [(3, 1.5)]
        (link,) = (one for one in listed["artifacts"] if one["schema"] == "google.VertexTensorboardRun")
        assert link["metadata"]["resourceName"].startswith(f"{own}/experiments/{experiment}/runs/")
        assert client.run(run.id).metrics["m"].last == 1.5


def test_both_get_on_whatever_google_does_not_say(stage: Stage, charted_url: str, sdk: Speaker, board: str) -> None:
    """Each open question about the service is read the other way: ids, pages, etags, masks, deletions."""
    emulator = stage.emulators["vertex"]
    assert isinstance(emulator, VertexEmulator)
    before, experiment = emulator.knobs, new_name()
    emulator.knobs = Knobs.otherwise(operation_delay=0.2, project_names=before.project_names)  # what is there has names
    try:
        with tl.connect(charted_url) as client:
            theirs = sdk.ask(
                "write_run", experiment=experiment, run="theirs", board=board, params={"lr": 0.5},
                series=[[{"m": 1.5}, 1, BEGIN.timestamp()]], charts=["c"],
            )  # fmt: skip
            with client.start_run(experiment, name="Ours é", params={"lr": 0.1, "nan": math.nan}) as run:
                run.log_metric("m", 2.5, step=1, time=BEGIN)
                run.log_text("x", "x.txt")
            with client.start_run(resume=theirs) as again:
                again.log_param("ours", True)
            rows = sdk.ask("frame", experiment=experiment)
            assert {(row["param.lr"], row["time_series_metric.m"]) for row in rows} == {(0.5, 1.5), (0.1, 2.5)}
            assert {found.id for found in client.runs(experiment)} == {theirs, run.id}
            assert client.run(theirs).params == {"lr": 0.5, "ours": True}
            assert [row[::2] for row in client.metric_history(client.run(theirs), "m").rows()] == [(1, 1.5)]
            client.delete(client.run(theirs))
            sdk.ask("delete_run", experiment=experiment, run=run.id.removeprefix(f"{experiment}-"))
            assert list(client.runs(experiment)) == []
    finally:
        emulator.knobs = before
