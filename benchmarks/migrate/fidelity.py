"""What a copy has lost, field by field: two experiments as `inside/read.py` read them, run held against run."""

from __future__ import annotations

from collections import Counter
from typing import Any

#: The tag that says which run it is, whatever id it has.
NUMBER = "bench.run"
#: What a copy may add without losing anything: of tags and files it is counted, and not held against it.
ADDED = "added"
PLAIN = {
    "name": "name",
    "start": "start time",
    "end": "end time",
    "status": "status",
    "user": "user",
    "stage": "deleted or not",
}
COUNTED = ("params", "points", "datasets", "files", "tags")


def lost(source: dict[str, Any], copy: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """By field: how many were lost or changed, of how many."""
    theirs: dict[str, list[Any]] = {}
    for run in copy["runs"]:
        theirs.setdefault(run["tags"].get(NUMBER, ""), []).append(run)
    numbers = {run["id"]: run["tags"][NUMBER] for run in source["runs"]}
    told = {run["id"]: run["tags"].get(NUMBER, "") for run in copy["runs"]}
    bad: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    for run in source["runs"]:
        found = theirs.get(run["tags"][NUMBER], [])
        all_of["runs"] += 1
        bad["runs"] += not found
        bad["runs doubled"] += max(0, len(found) - 1)
        one = found[0] if found else None
        for field, title in PLAIN.items():
            all_of[title] += 1
            bad[title] += one is None or one[field] != run[field]
        if run["parent"] is not None:
            all_of["parent"] += 1
            bad["parent"] += one is None or told.get(one["parent"]) != numbers[run["parent"]]
        for field in COUNTED:
            ours = _items(run, field)
            have = set() if one is None else _items(one, field)
            all_of[field] += len(ours)
            bad[field] += len(ours - have)
            bad[f"{field} {ADDED}"] += len(have - ours)
    all_of["tags of the experiment"] = len(source["tags"])
    bad["tags of the experiment"] = len(source["tags"].items() - copy["tags"].items())
    names = [*all_of, *(name for name, count in bad.items() if name not in all_of and count)]
    return {name: (bad[name], all_of[name]) for name in names}


def table(found: dict[str, dict[str, tuple[int, int]]]) -> list[str]:
    """A line a field, a column a subject: what somebody lost or added, and at the end what is whole everywhere."""
    fields = list(dict.fromkeys(field for one in found.values() for field in one))
    lines = [f"  {'lost or changed':<26}" + "".join(f"{name:>24}" for name in found)]
    whole = []
    for field in fields:
        cells = [one.get(field, (0, 0)) for one in found.values()]
        if not any(bad for bad, _ in cells):
            whole.append(field)
            continue
        texts = [f"{bad:,} of {of:,}" if of else f"{bad:,}" for bad, of in cells]
        lines.append(f"  {field:<26}" + "".join(f"{text:>24}" for text in texts))
    return [*lines, f"  nobody lost any of: {', '.join(whole)}"] if whole else lines


def _items(run: dict[str, Any], field: str) -> set[Any]:
    """What a run has of a field, one by one."""
    if field == "points":
        return {(key, *point) for key, points in run["points"].items() for point in points}
    if field == "datasets":
        return {tuple(each) for each in run["datasets"]}
    return set(run[field].items())
