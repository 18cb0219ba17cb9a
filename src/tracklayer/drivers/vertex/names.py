"""Ids of Vertex's resources: what may be one, and which we give.

* An experiment's id is `contexts/<its context's id>`: an id is not taken for a name. A run's id is that of its context;
  a run of the SDK's preview is `executions/<its execution's id>`.
* The context of a run is `<experiment>-<slug of its name>-<digest of experiment and token>`. The official SDK finds a
  run under `<experiment>-<its display name>`, so the rest behind the experiment is what the console shows.
* All contexts of a project live in one flat namespace: the digest keeps run `b-c` of `a` from run `c` of `a-b`.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata

#: google/cloud/aiplatform/utils: RESOURCE_ID_PATTERN; the length is CreateContextRequest's.
PATTERN = re.compile(r"[\w-]{1,128}", re.ASCII)
#: What the official SDK takes for a run's context: 128 less `-tb-run` (metadata/constants.py).
RUN, TENSORBOARD = 121, "-tb-run"
#: Letters of the digest in a run's context: 50 bits.
DIGEST = 10
#: How much of an experiment's name goes before its runs: with a digest behind it, that is the whole room.
HEAD = RUN - 1 - DIGEST
_EXPERIMENT, LEGACY = "contexts/", "executions/"


def legal(text: str) -> bool:
    """Could a resource have this id?"""
    return PATTERN.fullmatch(text) is not None


def experiment_id(context: str) -> str:
    """The id of the experiment that is this context."""
    return _EXPERIMENT + context


def experiment_context(text: str) -> str | None:
    """The context in an experiment's id; None for a text that is no id."""
    context = text.removeprefix(_EXPERIMENT)
    return context if context != text and legal(context) else None


def last(resource: str) -> str:
    """The id at the end of a resource's name. What stands before is not compared: the service writes numbers there."""
    return resource.rpartition("/")[2]


def slug(text: str, most: int) -> str:
    """Lower-case letters, digits and single dashes that read like the text; empty when nothing of it can be kept."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:most].rstrip("-")


def digest(*texts: str, letters: int = DIGEST) -> str:
    """Lower-case letters and digits that stand for these texts in this order."""
    data = "".join(f"{len(text)}:{text}" for text in texts).encode()
    return base64.b32encode(hashlib.sha256(data).digest()).decode().lower()[:letters]


def run(experiment: str, token: str, name: str | None) -> str:
    """The context of a run."""
    home, mark = experiment[:HEAD], digest(experiment, token)
    room = RUN - len(home) - len(mark) - 2
    head = slug(name or "", room) if room > 0 else ""
    return "-".join(part for part in (home, head, mark) if part)


def shown(context: str, experiment: str) -> str:
    """What the console and the SDK call a run: the rest behind the experiment."""
    return context.removeprefix(f"{experiment[:HEAD]}-") or context


def board_run(context: str, experiment: str) -> str:
    """The TensorBoard run of a run, as the official SDK would name it."""
    return shown(context, experiment)[:128]


def board_link(context: str) -> str:
    """The artifact that leads from a run to its TensorBoard run."""
    return context[:RUN] + TENSORBOARD


def token_mark(experiment: str, token: str) -> str:
    """What a run's metadata hold of its token, to be found by."""
    return digest(experiment, token, letters=32)


def ours(context: str, kind: str, what: str) -> str:
    """The id of an artifact or an execution of ours: the same for the same thing of the same run."""
    return f"tl-{kind}-{digest(context, letters=16)}-{digest(what, letters=24)}"


def is_ours(resource: str, context: str) -> bool:
    """Did `ours` make this id, for this run?"""
    return re.fullmatch(rf"tl-[a-z]+-{digest(context, letters=16)}-[a-z2-7]{{24}}", last(resource)) is not None
