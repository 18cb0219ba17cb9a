"""MLflow with Oracle's plugin: it writes and ours reads, and the reverse; and where it falls short."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

import pytest
from contract_tests.witnesses.sdk import Sdk
from tests.drivers.oci.interop.conftest import OURS, THEIRS

import tracklayer as tl
from tracklayer.emulators.oci import BUCKET, HOME, OTHER, WORKSPACE
from tracklayer.emulators.stage import Stage

MS = 1_700_000_000_123
CURVE = [["loss", 1.0 / (step + 1), MS + step, step] for step in range(30)]
FILES = {"a.txt": b"text", "deep/er/b c é.bin": bytes(range(256))}
#: What the service says of what is another tenancy's.
HIDDEN = "Authorization failed or requested resource not found"
NESTED = {"top.txt": b"1", "dir/in.txt": b"2", "dir/sub/g.txt": b"3"}


def told(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: base64.b64encode(data).decode() for path, data in files.items()}


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, timezone.utc)


def content(client: tl.Client, run: str) -> dict[str, bytes]:
    """The files of a run, as ours reads them."""
    found = {}
    for file in client.artifacts(run):
        with client.open_artifact(run, file.path) as stream:
            found[file.path] = stream.read()
        assert file.size == len(found[file.path])
    return found


def test_we_read_what_the_plugin_wrote(oracle: Sdk, client: tl.Client, server: str, experiment: str) -> None:
    made = oracle.ask(
        "at",
        url=THEIRS[server],
        what="write_run",
        experiment=experiment,
        name="theirs é",
        start=MS,
        end=MS + 5_000,
        status="FAILED",
        params={"lr": "0.1", "a/b c": "é"},
        tags={"stage": "dev"},
        metrics=CURVE,
        files=told(FILES),
    )
    (run,) = client.runs(experiment)
    assert (run.id, run.name, run.status) == (made, "theirs é", "failed")
    assert (run.started, run.ended) == (moment(MS), moment(MS + 5_000))
    assert run.params == {"lr": "0.1", "a/b c": "é"}
    assert run.tags["stage"] == "dev"
    rows = [(step, time // 1_000_000, value) for step, time, value in client.metric_history(run, "loss").rows()]
    assert rows == [(step, time, value) for _, value, time, step in CURVE]
    assert content(client, run.id) == FILES


def test_the_plugin_reads_what_we_wrote(oracle: Sdk, client: tl.Client, server: str, experiment: str) -> None:
    with client.start_run(experiment, name="ours é", params={"lr": "0.1", "layers": 3}, tags={"stage": "dev"}) as run:
        for step in range(5):
            run.log_metric("loss", step / 2, step=step, time=moment(MS + step))
        run.log_text("text", "notes/deep/a b é.txt")
    read = oracle.ask("at", url=THEIRS[server], what="read_run", run=run.id)
    assert (read["name"], read["status"]) == ("ours é", "FINISHED")
    assert read["params"] == {"lr": "0.1", "layers": "3"}
    assert read["tags"]["stage"] == "dev"
    points = oracle.ask("at", url=THEIRS[server], what="read_points", run=run.id, key="loss")
    assert points == [[step, MS + step, step / 2] for step in range(5)]
    files = oracle.ask("at", url=THEIRS[server], what="read_files", run=run.id)
    assert base64.b64decode(files["notes/deep/a b é.txt"]) == b"text"


def test_the_plugin_loses_the_slash_of_a_nested_folder_and_ours_does_not(
    oracle: Sdk, experiment: str, tmp_path: Path
) -> None:
    """Its fault is in the names that it stores; we show them as they are."""
    for path, data in NESTED.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    with tl.connect(OURS["aidp"]) as client:
        with client.start_run(experiment) as ours:
            ours.log_artifacts(tmp_path)
        theirs = oracle.ask("at", url=THEIRS["aidp"], what="write_run", experiment=experiment)
        oracle.ask("log_folder", url=THEIRS["aidp"], run=theirs, files=told(NESTED))
        assert content(client, ours.id) == NESTED
        assert content(client, theirs) == {"top.txt": b"1", "dirin.txt": b"2", "dir/subg.txt": b"3"}
    assert oracle.ask("at", url=THEIRS["aidp"], what="read_files", run=ours.id) == told(NESTED), "its reading is right"


def test_the_plugin_has_one_user_a_process_and_ours_one_a_client(oracle: Sdk, stage: Stage, experiment: str) -> None:
    """Two tenancies at once: each write lands where its URL says."""
    with tl.connect(OURS["aidp"]) as home, tl.connect(OURS["other"]) as other:
        with home.start_run(experiment, name="home") as first, other.start_run(experiment, name="other") as second:
            for run, text in ((first, "home"), (second, "other")):
                run.log_param("where", text)
                run.log_text(text, "where.txt")
        assert [run.name for run in home.runs(experiment)] == ["home"]
        assert [run.name for run in other.runs(experiment)] == ["other"]
        assert (content(home, first.id), content(other, second.id)) == ({"where.txt": b"home"}, {"where.txt": b"other"})
        summary = tl.migrate(home, other, experiment=experiment)
        assert (summary.failed, summary.copied, summary.files) == ((), 1, 1)
        assert {run.name for run in other.runs(experiment)} == {"home", "other"}
        for one, tenancy, texts in ((home, HOME, {"home"}), (other, OTHER, {"home", "other"})):
            number = next(found.id for found in one.experiments() if found.name == experiment)
            root = f"oci://{BUCKET}@{tenancy.namespace}/mlflow/aidp/{WORKSPACE}/{number}/"
            held = oracle.ask("objects", uri=root, profile=tenancy.profile)
            assert {base64.b64decode(held[name]).decode() for name in held if name.endswith("/where.txt")} == texts
    assert experiment in oracle.ask("experiments", url=THEIRS["aidp"])
    with pytest.raises(RuntimeError, match=HIDDEN):
        oracle.ask("experiments", url=THEIRS["other"])
    ask = {"profile": "OTHER", "what": "read_experiment", "name": experiment}
    assert oracle.ask("at_as", url=THEIRS["other"], **ask)["stage"] == "active"
    with pytest.raises(RuntimeError, match=HIDDEN):
        oracle.ask("at_as", url=THEIRS["aidp"], **ask)
    hosts = {call.host for call in stage.emulators["oci"].calls.all()}
    assert hosts >= {"aidp.us-ashburn-1.oci.oraclecloud.com", "objectstorage.us-ashburn-1.oraclecloud.com"}
