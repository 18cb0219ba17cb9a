from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType

import boto3
import pytest
import requests
from pydantic import BaseModel

from tracklayer.emulators import known, stage
from tracklayer.emulators.emulator import Emulator
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.serving import Request, Response
from tracklayer.emulators.stage import emulated
from tracklayer.errors import InvalidInput


class Tiny(BaseModel):
    """A knob that the other emulator has too, and one of its own."""

    search_lag: float = 0.0
    loud: bool = False


class TinyEmulator(Emulator):
    name = "tiny"
    hosts = ("*.tiny.example.org",)
    knobs: Tiny

    def __init__(self, *, port: int = 0) -> None:
        super().__init__(Tiny(), port=port)

    def environment(self) -> Mapping[str, str]:
        return {"TINY_KEY": "fake"}

    def named(self, request: Request) -> tuple[str, str]:
        return "tiny", request.path

    def respond(self, request: Request, service: str, operation: str, fault: Fault | None) -> Response:
        del request, service, fault
        return Response(200, operation.upper().encode() if self.knobs.loud else operation.encode())

    def refusal(self, service: str, status: int, code: str, message: str) -> Response:
        return Response(status, f"{service}: {message}".encode(), code=code)

    def forget(self) -> None:
        """It holds nothing."""


def nothing(_emulator: Emulator) -> None:
    """Nothing is there before."""


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """An emulator `tiny` is known too."""
    entry = known.Known(
        module="tiny_emulator",
        kind="TinyEmulator",
        needs=("trustme",),
        hides=("TINY_*",),
        sets={"TINY_MODE": "test"},
        direct=("TINY_URL",),
        place=lambda variables: f"tiny://{variables['TINY_MODE']}",
        prepare=nothing,
    )
    module = ModuleType("tiny_emulator")
    vars(module)["TinyEmulator"] = TinyEmulator
    monkeypatch.setitem(sys.modules, "tiny_emulator", module)
    monkeypatch.setattr(known, "KNOWN", {**known.KNOWN, "tiny": entry})


def test_this_process_is_led_there_and_then_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "prod")
    monkeypatch.setenv("NO_PROXY", "amazonaws.com")
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    before = dict(os.environ)
    with emulated("sagemaker") as running:
        with running.here():
            assert "AWS_PROFILE" not in os.environ
            client = boto3.session.Session().client("s3")
            assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == [
                "sagemaker-us-east-1-123456789012"
            ]
            client.close()
        assert dict(os.environ) == before
        assert running.emulators["sagemaker"].calls.counts() == {"s3.ListBuckets": 1}
        assert running.proxy is not None
        assert running.proxy.refused == []


def test_it_begins_anew_with_what_was_there_at_first() -> None:
    def buckets() -> set[str]:
        client = boto3.session.Session().client("s3")
        try:
            return {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
        finally:
            client.close()

    with emulated("sagemaker") as running, running.here():
        first = buckets()
        client = boto3.session.Session().client("s3")
        client.create_bucket(Bucket="another")
        client.close()
        assert buckets() == {*first, "another"}
        running.reset()
        assert running.emulators["sagemaker"].calls.all() == []
        assert buckets() == first


@pytest.mark.usefixtures("tiny")
def test_several_stand_behind_one_proxy() -> None:
    knobs = {"search_lag": 3, "loud": True, "last_means": "last arrived"}
    with emulated("sagemaker", "tiny", knobs=knobs) as running, running.here():
        assert running.places == {"sagemaker": "sagemaker://us-east-1", "tiny": "tiny://test"}
        assert os.environ["TINY_KEY"] == "fake"
        assert requests.get("https://a.tiny.example.org/x", timeout=60).text == "/X"
        assert requests.get("https://s3.us-east-1.amazonaws.com/", timeout=60).status_code == 403, "unsigned"
        one, other = running.emulators["sagemaker"], running.emulators["tiny"]
        assert (one.knobs.search_lag, other.knobs.search_lag) == (3, 3)  # type: ignore[attr-defined]
        assert other.calls.counts() == {"tiny./x": 1}
        assert os.environ["TRACKLAYER_EMULATOR_TINY"] == other.url
        assert os.environ["TRACKLAYER_EMULATOR_SAGEMAKER"] == one.url


@pytest.mark.usefixtures("tiny")
def test_without_the_proxy_there_is_one_only() -> None:
    with emulated("tiny", direct=True) as running:
        assert running.proxy is None
        assert running.environment["TINY_URL"] == running.emulators["tiny"].url
        assert "HTTPS_PROXY" not in running.environment
        assert running.hidden({"TINY_HOME": "x", "TINY_URL": "real", "TIN": "y"}) == ["TINY_HOME"]
        assert running.around({"TINY_HOME": "x", "PATH": "y"}).keys() == {"PATH", *running.environment}
    with (
        pytest.raises(InvalidInput, match="one emulator only, not sagemaker, tiny"),
        emulated("sagemaker", "tiny", direct=True),
    ):
        pass


@pytest.mark.usefixtures("tiny")
def test_a_knob_that_none_has_names_those_there_are() -> None:
    with (
        pytest.raises(InvalidInput, match="no knob 'quiet': tiny has loud, search_lag"),
        emulated("tiny", knobs={"quiet": 1}),
    ):
        pass


def test_what_is_not_known() -> None:
    with pytest.raises(InvalidInput, match="no emulator 'nosuch': there is sagemaker"), emulated("nosuch"):
        pass
    with pytest.raises(InvalidInput, match="name an emulator"), emulated():
        pass


def test_what_cannot_be_prepared_leaves_nothing_running(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Emulator] = []

    def fail(emulator: Emulator) -> None:
        seen.append(emulator)
        raise RuntimeError("no")

    broken = replace(known.KNOWN["sagemaker"], prepare=fail)
    monkeypatch.setattr(stage, "known", lambda _name: broken)
    with pytest.raises(RuntimeError, match="no"), emulated("sagemaker"):
        pass
    with pytest.raises(requests.ConnectionError):
        requests.get(seen[0].url, timeout=60)
