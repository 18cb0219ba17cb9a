"""Managed MLflow: MLflow's client with AWS's plugin writes and ours reads, and the reverse; and where they differ."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

import pytest
from contract_tests.witnesses.cloud import ACCOUNT, REGION, Cloud
from contract_tests.witnesses.sdk import Sdk

import tracklayer as tl

OTHER_REGION = "eu-west-1"
MS = 1_700_000_000_123
CURVE = [["loss", 1.0 / (step + 1), MS + step, step] for step in range(30)]
FILES = {"a.txt": b"text", "deep/er/b c.bin": bytes(range(256))}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Tracking"


@pytest.fixture(scope="module")
def plugin(aws: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    with Sdk("mlflow_plugin", tmp_path_factory.mktemp("mlflow_plugin"), aws.environment) as sdk:
        yield sdk


@pytest.fixture(scope="module")
def arns(aws: Cloud, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Two servers and an app in one region, a server in another; all of them up."""
    made = {}
    with aws.entered(tmp_path_factory.mktemp("making")):
        for name, region in (("first", REGION), ("second", REGION), ("far", OTHER_REGION)):
            bucket = _bucket(aws, f"mlflow-{name}-{uuid4().hex[:8]}", region)
            made[name] = aws.client("sagemaker", region).create_mlflow_tracking_server(
                TrackingServerName=f"{name}-{uuid4().hex[:8]}", ArtifactStoreUri=bucket, RoleArn=ROLE
            )["TrackingServerArn"]
        made["app"] = aws.client("sagemaker").create_mlflow_app(
            Name=f"app-{uuid4().hex[:8]}", ArtifactStoreUri=_bucket(aws, f"app-{uuid4().hex[:8]}", REGION), RoleArn=ROLE
        )["Arn"]
        with ThreadPoolExecutor(len(made)) as workers:  # a server starts when it is first asked, which may take long
            list(workers.map(_ask, made.values()))
    return made


def _ask(arn: str) -> None:
    with tl.connect(arn) as client:
        next(client.experiments(), None)


def _bucket(aws: Cloud, name: str, region: str) -> str:
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    aws.client("s3", region).create_bucket(Bucket=name, **place)
    return f"s3://{name}/artifacts"


@pytest.fixture(params=["first", "app"])
def arn(request: pytest.FixtureRequest, arns: dict[str, str]) -> str:
    """A tracking server, and an app."""
    return arns[request.param]


def test_we_read_what_the_plugin_wrote(plugin: Sdk, arn: str, experiment: str) -> None:
    made = plugin.ask(
        "at",
        arn=arn,
        what="write_run",
        experiment=experiment,
        name="theirs é",
        start=MS,
        end=MS + 5_000,
        status="FAILED",
        params={"lr": "0.1", "a/b c": "é"},
        tags={"stage": "dev"},
        metrics=CURVE,
        files={path: base64.b64encode(data).decode() for path, data in FILES.items()},
    )
    with tl.connect(arn) as client:
        (run,) = client.runs(experiment)
        assert (run.id, run.name, run.status) == (made, "theirs é", "failed")
        assert (run.started, run.ended) == (_moment(MS), _moment(MS + 5_000))
        assert run.params == {"lr": "0.1", "a/b c": "é"}
        assert run.tags["stage"] == "dev"
        rows = [(step, time // 1_000_000, value) for step, time, value in client.metric_history(run, "loss").rows()]
        assert rows == [(step, time, value) for _, value, time, step in CURVE]
        assert {file.path: file.size for file in client.artifacts(run)} == {
            path: len(data) for path, data in FILES.items()
        }
        for path, data in FILES.items():
            with client.open_artifact(run, path) as stream:
                assert stream.read() == data


def test_the_plugin_reads_what_we_wrote(plugin: Sdk, arn: str, experiment: str) -> None:
    with tl.connect(arn) as client:
        with client.start_run(
            experiment, name="ours é", params={"lr": "0.1", "layers": 3}, tags={"stage": "dev"}
        ) as run:
            for step in range(5):
                run.log_metric("loss", step / 2, step=step, time=_moment(MS + step))
            run.log_text("text", "notes/a b.txt")
        read = plugin.ask("at", arn=arn, what="read_run", run=run.id)
    assert (read["name"], read["status"]) == ("ours é", "FINISHED")
    assert read["params"] == {"lr": "0.1", "layers": "3"}
    assert read["tags"]["stage"] == "dev"
    points = plugin.ask("at", arn=arn, what="read_points", run=run.id, key="loss")
    assert points == [[step, MS + step, step / 2] for step in range(5)]
    files = plugin.ask("at", arn=arn, what="read_files", run=run.id)
    assert base64.b64decode(files["notes/a b.txt"]) == b"text"


def test_the_plugin_writes_to_the_server_that_is_active_and_ours_to_the_one_that_is_named(
    plugin: Sdk, arns: dict[str, str], experiment: str
) -> None:
    """The client is of `first`; the process's tracking URI is `second`."""
    plugin.ask("crossing", active=arns["second"], arn=arns["first"], experiment=experiment)
    assert experiment in plugin.ask("experiments", arn=arns["second"])
    assert experiment not in plugin.ask("experiments", arn=arns["first"])
    ours = f"{experiment}-ours"
    with tl.connect(arns["second"]) as active, tl.connect(arns["first"]) as client:
        active.create_experiment(f"{ours}-other")
        client.create_experiment(ours)
        active_names = {found.name for found in active.experiments()}
        names = {found.name for found in client.experiments()}
    assert (ours in names, ours in active_names) == (True, False)
    assert (f"{ours}-other" in names, f"{ours}-other" in active_names) == (False, True)


@pytest.mark.parametrize("active", ["far", "app"])
def test_the_plugin_is_refused_at_another_region_or_kind_and_ours_is_not(
    plugin: Sdk, arns: dict[str, str], experiment: str, active: str
) -> None:
    """It signs for the region, the service and the resource of the active one, and asks the host of the other."""
    with pytest.raises(RuntimeError, match=r"it is of another region|serves no mlflow-app"):
        plugin.ask("crossing", active=arns[active], arn=arns["first"], experiment=experiment)
    assert experiment not in plugin.ask("experiments", arn=arns["first"])
    with tl.connect(arns[active]) as other, tl.connect(arns["first"]) as client:
        for at in (other, client, other, client):
            at.create_experiment(f"{experiment}-{uuid4().hex[:6]}-{len(list(at.experiments()))}")
        mine = {found.name for found in client.experiments() if found.name.startswith(experiment)}
        theirs = {found.name for found in other.experiments() if found.name.startswith(experiment)}
    assert (len(mine), len(theirs), mine & theirs) == (2, 2, set())


def test_a_migration_from_one_server_to_another_in_one_process(
    plugin: Sdk, arns: dict[str, str], experiment: str
) -> None:
    """What `mlflow-export-import` cannot do with the plugin: both ends at once."""
    params = {"lr": "0.1"}
    plugin.ask(
        "at", arn=arns["first"], what="write_run", experiment=experiment, params=params, metrics=CURVE,
        files={"a.json": base64.b64encode(json.dumps(params).encode()).decode()}, status="FINISHED",
    )  # fmt: skip
    with tl.connect(arns["first"]) as source, tl.connect(arns["far"]) as target:
        summary = tl.migrate(source, target, experiment=experiment)
        assert (summary.failed, summary.copied, summary.points, summary.files) == ((), 1, len(CURVE), 1)
        (run,) = source.runs(experiment)
        (copy,) = target.runs(experiment)
        assert target.metric_history(copy, "loss") == source.metric_history(run, "loss")
    read: dict[str, Any] = plugin.ask("at", arn=arns["far"], what="read_run", run=copy.id)
    assert (read["params"], read["status"]) == (params, "FINISHED")


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, timezone.utc)
