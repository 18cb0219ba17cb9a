"""Records: what a journal says, one thing each.

All but the points are JSON, as the models write it, so that NaN, types of params and large integers survive.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from tracklayer.layers.journal.process import Process
from tracklayer.model import Batch, Model, RunDraft, Source
from tracklayer.model.values import Name, Text

#: The format that is written here. A reader refuses a greater one.
VERSION = 1


class Parent(Model):
    """The run above: by its token and experiment, by its id in each place where that is known, or both."""

    token: str | None = None
    experiment: Name | None = None
    ids: Mapping[str, str] = Field(default_factory=dict)


class Start(Model):
    """The first record: which run this is, and where it goes.

    * `experiment`: its name; None: the parent's, else `Default`.
    * `places`: URLs. * `resume`: place -> the id of the run there that is gone on with.
    * `owner`: makes the run and ends it; every other writer of the run joins it.
    * `carried_by`: the process that carries it, where that is not its writer: a child's parent.
    * `rank`: of a process among several; None without others.
    """

    version: Literal[1]
    draft: RunDraft
    experiment: Name | None = None
    places: tuple[str, ...]
    resume: Mapping[str, str] = Field(default_factory=dict)
    parent: Parent | None = None
    owner: bool = True
    rank: int | None = None
    capturing: bool = False
    process: Process
    carried_by: Process | None = None

    @property
    def token(self) -> str:
        """The identity of the run, before any place has given it an id."""
        return self.draft.token


class Captured(Model):
    """What was found out of the program after the start."""

    source: Source | None = None


class Spooled(Model):
    """A file of the run: `name` in the journal's folder `files/`, `path` in the run.

    * `last`: it grows until the run ends, and is carried then.
    """

    path: str
    name: str
    last: bool = False


class Lost(Model):
    """Records that could not be kept: how many, and why."""

    records: int
    why: Text


class End(Model):
    """The last record: nothing more comes from this writer. `change` ends the run, if this writer is its owner."""

    change: Batch = Batch()
