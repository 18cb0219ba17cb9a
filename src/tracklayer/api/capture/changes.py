"""How much of the code is not committed: what a commit's id alone does not tell of a run."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Iterator
from functools import partial
from threading import Timer
from time import monotonic
from typing import Any

log = logging.getLogger("tracklayer")

#: Seconds that all of it may take: a run does not wait for a slow disk.
PATIENCE = 5.0
#: Bytes of the diff in memory at once.
PIECE = 65_536
#: Git as it is wherever it runs: no colours, no programs of the user's, all of the repository.
DIFF = (
    *("git", "-c", "diff.relative=false", "diff"),
    *("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "HEAD"),
)
#: What goes wrong: git, its output, and a system without a thread left for the time-out.
WRONG = (OSError, ValueError, RuntimeError, subprocess.SubprocessError)


def diff_size() -> dict[str, int] | None:
    """The size of the difference between the last commit and the folder the program runs in.

    * `files`, `lines_added`, `lines_removed`: a binary file counts as a file without lines. * `bytes`: of the diff as
      text, where a binary file is one line. Files that git does not know do not count.
    * None outside a repository, before the first commit, without git, or where git takes longer than `PATIENCE`;
      `bytes` alone is missing where the numbers were there in time and the diff was not.
    """
    deadline = monotonic() + PATIENCE
    size = {"files": 0, "lines_added": 0, "lines_removed": 0}
    try:
        for line in _output("--numstat", deadline=deadline, by_line=True):
            added, removed, _ = line.split(b"\t", 2)
            size["files"] += 1
            size["lines_added"] += int(added) if added.isdigit() else 0  # `-` for a binary file
            size["lines_removed"] += int(removed) if removed.isdigit() else 0
    except WRONG as error:
        log.debug("the size of the uncommitted changes is left out: %s", error)
        return None
    try:
        return size | {"bytes": sum(len(piece) for piece in _output("--patch", deadline=deadline))}
    except WRONG as error:
        log.debug("the bytes of the uncommitted changes are left out: %s", error)
        return size


def _output(option: str, *, deadline: float, by_line: bool = False) -> Iterator[bytes]:
    """What `git diff` writes, as it comes. Git is ended at the deadline, in `monotonic` seconds."""
    rest = deadline - monotonic()
    if rest <= 0:
        raise subprocess.TimeoutExpired(DIFF, PATIENCE)
    with subprocess.Popen(  # noqa: S603 -- the words are ours
        [*DIFF, option, "--"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
    ) as git:
        stdout: Any = git.stdout
        timer = Timer(rest, git.kill)
        timer.daemon = True
        try:
            timer.start()
            yield from iter(stdout.readline if by_line else partial(stdout.read, PIECE), b"")
            code = git.wait()
        finally:
            timer.cancel()
            git.kill()
    if code:
        raise subprocess.CalledProcessError(code, git.args)
