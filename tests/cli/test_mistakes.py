"""A user's mistake is one clear line on stderr and an exit code; never a traceback, never output."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.command import MAIN, PATIENCE, command, process

import tracklayer as tl

WITHOUT_SKLEARN = "import sys; sys.modules['sklearn'] = None"
WITHOUT_LOCAL = "import sys; sys.modules['tracklayer.drivers.local.driver'] = None"


def told(value: object) -> str:
    """What a command line's test is called."""
    return " ".join(value) if isinstance(value, list) else str(value)[:20]


@pytest.fixture(scope="module")
def nobody() -> str:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["runs", "nosuch://x"], 2, "unknown URL scheme 'nosuch': use one of"),
        (["runs", "store.db"], 2, "not a tracklayer URL: 'store.db'"),
        (["runs", "local:"], 1, "there is no store"),
        (["runs", "local:."], 2, "is a folder: give the path of a file in it"),
        (["experiments", "local:nosuch.db"], 1, "there is no store"),
        (["runs", "mlflow+http://ada:secret@host"], 2, "credentials do not belong in a URL"),
        (["runs", "PLACE", "--filter", "metrics.loss << 3"], 2, "filter"),
        (["runs", "PLACE", "--order-by", "metrics.loss UP"], 2, "order"),
        (["runs", "PLACE", "--experiment", "nosuch"], 1, "'nosuch'"),
        (["runs", "PLACE", "--limit", "0"], 2, "--limit"),
        (["runs", "PLACE", "--limit", "many"], 2, "--limit"),
        (["runs", "PLACE", "--view", "gone"], 2, "--view"),
        (["runs", "PLACE", "--nosuch"], 2, "No such option"),
        (["runs", "PLACE", "PLACE"], 2, "unexpected extra argument"),
        (["nosuch"], 2, "No such command 'nosuch'"),
        (["--nosuch"], 2, "No such option"),
        (["show"], 2, "Missing argument"),
        (["show", "PLACE#nosuch"], 1, "nosuch"),
        (["show", "PLACE#"], 2, "ends before the run's id"),
        (["migrate", "PLACE"], 2, "Missing argument"),
        (["migrate", "PLACE", "PLACE"], 2, "the source and the target are one place"),
        (["migrate", "PLACE", "memory://x", "--run", "nosuch"], 1, "nosuch"),
        (["migrate", "PLACE", "memory://x", "--run", "a", "--filter", "run_id = 'a'"], 2, "either one run"),
        (["compare"], 2, "Missing argument"),
        (["compare", "PLACE", "--metric", "los"], 2, "no run has the metric 'los'; there are: acc, loss, odd"),
        (["support", "nosuch"], 2, "no provider 'nosuch': there are"),
        (["doctor", "nosuch:x"], 2, "unknown URL scheme 'nosuch'"),
        (["demo", "--keep", "--no-server"], 2, "--keep keeps the server that --no-server leaves out"),
    ],
    ids=told,
)
@pytest.mark.parametrize("as_json", [False, True], ids=["", "json"])
def test_one_line(place: str, arguments: list[str], code: int, says: str, as_json: bool) -> None:
    given = [argument.replace("PLACE", place) for argument in arguments]
    done = command(*given, *(["--json"] if as_json and len(given) > 1 else []))
    assert done.exit_code == code
    assert done.stdout == ""
    assert done.stderr.startswith("tracklayer: ")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["runs", "nosuch://x"], 2, "unknown URL scheme"),
        (["runs", "local:"], 1, "there is no store"),
        (["runs", "--limit", "0"], 2, "--limit"),
        (["nosuch"], 2, "No such command"),
    ],
    ids=told,
)
def test_in_a_process_of_its_own(tmp_path: Path, arguments: list[str], code: int, says: str) -> None:
    done = process(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == [], "a mistake leaves nothing behind"


def test_a_wrong_filter_says_where(place: str) -> None:
    done = command("runs", place, "--filter", "metrics.loss < 1 or metrics.acc > 0")
    assert done.exit_code == 2
    assert "or" in done.stderr
    assert any(mark in done.stderr for mark in ("position", "column", "character", "at "))


def test_a_server_that_is_not_there(tmp_path: Path, nobody: str) -> None:
    done = process("runs", f"mlflow+http://{nobody}", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert nobody in done.stderr


@pytest.mark.parametrize(
    ("arguments", "before", "pip"),
    [
        (["demo"], WITHOUT_SKLEARN, "pip install 'tracklayer[demo]'"),
        (["runs", "local:"], WITHOUT_LOCAL, "pip install --upgrade tracklayer"),
    ],
    ids=["demo", "driver"],
)
def test_what_is_not_installed_is_named_with_its_pip_command(
    tmp_path: Path, arguments: list[str], before: str, pip: str
) -> None:
    done = process(*arguments, cwd=tmp_path, before=before)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.endswith(f"install it with: {pip}\n")
    assert list(tmp_path.iterdir()) == []


BREAK = """
import tracklayer.api
def broken(url=None):
    raise RuntimeError('deep\\nin a \\x1b[31mdriver')
tracklayer.api.connect = broken
"""


def test_what_nobody_expected_is_one_line_too(tmp_path: Path) -> None:
    done = process("runs", cwd=tmp_path, before=BREAK)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert r"unexpected RuntimeError: deep in a \x1b[31mdriver (tracklayer --debug" in done.stderr


@pytest.mark.parametrize("by", ["option", "variable"])
def test_debug_shows_the_traceback(tmp_path: Path, by: str) -> None:
    if by == "option":
        done = process("--debug", "runs", cwd=tmp_path, before=BREAK)
    else:
        done = process("runs", cwd=tmp_path, before=BREAK, TRACKLAYER_DEBUG="1")
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert "RuntimeError: deep" in done.stderr
    mistake = process("--debug", "runs", "nosuch:", cwd=tmp_path)
    assert mistake.returncode == 2
    assert "InvalidInput" in mistake.stderr


def test_ctrl_c(tmp_path: Path) -> None:
    done = process(
        "runs", cwd=tmp_path, before=BREAK.replace("RuntimeError('deep\\nin a \\x1b[31mdriver')", "KeyboardInterrupt")
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "tracklayer: interrupted\n")


@pytest.mark.parametrize("arguments", [["runs"], ["runs", "--json"], ["show", "RUN", "--history", "loss"]], ids=told)
def test_a_reader_that_has_seen_enough_is_no_error(place: str, arguments: list[str]) -> None:
    with tl.start_run("many", to=place) as run:
        for step in range(50):
            run.log_metric("loss", 1.0, step=step)
    reading, writing = os.pipe()
    os.close(reading)  # nobody reads: the first write fails, however much fits a pipe
    given = [run.url if argument == "RUN" else argument for argument in arguments]
    try:
        done = subprocess.run(
            [sys.executable, "-c", MAIN, *given],
            env={**os.environ, "TRACKLAYER_URL": place},
            stdout=writing,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
    finally:
        os.close(writing)
    assert done.returncode == 0
    assert "roken" not in done.stderr
    assert "Traceback" not in done.stderr


def test_head(place: str) -> None:
    shell = f'"{sys.executable}" -c "{MAIN}" runs "{place}" | head -n 1'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0
    assert done.stdout.split()[:2] == ["id", "name"]


def test_help_and_version(tmp_path: Path) -> None:
    assert process("--version", cwd=tmp_path).stdout == f"tracklayer {tl.__version__}\n"
    for arguments in ([], ["--help"], ["-h"]):
        done = command(*arguments)
        assert done.exit_code == 0
        text = " ".join(done.stdout.split())
        for part in ("experiments", "doctor", "Exit codes: 0 done; 1 the work failed", "130 interrupted"):
            assert part in text
    for name in ("experiments", "runs", "show", "migrate", "compare", "support", "doctor", "demo"):
        assert "--json" in command(name, "--help").stdout
