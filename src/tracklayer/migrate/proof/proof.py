"""A proof: what two readings of a run, one at each place, have shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

from pydantic import Field

from tracklayer.migrate.proof.difference import Difference
from tracklayer.model import Model


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was compared, as the source has it. `bytes` are the files'."""

    params: int = 0
    tags: int = 0
    metrics: int = 0
    points: int = 0
    files: int = 0
    bytes: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*map(sum, zip(astuple(self), astuple(other), strict=True)))


class Proof(Model):
    """What was found of one run.

    * `run`, `target`: its id at the source and at the target; `name`: its name.
    * `digest`: SHA-256 of all that the source holds of it (see `record.py`): the same wherever the run is copied to.
    * `differences`: what is unexplained; `explained`: what differs for a reason that a place gives.
    * `approximate`: field (`metrics.loss`) -> why one of the places does not hold it exactly, be it different or not.
    * `failed`: why the run could not be read, in one line; then nothing is proven. `silent`: a place did not answer.
    """

    run: str
    target: str
    name: str | None = None
    digest: str = ""
    counts: Counts = Counts()
    differences: tuple[Difference, ...] = ()
    explained: tuple[Difference, ...] = ()
    approximate: Mapping[str, str] = Field(default_factory=dict)
    failed: str | None = None
    silent: bool = False

    @property
    def clean(self) -> bool:
        """Is the copy proven to be the run?"""
        return not self.differences and self.failed is None
