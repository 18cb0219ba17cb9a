"""Real MLflow servers: one process that imports MLflow, one child for each id."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tracklayer.emulators.mlflow import MlflowNotServing, Servers
from tracklayer.emulators.mlflow import servers as module

API = "/api/2.0/mlflow/experiments"


#: What each server finds in its environment.
ENVIRONMENT: dict[str, Any] = {}


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    servers = Servers(lambda: ENVIRONMENT)
    yield servers
    servers.stop_all()


def create(url: str, name: str) -> dict[str, Any]:
    made = requests.post(f"{url}{API}/create", json={"name": name}, timeout=60).json()["experiment_id"]
    found = requests.get(f"{url}{API}/get", params={"experiment_id": made}, timeout=60).json()
    experiment: dict[str, Any] = found["experiment"]
    return experiment


def names(url: str) -> set[str]:
    found = requests.post(f"{url}{API}/search", json={"max_results": 100}, timeout=60).json()
    return {one["name"] for one in found["experiments"]}


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_two_ids_have_two_stores_and_files_in_their_own_places(servers: Servers) -> None:
    with ThreadPoolExecutor() as pool:  # at once: each is started once
        urls = list(pool.map(lambda name: servers.url(name, f"s3://bucket/{name}"), ["one", "two", "one", "two"]))
    assert urls[:2] == urls[2:]
    one, two = urls[:2]
    assert one != two
    assert create(one, "of one")["artifact_location"].startswith("s3://bucket/one/")
    assert create(two, "of two")["artifact_location"].startswith("s3://bucket/two/")
    assert names(one) == {"Default", "of one"}
    assert names(two) == {"Default", "of two"}


def test_one_that_was_deleted_begins_anew(servers: Servers) -> None:
    first = servers.url("gone", "s3://bucket/gone")
    create(first, "forgotten")
    servers.stop("gone")
    servers.stop("gone")
    assert names(servers.url("gone", "s3://bucket/gone")) == {"Default"}
    with pytest.raises(requests.ConnectionError):  # orders are taken one after the other
        names(first)


def test_one_that_cannot_start_says_why(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENVIRONMENT, "BROKEN", 1)
    for _ in range(2):
        with pytest.raises(MlflowNotServing, match="MLflow's server did not start: TypeError: str expected, not int"):
            servers.url("broken", "s3://bucket/x")


def test_all_of_them_go_at_once(servers: Servers) -> None:
    url = servers.url("one", "s3://bucket/one")
    folder = servers._folder
    assert folder is not None
    servers.stop_all()
    servers.stop_all()
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        names(url)


KILLED = """
import sys
from tracklayer.emulators.mlflow import Servers
servers = Servers(dict)
print(servers.url("one", "s3://bucket/one"), servers._parent.pid, servers._folder, flush=True)
sys.stdin.read()
"""


def test_they_go_with_their_process_be_it_killed() -> None:
    """Nothing may stay behind of an emulator whose test run was killed: no process, no port, no folder."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as emulator:
        assert emulator.stdout is not None
        url, parent, folder = emulator.stdout.readline().split()
        assert names(url) == {"Default"}
        emulator.kill()
    gone = threading.Event()
    for _ in range(600):
        if not (alive(int(parent)) or listens(url) or Path(folder).exists()):
            gone.set()
            break
        gone.wait(0.1)
    assert gone.is_set()


def listens(url: str) -> bool:
    try:
        requests.get(url, timeout=1)
    except requests.RequestException:
        return False
    return True


def test_without_mlflow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    servers = Servers(dict)
    for _ in range(2):
        with pytest.raises(MlflowNotServing, match="pip install mlflow") as caught:
            servers.url("one", "s3://bucket/one")
        assert caught.value.starting


def test_a_process_that_dies_is_said_at_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "APP", "tracklayer.no_such_module")
    servers = Servers(dict)
    with pytest.raises(MlflowNotServing, match=r"did not start: .*No module named tracklayer\.no_such_module"):
        servers.url("one", "s3://bucket/one")
    with pytest.raises(MlflowNotServing, match="has ended: reset the emulator"):
        servers.url("two", "s3://bucket/two")
    servers.stop_all()


def test_one_that_takes_too_long_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    servers = Servers(dict)
    with pytest.raises(MlflowNotServing, match=r"did not start within 0\.01 s") as caught:
        servers.url("one", "s3://bucket/one")
    assert caught.value.starting
    servers.stop_all()


@pytest.mark.parametrize("name", ["MLFLOW_TRACKING_URI", "AWS_PROFILE", "HTTPS_PROXY", "https_proxy"])
def test_what_would_lead_a_server_elsewhere_is_kept_from_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "elsewhere")
    surroundings: Callable[[], dict[str, str]] = module._surroundings
    assert name not in surroundings()
    assert "PATH" in surroundings()
    assert json.dumps(surroundings())
