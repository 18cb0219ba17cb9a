"""MLflow with Microsoft's plugin: it writes and ours reads, and the reverse; and where it falls short."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

import pytest
from contract_tests.witnesses.sdk import Sdk
from tests.drivers.azureml.interop.conftest import OTHER, ours, theirs

import tracklayer as tl
from tracklayer.emulators.azureml import WORKSPACE, AzuremlEmulator, Knobs
from tracklayer.model import Points

MS = 1_700_000_000_123
#: More than a batch of the service takes, and more than half of what a page of it holds.
CURVE: list[tuple[str, float, int, int]] = [("loss", 1.0 / (step + 1), MS + step, step) for step in range(600)]
FILES = {"a.txt": b"text", "deep/er/b c é.bin": bytes(range(256)), "deep/empty": b""}
HERE = theirs(WORKSPACE)


def told(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: base64.b64encode(data).decode() for path, data in files.items()}


def laid(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The files, in a folder of this machine."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, timezone.utc)


def content(client: tl.Client, run: str) -> dict[str, bytes]:
    """The files of a run, as ours reads them."""
    found = {}
    for file in client.artifacts(run):
        with client.open_artifact(run, file.path) as stream:
            found[file.path] = stream.read()
    return found


def test_we_read_what_the_plugin_wrote(microsoft: Sdk, client: tl.Client, experiment: str) -> None:
    parent = microsoft.ask("at", url=HERE, what="write_run", experiment=experiment, name="parent")
    made = microsoft.ask(
        "at",
        url=HERE,
        what="write_run",
        experiment=experiment,
        name="theirs é",
        start=MS,
        params={"lr": "0.1", "a/b c": "é"},
        tags={"stage": "dev", "mlflow.parentRunId": parent},
        files=told({"a.txt": FILES["a.txt"]}),
    )
    for first in range(0, len(CURVE), 250):
        microsoft.ask("at", url=HERE, what="log", run=made, metrics=CURVE[first : first + 250])
    microsoft.ask("at", url=HERE, what="log_later", run=made, metrics=[["late", 1.5, MS, 3]])
    rest = {path: data for path, data in FILES.items() if path != "a.txt"}
    microsoft.ask("at", url=HERE, what="write_files", run=made, files=told(rest))
    assert microsoft.ask("at", url=HERE, what="end", run=made, status="FAILED") == "FAILED"
    run = next(found for found in client.runs(experiment) if found.id == made)
    assert run.parent is not None
    assert (run.name, run.status, run.parent.id) == ("theirs é", "failed", parent)
    assert run.started == moment(MS)
    assert run.params == {"lr": "0.1", "a/b c": "é"}
    assert run.tags["stage"] == "dev"
    rows = [(step, time // 1_000_000, value) for step, time, value in client.metric_history(run, "loss").rows()]
    assert rows == [(step, time, value) for _, value, time, step in CURVE]
    assert [row[::2] for row in client.metric_history(run, "late").rows()] == [(3, 1.5)]
    assert content(client, run.id) == FILES


def test_the_plugin_reads_what_we_wrote(
    microsoft: Sdk, azure: AzuremlEmulator, client: tl.Client, experiment: str, tmp_path: Path
) -> None:
    with client.start_run(experiment, name="parent") as parent:
        parent.log_param("of", "parent")
    params = {"lr": "0.1", "layers": 3}
    with client.start_run(experiment, name="ours é", parent=parent.id, params=params, tags={"stage": "dev"}) as run:
        rows = [(step, time * 1_000_000, value) for _, value, time, step in CURVE]
        run.log_points(Points.of("loss", rows))
        run.log_artifacts(laid(tmp_path, FILES))
    read = microsoft.ask("at", url=HERE, what="read_run", run=run.id)
    assert (read["name"], read["status"]) == ("ours é", "FINISHED")
    assert read["params"] == {"lr": "0.1", "layers": "3"}
    assert (read["tags"]["stage"], read["tags"]["mlflow.parentRunId"]) == ("dev", parent.id)
    assert microsoft.ask("at", url=HERE, what="read_files", run=run.id).items() >= told(FILES).items()
    with pytest.raises(RuntimeError, match="MaxResults must be less than 1000"):
        microsoft.ask("at", url=HERE, what="read_points", run=run.id, key="loss")
    azure.tune(history_pages="accepted")
    points = microsoft.ask("at", url=HERE, what="read_points", run=run.id, key="loss")
    assert points == [[step, time, value] for _, value, time, step in CURVE]


def test_the_plugin_uploads_to_the_workspace_that_is_active_and_ours_to_the_one_that_is_named(
    microsoft: Sdk, azure: AzuremlEmulator, experiment: str
) -> None:
    """The client is of one workspace; the process's tracking URI is the other. 200, and the file is elsewhere."""
    azure.tune(unknown_run="accepted")
    crossing = {"active": theirs(OTHER), "url": HERE, "experiment": experiment, "path": "a.txt", "text": "theirs"}
    run = microsoft.ask("crossing", **crossing)
    with tl.connect(ours(WORKSPACE)) as here, tl.connect(ours(OTHER)) as other:
        assert content(here, run) == {}, "the run has no file"
        found = {name: microsoft.ask("blobs", account=azure.connection_string(name), run=run) for name in stores(azure)}
        assert found[store_of(azure, WORKSPACE)] == {}
        assert found[store_of(azure, OTHER)] == told({"a.txt": b"theirs"}), "the other workspace has it"
        with here.start_run(experiment, name="here") as first, other.start_run(experiment, name="there") as second:
            for mine, text in ((first, "here"), (second, "there")):
                mine.log_param("where", text)
                mine.log_text(text, "where.txt")
        assert (content(here, first.id), content(other, second.id)) == ({"where.txt": b"here"}, {"where.txt": b"there"})
        assert {one.name for one in other.runs(experiment)} == {"there"}
    azure.tune(unknown_run="refused")
    with pytest.raises(RuntimeError, match="was not found in experiment"):
        microsoft.ask("crossing", **{**crossing, "experiment": f"{experiment}-again"})


def stores(azure: AzuremlEmulator) -> list[str]:
    return [one.account for one in azure.workspaces.all()]


def store_of(azure: AzuremlEmulator, workspace: str) -> str:
    (account,) = (one.account for one in azure.workspaces.all() if one.name == workspace)
    return account


def test_the_plugin_loses_a_batch_that_is_over_a_limit_and_ours_does_not(
    microsoft: Sdk, client: tl.Client, experiment: str
) -> None:
    params = {f"p{number}": "x" * 10 for number in range(201)}
    made = microsoft.ask("at", url=HERE, what="write_run", experiment=experiment)
    keys = list(params)
    for first in range(0, 200, 100):
        batch = [[key, params[key]] for key in keys[first : first + 100]]
        microsoft.ask("at", url=HERE, what="log", run=made, params=batch)
    with pytest.raises(RuntimeError, match="FieldName=Parameters, Limit=200, Size=201"):
        microsoft.ask("at", url=HERE, what="log", run=made, params=[[keys[-1], "x"], [keys[0], params[keys[0]]]])
    with pytest.raises(RuntimeError, match="Count, Limit=250, Size=251"):
        microsoft.ask("at", url=HERE, what="log", run=made, metrics=CURVE[:251])
    tags = {f"t{number}": "y" * 1_500 for number in range(60)}
    with client.start_run(experiment, params=params, tags=tags) as run:
        run.log_points(Points.of("m", [(step, MS * 1_000_000, 0.5) for step in range(251)]))
    read = client.run(run.id)
    assert read.params == params
    assert read.tags.items() >= tags.items()
    assert len(client.metric_history(read, "m").values) == 251


def test_the_plugin_cannot_write_a_file_again_nor_list_a_folder_and_ours_can(
    microsoft: Sdk, client: tl.Client, experiment: str
) -> None:
    made = microsoft.ask("at", url=HERE, what="write_run", experiment=experiment, files=told({"d/a.txt": b"1"}))
    with pytest.raises(RuntimeError, match="BlobAlreadyExists"):
        microsoft.ask("at", url=HERE, what="write_files", run=made, files=told({"d/a.txt": b"2"}))
    with pytest.raises(RuntimeError, match="logged-models/search failed with error code 404"):
        microsoft.ask("at", url=HERE, what="list_files", run=made, folder="d")
    with client.start_run(resume=made) as run:
        run.log_text("2", "d/a.txt")
    assert content(client, made) == {"d/a.txt": b"2"}


def test_a_job_keeps_its_token_fresh_and_leaves_its_status_to_the_platform(
    microsoft: Sdk, azure: AzuremlEmulator, client: tl.Client, experiment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = microsoft.ask("at", url=HERE, what="write_run", experiment=experiment)
    home = client.experiment(experiment)
    variables = azure.job_environment(home.id, run, lifetime=30)
    seen = azure.calls.count("token", "history")
    asked = {"variables": variables, "url": theirs(WORKSPACE, "v1.0")}
    microsoft.ask("as_job", what="log", run=run, metrics=[["theirs", 1.0, MS, 1]], **asked)
    assert azure.calls.count("token", "history") == seen + 1, "it asked for a new token"
    assert microsoft.ask("as_job", what="end", run=run, status="FAILED", **asked) == "RUNNING"
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    with tl.connect(ours(WORKSPACE)) as job, job.start_run(resume=run) as own:
        own.log_metric("ours", 2.0, step=1)
        own.log_text("x", "x.txt")
    assert azure.calls.count("token", "history") == seen + 2
    read = client.run(run)
    assert (read.status, read.metrics["ours"].last, read.metrics["theirs"].last) == ("running", 2.0, 1.0)


def test_both_get_on_whatever_azure_does_not_say(
    microsoft: Sdk, azure: AzuremlEmulator, client: tl.Client, experiment: str, tmp_path: Path
) -> None:
    """Each open question about the service is read the other way; only what was written once is written again."""
    azure.knobs = Knobs.otherwise(overwriting="accepted")
    made = microsoft.ask("at", url=HERE, what="write_run", experiment=experiment, params={"a": "1"}, files=told(FILES))
    with client.start_run(experiment, name="ours é", params={"b": "2"}) as run:
        run.log_metric("m", 2.5, step=1)
        run.log_artifacts(laid(tmp_path, FILES))
    assert content(client, made) == FILES
    assert microsoft.ask("at", url=HERE, what="read_files", run=run.id).items() >= told(FILES).items()
    assert {found.id for found in client.runs(experiment)} == {made, run.id}
    assert microsoft.ask("at", url=HERE, what="read_points", run=run.id, key="m")[0][::2] == [1, 2.5]


def test_a_migration_from_one_workspace_to_another_in_one_process(microsoft: Sdk, experiment: str) -> None:
    """What `mlflow-export-import` cannot do with the plugin: both ends at once."""
    made = microsoft.ask(
        "at", url=HERE, what="write_run", experiment=experiment, params={"lr": "0.1"}, metrics=CURVE[:250],
        files=told(FILES), status="FINISHED",
    )  # fmt: skip
    with tl.connect(ours(WORKSPACE)) as source, tl.connect(ours(OTHER)) as target:
        summary = tl.migrate(source, target, experiment=experiment)
        assert (summary.failed, summary.copied, summary.points, summary.files) == ((), 1, 250, len(FILES))
        (copy,) = target.runs(experiment)
        assert target.metric_history(copy, "loss") == source.metric_history(source.run(made), "loss")
        assert content(target, copy.id) == FILES
    read = microsoft.ask("at", url=theirs(OTHER), what="read_run", run=copy.id)
    assert (read["params"], read["status"]) == ({"lr": "0.1"}, "FINISHED")
    assert microsoft.ask("at", url=theirs(OTHER), what="read_files", run=copy.id).items() >= told(FILES).items()
