"""Moving: all runs of a selection, side by side, each after its parent, and what came of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal, TypeAlias

from tracklayer.migrate.copy import copy_file, copy_record, finish
from tracklayer.migrate.crew import Crew, Done
from tracklayer.migrate.ends import Ends, Here
from tracklayer.migrate.jobs import RunCopied, RunJob
from tracklayer.migrate.ledger import Ledger
from tracklayer.migrate.selection import Selected
from tracklayer.migrate.summary import Failure, Tally
from tracklayer.migrate.trouble import ROUNDS, Trouble
from tracklayer.model import ExperimentRef

#: What a task was for: a step, and a run at the source.
Key: TypeAlias = tuple[Literal["record", "file", "end"], str]
Fed: TypeAlias = tuple[Key, Callable[..., Any], tuple[Any, ...]]


@dataclass
class _Open:
    """A run that is being copied: files that are still on their way, and whether one failed."""

    copied: RunCopied
    files: int = 0
    sent: int = 0
    failed: bool = False


class Moving:
    """The copying of runs by a crew.

    * `homes`: id of an experiment at the source -> its name, and the experiment at the target; none: it could not be
      made. `there`: run at the source -> its copy at the target, as far as there is one.
    * A run that fails keeps none but its children. What may pass is tried again at the end.
    """

    def __init__(
        self,
        crew: Crew[Key],
        ends: Ends,
        ledger: Ledger,
        homes: Mapping[str, tuple[str, ExperimentRef]],
        there: Mapping[str, str],
        *,
        incremental: bool,
        told: Callable[[], None],
    ) -> None:
        self._crew = crew
        self._ends = ends
        self._ledger = ledger
        self._homes = homes
        self._there = dict(there)
        self._incremental = incremental
        self._told = told
        self._names: dict[str, str | None] = {}
        self._busy: set[str] = set()  # runs of which no record is there yet
        self._waiting: defaultdict[str, list[Selected]] = defaultdict(list)  # parent -> children
        self._open: dict[str, _Open] = {}
        self._troubles: dict[str, Trouble] = {}
        self._silence = 0
        self._silent: str | None = None
        self._fresh = False
        self.tally = Tally()
        self.made: dict[str, str] = {}  # run at the source -> its copy, its record being there
        self.done = 0
        self.at = ""

    def carry_out(self, runs: Sequence[Selected]) -> tuple[Failure, ...]:
        """Copy them; they come parents first. Says which were not copied whole, and why."""
        left = list(runs)
        for number in count(1):
            # Later, an answer may have been lost; and a cluster begins a task again whose worker it lost.
            self._fresh = number == 1 and isinstance(self._ends, Here)
            before = len(left)
            self._troubles.clear()
            for done in self._crew.work(self._feed(left)):
                self._take(done)
                self._told()
            left = [run for run in left if run.id in self._troubles]
            if self._silent is not None or not any(self._troubles[run.id].passing for run in left):
                break
            if number >= ROUNDS and len(left) == before:
                break
        return tuple(Failure(run=run.id, name=run.name, reason=self._troubles[run.id].reason) for run in left)

    # -- what is to be done

    def _feed(self, runs: Sequence[Selected]) -> Iterator[Fed]:
        self._busy = {run.id for run in runs}
        self._names = {run.id: run.name for run in runs}
        for run in runs:
            fed = self._next(run)
            if fed is not None:
                yield fed

    def _next(self, run: Selected) -> Fed | None:
        """The first task of a run; None for one that waits for its parent, or cannot be begun."""
        if self._silent is not None:
            self._fail(run.id, Trouble(f"not tried: {self._silent}", silent=True, passing=False))
        elif run.experiment.id not in self._homes:
            self._fail(run.id, Trouble("its experiment could not be made at the target", silent=False, passing=False))
        elif run.parent is not None and run.parent in self._busy:
            self._waiting[run.parent].append(run)
        elif run.parent is not None and run.parent not in self.made:
            passing = self._troubles[run.parent].passing if run.parent in self._troubles else False
            self._fail(run.id, Trouble(f"its parent {run.parent!r} could not be copied", silent=False, passing=passing))
        else:
            return ("record", run.id), copy_record, (self._ends, self._job(run))
        return None

    def _job(self, run: Selected) -> RunJob:
        name, home = self._homes[run.experiment.id]
        copy = self.made.get(run.id) or self._there.get(run.id)
        return RunJob(
            run=run.id,
            home=name,
            experiment=home.id,
            parent=None if run.parent is None else self.made[run.parent],
            orphan=run.parent is None,
            copy=copy,
            mark=None if copy is None else self._ledger.mark(run.id, copy),
            seen={} if copy is None or not self._incremental else self._ledger.seen(run.id, copy),
            fresh=self._fresh and copy is None,
            begun=copy is not None and self._ledger.knows(run.id, copy),
        )

    # -- what was done

    def _take(self, done: Done[Key]) -> None:
        step, run = done.key
        self.at = self._names.get(run) or run
        if done.trouble is not None:
            self._heard(done.trouble)
            if step == "file" and run in self._open:
                self._troubles[run] = done.trouble
                self._open[run].failed = True
                self._landed(run)
            else:
                self._fail(run, done.trouble)
            return
        self._silence = 0
        if step == "record":
            self._recorded(done.value)
        elif step == "file":
            self._ledger.filed(done.value)
            self.tally.files += 1
            self.tally.bytes += done.value.size
            self._landed(run)
        else:
            self._ledger.whole(run)
            self.tally.copied += 1
            self.done += 1

    def _recorded(self, copied: RunCopied) -> None:
        run = copied.run
        self.made[run] = copied.copy
        if copied.approximate:
            self.tally.approximate[run] = copied.approximate
        if copied.there:
            self.tally.there += 1
            self.done += 1
            self._ledger.record(copied)
            self._ledger.whole(run)
        else:
            self.tally.params += copied.params
            self.tally.points += copied.points
            new = [file for file in copied.files if not self._ledger.has(file, copied.mark)]
            self._ledger.record(copied, new)
            self._open[run] = _Open(copied, files=len(new))
            for file in new:
                self._crew.add(("file", run), copy_file, self._ends, file)
            if not new:
                self._close(run)
        self._settled(run)

    def _landed(self, run: str) -> None:
        """A file is there, or is not to come."""
        one = self._open[run]
        one.sent += 1
        if one.sent == one.files:
            self._close(run)

    def _close(self, run: str) -> None:
        one = self._open.pop(run)
        if not one.failed:
            copied = one.copied
            self._crew.add(("end", run), finish, self._ends, copied.copy, copied.status, copied.ended)

    def _fail(self, run: str, trouble: Trouble) -> None:
        self._troubles[run] = trouble
        self._settled(run)

    def _settled(self, run: str) -> None:
        """A run's record is there, or will not be: its children need wait no longer."""
        self._busy.discard(run)
        for child in self._waiting.pop(run, ()):
            fed = self._next(child)
            if fed is not None:
                key, task, arguments = fed
                self._crew.add(key, task, *arguments)

    def _heard(self, trouble: Trouble) -> None:
        self._silence = self._silence + 1 if trouble.silent else 0
        if self._silence >= self._crew.patience and self._silent is None:
            self._silent = trouble.reason
