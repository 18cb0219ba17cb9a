"""Runs that official clients wrote, moved over three clouds and home again: SageMaker, Vertex AI and MLflow.

What the first place gave up when it took them does not come back, and is `approximate` there. From there on nothing is
lost: each place holds what the first one did, and at the end the first one's own client reads it again.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise
from typing import Any, cast
from uuid import uuid4

import pytest
from contract_tests.servers.mlflow_server import MlflowServer, shared_server
from contract_tests.servers.witness import Witness
from contract_tests.targets.vertex import made as made_board
from contract_tests.witnesses import cloud
from contract_tests.witnesses.sdk import Sdk
from tests.migrate.nasty import portrait

import tracklayer as tl
from tracklayer.emulators.stage import Stage, emulated
from tracklayer.emulators.vertex import PROJECT
from tracklayer.model import Run

#: Where those that left come home to: another region keeps apart what is the same.
AWS_BACK, GOOGLE_BACK = "eu-west-1", "europe-west4"
SECOND = int(datetime.now(timezone.utc).timestamp()) // 3600 * 3600 - 3600
CURVE = [(step, 1.0 / (step + 1)) for step in range(60)]
PARAMS: dict[str, Any] = {"lr": 0.1, "layers": 3, "optimizer": "adam", "empty": "", "a/b c": "é"}
FILES = {"notes.txt": b"some notes", "folder/weights.bin": bytes(range(256)) * 8}


@dataclass(frozen=True)
class World:
    """Two clouds and a server, and the official clients of all three."""

    stage: Stage
    server: MlflowServer
    board: str
    sagemaker: Sdk
    vertex: Sdk
    mlflow: Witness

    def url(self, place: str) -> str:
        """The URL of a place by its short name."""
        return {
            "sagemaker": "sagemaker://us-east-1",
            "sagemaker-back": f"sagemaker://{AWS_BACK}",
            "vertex": f"vertex://{PROJECT}/us-central1?tensorboard={self.board}",
            "vertex-back": f"vertex://{PROJECT}/{GOOGLE_BACK}?tensorboard=backing",
            "vertex-plain": f"vertex://{PROJECT}/us-central1",
            "vertex-plain-back": f"vertex://{PROJECT}/{GOOGLE_BACK}",
            "mlflow": self.server.tracklayer_url,
        }[place]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        server = stack.enter_context(shared_server(tmp_path_factory.getbasetemp()))
        mlflow = stack.enter_context(Witness(server.url))
        stage = stack.enter_context(emulated("sagemaker", "vertex"))
        sagemaker, vertex = (
            stack.enter_context(Sdk(name, tmp_path_factory.mktemp(name), stage.environment))
            for name in ("sagemaker2", "vertex2")
        )
        board = made_board(stage.emulators["vertex"].url)
        yield World(stage, server, board, sagemaker, vertex, mlflow)


@pytest.fixture(autouse=True)
def inside(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with cloud.inside(world.stage, tmp_path_factory.mktemp("journal")):
        yield


class Whole:
    """A client whose lists ask for each run: a list of Vertex knows nothing of time series that others wrote."""

    def __init__(self, client: tl.Client) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def runs(self, *wanted: Any) -> Iterator[Run]:
        """The runs, each as it is given when it is asked for by its id."""
        return (self._client.run(run.id) for run in self._client.runs(*wanted))


def held(client: tl.Client, experiment: str) -> dict[str, Any]:
    """All that a place holds of an experiment."""
    return portrait(cast("tl.Client", Whole(client)), experiment)


def by_name(client: tl.Client, experiment: str) -> dict[str, Run]:
    return {str(run.name): run for run in client.runs(experiment)}


def hop(source: tl.Client, target: tl.Client, experiment: str) -> None:
    """Copy an experiment, and again: the second time nothing is to be done."""
    there = tl.migrate(source, target, experiment=experiment)
    assert (there.failed, there.copied, there.orphans) == ((), 3, 0)
    again = tl.migrate(source, target, experiment=experiment)
    assert (again.failed, again.copied, again.there) == ((), 0, 3)


def travel(world: World, experiment: str, places: list[str]) -> Mapping[str, Run]:
    """Move an experiment from place to place: each holds the same. Gives the runs of the last one."""
    with ExitStack() as stack:
        clients = [stack.enter_context(tl.connect(world.url(place))) for place in places]
        first = held(clients[0], experiment)
        runs = by_name(clients[0], experiment)
        if places[0] == places[-1]:  # their experiment stays there, and they come back to it
            clients[-1] = clients[0]
        for number, (source, target) in enumerate(pairwise(clients)):
            hop(source, target, experiment)
            if target is clients[0]:
                continue
            assert held(target, experiment) == first
            if number == 0 and places[0] == places[-1]:
                for run in runs.values():
                    clients[0].delete(run)
        assert held(clients[-1], experiment) == first
        for run in clients[-1].runs(experiment):
            assert run.origin is not None
            assert (run.origin.url, run.origin.experiment) == (clients[0].url, experiment)
            assert run.origin.run == runs[str(run.name)].id
        distinct = list(dict.fromkeys(client.url for client in clients))
        found = tl.compare(distinct, experiment=experiment)
        assert found.failures == ()
        assert {len(row.copies) for row in found.rows} == {len(distinct)}
        unexcused = [one for row in found.rows for one in row.differences if not one.approximate]
        assert unexcused == []
        return by_name(clients[-1], experiment)


def test_from_sagemaker_over_vertex_and_mlflow_and_home(world: World) -> None:
    experiment = f"aws-{uuid4().hex[:8]}"
    world.sagemaker.ask(
        "write_run",
        experiment=experiment,
        run="whole",
        tags={"stage": "dev"},
        params=PARAMS,
        points=[
            *(["loss", value, step, SECOND + 2 * step] for step, value in CURVE),
            *(["twice", value, 3, SECOND] for value in (1.0, 2.0, 5.0)),
        ],
        files={path: base64.b64encode(data).decode() for path, data in FILES.items() if "/" not in path},
        artifacts=[["digits", "s3://elsewhere/digits", "text/csv", False]],
        charts=[["ROCCurve", "roc", True]],
    )
    world.sagemaker.ask("write_run", experiment=experiment, run="failed", fail="out of memory")
    world.sagemaker.ask("write_run", experiment=experiment, run="silent")
    home = travel(world, experiment, ["sagemaker", "vertex", "mlflow", "sagemaker-back"])
    assert {name: run.status for name, run in home.items()} == {
        "whole": "finished", "failed": "failed", "silent": "finished"
    }  # fmt: skip
    assert home["whole"].params == {**PARAMS, "layers": 3.0}
    with tl.connect(world.url("vertex")) as between:
        (row,) = (
            row
            for row in world.vertex.ask("frame", transport="grpc", experiment=experiment)
            if row["run_name"].startswith("whole-")
        )
        assert (row["param.lr"], row["state"]) == (0.1, "COMPLETE")
        assert row["metric.loss"] == row["time_series_metric.loss"] == CURVE[-1][1]
        assert by_name(between, experiment).keys() == home.keys()


@pytest.mark.parametrize("board", [True, False], ids=["with a TensorBoard", "without"])
def test_from_vertex_over_the_others_and_home(world: World, board: bool) -> None:
    experiment = f"google-{uuid4().hex[:8]}"
    asked = {"transport": "grpc", "experiment": experiment}
    sdk = world.vertex
    sdk.ask("move", location="us-central1")
    sdk.ask("experiment", board=world.board if board else None, description="of theirs", **asked)
    series = [[{"loss": value, "accuracy": 1 - value}, step, SECOND + 2 * step] for step, value in CURVE]
    sdk.ask(
        "write_run",
        run="whole",
        params={**PARAMS, "yes": True},
        metrics={"summary": 0.75, "note": "a text"},
        series=series if board else [],
        charts=["confusion"],
        execution={"name": "training", "inputs": [["system.Dataset", "digits", "gs://elsewhere/digits"]]},
        **asked,
    )
    sdk.ask("write_run", run="failed", state="FAILED", params={"n": 1}, **asked)
    sdk.ask("write_run", run="silent", state="CANCELLED", **asked)
    if board:
        back = "vertex-back"
        sdk.ask("move", location=GOOGLE_BACK)
        sdk.ask("experiment", board=sdk.ask("board", transport="grpc"), description="of theirs", **asked)
        places = ["vertex", "mlflow", "sagemaker", back]
    else:
        places = ["vertex-plain", "sagemaker", "mlflow", "vertex-plain-back"]
    home = travel(world, experiment, places)
    assert {name: run.status for name, run in home.items()} == {
        "whole": "finished", "failed": "failed", "silent": "killed"
    }  # fmt: skip
    whole = home["whole"]
    assert whole.params == {**PARAMS, "layers": 3.0, "yes": True}
    assert [(one.name, one.source) for one in whole.inputs] == [("digits", "gs://elsewhere/digits")]
    sdk.ask("move", location=GOOGLE_BACK)
    seen = {one["id"]: one for one in sdk.ask("list_runs", **asked)}
    assert {one["state"] for one in seen.values()} == {"COMPLETE", "FAILED", "CANCELLED"}
    read = seen[whole.id]
    assert read["params"] == {**PARAMS, "layers": 3.0, "yes": True}
    assert read["metrics"]["summary"] == 0.75
    assert [(row["step"], row["loss"]) for row in read["series"] if "loss" in row] == (CURVE if board else [])
    (chart,) = (one for one in read["artifacts"] if one["name"] == "charts/confusion.json")
    assert chart["uri"].startswith("gs://")


def test_from_mlflow_over_the_clouds_and_home(world: World) -> None:
    experiment = f"mlflow-{uuid4().hex[:8]}"
    world.mlflow.ask(
        "write_run",
        experiment=experiment,
        name="whole",
        params={key: str(value) for key, value in PARAMS.items() if value != ""},
        tags={"stage": "dev"},
        metrics=[
            *(["loss", value, SECOND * 1_000 + step, step] for step, value in CURVE),
            *(["twice", value, SECOND * 1_000 + at, 3] for at, value in enumerate((1.0, 2.0, float("nan")))),
        ],
        datasets=[{"name": "digits", "digest": "d1", "source_type": "s3", "source": "{}", "context": "train"}],
        files={path: base64.b64encode(data).decode() for path, data in FILES.items()},
        status="FINISHED",
        start=SECOND * 1_000,
        end=SECOND * 1_000 + 60_000,
    )
    world.mlflow.ask("write_run", experiment=experiment, name="failed", status="FAILED")
    world.mlflow.ask("write_run", experiment=experiment, name="silent", status="KILLED")
    home = travel(world, experiment, ["mlflow", "sagemaker", "vertex-plain", "mlflow"])
    whole = home["whole"]
    read = world.mlflow.ask("read_run", run=whole.id)
    assert read["params"] == {key: str(value) for key, value in PARAMS.items() if value != ""}
    assert (read["name"], read["status"], read["tags"]["stage"]) == ("whole", "FINISHED", "dev")
    assert (read["start"], read["end"]) == (SECOND * 1_000, SECOND * 1_000 + 60_000)
    points = world.mlflow.ask("read_points", run=whole.id, key="loss")
    assert points == [[step, SECOND * 1_000 + step, value] for step, value in CURVE]
    assert len(world.mlflow.ask("read_points", run=whole.id, key="twice")) == 3
    files = {path: base64.b64decode(data) for path, data in world.mlflow.ask("read_files", run=whole.id).items()}
    assert files.items() >= FILES.items()
    assert [one["name"] for one in read["datasets"]] == ["digits"]
