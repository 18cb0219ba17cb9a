"""Azurite's packages, as `package-lock.json` has them: brought by npm at the first use, and kept.

* They lie under `~/.cache/tracklayer/azurite-<digest of the lock>`, some 60 MB. The folder may be deleted at any time.
* No package's script is run, and npm is told neither to audit nor to report. `package.json` leaves out Azurite's
  telemetry and its clients of SQL servers: what is not there can ask nobody.
* Several processes may ask at once: one makes it, the others wait. Needs `fcntl` (Linux, macOS).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tracklayer.emulators.azureml.azurite.node import Node
from tracklayer.errors import DriverMissing

HERE = Path(__file__).parent
WHAT = ("package.json", "package-lock.json", "leave.js", "absent")
#: In a folder that is whole.
DONE = "made"
#: What Azurite's Blob service begins with, in its folder.
MAIN = Path("node_modules", "azurite", "dist", "src", "blob", "main.js")
CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--engine-strict=false", "--loglevel=error")
#: Seconds that npm may take.
PATIENCE = 600.0
#: Characters of what npm says that are shown when it fails.
SHOWN = 500


def installed(node: Node) -> Path:
    """The folder they are in. `DriverMissing` when npm cannot bring them."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tracklayer"
    home.mkdir(parents=True, exist_ok=True)
    folder = home / f"azurite-{_digest()}"
    if (folder / DONE).exists():
        return folder
    with folder.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed, also by a process that dies
        if not (folder / DONE).exists():
            _make(folder, node)
    return folder


def _digest() -> str:
    files = sorted(file for name in WHAT for file in [HERE / name, *(HERE / name).glob("*")] if file.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _make(folder: Path, node: Node) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in WHAT:
        copy = shutil.copytree if (HERE / name).is_dir() else shutil.copy
        copy(HERE / name, folder / name)
    try:
        done = subprocess.run(  # noqa: S603 -- npm, with words of ours
            [*node.npm, *CI],
            cwd=folder,
            env={**os.environ, "NPM_CONFIG_UPDATE_NOTIFIER": "false"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
        code, said = done.returncode, done.stdout.decode(errors="replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        code, said = 1, str(error)
    if code or not (folder / MAIN).exists():
        shutil.rmtree(folder, ignore_errors=True)
        message = f"npm could not bring Azurite, which the emulator of Azure needs: {' '.join(said.split())[-SHOWN:]}"
        raise DriverMissing(message, "npm config set registry https://registry.npmjs.org/")
    (folder / DONE).touch()
