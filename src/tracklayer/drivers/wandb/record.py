"""What the `.wandb` files of a run say, record by record: points into a spool, the rest beside them.

* Config is params, by its own types: what is nested by a dot (`model.kind`), a list as JSON.
* A history's numbers and bools are points; so are system metrics, below `system/`, numbered as they came. Whatever else
  was logged (texts, tables, pictures, histograms) stays in the `.wandb` file, which is a file of the run.
* What the summary says that is not the last point of a metric is a tag, `wandb.summary.<key>`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tracklayer.drivers import _protobuf as protobuf
from tracklayer.drivers._left import Scan, moment, nanoseconds
from tracklayer.drivers.wandb import messages as m
from tracklayer.drivers.wandb.blocks import Damage, records
from tracklayer.model import ParamValue, Source

#: Tag -> the field of RunRecord it holds.
TAGS = {"wandb.entity": 2, "wandb.group": 6, "wandb.job_type": 7, "wandb.sweep": 12, "wandb.host": 13}
PROJECT, CONFIG, NAME, NOTES, LABELS, STARTED, GIT = 3, 4, 8, 9, 10, 17, 21
#: EnvironmentRecord.
ARGUMENTS, PROGRAM, ENV_GIT, USER = 5, 6, 9, 13
#: What tells that a nested value is an object of W&B's own: a picture, a table.
KIND = "_type"
#: Keys that are named when they are left out.
NAMED = 5
#: Digits of a whole number that a param may have.
DIGITS = 4_000


class Record:
    """What was read so far."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._config: dict[tuple[str, ...], Any] = {}
        self._summary: dict[tuple[str, ...], Any] = {}
        self._tags: dict[str, str] = {}
        self._source: dict[str, Any] = {}
        self._left_out: dict[str, None] = {}
        self._started: int | None = None
        self._last: int | None = None
        self._exit: bytes | None = None
        self._samples = 0

    def begin(self) -> None:
        """Another file of the run: it goes on."""
        self._exit = None

    def take(self, record: bytes) -> None:
        """One record."""
        for field, data in protobuf.fields(record):
            if field == m.HISTORY:
                self._history(data)
            elif field == m.SUMMARY:
                _update(self._summary, data)
            elif field == m.CONFIG:
                _update(self._config, data)
            elif field == m.STATS:
                self._stats(data)
            elif field == m.RUN:
                self._run(data)
            elif field == m.ENVIRONMENT:
                self._environment(data)
            elif field == m.EXIT:
                self._exit = data

    def _run(self, data: bytes) -> None:
        config = m.first(data, CONFIG)
        if isinstance(config, bytes):
            _update(self._config, config)
        self._tags |= {tag: text for tag, field in TAGS.items() if (text := m.word(data, field))}
        if labels := m.words(data, LABELS):
            self._tags["wandb.tags"] = json.dumps(labels, ensure_ascii=False)
        given = {"name": m.word(data, NAME), "description": m.word(data, NOTES)}
        self._scan.fields |= {field: text for field, text in given.items() if text}
        self._started = m.instant(m.first(data, STARTED)) if self._started is None else self._started
        self._git(m.first(data, GIT))

    def _environment(self, data: bytes) -> None:
        if program := m.word(data, PROGRAM):
            self._source["command"] = " ".join([program, *m.words(data, ARGUMENTS)])
        if user := m.word(data, USER):
            self._scan.fields["user"] = user
        self._git(m.first(data, ENV_GIT))

    def _git(self, data: Any) -> None:
        if isinstance(data, bytes):
            remote, commit = m.word(data, 1), m.word(data, 2)
            self._source |= {"commit": commit} if commit else {}
            self._source |= {"remote": re.sub(r"(?<=//)[^/@]*@", "", remote)} if remote else {}

    def _history(self, data: bytes) -> None:
        given = dict(m.items(data, m.ITEM))
        number = m.first(m.first(data, m.STEP) or b"", 1)
        step = int(given.get(("_step",), 0)) if number is None else protobuf.signed(number)
        time = self._started
        seconds = given.get(("_timestamp",))
        if isinstance(seconds, (int, float)):
            time = self._last = nanoseconds(seconds)
        objects = {keys[0] for keys in given if keys[-1:] == (KIND,)}
        for keys, value in given.items():
            if not any(keys) or keys[0].startswith("_"):
                continue
            plain = _plain(value) if isinstance(value, dict) and KIND not in value else {(): value}
            for rest, one in plain.items():
                number = None if keys[0] in objects else _number(one)
                if number is not None:
                    self._scan.spool.add(".".join((*keys, *rest)), step, time or 0, number)
                elif one is not None:
                    self._left_out[keys[0]] = None

    def _stats(self, data: bytes) -> None:
        time = m.instant(m.first(data, 2))
        for keys, value in m.items(data, 3):
            number = _number(value)
            if number is not None and time is not None:
                self._scan.spool.add(f"system/{'.'.join(keys)}", self._samples, time, number)
        self._samples += 1

    def finish(self) -> None:
        """Turn what was read into the fields of the run."""
        scan = self._scan
        scan.spool.finish()
        code = None if self._exit is None else protobuf.signed(m.first(self._exit, 1) or 0)
        runtime = 0 if self._exit is None else m.first(self._exit, 2) or 0
        ends = [self._last, None if self._started is None else self._started + runtime * 1_000_000_000]
        ended = max((one for one in ends if one is not None), default=None)
        scan.fields |= {
            "status": "running" if code is None else "failed" if code else "finished",
            "started": moment(self._started),
            "ended": None if code is None else moment(ended),
            "params": dict(_params(self._config)),
            "tags": self._tags | dict(self._summarised()),
            "source": Source(**self._source) if self._source else None,
        }
        if code is None:
            scan.approximate["status"] = "its file does not say how it ended: it goes on, or died"
        else:
            scan.approximate["ended"] = "W&B's file does not say it: the time of what was logged last"
        if self._left_out:
            keys = list(self._left_out)
            more = f" and {len(keys) - NAMED} more" if len(keys) > NAMED else ""
            why = f"left out, as no numbers: {', '.join(keys[:NAMED])}{more}; all is in the run's .wandb file"
            scan.approximate["metrics"] = "; ".join(filter(None, [scan.approximate.get("metrics"), why]))

    def _summarised(self) -> Iterable[tuple[str, str]]:
        objects = {keys[0] for keys in self._summary if keys[-1:] == (KIND,)}
        for keys, value in self._summary.items():
            if not any(keys):
                continue
            key = ".".join(keys)
            known = self._scan.spool.summaries.get(key)
            number = isinstance(value, (bool, int, float))
            same = known is not None and number and (value == known.last or value != value)  # noqa: PLR0124 -- NaN
            odd = isinstance(value, dict) and KIND in value
            if not (same or odd or keys[0].startswith("_") or keys[0] in objects):
                yield f"wandb.summary.{key}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _update(known: dict[tuple[str, ...], Any], data: bytes) -> None:
    """Take in a ConfigRecord or a SummaryRecord."""
    for keys, value in m.items(data, m.UPDATE):
        for other in [other for other in known if other[: len(keys)] == keys] if known.get(keys) is None else [keys]:
            known.pop(other, None)
        known[keys] = value
    for keys, _ in m.items(data, m.REMOVE):
        for other in [other for other in known if other[: len(keys)] == keys]:
            del known[other]


def _params(config: Mapping[tuple[str, ...], Any]) -> Iterable[tuple[str, ParamValue]]:
    for keys, value in config.items():
        if keys[:1] != ("_wandb",):
            for rest, one in _plain(value).items():
                if key := ".".join((*keys, *rest)):
                    yield key, _param(one)


def _param(value: Any) -> ParamValue:
    if isinstance(value, int) and abs(value) >= 10**DIGITS:
        return str(value)[:DIGITS]
    return value if isinstance(value, (bool, int, float, str)) else json.dumps(value, ensure_ascii=False)


def _number(value: Any) -> float | None:
    """A number or a bool as a float; None for anything else, and for a whole number that no float holds."""
    try:
        return float(value) if isinstance(value, (bool, int, float)) else None
    except OverflowError:
        return None


def _plain(value: Any) -> dict[tuple[str, ...], Any]:
    """A nested value, flat."""
    if not isinstance(value, dict) or not value:
        return {(): value}
    return {(key, *rest): one for key, inner in value.items() for rest, one in _plain(inner).items()}


def read(files: Sequence[Path]) -> Scan:
    """What the files of a run hold, in the order of time. What is damaged is left out, and said."""
    scan = Scan()
    record = Record(scan)
    for path in files:
        damage = Damage()
        record.begin()
        for data in records(path, damage):
            damage.records += not _taken(record, data)
        if said := str(damage):
            before = scan.approximate.get("metrics")
            scan.approximate["metrics"] = "; ".join(filter(None, [before, f"{path.name}: {said}"]))
    record.finish()
    return scan


def _taken(record: Record, data: bytes) -> bool:
    """Is it a record?"""
    try:
        record.take(data)
    except (protobuf.Malformed, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return False
    return True
