"""The figures as a table: medians, and ratios to tracklayer's in the same run."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.logging.plan import Column, Measure
from benchmarks.logging.turns import Results

OURS = "tracklayer"
_OF: dict[str, Callable[[list[float]], float]] = {"median": median, "max": max, "min": min}


def figure(rounds: list[dict[str, Any]], column: str, of: str = "median") -> float | None:
    """What stands for the rounds; None when none gave it."""
    given = [one[column] for one in rounds if column in one]
    return float(_OF[of](given)) if given else None


def tables(measures: list[Measure], results: Results, *, quick: bool) -> list[str]:
    """The lines of all tables."""
    lines = []
    for measure in measures:
        rounds = 1 if quick else measure.rounds
        lines += ["", f"{measure.name} (rounds: {rounds}): {measure.title}"]
        if measure.name == "gone":
            lines += _gone(results[measure.name])
            continue
        lines.append("  " + f"{'':<14}" + "".join(f"{column.title:>22}" for column in measure.columns))
        ours = results[measure.name].get(OURS, [])
        for name, taken in results[measure.name].items():
            lines += _row(name, taken, ours, measure.columns)
    return lines


def _row(name: str, taken: list[dict[str, Any]], ours: list[dict[str, Any]], columns: tuple[Column, ...]) -> list[str]:
    failed = [one["failed"] for one in taken if "failed" in one]
    if len(failed) == len(taken):
        return [f"  {name:<14}failed: {failed[0] if failed else 'not measured'}"]
    cells = []
    for column in columns:
        value, base = figure(taken, column.key, column.of), figure(ours, column.key, column.of)
        cell = "" if value is None else f"{value:,.{column.digits}f}"
        if column.compared and value is not None and base:
            cell += f" ({value / base:,.2f}x)"
        cells.append(f"{cell:>22}")
    lines = [f"  {name:<14}" + "".join(cells)]
    if failed:
        lines.append(f"  {'':<14}  failed in {len(failed)} of {len(taken)} rounds: {failed[0]}")
    notes = {one["note"] for one in taken if "note" in one}
    return lines + [f"  {'':<14}  {note}" for note in sorted(notes)]


def _gone(found: dict[str, list[dict[str, Any]]]) -> list[str]:
    kinds = [(server, part) for server in ("refused", "silent") for part in ("start", "log", "finish")]
    titles = {"start": "start of a run", "log": "longest call", "finish": "end of the run"}
    lines = [f"  {'':<14}" + "".join(f"{server + ': ' + titles[part]:>26}" for server, part in kinds)]
    for name, taken in found.items():
        one = taken[0]
        if "failed" in one or "none" in one:
            lines.append(f"  {name:<14}" + (f"failed: {one['failed']}" if "failed" in one else f"{one['none']}"))
            continue
        lines.append(f"  {name:<14}" + "".join(f"{_waited(one.get(f'{a} {b}')):>26}" for a, b in kinds))
        lines += [
            f"  {'':<14}  {which}: {said['broken']}" for which, said in one.items() if "broken" in said
        ]  # fmt: skip
    return lines


def _waited(said: dict[str, Any] | None) -> str:
    if said is None:
        return "not reached"
    if "over" in said:
        return f"> {said['over']:.0f}"
    if "broken" in said:
        return "failed"
    return f"{said['seconds']:.4f}" + (f" {said['raised']}" if said["raised"] else "")
