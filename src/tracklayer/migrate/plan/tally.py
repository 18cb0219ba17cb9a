"""What of a run, or of all runs, a target holds as it is, and what not: counted by reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from tracklayer.model import Model

#: What becomes of a thing.
#:
#: * `renamed`: its name is spelt otherwise at the target.
#: * `beside`: it rides beside the run, where tracklayer finds it.
#: * `approximate`: the target holds it near (a number as text, a time cut to its clock); what makes it exact again for
#:   tracklayer rides beside.
Kind: TypeAlias = Literal["renamed", "beside", "approximate"]
#: What is counted; a `field` is one of the run itself, such as its start.
Noun: TypeAlias = Literal["experiment", "run", "param", "tag", "metric", "point", "data set", "field", "file"]


class Change(Model):
    """One kind of change with one reason: how many there are, and the name of the first. Never a value."""

    kind: Kind
    what: Noun
    why: str
    count: int
    example: str


class Kept(Model):
    """How many things of one kind the target holds itself, exactly or nearly, and how many ride beside.

    * `shown`: of those beside, how many its console shows in its own way.
    """

    exact: int = 0
    approximate: int = 0
    beside: int = 0
    shown: int = 0


class Tally:
    """Counts while a plan is made."""

    def __init__(self) -> None:
        self._kept: dict[Noun, dict[str, int]] = {}
        self._changes: dict[tuple[Kind, Noun, str], list[int | str]] = {}
        self._renamed: set[tuple[Noun, str]] = set()

    def count(self, what: Noun, how: Literal["exact", "approximate", "beside", "shown"], count: int = 1) -> None:
        """So many things are kept so."""
        if count:
            counts = self._kept.setdefault(what, {})
            counts[how] = counts.get(how, 0) + count

    def note(self, kind: Kind, what: Noun, why: str, example: str, count: int = 1) -> None:
        """So many things are changed so, and counted as kept so too."""
        if count:
            known = self._changes.setdefault((kind, what, why), [0, example])
            known[0] = int(known[0]) + count
            if kind != "renamed":
                self.count(what, kind, count)

    def rename(self, what: Noun, why: str, name: str, spelling: str) -> None:
        """A name is spelt otherwise; the same one again, as of a metric in the next batch, is the same one."""
        if (what, name) not in self._renamed:
            self._renamed.add((what, name))
            self.note("renamed", what, why, f"{name} -> {spelling}")

    def add(self, kept: Mapping[Noun, Kept], changes: Iterable[Change]) -> None:
        """What another tally came to."""
        for what, counts in kept.items():
            for how in ("exact", "approximate", "beside", "shown"):
                self.count(what, how, getattr(counts, how))
        for change in changes:
            known = self._changes.setdefault((change.kind, change.what, change.why), [0, change.example])
            known[0] = int(known[0]) + change.count

    @property
    def kept(self) -> dict[Noun, Kept]:
        """How many of each kind are kept how."""
        return {what: Kept(**counts) for what, counts in self._kept.items()}

    @property
    def changes(self) -> tuple[Change, ...]:
        """The kinds of changes, the most frequent first."""
        rows = sorted(self._changes.items(), key=lambda row: -int(row[1][0]))
        return tuple(
            Change(kind=kind, what=what, why=why, count=int(count), example=str(example))
            for (kind, what, why), (count, example) in rows
        )
