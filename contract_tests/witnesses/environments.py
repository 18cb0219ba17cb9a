"""Environments of the official SDKs that can share none with us or with each other: made on demand by uv, and kept.

* `python_of("sagemaker2")` is the Python of the environment that `sagemaker2/requirements.txt` locks: with hashes, for
  Python 3.11 and later. The first time it is made, which takes about half a minute and PyPI; from then on it is there.
* They lie under `$TRACKLAYER_WITNESSES`, else `~/.cache/tracklayer/witnesses`, by a digest of what is locked: another
  lock file is another environment. Nobody removes old ones; the whole folder may be deleted at any time.
* Several processes (xdist's workers) may ask at once: one makes it, the others wait. Needs `fcntl` (Linux, macOS).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
#: The folder that environments are kept in, if not the default.
VARIABLE = "TRACKLAYER_WITNESSES"
#: What the lock files were made for, and newer.
PYTHON = ">=3.11"
#: An environment of one Python only, and the wheels in it that no registry has: PyTorch's CPU build. They are looked
#: for where pip is told to look (by the environment or its own files; uv reads neither), else at PyTorch's own.
EXACT = {"frameworks_torch": "3.11"}
WHEELS = "https://download.pytorch.org/whl/cpu/torch/"
#: In an environment that is whole.
DONE = "made"


def python_of(name: str, locks: Path | None = None) -> Path:
    """The Python of a witness's environment, which is made if it is not there.

    `locks`: the folder that `name` lies in, if it is not a witness of these tests: a benchmark's peer.
    """
    requirements = (locks or HERE) / name / "requirements.txt"
    home = Path(os.environ.get(VARIABLE) or Path.home() / ".cache" / "tracklayer" / "witnesses")
    home.mkdir(parents=True, exist_ok=True)
    folder = home / f"{name}-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}"
    python = folder / "bin" / "python"
    with folder.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed, also by a process that dies
        if not ((folder / DONE).exists() and python.exists()):  # a Python that was upgraded leaves a dangling link
            _make(folder, requirements, EXACT.get(name))
    return python


def _make(folder: Path, requirements: Path, exact: str | None) -> None:
    found = [argument for link in _links() for argument in ("--find-links", link)] if exact else []
    _uv("venv", "--clear", "--python", exact or PYTHON, str(folder))
    _uv("pip", "install", "--python", str(folder), "--require-hashes", "--no-deps", *found, "-r", str(requirements))
    (folder / DONE).touch()


def _links() -> list[str]:
    told = os.environ.get("PIP_FIND_LINKS")
    if not told and (pip := shutil.which("pip")):
        asked = (pip, "config", "get", "global.find-links")
        told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return (told or "").split() or [WHEELS]


def _uv(*arguments: str) -> None:
    command = ["bash", str(ROOT / ".ci" / "uv"), *arguments, "--quiet"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"uv {' '.join(arguments)} failed: {done.stderr[-2000:]}"
        raise RuntimeError(message)
