"""Certificate: what a verification has shown, to be kept: `migration.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tracklayer.migrate.proof.difference import Difference
from tracklayer.migrate.proof.proof import Counts
from tracklayer.model import Model
from tracklayer.model.values import Instant


class Asked(Model):
    """Which runs were to be compared; nothing said: all. `filter` in MLflow's grammar."""

    experiment: str | None = None
    run: str | None = None
    filter: str = ""
    since: Instant | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """A run that was compared: its id at the source, its URL at the target, its digest, how much it holds.

    A plain class, for there may be very many of them.

    * `clean`: the copy is the run, but for what is explained. `exact`: without that.
    """

    run: str
    name: str | None
    target: str
    digest: str
    counts: Counts
    clean: bool
    exact: bool


class Unread(Model):
    """A run that could not be compared, and why."""

    run: str
    name: str | None = None
    reason: str


class Approximate(Model):
    """What a place does not hold exactly: a field (`metrics.loss`), why, and in how many runs."""

    field: str
    why: str
    runs: int


class Certificate(Model):
    """What was compared, by whom and when, and what was found.

    * `format`: of this document: 1. `tracklayer`: the version that wrote it. `who`: user@host.
    * `root`: SHA-256 over all runs' digests and who is whose parent: the same for the same runs in any place.
    * `counts`: of all runs. `runs`: one a run that was compared.
    * `differences`: what is unexplained, the first 10,000; `unexplained` says how many there are.
    * `explained`: what differs for a reason that is given in it, the first 10,000.
    * `approximate`: what the places say that they do not hold exactly, be it different or not.
    * `unread`: runs that could not be compared. `notes`: what is worth knowing besides.
    """

    format: Literal[1] = 1
    tracklayer: str
    who: str
    began: Instant
    ended: Instant
    source: str
    target: str
    asked: Asked = Asked()
    clean: bool
    root: str
    experiments: int = 0
    counts: Counts = Counts()
    unexplained: int = 0
    differences: tuple[Difference, ...] = ()
    explained: tuple[Difference, ...] = ()
    approximate: tuple[Approximate, ...] = ()
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = ()
    runs: tuple[Proven, ...] = ()

    @property
    def took(self) -> float:
        """Seconds."""
        return (self.ended - self.began).total_seconds()
