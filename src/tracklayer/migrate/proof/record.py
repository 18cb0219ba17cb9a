"""The record of a run: all of it but points and files, as texts that are compared, and the digest of the whole.

The digest is SHA-256 of a JSON document in UTF-8, its keys sorted, without blanks (`document`). Ids and the parent,
which every place names anew, take no part in it: so a run has the same digest wherever it is copied to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tracklayer.migrate.identity import token
from tracklayer.migrate.proof.difference import What
from tracklayer.migrate.proof.files import File
from tracklayer.migrate.proof.findings import Findings
from tracklayer.migrate.proof.pair import Pair
from tracklayer.migrate.proof.series import Summed
from tracklayer.migrate.proof.shown import NOTHING, shown, shown_param, shown_tag
from tracklayer.model import ENDED, Dataset, Origin, ParamValue, Run, RunRef, same
from tracklayer.spi import Driver

#: Fields of one value each. What the source does not say of the first three, a place may say in its own way.
PLAIN: tuple[What, ...] = ("name", "started", "ended", "status", "description", "user", "source")
OWN_WAY = frozenset(PLAIN[:3])


def compare_record(findings: Findings, source: Driver, target: Driver, pair: Pair, runs: tuple[Run, Run]) -> None:
    """Compare what two places say of a run itself."""
    ours, theirs = runs
    for field in PLAIN:
        _compare_plain(findings, field, ours, theirs)
    _compare_origin(findings, origin_of(source.url, ours), theirs)
    _compare_parent(findings, source, target, pair, runs)
    _compare_params(findings, ours.params, theirs.params)
    for key in sorted({*ours.tags, *theirs.tags}):
        left, right = ours.tags.get(key), theirs.tags.get(key)
        if left != right:
            findings.add(
                "tag", key, shown_tag(key, left), shown_tag(key, right), _told("tag", left, right), lacks=right is None
            )
    _compare_inputs(findings, ours.inputs, theirs.inputs)


def origin_of(place: str, run: Run) -> tuple[str, str]:
    """Where a run was first logged, and its id there."""
    return (place, run.id) if run.origin is None else (run.origin.url, run.origin.run)


def digest(place: str, run: Run, series: Mapping[str, Summed], files: Mapping[str, File]) -> str:
    """The digest of a whole run."""
    text = json.dumps(document(place, run, series, files), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def document(place: str, run: Run, series: Mapping[str, Summed], files: Mapping[str, File]) -> Mapping[str, Any]:
    """What a run's digest is made of.

    * Moments are ISO 8601 in UTC, params are pairs of their type's name and their text, series [digest, points], files
      [SHA-256, bytes].
    """
    return {
        "version": 1,
        "name": run.name,
        "status": run.status,
        "started": _iso(run.started),
        "ended": _iso(run.ended),
        "description": run.description,
        "user": run.user,
        "source": None if run.source is None else run.source.model_dump(exclude_none=True),
        "origin": origin_of(place, run),
        "params": {key: _typed(value) for key, value in run.params.items()},
        "tags": dict(run.tags),
        "inputs": sorted((one.model_dump(exclude_none=True) for one in run.inputs), key=_ordered),
        "series": {key: [summed.digest, summed.count] for key, summed in series.items() if summed.count},
        "files": {path: [file.digest, file.size] for path, file in files.items()},
    }


def _compare_plain(findings: Findings, field: What, ours: Run, theirs: Run) -> None:
    left, right = getattr(ours, field), getattr(theirs, field)
    if left == right:
        return
    told = _field(left), _field(right)
    unsaid = field in OWN_WAY and left is None and (field != "ended" or ours.status in ENDED)
    if unsaid:
        findings.explain(field, "", *told, "the source does not say, and the target has its own")
    else:
        later = field == "status" and right == "scheduled"
        findings.add(field, "", *told, _told(field, left, right), lacks=later)


def _compare_origin(findings: Findings, origin: tuple[str, str], theirs: Run) -> None:
    found = theirs.origin
    if found is None or (found.url, found.run) != origin:
        wanted = Origin(url=origin[0], experiment="-", run=origin[1])
        findings.add("origin", "", _lead(wanted), _lead(found), "it does not lead back to the run")


def _compare_parent(findings: Findings, source: Driver, target: Driver, pair: Pair, runs: tuple[Run, Run]) -> None:
    ours, theirs = runs
    above, found = (None if run.parent is None else run.parent.id for run in (ours, theirs))
    if above is None:
        if found is not None:
            findings.add("parent", "", NOTHING, found, "the source's run has no parent")
    elif pair.parent is not None or not pair.orphan:
        if found is None or found != pair.parent:
            wanted = above if pair.parent is None else f"{above}, copied as {pair.parent}"
            findings.add("parent", "", wanted, shown(found), _told("parent", above, found))
    elif found is None:
        findings.explain("parent", "", above, NOTHING, "its parent is not among the runs that were asked for")
    elif target.get_run(RunRef(id=found)).token != token(source.url, above):
        findings.add("parent", "", above, found, "its parent at the target is no copy of that")


def _compare_params(findings: Findings, ours: Mapping[str, ParamValue], theirs: Mapping[str, ParamValue]) -> None:
    for key in sorted({*ours, *theirs}):
        left, right = ours.get(key), theirs.get(key)
        if left is None or right is None or not same(left, right):
            reason = _told("param", left, right)
            if None not in {left, right} and type(left) is not type(right):
                reason = "its type differs"
            findings.add("param", key, shown_param(key, left), shown_param(key, right), reason, lacks=right is None)


def _compare_inputs(findings: Findings, ours: tuple[Dataset, ...], theirs: tuple[Dataset, ...]) -> None:
    lacking, more = ([one for one in left if one not in right] for left, right in ((ours, theirs), (theirs, ours)))
    for one in lacking:
        other = next((dataset for dataset in more if dataset.name == one.name), None)
        if other is not None:
            more.remove(other)
        findings.add("input", one.name, _input(one), _input(other), _told("input", one, other), lacks=other is None)
    for other in more:
        findings.add("input", other.name, NOTHING, _input(other), _told("input", None, other))


def _told(what: str, left: object, right: object) -> str:
    if right is None:
        return f"the {what} is missing"
    return f"the source has no such {what}" if left is None else "it differs"


def _field(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return shown(value.model_dump_json(exclude_none=True) if hasattr(value, "model_dump_json") else value)


def _lead(origin: Origin | None) -> str:
    return NOTHING if origin is None else shown(f"{origin.url}#{origin.run}")


def _input(dataset: Dataset | None) -> str:
    return NOTHING if dataset is None else shown(dataset.model_dump_json(exclude_none=True, exclude={"name"}))


def _typed(value: ParamValue) -> list[str]:
    """A type and a text; -0.0 is 0.0, as it is to `same`."""
    return [type(value).__name__, repr(value + 0.0) if isinstance(value, float) else str(value)]


def _ordered(dataset: Mapping[str, Any]) -> str:
    return json.dumps(dataset, sort_keys=True)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
