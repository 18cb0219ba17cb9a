"""`tracklayer ui`: MLflow's pages and its REST API over a cloud and a local place, as users have them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser
from tests.cli.command import MAIN, PATIENCE, command, process
from tests.compare.page.looking import chromium
from tests.plugins.mlflow.ui.browsing import DRAWN, look_at_a_run, look_at_runs, looking, painted, seen, train

import tracklayer as tl
from tracklayer.emulators.stage import emulated

CLOUD = "sagemaker://us-east-1"
TOKEN = "a-token-of-our-own-0123456789"


class Served(NamedTuple):
    url: str
    process: subprocess.Popen[str]

    def curl(self, path: str, body: Any = None, *more: str) -> tuple[int, Any]:
        """What curl gets: the status, and the JSON."""
        given = [] if body is None else ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        line = ["curl", "-s", "--noproxy", "*", "-w", "\n%{http_code}", *given, *more, f"{self.url}{path}"]
        said = subprocess.run(line, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
        text, _, code = said.rpartition("\n")
        try:
            return int(code), json.loads(text)
        except ValueError:
            return int(code), text


@contextmanager
def served(*given: str, cwd: Path, environment: Mapping[str, str], before: str = "") -> Iterator[Served]:
    """The command while it serves. At the end it is told to end, as Ctrl-C does, and does so with 0."""
    with subprocess.Popen(
        [sys.executable, "-c", before + MAIN, "ui", "--port", "0", *given],
        cwd=cwd,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        url = running.stdout.readline().strip()
        try:
            assert url.startswith("http://127.0.0.1:"), running.stderr.read()
            yield Served(url, running)
        finally:
            running.send_signal(signal.SIGINT)
            code = running.wait(PATIENCE)
        said = running.stderr.read()
        assert (code, running.stdout.read()) == (0, ""), said
        assert "Traceback" not in said
        assert TOKEN not in said
        assert not re.search(r" 500 |ERROR", said), said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ui")


@pytest.fixture(scope="module")
def reading(folder: Path) -> Iterator[Served]:
    """A server that only reads: a cloud, a place on this machine, and one that is not there."""
    with emulated("sagemaker") as stage:
        with stage.here():
            train(CLOUD, "digits", "svm mlp tree", painted(folder / "dots.png"))
        train(f"local:{folder / 'runs.db'}", "letters", "first second", folder / "dots.png")
        around = stage.around(os.environ)
        places = (CLOUD, "local:runs.db", "local:nosuch.db")
        with served(*places, cwd=folder, environment=around) as running:
            yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def experiments(server: Served) -> dict[str, str]:
    code, answer = server.curl("/api/2.0/mlflow/experiments/search", {"max_results": 50})
    assert code == 200
    return {one["name"]: one["experiment_id"] for one in answer["experiments"]}


def runs(server: Served, *homes: str, filter: str = "") -> dict[str, Any]:
    body = {"experiment_ids": homes, "max_results": 50, "filter": filter}
    code, answer = server.curl("/api/2.0/mlflow/runs/search", body)
    assert code == 200, answer
    return {one["info"]["run_name"]: one for one in answer.get("runs", ())}


def test_the_pages_show_runs_charts_and_files_of_a_cloud_beside_those_of_this_machine(
    browser: Browser, reading: Served, folder: Path
) -> None:
    homes = experiments(reading)
    cloud, local = homes["digits @ sagemaker:us-east-1"], homes["letters @ local:runs.db"]
    run = runs(reading, cloud)["mlp"]["info"]["run_id"]
    with looking(browser, reading.url) as page:
        page.goto(f"{reading.url}/#/experiments")
        for name in ("digits @ sagemaker:us-east-1", "letters @ local:runs.db", "cannot be read @ local:nosuch.db"):
            seen(page.get_by_role("link", name=name))
        page.get_by_role("link", name="digits @").click()
        assert look_at_runs(page, reading.url, cloud) == DRAWN
        picture = folder / "dots.png"
        assert look_at_a_run(page, reading.url, cloud, run, picture.name) == picture.read_bytes()
        both = quote(json.dumps([cloud, local]))
        page.goto(f"{reading.url}/#/compare-experiments/s?experiments={both}")
        for name in ("svm", "mlp", "tree", "first", "second"):
            seen(page.get_by_role("link", name=name, exact=True))


def test_pages_of_what_no_place_has_are_empty_and_a_place_that_is_not_there_says_why(
    browser: Browser, reading: Served
) -> None:
    homes = experiments(reading)
    with looking(browser, reading.url) as page:
        page.goto(f"{reading.url}/#/models")
        seen(page.get_by_text("Registered Models").first)
        page.goto(f"{reading.url}/#/prompts")
        seen(page.get_by_text("Create your first prompt"))
        page.goto(f"{reading.url}/#/experiments/{homes['digits @ sagemaker:us-east-1']}/models")
        seen(page.get_by_text("Track and compare versions of your models"))
        page.goto(f"{reading.url}/#/experiments/{homes['cannot be read @ local:nosuch.db']}/runs")
        why = page.get_by_text("there is no store").first
        seen(why)
        assert "nosuch.db" in why.inner_text()


def test_curl_reads_all_places_in_one_search_and_files_and_points(reading: Served) -> None:
    homes = experiments(reading)
    found = runs(reading, *homes.values(), filter="metrics.loss < 0.05 and params.layers = '2'")
    assert set(found) == {"svm", "first"}
    run = runs(reading, *homes.values())["mlp"]["info"]["run_id"]
    code, points = reading.curl(f"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=loss")
    assert (code, len(points["metrics"])) == (200, 30)
    code, listed = reading.curl(f"/api/2.0/mlflow/artifacts/list?run_id={run}&path=notes")
    assert (code, [one["path"] for one in listed["files"]]) == (200, ["notes/log.txt"])
    assert reading.curl(f"/get-artifact?run_id={run}&path=notes/log.txt") == (200, "all went well\n")
    root = listed["root_uri"].removeprefix("mlflow-artifacts:/")
    assert reading.curl(f"/api/2.0/mlflow-artifacts/artifacts/{root}/notes/log.txt") == (200, "all went well\n")
    assert reading.curl("/get-artifact?run_id=deadbeef-1&path=x")[0] == 404


def test_nothing_is_written_and_no_other_name_of_the_host_is_served(reading: Served) -> None:
    home = experiments(reading)["letters @ local:runs.db"]
    for path, body in (("runs/create", {"experiment_id": home}), ("experiments/create", {"name": "new"})):
        code, answer = reading.curl(f"/api/2.0/mlflow/{path}", body)
        assert (code, answer["error_code"]) == (403, "PERMISSION_DENIED")
        assert answer["message"] == "this server only reads: start it with --write"
    mutation = {"query": 'mutation { testMutation(inputString: "x") { output } }'}
    assert reading.curl("/graphql", mutation)[0] == 200  # an echo: MLflow's GraphQL changes nothing
    for host in ("evil.example.org", "10.evil.example.org", "127.0.0.1.evil.example.org:5000"):
        code, said = reading.curl("/api/2.0/mlflow/experiments/search?max_results=1", None, "-H", f"Host: {host}")
        assert code == 403, said
    assert set(runs(reading, home)) == {"first", "second"}


def test_with_write_and_a_token_curl_logs_a_run(tmp_path: Path) -> None:
    assert shutil.which("curl")
    train(f"local:{tmp_path / 'runs.db'}", "letters", "first", painted(tmp_path / "dots.png"))
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    around = {**os.environ, "TRACKLAYER_HOME": str(tmp_path / "journal")}
    given = ("local:runs.db", "--write", "--token-file", "token")
    with served(*given, cwd=tmp_path, environment=around) as server:
        search = "/api/2.0/mlflow/experiments/search?max_results=5"
        assert server.curl(search)[1]["error_code"] == "UNAUTHENTICATED"
        assert server.curl("/", None, "-u", "me:wrong")[0] == 401
        assert "<html" in server.curl("/", None, "-u", f"me:{TOKEN}")[1]
        bearer = ("-H", f"Authorization: Bearer {TOKEN}")
        code, listed = server.curl(search, None, *bearer)
        assert (code, [one["name"] for one in listed["experiments"]]) == (200, ["letters"])

        def ask(call: str, **body: Any) -> Any:
            code, answer = server.curl(f"/api/2.0/mlflow/{call}", body, *bearer)
            assert code == 200, answer
            return answer

        home = listed["experiments"][0]["experiment_id"]
        run = ask("runs/create", experiment_id=home, run_name="by curl", start_time=1)["run"]["info"]["run_id"]
        ask("runs/log-metric", run_id=run, key="loss", value=0.25, timestamp=1, step=3)
        (tmp_path / "note.txt").write_text("hello")
        root = server.curl(f"/api/2.0/mlflow/artifacts/list?run_id={run}", None, *bearer)[1]["root_uri"]
        put = f"/api/2.0/mlflow-artifacts/artifacts/{root.removeprefix('mlflow-artifacts:/')}/note.txt"
        assert server.curl(put, None, "-T", str(tmp_path / "note.txt"), *bearer)[0] == 200
        ask("runs/update", run_id=run, status="FINISHED", end_time=9)
    with tl.connect(f"local:{tmp_path / 'runs.db'}") as client:
        (found,) = client.runs("letters", filter="attributes.run_name = 'by curl'")
        assert (found.status, found.metrics["loss"].last) == ("finished", 0.25)
        with client.open_artifact(found, "note.txt") as kept:
            assert kept.read() == b"hello"


def test_sigterm_at_the_first_moment_ends_it_while_mlflow_is_imported(tmp_path: Path) -> None:
    train(f"local:{tmp_path / 'runs.db'}", "letters", "first", painted(tmp_path / "dots.png"))
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, "ui", "local:runs.db", "--port", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("http://127.0.0.1:")
        running.terminate()
        _, said = running.communicate(timeout=PATIENCE)
    assert (running.returncode, said.count("\n")) == (0, 1), said


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (["local:x.db", "--host", "0.0.0.0"], 2, "give a token: --token-file FILE or TRACKLAYER_UI_TOKEN"),  # noqa: S104 -- it is refused
        (["local:x.db", "--host", "nosuch.invalid"], 2, "cannot listen on nosuch.invalid"),
        (["local:x.db", "--token-file", "nosuch"], 2, "--token-file nosuch: No such file"),
        (["local:x.db", "--token-file", "short"], 2, "a token is at least 16 characters"),
        (["local:x.db", "--port", "PORT"], 2, "Address already in use; try --port 0"),
        (["nosuch://x", "--port", "0"], 2, "unknown URL scheme 'nosuch'"),
        (["local:x.db", "--port", "70000"], 2, "--port"),
    ],
    ids=["far", "nowhere", "no file", "short", "taken", "scheme", "port"],
)
def test_a_mistake_is_one_line(
    given: list[str], code: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRACKLAYER_UI_TOKEN", raising=False)
    (tmp_path / "short").write_text("s3cret")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = command("ui", *(one.replace("PORT", str(taken.getsockname()[1])) for one in given))
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert says in done.stderr
    assert "s3cret" not in done.stderr


def test_where_no_place_can_be_read_it_does_not_start(tmp_path: Path) -> None:
    done = process("ui", "local:a.db", "local:b.db", "--port", "0", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "there is no store" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_mlflow_it_names_the_pip_command(tmp_path: Path) -> None:
    done = process("ui", "local:", "--port", "0", cwd=tmp_path, before="import sys; sys.modules['mlflow'] = None")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.endswith("install it with: pip install 'mlflow>=3.5'\n")
