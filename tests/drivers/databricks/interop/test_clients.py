"""MLflow's client with `databricks` URIs and databricks-sdk: what they write ours reads, and the reverse."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

import pytest
from contract_tests.servers.witness import Witness

import tracklayer as tl
from tracklayer.emulators.databricks import HOST, VOLUME, DatabricksEmulator

MS = 1_700_000_000_123
CURVE = [["loss", 1.0 / (step + 1), MS + step, step] for step in range(30)]
FILES = {"a.txt": b"text", "empty": b"", "deep/er/b c.bin": bytes(range(256))}


@pytest.fixture
def experiment() -> str:
    """The path of an experiment that is not there."""
    return f"/Shared/e-{uuid4().hex[:12]}"


def ask(clients: Witness, profile: str, what: str, **arguments: Any) -> Any:
    """MLflow's client is asked; the default profile must be that of its URI, for it stores files by the default."""
    default = {"DATABRICKS_CONFIG_PROFILE": profile}
    uri = f"databricks://{profile}"
    return clients.ask("within", variables=default, call="at", uri=uri, what=what, **arguments)


@pytest.mark.parametrize(
    ("profile", "knobs"),
    [
        ("aws", {}),
        ("aws", {"run_files": "refused"}),
        ("azure", {"run_files": "refused"}),
        ("azure", {"run_files": "refused", "azure_storage": "AZURE_SAS_URI"}),
        ("google", {"run_files": "refused"}),
    ],
    ids=["aws", "aws by urls", "azure", "azure blob", "google"],
)
def test_mlflows_client_and_ours_read_each_other(
    clients: Witness, emulator: DatabricksEmulator, experiment: str, profile: str, knobs: dict[str, str]
) -> None:
    emulator.tune(**knobs)
    uri = f"databricks://{profile}"
    theirs = ask(
        clients,
        profile,
        "write_run",
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
    with tl.connect(uri) as client:
        (run,) = client.runs(experiment)
        assert (run.id, run.name, run.status, run.params) == (theirs, "theirs é", "failed", {"lr": "0.1", "a/b c": "é"})
        assert (run.started, run.ended, run.tags["stage"]) == (_moment(MS), _moment(MS + 5_000), "dev")
        rows = [(step, time // 1_000_000, value) for step, time, value in client.metric_history(run, "loss").rows()]
        assert rows == [(step, time, value) for _, value, time, step in CURVE]
        assert {file.path: file.size for file in client.artifacts(run)} == {
            path: len(data) for path, data in FILES.items()
        }
        for path, data in FILES.items():
            with client.open_artifact(run, path) as stream:
                assert stream.read() == data
        with client.start_run(
            experiment, name="ours é", params={"lr": "0.1", "layers": 3}, tags={"stage": "dev"}
        ) as ours:
            for step in range(5):
                ours.log_metric("loss", step / 2, step=step, time=_moment(MS + step))
            ours.log_text("text", "notes/a b.txt")
        read = ask(clients, profile, "read_run", run=ours.id)
    assert (read["name"], read["status"], read["params"]) == ("ours é", "FINISHED", {"lr": "0.1", "layers": "3"})
    points = ask(clients, profile, "read_points", run=ours.id, key="loss")
    assert points == [[step, MS + step, step / 2] for step in range(5)]
    files = ask(clients, profile, "read_files", run=ours.id)
    assert base64.b64decode(files["notes/a b.txt"]) == b"text"


def test_the_sdk_and_ours_read_each_other(clients: Witness, experiment: str) -> None:
    run = clients.ask(
        "sdk_write", profile="google", experiment=experiment, params={"lr": "0.1"}, points=[3.0, 2.0, 1.0]
    )
    with tl.connect("databricks://google") as client:
        found = client.run(run)
        assert (found.name, found.status, found.params, found.tags["stage"]) == (
            "by the sdk", "finished", {"lr": "0.1"}, "dev",
        )  # fmt: skip
        assert list(client.metric_history(found, "loss").values) == [3.0, 2.0, 1.0]
        with client.start_run(experiment, name="ours", params={"lr": 0.2}, tags={"stage": "live"}) as ours:
            ours.log_metric("loss", 0.5, step=0)
            ours.log_text("text", "deep/a.txt")
    read = clients.ask("sdk_read", profile="google", run=ours.id)
    assert (read["name"], read["status"], read["params"], read["tags"]["stage"]) == (
        "ours",
        "FINISHED",
        {"lr": "0.2"},
        "live",
    )
    assert (read["points"], read["files"]) == ([[0, 0.5]], ["deep"])
    assert experiment in read["names"]


def test_the_sdk_and_ours_share_the_files_of_a_volume(clients: Witness, experiment: str) -> None:
    clients.ask("make", uri="databricks://aws", experiment=experiment, artifact_location=f"dbfs:{VOLUME}/shared")
    with tl.connect("databricks://aws") as client, client.start_run(experiment) as run:
        run.log_text("ours", "deep/a b.txt")
    (folder,) = clients.ask("list", profile="aws", path=f"{VOLUME}/shared")
    place = f"{VOLUME}/shared/{folder}/artifacts/deep"
    assert folder == run.id
    assert base64.b64decode(clients.ask("download", profile="aws", path=f"{place}/a b.txt")) == b"ours"
    clients.ask("upload", profile="aws", path=f"{place}/theirs", data=base64.b64encode(b"theirs").decode())
    with tl.connect("databricks://aws") as client:
        assert {file.path for file in client.artifacts(run.id)} == {"deep/a b.txt", "deep/theirs"}
        with client.open_artifact(run.id, "deep/theirs") as stream:
            assert stream.read() == b"theirs"


def test_mlflows_client_writes_where_the_environment_says_and_ours_where_its_url_says(
    clients: Witness, emulator: DatabricksEmulator, experiment: str
) -> None:
    """A profile is named while the environment names another workspace, as it does in a job: nobody says a word."""
    uri, other = (
        "databricks://far",
        {"DATABRICKS_HOST": f"https://{HOST}", "DATABRICKS_TOKEN": emulator.account.token(HOST)},
    )
    clients.ask("within", variables=other, call="make", uri=uri, experiment=experiment)
    with tl.connect(uri) as far, tl.connect("databricks://aws") as near:
        assert {experiment, f"{experiment}-ours"} & names(near) == {experiment}
        assert {experiment, f"{experiment}-ours"} & names(far) == set()
        far.create_experiment(f"{experiment}-ours")
        assert {experiment, f"{experiment}-ours"} & names(near) == {experiment}
        assert {experiment, f"{experiment}-ours"} & names(far) == {f"{experiment}-ours"}


def test_mlflows_client_stores_no_file_for_a_profile_that_is_not_the_default_and_ours_does(
    clients: Witness, monkeypatch: pytest.MonkeyPatch, experiment: str
) -> None:
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name)
    files = {"a.txt": base64.b64encode(b"text").decode()}
    with pytest.raises(RuntimeError, match="cannot configure default credentials"):
        clients.ask("at", uri="databricks://google", what="write_run", experiment=experiment, files=files)
    with tl.connect("databricks://google") as client, client.start_run(f"{experiment}-ours") as run:
        run.log_text("text", "a.txt")
    assert base64.b64decode(ask(clients, "google", "read_files", run=run.id)["a.txt"]) == b"text"


def names(client: tl.Client) -> set[str]:
    return {found.name for found in client.experiments()}


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, timezone.utc)
