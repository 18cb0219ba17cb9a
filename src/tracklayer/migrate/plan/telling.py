"""What a plan says in words: the same rows for a terminal and for a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from tracklayer.migrate.plan.plan import Plan, RunPlan, State
from tracklayer.migrate.plan.tally import Change, Noun
from tracklayer.render import text

#: What is said of each kind of change.
KINDS = {
    "renamed": "named otherwise",
    "beside": "kept beside the run",
    "approximate": "held nearly, and exactly beside the run",
}
#: What is said of each state of a run.
STATES: Mapping[State, str] = {"new": "new", "changed": "changed since", "there": "there already"}
#: Calls by name that are told, at most.
MOST_CALLS = 4


def verdict(plan: Plan) -> str:
    """The plan in one line."""
    runs = Counter(run.state for run in plan.runs)
    refused = sum(bool(run.refused) for run in plan.runs)
    if refused or plan.failed:
        lost = f"{text.counted(refused, 'run')} would not be copied whole" if refused else ""
        failed = f"{len(plan.failed):,} could not be planned" if plan.failed else ""
        return f"not as it is: {', '.join(filter(None, (lost, failed)))}"
    if not runs["new"] and not runs["changed"]:
        return "nothing to be done: all is there already"
    return f"{text.counted(runs['new'] + runs['changed'], 'run')} would be copied whole; nothing was written"


def facts(plan: Plan) -> list[tuple[str, str]]:
    """The plan in figures."""
    states = Counter(run.state for run in plan.runs)
    runs = ", ".join(f"{states[state]:,} {said}" for state, said in STATES.items() if states[state])
    files, unsized = sum(run.files for run in plan.runs), sum(run.unsized for run in plan.runs)
    sizes = text.size(sum(run.bytes for run in plan.runs))
    more = f", and {unsized:,} whose size the source does not say" if unsized else ""
    sidecars = sum(run.sidecars for run in plan.runs)
    beside = text.size(sum(run.bytes_beside for run in plan.runs))
    rows = [
        ("runs", runs or "none"),
        ("experiments to be made", f"{len(plan.experiments):,}"),
        *(
            (f"{noun}s", _kept(plan, noun))
            for noun in ("param", "tag", "point", "data set", "field")
            if noun in plan.kept
        ),
        ("files", f"{files:,} ({sizes}{more})"),
        ("beside the runs", f"{text.counted(sidecars, 'sidecar')} ({beside})"),
        ("calls", _calls(plan)),
        ("time", pace(plan)),
    ]
    if plan.orphans:
        rows.append(("without a parent", f"{text.counted(plan.orphans, 'run')}, because theirs was not selected"))
    if plan.deleted:
        rows.append(("not copied", f"{text.counted(plan.deleted, 'run')}, because deleted"))
    return rows


def pace(plan: Plan) -> str:
    """How long it takes at the least; what nobody knows is not made up."""
    known, calls = plan.pace, sum(plan.calls.values())
    if known.unknown:
        return f"not known: no rate is published for {known.unknown:,} of {text.counted(calls, 'call')}"
    if known.seconds is None:
        return "none: nothing is asked for"
    rate = f"{text.counted(known.calls, 'call')} at {text.number(known.per_second)} a second"
    return f"at least {text.duration(known.seconds)}: {rate} ({known.source})"


def changed(changes: tuple[Change, ...]) -> Iterator[tuple[str, str, str, str]]:
    """Each kind of change: what becomes of it, of how many, why, and an example."""
    for one in changes:
        yield KINDS[one.kind], text.counted(one.count, one.what), one.why, one.example


def attention(plan: Plan) -> Iterator[tuple[str, str]]:
    """What somebody should look at: which run, and why."""
    for failure in plan.failed:
        yield "an experiment" if failure.run is None else _run(failure.run, failure.name), failure.reason
    for run in plan.runs:
        for reason in run.refused:
            yield _run(run.run, run.name), f"refused: {reason}"


def inexact(plan: Plan) -> list[tuple[str, str, int]]:
    """What the source itself does not hold exactly: the field, why, and in how many runs."""
    told = Counter(pair for run in plan.runs for pair in run.approximate.items())
    return [(where, why, count) for (where, why), count in told.most_common()]


def row(run: RunPlan) -> tuple[str, ...]:
    """One run in a table: id, name, state, points, files, bytes, sidecars, calls."""
    points = run.kept.get("point")
    count = 0 if points is None else points.exact + points.approximate + points.beside
    return (
        run.run,
        run.name or "",
        run.state,
        f"{count:,}",
        f"{run.files:,}",
        text.size(run.bytes),
        f"{run.sidecars:,}",
        f"{run.calls:,}",
    )


#: The headings of such a table, and those of its numbers.
HEADINGS = ("run", "name", "state", "points", "files", "bytes", "sidecars", "calls")
NUMBERS = HEADINGS[3:]


def _kept(plan: Plan, noun: Noun) -> str:
    kept = plan.kept[noun]
    parts = [f"{kept.exact:,} as they are"]
    parts += [f"{kept.approximate:,} nearly"] if kept.approximate else []
    parts += [f"{kept.beside:,} beside the run"] if kept.beside else []
    return ", ".join(parts) + (f" (the console shows {kept.shown:,} of these)" if kept.shown else "")


def _calls(plan: Plan) -> str:
    named = [f"{name} {count:,}" for name, count in list(plan.calls.items())[:MOST_CALLS]]
    more = len(plan.calls) - MOST_CALLS
    named += [f"{more} more"] if more > 0 else []
    return f"{sum(plan.calls.values()):,}" + (f": {', '.join(named)}" if named else "")


def _run(run: str, name: str | None) -> str:
    return f"run {run} ({name})" if name else f"run {run}"
