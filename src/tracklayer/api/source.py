"""The code a run is made by, and who runs it, as far as they are known."""

from __future__ import annotations

import getpass
import os
import re
import subprocess
import sys
from urllib.parse import urlsplit

from tracklayer.api.redaction import Redactor
from tracklayer.model import Source

#: Seconds that one git command may take: a run does not wait for a slow disk.
PATIENCE = 5.0


def user() -> str | None:
    """Who runs this program; None where the system does not say."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return None


def source(redactor: Redactor | None = None) -> Source:
    """The commit, branch and remote of the folder the program runs in, and its command line.

    * Without git, outside a repository, or where git takes too long: the command line alone.
    * `dirty`: a file that git knows was changed. The remote is named without credentials.
    * Both go through `redactor`, or one of the usual kind: the value of `--api-key` is shown as `***`.
    """
    redactor = Redactor() if redactor is None else redactor
    found: dict[str, object] = {"command": redactor.command(sys.argv)}
    status = _git("status", "--porcelain=v2", "--branch", "--untracked-files=no")
    if status is not None:
        heads = dict(re.findall(r"(?m)^# branch\.(oid|head) (.+)$", status))
        commit, branch = heads.get("oid"), heads.get("head")
        found["commit"] = None if commit == "(initial)" else commit
        found["branch"] = None if branch == "(detached)" else branch
        found["dirty"] = any(not line.startswith("#") for line in status.splitlines())
        remote = _git("remote", "get-url", "origin")
        found["remote"] = without_credentials(redactor.text("source.remote", remote.strip())) if remote else None
    return Source(**found)


def without_credentials(url: str) -> str:
    """A remote's URL without the user and password it may hold; `git@host:path` has none."""
    parts = urlsplit(url)
    if not parts.netloc or "@" not in parts.netloc:
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 -- the words are ours
            ["git", *words],  # noqa: S607 -- the user's own git
            capture_output=True,
            check=True,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace")
