"""The record: what tracklayer keeps in a trial component itself, among its input artifacts. Pure functions.

A trial component has 50 AWS tags of 256 characters and 60 input artifacts of 2,048. Tags are users'. Ours are entries
of the other kind:

* `tracklayer.<key>`: the layers' own tags; a long one goes on in `tracklayer.<key>/2` and so on.
* `tracklayer/run`: the token, the experiment, the folder of the run's files, and whether it must be asked for sidecars;
  `tracklayer/name`: its true name.
* `tracklayer/v-...` and `tracklayer/p-...`: small sidecars, so that a list of runs need not ask for them.
* `tracklayer/end`: whether the end that AWS has counts, because AWS cannot forget one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import msgspec

from tracklayer.drivers.sagemaker import rates
from tracklayer.drivers.sagemaker.traits import NAMES
from tracklayer.errors import InvalidInput

#: An artifact as AWS holds it: `Value`, and a `MediaType` or none.
Entry: TypeAlias = Mapping[str, str]

#: The AWS tag of every run of ours: the official SDK's mark of a run (experiments/run.py).
RUN_MARK, RUN_MARK_VALUE = "sagemaker:trial-component-source", "run"
#: What our entries are said to be (a `MediaType`), and what a data set is that the console shows.
OURS, DATASET = "tracklayer/record", "tracklayer/dataset"
RUN, NAME, END = "tracklayer/run", "tracklayer/name", "tracklayer/end"
#: Input artifacts that a trial component holds, and the characters of one (service-2.json).
MOST_ENTRIES, MOST_VALUE = 60, 2_048
#: Sidecars of these kinds are kept here: at most so many, of so many bytes (base64 makes 4 of 3), and only while the
#: rest of the layers' own tags still finds room.
KINDS, MOST_KEPT, MOST_BYTES, ROOM = ("v-", "p-"), rates.MOST_KEPT, rates.MOST_BYTES, 44
#: Characters of a part of a long tag.
PART = 2_000


class _Run(msgspec.Struct, omit_defaults=True):
    token: str = ""
    root: str = ""
    experiment: str = ""
    elsewhere: bool = False


@dataclass(frozen=True)
class Record:
    """What is kept of one run.

    * `token`: empty for a run that others made. * `root`, `experiment`: empty when they were never written.
    * `own`: the layers' own tags. * `beside`: sidecars that are here. * `elsewhere`: there are more in S3.
    * `end`: of the run's end in AWS, by `seconds`: `-1772600767.000` counts no more, `+1772600767.000` does even while
      the run goes on. Any other end counts as soon as the run has ended.
    * `others`: input artifacts that are not ours; `shown`: keys of the data sets that we show; `keys`: all keys.
    """

    token: str = ""
    root: str = ""
    experiment: str = ""
    name: str | None = None
    own: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, bytes] = field(default_factory=dict)
    elsewhere: bool = False
    end: str = ""
    others: Mapping[str, Entry] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()

    @property
    def room(self) -> bool:
        """May one more sidecar be kept here?"""
        return len(self.beside) < MOST_KEPT and len(self.keys) < ROOM


def read(inputs: Mapping[str, Entry]) -> Record:
    """The record in a trial component's input artifacts. What we showed of data sets is left out."""
    made = _Run()
    if RUN in inputs:
        try:
            made = msgspec.json.decode(inputs[RUN].get("Value", ""), type=_Run)
        except msgspec.MsgspecError:  # somebody else's, or damaged: then it is nobody's
            made = _Run()
    ours = {key for key, entry in inputs.items() if entry.get("MediaType") in {OURS, DATASET}}
    return Record(
        token=made.token,
        root=made.root,
        experiment=made.experiment,
        name=_value(inputs, NAME),
        own=_own_tags(inputs),
        beside=_kept(inputs),
        elsewhere=made.elsewhere,
        end=_value(inputs, END) or "",
        others={key: entry for key, entry in inputs.items() if key not in ours},
        shown=frozenset(key for key, entry in inputs.items() if entry.get("MediaType") == DATASET),
        keys=frozenset(inputs),
    )


def end(moment: datetime, *, counts: bool) -> dict[str, Entry]:
    """The entry that says whether an end counts."""
    return {END: ours(("+" if counts else "-") + seconds(moment))}


def seconds(moment: datetime) -> str:
    """A moment as text: what tells one end from another."""
    return f"{moment.timestamp():.3f}"


def made(token: str, root: str, experiment: str, *, elsewhere: bool = False) -> dict[str, Entry]:
    """The entry of what a run is made with. `InvalidInput` for a token that is too long.

    * `elsewhere`: sidecars that it is read with are in S3. Said here, because in a full record no entry is free.
    """
    text = msgspec.json.encode(_Run(token, root, experiment, elsewhere)).decode()
    if len(text.encode("utf-16-le")) > 2 * MOST_VALUE:
        message = f"a token of {len(token)} characters is too long for SageMaker: at most about 1,000"
        raise InvalidInput(message)
    return {RUN: ours(text)}


def ours(text: str) -> Entry:
    """An entry of ours."""
    return {"Value": text, "MediaType": OURS}


def own_tags(tags: Mapping[str, str]) -> dict[str, Entry]:
    """The layers' own tags as entries. A long text is cut; the first part says in how many."""
    entries: dict[str, Entry] = {}
    for key, text in tags.items():
        parts = list(_cut(text))
        if len(parts) == 1 and not text.startswith("/"):
            entries[key] = ours(text)
            continue
        entries[key] = ours(f"/{len(parts)}/{parts[0]}")
        entries |= {f"{key}/{number}": ours(part) for number, part in enumerate(parts[1:], 2)}
    return entries


def kept(key: str, data: bytes) -> Entry | None:
    """A sidecar as an entry; None when it belongs into S3."""
    return ours(base64.b64encode(data).decode()) if kind(key) and len(data) <= MOST_BYTES else None


def kind(key: str) -> bool:
    """Is the sidecar of a kind that is needed to read a run?"""
    return key.startswith(KINDS)


def entry_of(key: str) -> str:
    """The key of a sidecar's entry."""
    return f"tracklayer/{key}"


def _cut(text: str) -> Iterable[str]:
    size = PART if text.isascii() or max(text) <= "\uffff" else PART // 2
    return [text[start : start + size] for start in range(0, len(text), size)] or [""]


def _own_tags(inputs: Mapping[str, Entry]) -> dict[str, str]:
    whole: dict[str, str] = {}
    for key, entry in inputs.items():
        if entry.get("MediaType") != OURS or NAMES.tag.read_own(key) is None or "/" in key:
            continue  # another's, or a further part
        text = entry.get("Value", "")
        if text.startswith("/"):
            number, _, head = text[1:].partition("/")
            rest = (_value(inputs, f"{key}/{part}") or "" for part in range(2, int(number) + 1))
            text = head + "".join(rest)
        whole[key] = text
    return whole


def _kept(inputs: Mapping[str, Entry]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for key, entry in inputs.items():
        name = key.removeprefix("tracklayer/")
        if name != key and kind(name):
            try:
                found[name] = base64.b64decode(entry.get("Value", ""), validate=True)
            except binascii.Error:
                continue
    return found


def _value(inputs: Mapping[str, Entry], key: str) -> str | None:
    entry = inputs.get(key)
    return None if entry is None else entry.get("Value", "")
