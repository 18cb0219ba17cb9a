"""The events of a run: scalars into a spool, texts, params and times beside them.

* A scalar is a `simple_value`, or a tensor of one number whose tag is said to be the plugin's `scalars`. A tag's plugin
  is said with its first event only. * All events are taken: TensorBoard itself shows some of them (a sample of 1,000),
  and hides those that a restarted writer wrote before.
* Everything else (pictures, histograms, graphs) stays in the event files, which are files of the run.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tracklayer.drivers import _protobuf as protobuf
from tracklayer.drivers._left import Scan, moment, nanoseconds
from tracklayer.drivers.tensorboard.frames import Damage, records
from tracklayer.drivers.tensorboard.hparams import Session
from tracklayer.drivers.tensorboard.tensors import scalar, texts

#: event.proto: Event.
TIME, STEP, SUMMARY = 1, 2, 5
#: summary.proto: Summary.Value, SummaryMetadata and its PluginData.
TAG, SIMPLE, TENSOR, METADATA = 1, 2, 8, 9
PLUGIN, NAME, CONTENT = 1, 1, 2
UNSURE = "event files do not say it: that of the {} event"


class Events:
    """What the files of one run say, while they are read."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._session = Session()
        self._plugins: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._spoken: Counter[str] = Counter()
        self._odd: Counter[str] = Counter()
        self._first, self._last = float("inf"), float("-inf")

    def take(self, event: bytes) -> None:
        """One event."""
        time, step, summary = 0.0, 0, None
        for field, value in protobuf.fields(event):
            if field == TIME:
                time = protobuf.double(value)
            elif field == STEP:
                step = protobuf.signed(value)
            elif field == SUMMARY:
                summary = value
        self._first, self._last = min(self._first, time), max(self._last, time)
        if summary is not None:
            moment = nanoseconds(time)
            for _, value in protobuf.fields(summary):
                self._value(value, step, moment)

    def _value(self, data: bytes, step: int, time: int | None) -> None:
        given = dict(protobuf.fields(data))
        tag, tensor = protobuf.text(given.get(TAG, b"")), given.get(TENSOR)
        if METADATA in given:
            self._metadata(tag, given[METADATA])
        plugin = self._plugins.get(tag, "")
        number: float | None = struct.unpack("<f", given[SIMPLE])[0] if SIMPLE in given else None
        if tensor is not None and plugin == "scalars":
            number = scalar(tensor)
        if not tag:
            return
        if number is not None and time is not None:
            self._scan.spool.add(tag, step, time, number)
        elif tensor is not None and plugin == "text":
            self._texts[tag] = "\n".join(texts(tensor))
            self._spoken[tag] += 1
        elif number is not None or plugin == "scalars":
            self._odd[tag] += 1

    def _metadata(self, tag: str, data: bytes) -> None:
        for field, value in protobuf.fields(data):
            if field == PLUGIN:
                plugin = dict(protobuf.fields(value))
                name = self._plugins[tag] = protobuf.text(plugin.get(NAME, b""))
                if name == "hparams":
                    self._session.read(plugin.get(CONTENT, b""))

    def finish(self) -> None:
        """Turn what was read into the fields of the run."""
        session, scan = self._session, self._scan
        started = moment(nanoseconds(self._first if session.started is None else session.started))
        ended = moment(nanoseconds(self._last if session.ended is None else session.ended))
        scan.fields |= {
            "status": session.status or "finished",
            "started": started,
            "ended": None if session.status == "running" else ended,
            "params": {key: value for key, value in session.params.items() if key},
            "tags": self._texts,
        }
        if session.status is None:
            scan.approximate["status"] = "event files do not say whether a run is over"
        if session.started is None:
            scan.approximate["started"] = UNSURE.format("first")
        if session.ended is None and session.status != "running":
            scan.approximate["ended"] = UNSURE.format("last")
        for tag, count in self._spoken.items():
            if count > 1:
                scan.approximate[f"tags.{tag}"] = f"the last of {count} texts; all are in the run's event files"
        for tag, count in self._odd.items():
            scan.approximate[f"metrics.{tag}"] = f"{count} values that are no number or have no time are left out"


def read(files: Sequence[Path]) -> Scan:
    """What the event files of a run hold. What is damaged is left out, and said."""
    scan = Scan()
    events = Events(scan)
    for path in files:
        damage = Damage()
        for record in records(path, damage):
            damage.records += not _taken(events, record)
        if said := str(damage):
            before = scan.approximate.get("metrics")
            scan.approximate["metrics"] = "; ".join(filter(None, [before, f"{path.name}: {said}"]))
    events.finish()
    return scan


def _taken(events: Events, record: bytes) -> bool:
    """Is the record an event?"""
    try:
        events.take(record)
    except (protobuf.Malformed, struct.error, TypeError, AttributeError, RecursionError):  # fields of another kind
        return False
    return True
