"""Evidence: proofs as they come in, until there is a certificate."""

from __future__ import annotations

import hashlib
import socket
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timezone
from importlib.metadata import version

from tracklayer.api.source import user
from tracklayer.api.urls import run_url
from tracklayer.migrate.proof.certificate import Approximate, Asked, Certificate, Proven, Unread
from tracklayer.migrate.proof.difference import Difference
from tracklayer.migrate.proof.proof import Counts, Proof
from tracklayer.migrate.selection import Selection

#: Differences that a certificate holds, of each kind.
MOST = 10_000


class Evidence:
    """What is known so far. Not thread-safe: whoever gathers proofs adds them one by one."""

    def __init__(self, source: str, target: str, selection: Selection, asked: Asked) -> None:
        self._source = source
        self._target = target
        self._selection = selection
        self._asked = asked
        self._began = datetime.now(timezone.utc)
        self._runs: dict[str, Proven] = {}
        self._differences: list[Difference] = []
        self._explained: list[Difference] = []
        self._approximate: Counter[tuple[str, str]] = Counter()
        self._unread: list[Unread] = []
        self._notes: list[str] = []
        self.unexplained = 0
        self.counts = Counts()

    def add(self, proof: Proof) -> None:
        """One run's proof."""
        self._approximate.update(proof.approximate.items())
        if proof.failed is not None:
            self.unread(proof.run, proof.failed, proof.name)
            return
        self.differ(proof.differences)
        self._explained += proof.explained[: MOST - len(self._explained)]
        if proof.digest:
            self.counts += proof.counts
            self._runs[proof.run] = Proven(
                run=proof.run,
                name=proof.name,
                target=run_url(self._target, proof.target),
                digest=proof.digest,
                counts=proof.counts,
                clean=proof.clean,
                exact=proof.clean and not proof.explained,
            )

    def differ(self, differences: Iterable[Difference]) -> None:
        """Differences that are unexplained."""
        found = tuple(differences)
        self.unexplained += len(found)
        self._differences += found[: MOST - len(self._differences)]

    def unread(self, run: str, reason: str, name: str | None = None) -> None:
        """A run that cannot be proven."""
        self._unread.append(Unread(run=run, name=name, reason=reason))

    def note(self, notes: Iterable[str]) -> None:
        """What is worth knowing besides."""
        self._notes += notes

    def certificate(self) -> Certificate:
        """All of it, with the runs in the order in which they were selected."""
        ordered = [self._runs[run.id] for run in self._selection.runs if run.id in self._runs]
        told = self._approximate.most_common()
        return Certificate(
            tracklayer=version("tracklayer"),
            who=f"{user() or 'unknown'}@{socket.gethostname()}",
            began=self._began,
            ended=datetime.now(timezone.utc),
            source=self._source,
            target=self._target,
            asked=self._asked,
            clean=not self.unexplained and not self._unread,
            root=self._root(),
            experiments=len(self._selection.experiments),
            counts=self.counts,
            unexplained=self.unexplained,
            differences=tuple(self._differences),
            explained=tuple(self._explained),
            approximate=tuple(Approximate(field=field, why=why, runs=runs) for (field, why), runs in told),
            unread=tuple(self._unread),
            notes=tuple(self._notes),
            runs=tuple(ordered),
        )

    def _root(self) -> str:
        """Over a line for each run: its digest and its parent's, `-` for none; the lines sorted."""
        digests = {run: proven.digest for run, proven in self._runs.items()}
        lines = (
            f"{digests[run.id]} {digests.get(run.parent or '', '-')}\n"
            for run in self._selection.runs
            if run.id in digests
        )
        return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
