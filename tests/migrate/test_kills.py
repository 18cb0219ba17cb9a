"""Runs that move from place to place while requests fail and the process is killed: all arrive, and none twice.

CI moves a few. All that is promised, for one or for several places, one after the other::

    TRACKLAYER_MOVED=300 TRACKLAYER_KILLS=20 TRACKLAYER_HOPS=sagemaker,mlflow,databricks,azureml \
        pytest tests/migrate/test_kills.py -s
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from contract_tests.servers.mlflow_server import shared_server
from contract_tests.servers.recorder import Recorder
from contract_tests.witnesses.cloud import quiet, ready
from tests.cli.command import MAIN
from tests.migrate import small
from tests.migrate.nasty import portrait
from tests.migrate.storm import Storm

import tracklayer as tl
from tracklayer.emulators.stage import emulated
from tracklayer.migrate import Certificate
from tracklayer.migrate.ledger import FOLDER

MOVED = int(os.environ.get("TRACKLAYER_MOVED", "12"))
KILLS = int(os.environ.get("TRACKLAYER_KILLS", "4"))
HOPS = tuple(os.environ.get("TRACKLAYER_HOPS", "sagemaker,mlflow").split(","))
SEED = int(os.environ.get("TRACKLAYER_STORM", "7"))
#: Requests that a process makes before it is killed, at least and at most. In such weather a run takes some 50.
LEAST, MOST = 20, max(60, 40 * MOVED // max(KILLS, 1))
#: Times that the command may end by itself before all is well, and seconds that it may take on a busy machine.
ENDINGS, PATIENCE = 10, 3_600
#: Pauses between attempts, ours and the SDKs', are a tenth of what they are else: a storm is not to be waited through.
QUICK = """
import time
pause = time.sleep
time.sleep = lambda seconds: pause(seconds / 10)
"""


@dataclass(frozen=True)
class Places:
    """Where runs go, and what a process needs to go there. `storm` is over all of them."""

    urls: Mapping[str, str]
    environment: Mapping[str, str]
    storm: Storm


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    storm = Storm(SEED)
    with ExitStack() as stack:
        urls = {}
        if "mlflow" in HOPS:
            server = stack.enter_context(shared_server(tmp_path_factory.getbasetemp()))
            recorder = stack.enter_context(Recorder(server.url))
            recorder.disturb(storm.disturb)
            urls["mlflow"] = recorder.tracklayer_url
        clouds = [name for name in HOPS if name != "mlflow"]
        if clouds:
            stage = stack.enter_context(emulated(*clouds))
            stack.enter_context(stage.here())
            urls |= stage.places
            ready(*stage.places.values())
            for emulator in stage.emulators.values():
                emulator.faults = storm.over()
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in quiet(tmp_path_factory.mktemp("storm")).items():
            patch.setenv(name, value)
        yield Places(urls, dict(os.environ), storm)


def moved(places: Places, source: str, target: str, folder: Path) -> Certificate:
    """Move all runs, by the same command until it has been killed often enough and then ends well."""
    kills, endings = 0, 0
    while True:
        with subprocess.Popen(
            [sys.executable, "-c", QUICK + MAIN, "migrate", source, target, "--json"],
            cwd=folder,
            env={**places.environment, "TRACKLAYER_HOME": str(folder / "home")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as process:
            if kills < KILLS:
                places.storm.aim(process, places.storm.between(LEAST, MOST))
            out, err = process.communicate(timeout=PATIENCE)
        if places.storm.lower():
            kills += 1
            if kills % 3 == 0:  # the ledger only saves work: without it nothing is lost
                for file in (folder / "home" / FOLDER).glob("*"):
                    file.unlink()
            continue
        assert process.returncode in {0, 1}, err
        endings += 1
        assert endings <= ENDINGS, err or out[-1_000:]
        if process.returncode == 0 and kills >= KILLS:
            done: dict[str, Any] = json.loads(out.splitlines()[-1])
            assert (done["failed"], done["copied"] + done["there"]) == ([], MOVED)
            print(f"{target}: {kills} kills, {endings} endings, {dict(places.storm.counted)}")
            return Certificate.model_validate_json((folder / "migration.json").read_text())


def test_all_arrive_and_none_twice(places: Places, tmp_path: Path) -> None:
    urls = [f"local:{tmp_path / 'store.db'}", *(places.urls[name] for name in HOPS)]
    with tl.connect(urls[0]) as client:
        small.fill(client, MOVED)
        expected = portrait(client, small.EXPERIMENT)
    certificates = [moved(places, source, target, tmp_path) for source, target in pairwise(urls)]
    assert places.storm.counted["kill"] == KILLS * len(HOPS)
    places.storm.calm()
    for url, certificate in zip(urls[1:], certificates, strict=True):
        assert certificate.clean
        assert certificate.counts.points == MOVED * small.POINTS
        assert certificate.root == certificates[0].root, "every place holds the same"
        with tl.connect(url) as client:
            copies = list(client.runs(small.EXPERIMENT, view="all"))
            assert len(copies) == len({run.token for run in copies}) == MOVED
            assert portrait(client, small.EXPERIMENT) == expected
