"""What is noted of the program and the machine beside what a run logs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

import tracklayer as tl
from tracklayer.layers.journal.sync import sync


def read(client: tl.Client, run: tl.ActiveRun | tl.Run, path: str) -> bytes:
    with client.open_artifact(run, path) as file:
        return file.read()


def test_source_and_environment_are_noted(client: tl.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "hf_" + "x1Y2" * 9
    monkeypatch.setattr(sys, "argv", ["train.py", "--lr", "0.1", "--hf-token", secret])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    with client.start_run(options=tl.Options(capture=True)) as run:
        assert run._surroundings._capturing is not None
        run._surroundings._capturing.join(60)  # the end of a run waits for it for a moment only
    found = client.run(run.id)
    assert found.source is not None
    assert found.source.command == "train.py --lr 0.1 --hf-token ***"
    about = json.loads(read(client, run, "environment.json"))
    assert about["python"]["version"] == sys.version.partition(" ")[0]
    assert "pydantic" in about["packages"]
    assert about["variables"]["CUDA_VISIBLE_DEVICES"] == "0,1"
    assert "command.--hf-token" in found.tags["audit.redacted"].replace("command.hf-token", "command.--hf-token")
    assert secret not in found.model_dump_json() + json.dumps(about)


def test_nothing_is_noted_where_that_is_not_wanted(client: tl.Client) -> None:
    with client.start_run(options=tl.Options(capture=False)) as run:
        pass
    assert client.run(run.id).source is None
    assert list(client.artifacts(run)) == []


def test_the_load_of_the_machine_is_sampled(client: tl.Client) -> None:
    run = client.start_run(options=tl.Options(system_metrics=0.1))
    sampled = Event()
    for _ in range(300):
        if "system/cpu_utilization_percentage" in client.run(run.id).metrics:
            break
        sampled.wait(0.1)
    run.end()
    metrics = client.run(run.id).metrics
    assert {"system/cpu_utilization_percentage", "system/system_memory_usage_megabytes"} <= metrics.keys()


def test_what_is_printed_is_kept_where_that_is_wanted(client: tl.Client, capsys: pytest.CaptureFixture[str]) -> None:
    with client.start_run(options=tl.Options(output=True)) as run:
        print("epoch 1")
        print("a warning", file=sys.stderr)
    print("behind it")
    assert read(client, run, "output.log") == b"epoch 1\na warning\n"
    assert "behind it" in capsys.readouterr().out


DIES = """
import os, sys, tracklayer as tl
run = tl.start_run("printing", to=sys.argv[1], options=tl.Options(output=True))
print("before it died")
run.flush()
print("after the flush")
os.kill(os.getpid(), 9)
"""


def test_what_a_killed_program_printed_is_kept(tmp_path: Path) -> None:
    place = f"local:{tmp_path / 'store.db'}"
    subprocess.run([sys.executable, "-c", DIES, place], timeout=120, check=False, capture_output=True)
    assert all(one.ok for one in sync(Path(os.environ["TRACKLAYER_HOME"])))
    with tl.connect(place) as client:
        (run,) = client.runs("printing")
        assert read(client, run, "output.log") == b"before it died\nafter the flush\n"


def test_secrets_are_hidden_before_anything_is_written(client: tl.Client) -> None:
    secret = "s3cr3t-" + "q8Zt" * 4
    with client.start_run(params={"db.password": secret}, tags={"note": f"postgres://me:{secret}@host/db"}) as run:
        run.log_param("api_key", secret)
        folder = run.delivery.writer.path
        assert folder is not None
        run.flush()
        assert secret.encode() not in (folder / "records").read_bytes()
    found = client.run(run.id)
    assert found.params == {"db.password": "***", "api_key": "***"}
    assert found.tags["note"] == "postgres://me:***@host/db"
    assert found.tags["audit.redacted"].startswith("tags.note: ")
    assert "params.api_key: its name" in found.tags["audit.redacted"]


def test_secrets_are_left_as_they_are_where_that_is_wanted(client: tl.Client) -> None:
    redaction = tl.Redaction(enabled=False)
    with client.start_run(params={"password": "hunter2"}, options=tl.Options(redaction=redaction)) as run:
        pass
    assert client.run(run.id).params == {"password": "hunter2"}
