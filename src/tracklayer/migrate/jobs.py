"""Jobs: what is to be done for one run or one file, and what came of it; small, so that they travel to a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tracklayer.migrate.news import Seen
from tracklayer.model import Status


@dataclass(frozen=True)
class RunJob:
    """Copy what a run's record holds and its points; its files are jobs of their own.

    * `run`: id at the source. `home`: the name of its experiment there. `experiment`, `parent`: ids at the target.
    * `copy`: id of its copy at the target, where one is known. `mark`: the fingerprint of the run as it was when it was
      copied whole. `seen`: what was copied of its series, where only what is new is wanted.
    * `fresh`: nobody can have made the copy since the target was looked through. `begun`: the copy that is known is
      known to have been made whole, with what is kept beside a run.
    """

    run: str
    home: str
    experiment: str
    parent: str | None
    orphan: bool
    copy: str | None = None
    mark: str | None = None
    seen: Mapping[str, Seen] = field(default_factory=dict)
    fresh: bool = False
    begun: bool = False


@dataclass(frozen=True)
class FileJob:
    """Copy one file. `size` in bytes and `digest`, as the source lists it; None where it does not say."""

    run: str
    copy: str
    path: str
    size: int | None
    digest: str | None


@dataclass(frozen=True)
class RunCopied:
    """What came of a `RunJob`: the run at the target, which is still `running` there, unless `there` is true.

    * `there`: nothing had to be written, it was copied whole before. `files`: what is to be copied yet.
    * `status`, `ended`: how it is to be closed. `mark`: its fingerprint then.
    """

    run: str
    copy: str
    there: bool
    mark: str
    status: Status
    ended: datetime | None
    files: tuple[FileJob, ...] = ()
    params: int = 0
    points: int = 0
    seen: Mapping[str, Seen] = field(default_factory=dict)
    approximate: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FileCopied:
    """What came of a `FileJob`: bytes that were sent, and their SHA-256 where they were read in one go."""

    run: str
    path: str
    size: int
    sha256: str | None
