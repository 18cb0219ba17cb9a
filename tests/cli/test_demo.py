"""The main job: a real training is logged, moved to a real MLflow server, and read back from both."""

from __future__ import annotations

import http.client
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from tests.cli.command import MAIN
from tests.migrate.nasty import portrait

import tracklayer as tl
from tracklayer.cli.demo import EXPERIMENT
from tracklayer.cli.demo_training import EPOCHS, GRID, SEEDS

#: Seconds that the demo or a server may take on a machine that does much else. Alone it takes less than one minute.
PATIENCE = 600
MODELS = {f"{kind} lr={rate} seed={seed}" for kind, rates in GRID.items() for rate in rates for seed in SEEDS}
PARENTS = {f"{kind} grid" for kind in GRID}


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """A user's: with the scripts of this Python on the path, and no tracklayer settings."""
    scripts = str(Path(sys.executable).parent)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("TRACKLAYER")}
    return {**kept, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}


def demonstrated(folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """What the demo says it did."""
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "demo", "--dir", str(folder), "--json"],
        cwd=folder.parent,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def processes(part: str) -> list[str]:
    """The command lines of this machine that hold some text."""
    listed = subprocess.run(["ps", "-axww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if part in line and " ps " not in line]


def logged(store: str) -> list[tl.Run]:
    """All that the demo has logged so far."""
    with tl.connect(store) as client, suppress(tl.NotFound):
        return list(client.runs(EXPERIMENT))
    return []


@contextmanager
def started(command: str, url: str, environment: dict[str, str], log: Path) -> Iterator[None]:
    """A server that a shell command starts, once it answers at `url`; stopped at the end."""
    with log.open("wb") as out:
        server = subprocess.Popen(
            ["bash", "-c", command], env=environment, stdout=out, stderr=out, start_new_session=True
        )
    place = urlsplit(url.removeprefix("mlflow+"))
    try:
        for _ in range(PATIENCE):
            connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=10)
            with closing(connection), suppress(OSError):
                connection.request("GET", "/health")
                if connection.getresponse().status == http.client.OK:
                    break
            with suppress(subprocess.TimeoutExpired):
                server.wait(1)
                pytest.fail(log.read_text())
        yield
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


def it_says_what_it_did(facts: dict[str, Any], folder: Path) -> None:
    assert facts["store"] == f"local:{folder / 'store.db'}"
    assert len(facts["runs"]) == len(MODELS) == 12
    assert facts["best"] in facts["runs"]
    assert facts["best_accuracy"] > 0.9
    assert (facts["migration"]["copied"], facts["migration"]["failed"]) == (14, [])
    rows = facts["comparison"]["rows"]
    assert len(rows) == 14
    assert all(len(row["copies"]) == 2 and row["differences"] == [] for row in rows)
    assert facts["comparison"]["metrics"]["train_loss"]["direction"] == "min"


def runs_have_all_that_they_should(client: tl.Client) -> None:
    runs = {str(run.name): run for run in client.runs(EXPERIMENT)}
    for name in sorted(MODELS):
        run = runs[name]
        kind = name.split()[0]
        assert run.status == "finished"
        assert run.parent == runs[f"{kind} grid"].ref
        assert run.params["kind"] == kind
        assert isinstance(run.params["learning_rate"], float)
        assert run.params["epochs"] == EPOCHS >= 50
        assert run.params["shuffled"] is True
        assert "demo" in run.tags
        assert len({dataset.digest for dataset in run.inputs}) == 1
        assert {dataset.name for dataset in run.inputs} == {"digits"}
        for key in ("train_loss", "val_accuracy"):
            points = client.metric_history(run, key)
            assert list(points.steps) == list(range(EPOCHS))
            assert np.isfinite(points.values).all()
        assert client.metric_history(run, "train_loss").values[-1] < client.metric_history(run, "train_loss").values[0]


def figures_and_models_are_files_that_open(client: tl.Client) -> None:
    for run in client.runs(EXPERIMENT, filter="params.learning_rate = '0.01'"):
        files = {file.path for file in client.artifacts(run)}
        assert files == {"plots/confusion.png", "model/model.npz", "environment.json"}
        with client.open_artifact(run, "plots/confusion.png") as figure:
            assert figure.read(8) == b"\x89PNG\r\n\x1a\n"
        with client.open_artifact(run, "model/model.npz") as file:
            model = np.load(io.BytesIO(file.read()), allow_pickle=False)
            assert model["coef_0"].shape in {(10, 64), (64, 32)}
            assert list(model["classes"]) == list(range(10))


def the_digest_is_that_of_the_data(client: tl.Client) -> None:
    script = (
        "import hashlib; from sklearn.datasets import load_digits; x, y = load_digits(return_X_y=True);"
        "print(hashlib.blake2b(x.tobytes() + y.tobytes(), digest_size=16).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    run = next(iter(client.runs(EXPERIMENT, filter="params.seed = '0'")))
    assert run.inputs[0].digest == done.stdout.strip()


def what_it_says_to_try_works(facts: dict[str, Any], folder: Path, environment: dict[str, str]) -> None:
    tries = [line for line in facts["next"] if "mlflow server" not in line]
    assert [line.split()[1] for line in tries] == ["runs", "show", "compare"]
    for line in tries:
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert " lr=" in done.stdout


def test_the_main_job(tmp_path: Path, environment: dict[str, str]) -> None:
    """One test, because one demo is enough for any number of workers."""
    folder = tmp_path / "kept"
    facts = demonstrated(folder, environment)
    it_says_what_it_did(facts, folder)
    assert processes(str(folder)) == [], "nothing of it runs on"
    (again,) = [line for line in facts["next"] if "mlflow server" in line]
    with (
        started(again, facts["server"], environment, tmp_path / "again.log"),
        tl.connect(facts["store"]) as store,
        tl.connect(facts["server"]) as server,
    ):
        held = portrait(store)[EXPERIMENT]
        assert set(held[2]) == MODELS | PARENTS
        assert portrait(server)[EXPERIMENT] == held, "both places hold the same"
        for client in (store, server):
            runs_have_all_that_they_should(client)
            figures_and_models_are_files_that_open(client)
        the_digest_is_that_of_the_data(store)
        what_it_says_to_try_works(facts, tmp_path, environment)


def test_without_a_server(tmp_path: Path, environment: dict[str, str]) -> None:
    few = "import tracklayer.cli.demo_training as training; training.SEEDS, training.EPOCHS = (7,), 2"
    done = subprocess.run(
        [sys.executable, "-c", f"{few}\n{MAIN}", "demo", "--no-server"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Try next:" in done.stdout
    assert "mlflow" not in done.stdout
    assert len(logged(f"local:{tmp_path / '.tracklayer' / 'store.db'}")) == 6
    assert not (tmp_path / ".tracklayer" / "mlflow").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interrupted_demo_leaves_no_server(
    tmp_path: Path, environment: dict[str, str], number: signal.Signals
) -> None:
    store = f"local:{tmp_path / 'demo' / 'store.db'}"
    demo = subprocess.Popen(
        [sys.executable, "-u", "-c", MAIN, "demo", "--dir", str(tmp_path / "demo")],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stderr is not None
    with demo.stderr as said:
        assert said.readline().startswith("starting an MLflow server")
        while not any(run.metrics for run in logged(store)):  # until it trains, while the server starts
            with suppress(subprocess.TimeoutExpired):
                demo.wait(0.2)
                pytest.fail(said.read())
        demo.send_signal(number)
        assert demo.wait(PATIENCE) == 130
        assert said.read().splitlines() == ["tracklayer: interrupted"]
    assert processes(str(tmp_path / "demo")) == []
    assert "killed" in {run.status for run in logged(store)} <= {"killed", "finished"}
