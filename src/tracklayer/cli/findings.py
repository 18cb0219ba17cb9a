"""Findings: what a comparison is asked beyond its table, for a reader and for a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tracklayer.compare import Comparison


@dataclass(frozen=True)
class Findings:
    """A comparison and what was asked of it."""

    comparison: Comparison
    fronts: Sequence[Sequence[str]] = field(default=())
    importance: str | None = None
    test: str | None = None

    def shown(self, width: int) -> Iterator[RenderableType]:
        """Tables for a terminal; that of the groups comes unasked, where there are some."""
        from tracklayer.compare import findings  # noqa: PLC0415 -- it brings rich

        groups = findings.groups(self.comparison)
        if groups is not None:
            yield groups.shown(width)
        for front in self.fronts:
            yield findings.pareto(self.comparison, front).shown(width)
        if self.importance is not None:
            yield findings.importance(self.comparison, self.importance).shown(width)
        if self.test is not None:
            yield findings.significance(self.comparison, self.test).shown(width)

    def document(self) -> dict[str, Any]:
        """The document of the comparison, with what was asked as well: `pareto`, `importance`, `significance`."""
        from tracklayer.compare.document import document, finite  # noqa: PLC0415 -- only for --json

        found = document(self.comparison)
        if self.fronts:
            found["pareto"] = [finite(asdict(self.comparison.pareto(front))) for front in self.fronts]
        if self.importance is not None:
            found["importance"] = finite(asdict(self.comparison.importance(self.importance)))
        if self.test is not None:
            found["significance"] = finite(asdict(self.comparison.significance(self.test)))
        return found


def fronts(given: Sequence[str], metrics: Sequence[str]) -> list[list[str]]:
    """`A,B` as the metrics of a front; a metric whose name has a comma is one all the same."""
    return [_split(one, frozenset(metrics)) for one in given]


def _split(given: str, metrics: frozenset[str]) -> list[str]:
    """Names between commas, the longest first that are metrics."""
    parts, found = given.split(","), list[str]()
    while parts:
        ends = (end for end in range(len(parts), 0, -1) if ",".join(parts[:end]) in metrics)
        end = next(ends, 1)
        found.append(",".join(parts[:end]).strip())
        del parts[:end]
    return found
