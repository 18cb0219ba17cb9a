"""Rounds in which the subjects take turns, so that a noisy machine disturbs all of them alike."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from benchmarks.logging.bench import Bench, Subject
from benchmarks.logging.killed import killed
from benchmarks.logging.plan import Measure
from benchmarks.logging.processes import BrokenError, Child, Message, TooLongError, peak_megabytes
from benchmarks.logging.unreachable import unreachable

#: By measure and subject: what each round gave, or `{"failed": reason}`.
Results = dict[str, dict[str, list[dict[str, Any]]]]


def take_turns(bench: Bench, subjects: dict[str, Subject], measures: list[Measure]) -> Results:
    """Measure after measure, round after round, subject after subject. One that fails is not dropped."""
    results: Results = {}
    for measure in measures:
        found = results[measure.name] = {name: [] for name in subjects}
        request = measure.request | (measure.quick if bench.quick else {})
        rounds = 1 if bench.quick else measure.rounds
        for turn in range(rounds):
            print(f"{measure.name}: round {turn + 1} of {rounds}", file=sys.stderr, flush=True)
            if measure.name == "gone":  # these wait, and do so together
                for name, one in unreachable(bench, subjects, request).items():
                    found[name].append(one)
                continue
            for name, subject in subjects.items():
                found[name].append(_one(bench, subject, measure, request))
    return results


def _one(bench: Bench, subject: Subject, measure: Measure, request: Message) -> dict[str, Any]:
    if subject.failed is not None:
        return {"failed": subject.failed}
    try:
        with bench.space() as folder:
            if "helpers" in request:
                return killed(bench, subject, request, folder)
            look = partial(_look, bench)
            return bench.ask(subject, measure.asked, request, folder, limit=measure.limit, paused=look)
    except (BrokenError, TooLongError) as error:
        return {"failed": str(error)}


def _look(bench: Bench, child: Child) -> Message:
    """The memory of the processes that a subject started."""
    return {"helpers": sum(peak_megabytes(process) for process in bench.helpers(child))}
