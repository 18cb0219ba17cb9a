"""Identity: by what a copy is known at the target, and by what it is known that its source has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from tracklayer.model import Artifact, Run

#: How the sidecar of an experiment begins that says: a migration made it.
HOME_PREFIX = "m-"


def token(source: str, run: str) -> str:
    """The token of a run's copy: the same for the same run of the same place, so that it is made once."""
    return hashlib.sha256(f"{source}#{run}".encode()).hexdigest()


def home_mark(source: str, experiment: str) -> str:
    """The key of the sidecar of an experiment that was made for one of `source`."""
    return HOME_PREFIX + token(source, experiment)[:32]


def another_name(name: str, source: str, experiment: str) -> str:
    """What an experiment is called at a target where another has its name: the same each time."""
    return f"{name} ({token(source, experiment)[:8]})"


def fingerprint(run: Run, files: Iterable[Artifact]) -> str:
    """A digest of a run as its place describes it, the order of its fields aside: 32 letters.

    * It is made without a look at points and files themselves: their summaries, sizes and digests stand for them.
    """
    document = {"run": json.loads(run.model_dump_json()), "files": [file.model_dump() for file in files]}
    document["files"].sort(key=lambda file: file["path"])
    document["run"]["inputs"].sort(key=json.dumps)
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32]
