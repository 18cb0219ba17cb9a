"""`kill -9` at random moments: what had been logged is there after `sync`, once, whatever the place went through."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from contract_tests.servers.mlflow_server import MlflowServer, running_server, shared_server
from contract_tests.servers.recorder import Answer, Drop, Fault, Hang, Lose, Recorder

import tracklayer as tl
from tracklayer.layers.journal.folder import journals
from tracklayer.layers.journal.sync import Synced, sync

VICTIMS = Path(__file__).with_name("victims.py")
#: How many processes are killed: into a file; and at a server, where each costs a dozen requests, and CI minutes.
#: `TRACKLAYER_VICTIMS=200 pytest tests/layers/journal/test_kill.py` kills as many there.
LOCAL, SERVED = 200, int(os.environ.get("TRACKLAYER_VICTIMS", "60"))
#: How often a server that is killed is started.
LIVES = 3


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with shared_server(tmp_path_factory.getbasetemp()) as server:
        yield server


def killed(place: str, count: int, longest: float, pause: float = 0) -> list[dict[str, int]]:
    """What each of `count` victims had logged when it was killed; `pause`: seconds between two points of it."""
    done = subprocess.run(
        [sys.executable, str(VICTIMS), place, str(count), str(longest), str(pause)],
        env={
            name: text for name, text in os.environ.items() if not name.startswith("COV")
        },  # not at a tenth of the pace
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def synced(home: Path, tries: int = 1) -> list[Synced]:
    """Sync until nothing is left, as a user would who is told that something is."""
    for _ in range(tries):
        left = [one for one in sync(home) if not one.ok]
        if not left:
            break
    return left


def refused(home: Path) -> list[str]:
    """What places refused for good, and why: to be told where nothing should have been."""
    return [file.read_text(encoding="utf-8")[:2_000] for file in home.rglob("*.refused")]


def hold(place: str, told: list[dict[str, int]]) -> None:
    """Every call that returned is there, once; the runs are closed, with the reason."""
    expected = {str(one["name"]): one for one in told if one["points"]}
    with tl.connect(place) as client:
        runs = {run.name: run for run in client.runs("victims")}
        assert len(runs) == len(list(client.runs("victims"))), "a run is there twice"
        assert expected.keys() <= runs.keys()
        for name, one in expected.items():
            run = runs[name]
            steps = list(client.metric_history(run, "loss").steps)
            assert steps == list(range(len(steps))), f"{name}: a point is missing, or is there twice"
            assert one["points"] <= len(steps) <= one["points"] + 1
            assert {f"p{number}": number for number in range(one["params"])}.items() <= run.params.items()
            files = {file.path for file in client.artifacts(run)}
            assert {f"{number}.txt" for number in range(one["files"])} <= files
            assert run.status == "failed"
            assert "died; last heard of 20" in run.tags["audit.ended"]


def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks afterwards waits as long as any client: the second is for those who send."""
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_TIMEOUT")


def home() -> Path:
    return Path(os.environ["TRACKLAYER_HOME"])


def test_two_hundred_killed_processes_lose_nothing(tmp_path: Path) -> None:
    place = f"local:{tmp_path / 'store.db'}"
    told = killed(place, LOCAL, 0.25, pause=0.0001)
    assert sum(one["points"] for one in told) > 10 * LOCAL
    assert synced(home()) == [], refused(home())
    hold(place, told)
    assert journals(home()) == [], "what has landed is deleted"


class Faults:
    """30 % of requests fail, in every way there is."""

    def __init__(self, seed: int) -> None:
        self._drawn = random.Random(seed)  # noqa: S311 -- faults
        self.met = 0

    def __call__(self, _method: str, _path: str) -> Fault | None:
        if self._drawn.random() >= 0.3:
            return None
        self.met += 1
        ways: list[Fault] = [
            Answer(429, b'{"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "slowly"}', {"Retry-After": "0.05"}),
            Answer(500, b'{"error_code": "INTERNAL_ERROR", "message": "oh"}'),
            Answer(503),
            Drop(),
            Lose(),
            Lose(),
        ]
        # A time-out costs a second each: few of them.
        return Hang() if self._drawn.random() < 0.02 else self._drawn.choice(ways)


def test_with_three_of_ten_requests_failing(mlflow_server: MlflowServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with Recorder(mlflow_server.url) as recorder:
        faults = Faults(7)
        recorder.disturb(faults)
        told = killed(recorder.tracklayer_url, SERVED, 0.25, pause=0.0005)
        left = synced(home(), tries=20)
        assert left == [], refused(home())
        assert faults.met > SERVED
        recorder.disturb(None)
        patient(monkeypatch)
        hold(recorder.tracklayer_url, told)


@pytest.fixture
def unsteady(tmp_path: Path) -> Iterator[Unsteady]:
    with Recorder("http://127.0.0.1:9") as recorder:
        unsteady = Unsteady(recorder, tmp_path / "server")
        yield unsteady
        unsteady.stop()


class Unsteady:
    """A real server that is killed and started again, behind one address."""

    def __init__(self, recorder: Recorder, folder: Path) -> None:
        self.recorder = recorder
        self._folder = folder
        self._stopping = Event()
        self._up = [Event() for _ in range(LIVES)]
        self._thread = Thread(target=self._live)
        self._thread.start()

    def wait(self, life: int = 1) -> None:
        """Wait until it has begun a life; nobody kills it in the last one."""
        assert self._up[life - 1].wait(240)

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(120)

    def _live(self) -> None:
        for life in range(LIVES):
            if self._stopping.is_set():
                return
            with running_server(self._folder) as server:
                self.recorder.direct(server.url)
                self._up[life].set()
                self._stopping.wait(4 if life + 1 < LIVES else None)
            (self._folder / "url").unlink(missing_ok=True)


@pytest.mark.parametrize("failing", [False, True], ids=["killed", "killed-and-failing"])
def test_with_a_server_that_is_killed_and_started_again(
    unsteady: Unsteady, monkeypatch: pytest.MonkeyPatch, *, failing: bool
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1" if failing else "5")
    recorder = unsteady.recorder
    unsteady.wait()
    recorder.disturb(Faults(11) if failing else None)
    told = killed(recorder.tracklayer_url, max(SERVED // 4, 12), 0.5, pause=0.0005)
    unsteady.wait(2)  # it was killed while they logged, and is killed again while what is left is sent
    assert synced(home(), tries=60) == [], refused(home())
    recorder.disturb(None)
    unsteady.wait(LIVES)
    patient(monkeypatch)
    hold(recorder.tracklayer_url, told)
