"""Azurite's process: Blob Storage on a free port of 127.0.0.1, held in memory, gone with this process."""

from __future__ import annotations

import base64
import os
import re
import secrets
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import IO

from tracklayer.emulators.azureml.azurite.installed import MAIN, installed
from tracklayer.emulators.azureml.azurite.node import found

_URL = re.compile(r"successfully listens on (http://\S+)")
#: Lines of what it said that are shown when it does not serve.
SHOWN = 20
#: Bytes of an account's key, as Azure makes them.
KEY = 64
OPTIONS = (
    "--blobHost", "127.0.0.1",
    "--blobPort", "0",
    "--inMemoryPersistence",
    "--disableTelemetry",
    "--silent",
    # 3.37.0 refuses the version that azure-storage-blob 12.31.1 names; the service takes newer ones than it knows.
    "--skipApiVersionCheck",
)  # fmt: skip


class AzuriteFailed(Exception):
    """It does not serve; why, in one line."""


class Azurite:
    """Storage accounts of these names, each with a key made here. It starts when its address is first asked for.

    * `keys`: account -> its key, in base64 as Azure shows it.
    * It takes an account by the Host header (`ACCOUNT.blob.core.windows.net`), and checks SharedKey and SAS itself.
    """

    def __init__(self, accounts: Iterable[str]) -> None:
        self.keys: Mapping[str, str] = {name: base64.b64encode(secrets.token_bytes(KEY)).decode() for name in accounts}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._url = ""

    @staticmethod
    def prepare() -> None:
        """See to it that it can start: takes seconds at the first use on a machine. `DriverMissing`."""
        installed(found())

    @property
    def url(self) -> str:
        """Where it listens, started if it was not. `AzuriteFailed`, `DriverMissing`."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._end()
                self._url = self._begin()
            return self._url

    def stop(self) -> None:
        """End it, and drop what it holds. It starts anew when it is asked for again."""
        with self._lock:
            self._end()

    def _begin(self) -> str:
        node = found()
        packages = installed(node)
        self._folder = tempfile.TemporaryDirectory(prefix="tracklayer-azurite-")
        self._process = subprocess.Popen(  # noqa: S603 -- our own programs
            [node.node, "--require", str(packages / "leave.js"), str(packages / MAIN), *OPTIONS],
            cwd=self._folder.name,
            env=self._surroundings(),
            stdin=subprocess.PIPE,  # it ends when this end of it does
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None  # noqa: S101 -- it was opened with one
        said: list[str] = []
        for line in self._process.stdout:
            said.append(line.strip())
            address = _URL.search(line)
            if address is not None:
                threading.Thread(target=_drain, args=(self._process.stdout,), daemon=True).start()
                return address[1]
        self._end()
        raise AzuriteFailed(f"Azurite did not start: {' '.join(said[-SHOWN:])}")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with suppress(BrokenPipeError), process:  # closes the pipes, and waits
                pass
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _surroundings(self) -> dict[str, str]:
        """Its environment: no proxy, no options of whoever started us."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "HOME") if name in os.environ}
        accounts = ";".join(f"{name}:{key}" for name, key in self.keys.items())
        return {**kept, "AZURITE_ACCOUNTS": accounts, "NODE_NO_WARNINGS": "1"}


def _drain(said: IO[str]) -> None:
    """Take what it says, so that it never waits for somebody to listen."""
    with suppress(ValueError):  # closed in between
        for _ in said:
            pass
