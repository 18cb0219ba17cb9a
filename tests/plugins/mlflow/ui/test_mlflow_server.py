"""`mlflow server` itself over SageMaker Experiments: its pages in a browser, and its REST API from Node."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.compare.page.looking import chromium
from tests.plugins.mlflow.ui.browsing import DRAWN, look_at_a_run, look_at_runs, looking, painted, train

import tracklayer as tl
from tracklayer.emulators.stage import Stage, emulated
from tracklayer.plugins.mlflow.ui.pages import SETTINGS

CLOUD = "sagemaker://us-east-1"
URI = f"tracklayer+{CLOUD}"
PATIENCE = 120
#: MLflow's pages ask who looks at them, which only a server with users of its own knows.
NOBODY = "/mlflow/users/current"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with emulated("sagemaker") as running:
        yield running


@pytest.fixture(scope="module")
def server(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's URL. One worker and no jobs, for each is a process that imports MLflow."""
    folder = tmp_path_factory.mktemp("server")
    around = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "TRACKLAYER_HOME": str(folder / "journal")}
    given = ["--backend-store-uri", URI, "--artifacts-destination", URI, "--workers", "1", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "mlflow", "server", *given],
        cwd=folder,
        env={**stage.around(os.environ), **around},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        assert running.stderr is not None
        before: list[str] = []
        for line in running.stderr:
            before.append(line)
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                break
        else:
            pytest.fail("".join(before)[-2_000:])
        yield found[0]
        running.terminate()
        after = running.stderr.read()
        running.wait(PATIENCE)
        assert not re.search(r'" 5\d\d|Traceback', after), after


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def test_the_pages_show_runs_charts_and_files(browser: Browser, server: str, stage: Stage, tmp_path: Path) -> None:
    picture = painted(tmp_path / "dots.png")
    with stage.here():
        train(CLOUD, "digits", "svm mlp tree", picture)
        with tl.connect(CLOUD) as client:
            run = next(one.id for one in client.runs("digits") if one.name == "mlp")
    with looking(browser, server, SETTINGS, NOBODY) as page:
        page.goto(f"{server}/#/experiments")
        page.get_by_role("link", name="digits").click()
        page.wait_for_url(re.compile(r"/experiments/[^/?]+"))
        (home,) = re.findall(r"/experiments/([^/?]+)", page.url)
        assert look_at_runs(page, server, home) == DRAWN
        assert look_at_a_run(page, server, home, run, picture.name) == picture.read_bytes()


def test_node_logs_a_run_and_finds_it(server: str, stage: Stage) -> None:
    client = Path(__file__).with_name("client.mjs")
    done = subprocess.run(
        ["node", str(client), server], capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"names": ["naïve 漢字"], "steps": list(range(50)), "equal": True}
    with stage.here(), tl.connect(CLOUD) as opened:
        (found,) = opened.runs("from node")
        assert (found.name, found.status, found.params) == ("naïve 漢字", "finished", {"lr": "0.1"})
        assert found.metrics["loss"].last == 1 / 50
