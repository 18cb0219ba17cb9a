"""A pair: a run, and the run of another place that is said to be its copy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """What a proof is asked for: small, and fit to be sent to another process.

    * `source`, `target`: the run's id at either place.
    * `parent`: the id that the copy's parent has at the target; None for a copy that stands by itself.
    * `orphan`: the run's own parent is not among those that were copied, so that its copy may stand without one.
    """

    source: str
    target: str
    parent: str | None
    orphan: bool = False
