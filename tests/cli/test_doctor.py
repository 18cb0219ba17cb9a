"""`doctor`: what is there, and what is not."""

from __future__ import annotations

import platform
import socket
from pathlib import Path

import pytest
from tests.cli.command import answer, command

import tracklayer as tl
from tracklayer.cli import checkup
from tracklayer.cli.checkup import REQUIREMENT
from tracklayer.drivers.memory import MemoryDriver


def test_versions_extras_and_places(place: str) -> None:
    document = answer("doctor", place)
    assert document["versions"]["tracklayer"] == tl.__version__
    assert document["versions"]["python"] == platform.python_version()
    extras = {extra["name"]: extra for extra in document["extras"]}
    assert {"mlflow", "demo", "sagemaker", "media"} <= set(extras)
    assert "all" not in extras
    assert extras["mlflow"]["lacks"] == []
    for extra in extras.values():
        assert (extra["pip"] is None) == (not extra["lacks"])
    (reached,) = document["places"]
    assert (reached["place"], reached["ok"], reached["says"]) == (place, True, "")
    assert reached["seconds"] >= 0


def test_the_store_that_is_not_there_yet(place: str) -> None:
    done = command("doctor")
    assert done.exit_code == 0
    store = f"local:{Path.cwd() / '.tracklayer' / 'store.db'}"
    assert store in done.stdout
    assert "yes: no store yet: the first run makes it" in done.stdout
    assert list(Path.cwd().iterdir()) == [], "to look is not to make"
    assert place


def test_a_place_that_does_not_answer_is_code_1(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        dead = f"mlflow+http://127.0.0.1:{probe.getsockname()[1]}"
        document = answer("doctor", place, dead, "local:nosuch.db", code=1)
        assert [reached["ok"] for reached in document["places"]] == [True, False, False]
        assert all(reached["says"] for reached in document["places"][1:])
        monkeypatch.setenv("TRACKLAYER_URL", dead)
        assert answer("doctor", code=1)["places"][0]["place"] == dead


def test_credentials_are_named_and_never_told(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "credentials"
    here.write_text("s3cr3t file")
    names = ("TRY_TOKEN", "TRY_NOTHING", str(here), str(tmp_path / "nowhere"))
    monkeypatch.setattr(MemoryDriver, "credentials", names)
    monkeypatch.setenv("TRY_TOKEN", "s3cr3t")
    found = {one["name"]: one["found"] for one in answer("doctor", place)["credentials"] if one["provider"] == "memory"}
    assert found == dict(zip(names, (True, False, True, False), strict=True))
    done = command("doctor", place)
    assert "TRY_TOKEN" in done.stdout
    assert "s3cr3t" not in done.stdout + done.stderr


def test_an_extra_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        checkup,
        "requires",
        lambda _: ["pydantic>=2.7", "nosuch-sdk[all]>=1.5; extra == 'cloud'", 'rich>=13 ; extra == "cloud"'],
    )
    (cloud,) = [extra for extra in checkup.extras() if extra.name == "cloud"]
    assert list(cloud.has) == ["rich"]
    assert cloud.lacks == ("nosuch-sdk[all]>=1.5",)
    assert cloud.pip == "pip install 'tracklayer[cloud]'"


@pytest.mark.parametrize(
    ("requirement", "parts"),
    [
        ("boto3>=1.35.24; extra == 'sagemaker'", ("boto3", "boto3>=1.35.24", "sagemaker")),
        ('x[y]<2,>=1 ; python_version < "3.11" and extra == "all"', ("x", "x[y]<2,>=1", "all")),
        ("plain>=1", None),
        ("plain>=1; python_version < '3.11'", None),
    ],
)
def test_requirements_are_read(requirement: str, parts: tuple[str, str, str] | None) -> None:
    found = REQUIREMENT.match(requirement)
    assert (found and found.group("package", "whole", "extra")) == parts
