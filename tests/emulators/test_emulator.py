"""What every emulator does, on one that knows a single operation; and the same from another process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping

import pytest
import requests
from pydantic import BaseModel, Field

from tracklayer.emulators.emulator import Emulator
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.remote import RemoteEmulator
from tracklayer.emulators.serving import Request, Response
from tracklayer.errors import InvalidInput


class Few(BaseModel):
    size: int = Field(default=1, ge=0, description="of the answer")


class Echo(Emulator):
    name = "echo"
    hosts = ("echo.example",)
    knobs: Few

    def __init__(self, port: int = 0) -> None:
        super().__init__(Few(), port=port)
        self.forgotten = 0

    def environment(self) -> Mapping[str, str]:
        return {}

    def named(self, request: Request) -> tuple[str, str]:
        return "echo", request.path[1:]

    def respond(self, request: Request, service: str, operation: str, fault: Fault | None) -> Response:  # noqa: ARG002
        return Response(200, request.body * self.knobs.size, code="" if fault is None else fault.code)

    def refusal(self, service: str, status: int, code: str, message: str) -> Response:
        return Response(status, f"{service}: {message}".encode(), {}, code)

    def forget(self) -> None:
        self.forgotten += 1


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as emulator:
        yield emulator


def ask(emulator: Emulator, body: bytes = b"a") -> requests.Response:
    return requests.post(f"{emulator.url}/Say", data=body, timeout=10)


def test_a_call_is_answered_and_logged(echo: Echo) -> None:
    echo.tune(size=2)
    assert ask(echo).content == b"aa"
    (call,) = echo.calls.all()
    assert (call.service, call.operation, call.host, call.status, call.code, call.bytes_in) == (
        "echo",
        "Say",
        "127.0.0.1",
        200,
        "",
        1,
    )
    assert 0 < call.seconds < 10


def test_another_process_turns_and_reads_it(echo: Echo) -> None:
    remote = RemoteEmulator(f"{echo.url}/")
    remote.fault(Fault("Say", "answer", status=418, message="no"), Fault("Say", "point", code="P", times=None))
    assert (ask(echo).status_code, ask(echo).status_code) == (418, 200)
    remote.heal()
    ask(echo)
    assert [(call.status, call.code) for call in remote.calls()] == [(418, "InternalFailure"), (200, "P"), (200, "")]
    assert remote.counts() == {"echo.Say": 3}
    remote.tune(size=3)
    assert (remote.knobs(), ask(echo).content) == ({"size": 3}, b"aaa")
    remote.reset()
    assert (remote.calls(), echo.forgotten, remote.knobs()) == ([], 1, {"size": 3})


@pytest.mark.parametrize(
    ("asked", "body", "status", "message"),
    [
        ("GET nothing", b"", 404, "no GET /_emulator/nothing"),
        ("PUT knobs", b"[]", 400, "knobs are changed by an object"),
        ("PUT knobs", b"{", 400, "Expecting property name"),
        ("PUT knobs", b'{"size": -1}', 400, "knob size=-1: Input should be greater than or equal to 0"),
        ("PUT knobs", b'{"sise": 1}', 400, "echo has no knob 'sise'; it has size"),
        ("POST faults", b'[{"kind": "slow"}]', 400, "a fault is an object"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(echo: Echo, asked: str, body: bytes, status: int, message: str) -> None:
    method, path = asked.split()
    answer = requests.request(method, f"{echo.url}/_emulator/{path}", data=body, timeout=10)
    assert (answer.status_code, message in answer.json()["error"]) == (status, True)
    assert "\n" not in answer.json()["error"]
    assert echo.calls.all() == []


def test_wrong_knobs_change_nothing(echo: Echo) -> None:
    with pytest.raises(InvalidInput):
        RemoteEmulator(echo.url).tune(size="x")
    assert (echo.knobs.size, echo.known_knobs()) == (1, {"size": "of the answer"})


def test_starting_and_stopping_twice_is_once(echo: Echo) -> None:
    url = echo.url
    echo.start()
    assert echo.url == url
    echo.stop()
    echo.stop()
    assert echo.forgotten == 1
    with pytest.raises(requests.ConnectionError):
        ask(echo)


@pytest.mark.parametrize("port", [None, 70000])
def test_a_port_that_is_not_to_be_had_is_told_of(echo: Echo, port: int | None) -> None:
    taken = int(echo.url.rpartition(":")[2]) if port is None else port
    with pytest.raises(InvalidInput, match=f"cannot listen on 127.0.0.1:{taken}: "):
        Echo(taken).start()


def test_no_sdk_is_loaded_before_a_call_needs_it() -> None:
    statement = "import sys, tracklayer.emulators.sagemaker, tracklayer.emulators.remote; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, timeout=60, check=True)
    assert {"moto", "boto3", "botocore", "regex", "mlflow"}.isdisjoint(done.stdout.split())
