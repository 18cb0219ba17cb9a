"""Oracle's SDK, ocifs, and the SDK of AI Data Platform: what ours writes they read, and what they write ours reads."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from contract_tests.witnesses.sdk import Sdk
from tests.drivers.oci.interop.conftest import OURS
from tests.drivers.oci.interop.test_plugin import content, moment, told

import tracklayer as tl
from tracklayer.emulators.oci import HOME, WORKSPACE
from tracklayer.emulators.stage import Stage

PLACE = {"platform": HOME.platform, "workspace": WORKSPACE}
FILES = {"a.txt": b"text", "deep/er/b c é+%.bin": bytes(range(256)), "empty": b""}
#: Three parts, of which Object Storage wants 10 MiB at least.
LARGE = 21 * 1024 * 1024


@pytest.fixture
def client() -> tl.Client:
    return tl.connect(OURS["aidp"])


def test_the_sdk_and_ocifs_read_our_files(client: tl.Client, oracle: Sdk, experiment: str, tmp_path: Path) -> None:
    for path, data in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    with client, client.start_run(experiment) as run:
        run.log_artifacts(tmp_path)
    root = oracle.ask("platform_read", run=run.id, **PLACE)["root"]
    assert oracle.ask("objects", uri=f"{root}/") == told(FILES)
    assert oracle.ask("found", uri=root) == told(FILES)


def test_we_read_what_the_sdk_and_ocifs_put_there(client: tl.Client, oracle: Sdk, experiment: str) -> None:
    with client:
        with client.start_run(experiment) as run:
            run.log_text("ours", "ours.txt")
        root = oracle.ask("platform_read", run=run.id, **PLACE)["root"]
        oracle.ask("put_object", uri=f"{root}/by the/sdk é.bin", data=told(FILES)["deep/er/b c é+%.bin"])
        oracle.ask("write_file", uri=f"{root}/by/ocifs.txt", data=told(FILES)["a.txt"])
        assert content(client, run.id) == {
            "ours.txt": b"ours",
            "by the/sdk é.bin": bytes(range(256)),
            "by/ocifs.txt": b"text",
        }


def test_a_large_file_arrives_whole(
    client: tl.Client, oracle: Sdk, stage: Stage, experiment: str, tmp_path: Path
) -> None:
    data = bytes(range(256)) * (LARGE // 256)
    (tmp_path / "large.bin").write_bytes(data)
    with client, client.start_run(experiment) as run:
        run.log_artifact(tmp_path / "large.bin")
    root = oracle.ask("platform_read", run=run.id, **PLACE)["root"]
    seen = base64.b64decode(oracle.ask("objects", uri=f"{root}/")["large.bin"])
    assert hashlib.sha256(seen).digest() == hashlib.sha256(data).digest()
    assert stage.emulators["oci"].calls.count("UploadPart") == 3


def test_we_read_what_the_platforms_sdk_wrote(client: tl.Client, oracle: Sdk, experiment: str) -> None:
    made = oracle.ask("platform_write", experiment=experiment, params={"lr": "0.1", "é": "ü"}, **PLACE)
    with client:
        (run,) = client.runs(experiment)
        assert (run.id, run.name, run.params) == (made, "theirs", {"lr": "0.1", "é": "ü"})
        assert list(client.metric_history(run, "loss").rows()) == [(3, 1_700_000_000_123_000_000, 0.5)]
        oracle.ask("platform_delete", run=made, **PLACE)
        assert list(client.runs(experiment)) == []


def test_the_platforms_sdk_reads_what_we_wrote(client: tl.Client, oracle: Sdk, experiment: str) -> None:
    with client, client.start_run(experiment, name="ours é", params={"lr": 0.1, "n": 3}) as run:
        run.log_metric("loss", 0.25, step=7, time=moment(1_700_000_000_123))
        run.log_text("text", "notes/a.txt")
        run.log_text("text", "b.txt")
    read = oracle.ask("platform_read", run=run.id, **PLACE)
    assert (read["name"], read["status"], read["params"]) == ("ours é", "FINISHED", {"lr": "0.1", "n": "3"})
    assert read["points"] == [[7, 1_700_000_000_123, 0.25]]
    assert read["files"] == [["b.txt", False], ["notes", True]]
