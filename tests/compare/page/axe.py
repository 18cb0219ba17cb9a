"""axe-core, which finds what keeps people from using a page: from npm, by a locked digest, kept in the cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tracklayer.emulators.azureml.azurite.node import found

LOCKED = Path(__file__).parent / "axe"
SCRIPT = Path("node_modules", "axe-core", "axe.min.js")


def script() -> str:
    """The script that defines `axe`. Several processes may ask at once: one brings it, the others wait."""
    digest = hashlib.sha256((LOCKED / "package-lock.json").read_bytes()).hexdigest()[:16]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tracklayer"
    home.mkdir(parents=True, exist_ok=True)
    folder = home / f"axe-{digest}"
    with folder.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / SCRIPT).exists():
            shutil.copytree(LOCKED, folder, dirs_exist_ok=True)
            subprocess.run(
                [*found().npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                check=True,
            )
    return (folder / SCRIPT).read_text(encoding="utf-8")
