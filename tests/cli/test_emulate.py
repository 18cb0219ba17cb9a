"""`tracklayer emulate`: a command of the user's, led to emulators, and what is told of it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command import MAIN, PATIENCE, command

from tracklayer.cli.main import app
from tracklayer.cli.wrapped import run
from tracklayer.errors import InvalidInput

#: A user's training code: it knows nothing of emulators.
TRAINING = """
import sys, boto3, requests
sagemaker = boto3.client("sagemaker")
sagemaker.create_experiment(ExperimentName="digits")
try:
    sagemaker.create_experiment(ExperimentName="digits")
except Exception as error:
    print(type(error).__name__)
boto3.client("s3").put_object(Bucket="sagemaker-us-east-1-123456789012", Key="model", Body=b"1" * 100_000)
try:
    requests.get("https://huggingface.co/", timeout=60)
except requests.exceptions.ProxyError as error:
    print("refused" if "403 huggingface.co is not emulated" in str(error) else error)
print(sys.stdin.read())
print("to stderr", file=sys.stderr)
sys.exit(7)
"""
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
#: Says which signals it got, and ends when it has got the last one.
LISTENER = """
import signal, sys
def heard(number, _frame):
    print(signal.Signals(number).name, flush=True)
    if number == signal.SIGTERM:
        sys.exit(9)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
    signal.signal(number, heard)
print("ready", flush=True)
while True:
    signal.pause()
"""
#: What of the surroundings would lead the command elsewhere.
ASTRAY = {
    "AWS_PROFILE": "prod",
    "AWS_ENDPOINT_URL_S3": "https://elsewhere.example.org",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ROLE_ARN": "arn:aws:iam::1:role/real",
    "NO_PROXY": "amazonaws.com",
    "AWS_REGION": "eu-west-1",
}


def arguments(*given: str) -> list[str]:
    return [sys.executable, "-c", MAIN, "emulate", "sagemaker", *given]


def surroundings(**extra: str) -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("AWS_")} | extra


def emulate(*given: str, stdin: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments(*given),
        env=surroundings(**extra),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def started(*given: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """The command while it runs. It is killed where a test leaves it running."""
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True}
    process = subprocess.Popen(arguments(*given), env=surroundings(), encoding="utf-8", **(streams | options))
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def test_a_command_meets_the_emulator_and_keeps_its_streams_and_its_exit_code() -> None:
    done = emulate("--", sys.executable, "-c", TRAINING, stdin="from stdin", **ASTRAY)
    assert done.returncode == 7, done.stderr
    assert done.stdout.splitlines() == ["ClientError", "refused", "from stdin"], done.stderr
    said = [line.split() for line in done.stderr.splitlines()]
    assert ["to", "stderr"] in said
    assert ["operation", "calls", "errors", "which"] in said
    assert ["s3.PutObject", "1", "0"] in said
    assert ["sagemaker.CreateExperiment", "2", "1", "1", "ValidationException"] in said
    assert ["huggingface.co", "1"] in said
    assert (
        len([row for row in said if row and "." in row[0] and row[0].split(".")[0] in {"s3", "sagemaker", "sts"}]) == 2
    )


def test_as_json_it_is_the_last_line_of_the_output() -> None:
    done = emulate("--json", "--", sys.executable, "-c", TRAINING)
    assert done.returncode == 7, done.stderr
    *own, last = done.stdout.splitlines()
    assert own == ["ClientError", "refused", ""]
    told = json.loads(last)
    assert told["command"] == [sys.executable, "-c", TRAINING]
    assert (told["code"], told["refused"]) == (7, {"huggingface.co": 1})
    assert told["hosts"] == {
        "api.sagemaker.us-east-1.amazonaws.com": 2,
        "sagemaker-us-east-1-123456789012.s3.us-east-1.amazonaws.com": 1,
    } or told["hosts"] == {
        "api.sagemaker.us-east-1.amazonaws.com": 2,
        "sagemaker-us-east-1-123456789012.s3.amazonaws.com": 1,
    }
    assert [
        {name: row[name] for name in ("emulator", "service", "operation", "calls", "errors")}
        for row in told["operations"]
    ] == [
        {"emulator": "sagemaker", "service": "s3", "operation": "PutObject", "calls": 1, "errors": {}},
        {
            "emulator": "sagemaker",
            "service": "sagemaker",
            "operation": "CreateExperiment",
            "calls": 2,
            "errors": {"ValidationException": 1},
        },
    ]


def test_the_environment_leads_nowhere_else() -> None:
    done = emulate("--", sys.executable, "-c", SHOW, **ASTRAY)
    there = json.loads(done.stdout)
    assert {"AWS_PROFILE", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN"}.isdisjoint(there)
    assert there["HTTPS_PROXY"] == there["http_proxy"] != ""
    assert there["NO_PROXY"] == "127.0.0.1,localhost"
    assert (there["AWS_REGION"], there["AWS_ACCESS_KEY_ID"]) == ("us-east-1", "AKIAEMULATOR00000000")
    assert there["AWS_CONFIG_FILE"] == os.devnull
    assert there["AWS_EC2_METADATA_DISABLED"] == "true"
    assert there["PATH"] == os.environ["PATH"]
    assert not Path(there["AWS_CA_BUNDLE"]).exists(), "it is gone with the command"
    assert done.stderr == "nothing was asked\n"


def test_without_the_proxy_and_with_knobs() -> None:
    script = (
        "import os; from tracklayer.emulators.remote import RemoteEmulator as R;"
        "e = R(os.environ['TRACKLAYER_EMULATOR_SAGEMAKER']); k = e.knobs();"
        "print(k['search_lag'], k['last_means'], k['rates']);"
        "print(os.environ['AWS_ENDPOINT_URL'] == e.url, os.environ.get('HTTPS_PROXY'), os.environ['NO_PROXY']);"
        "import boto3; print(boto3.client('sagemaker').list_experiments()['ExperimentSummaries'])"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = emulate(
        *(
            "--direct",
            "--knob",
            "search_lag=2.5",
            "--knob",
            "last_means=last arrived",
            "--knob",
            'rates={"default": 9}',
        ),
        *("--port", str(port), "--", sys.executable, "-c", script),
        NO_PROXY="intranet",
        HTTPS_PROXY="",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "2.5 last arrived {'default': 9.0}",
        "True  intranet,127.0.0.1,localhost",
        "[]",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_without_a_command_it_prints_what_to_export_and_stays(number: signal.Signals, tmp_path: Path) -> None:
    with started() as emulator:
        assert emulator.stdout is not None
        assert emulator.stderr is not None
        exports = []
        while not (line := emulator.stdout.readline()).startswith("#"):
            exports.append(line)
        assert line == "# tracklayer URL: sagemaker://us-east-1\n"
        script = "import boto3; print(len(boto3.client('s3').list_buckets()['Buckets']))"
        file = tmp_path / "variables"
        file.write_text("".join(exports))
        done = subprocess.run(
            ["bash", "-c", f'. "{file}"; exec "$0" -c "$1"', sys.executable, script],
            env=surroundings(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.stdout == "1\n", done.stderr
        emulator.send_signal(number)
        assert emulator.wait(PATIENCE) == 0
        said = emulator.stderr.read()
    assert said.startswith("emulating sagemaker until Ctrl-C or SIGTERM\n")
    assert ["s3.ListBuckets", "1", "0"] in [line.split() for line in said.splitlines()]


def test_without_a_command_as_json() -> None:
    with started("--json") as emulator:
        assert emulator.stdout is not None
        told = json.loads(emulator.stdout.readline())
        assert told["places"] == {"sagemaker": "sagemaker://us-east-1"}
        assert told["unset"] == []
        assert told["environment"]["AWS_CA_BUNDLE"] == told["environment"]["SSL_CERT_FILE"]
        emulator.terminate()
        assert emulator.wait(PATIENCE) == 0
        last = json.loads(emulator.stdout.read())
    assert (last["command"], last["code"], last["operations"]) == (None, 0, [])


def test_signals_reach_the_command() -> None:
    with started("--", sys.executable, "-c", LISTENER) as emulator:
        assert emulator.stdout is not None
        assert emulator.stdout.readline() == "ready\n"
        for number in (signal.SIGUSR1, signal.SIGINT, signal.SIGINT, signal.SIGTERM):
            emulator.send_signal(number)
            assert emulator.stdout.readline() == f"{number.name}\n"
        assert emulator.wait(PATIENCE) == 9


def test_ctrl_c_at_a_terminal_reaches_the_command_once() -> None:
    mine, its = pty.openpty()
    try:
        with started(
            *("--", sys.executable, "-c", LISTENER),
            stdin=its,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        ) as emulator:
            assert emulator.stdout is not None
            assert emulator.stdout.readline() == "ready\n"
            os.write(mine, b"\x03")
            assert emulator.stdout.readline() == "SIGINT\n"
            emulator.terminate()
            assert emulator.stdout.read() == "SIGTERM\n", "and no second SIGINT before"
            assert emulator.wait(PATIENCE) == 9
    finally:
        os.close(mine)
        os.close(its)


def test_a_command_that_a_signal_ends_has_the_code_that_a_shell_gives() -> None:
    assert run(["bash", "-c", "kill -KILL $$"], os.environ) == 137
    assert run(["bash", "-c", "exit 3"], os.environ) == 3
    with pytest.raises(InvalidInput, match="cannot run '/nosuch': No such file"):
        run(["/nosuch"], os.environ)


def test_handlers_of_signals_are_as_they_were() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)]
    assert run(["true"], os.environ) == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)] == before


def test_an_ignored_signal_stays_ignored() -> None:
    script = "import signal, sys; sys.exit(signal.getsignal(signal.SIGUSR2) == signal.SIG_IGN)"
    before = signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    try:
        assert run([sys.executable, "-c", script], os.environ) == 1
    finally:
        signal.signal(signal.SIGUSR2, before)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "Missing argument"),
        (["nosuch"], "no emulator 'nosuch': there is sagemaker"),
        (
            ["sagemaker", "python", "x.py"],
            "or all; a command stands after --",
        ),
        (["sagemaker", "--"], "no command stands after --"),
        (["sagemaker", "--knob", "search_lag"], "--knob search_lag: write NAME=VALUE"),
        (["sagemaker", "--knob", "nosuch=1"], "no knob 'nosuch': sagemaker has ahead, axis_end"),
        (["sagemaker", "--knob", "search_lag=soon"], "knob search_lag='soon': Input should be a valid number"),
        (["sagemaker", "--knob", "search_lag=-1"], "knob search_lag=-1: Input should be greater than or equal to 0"),
        (["sagemaker", "--port", "70000"], "--port"),
        (["sagemaker", "--port", "PORT"], "the proxy cannot listen on port PORT: Address already in use"),
        (
            ["sagemaker", "--port", "PORT", "--direct"],
            "cannot listen on 127.0.0.1:PORT: [Errno 98] Address already in use",
        ),
        (["azureml", "--direct"], "azureml needs the proxy: its SDKs heed no variable for an address"),
        (["sagemaker", "--nosuch"], "No such option"),
        (["sagemaker", "--", "/no/such/command"], "cannot run '/no/such/command': No such file or directory"),
    ],
    ids=range(14),
)
def test_a_mistake_is_one_line(given: list[str], says: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = command("emulate", *(argument.replace("PORT", port) for argument in given))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("tracklayer: ")
    assert done.stderr.count("\n") == 1
    assert says.replace("PORT", port) in done.stderr


def test_a_package_that_is_not_installed_is_named_with_its_pip_command() -> None:
    before = "import sys; sys.modules['moto'] = sys.modules['trustme'] = None\n"
    done = subprocess.run(
        [sys.executable, "-c", before + MAIN, "emulate", "sagemaker", "--", "true"],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "tracklayer: the emulators need what is not installed: moto, trustme; install it with:"
        " pip install 'tracklayer[emulators]'\n"
    )


def test_help_shows_where_the_command_stands() -> None:
    done = command("emulate", "--help")
    assert done.exit_code == 0
    assert "[-- COMMAND ...]" in done.stdout
    assert app.registered_commands[-1].cls is not None
