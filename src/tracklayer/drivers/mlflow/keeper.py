"""The keeper: a run that holds the sidecars of its experiment, where a cloud serves files of runs only.

* It is made with the first sidecar, which few experiments ever need, and stands in no list of runs.
* Two writers at once may make two: what is read is what all of them hold.
"""

from __future__ import annotations

from datetime import datetime, timezone

from tracklayer.drivers.mlflow.search import TOKEN
from tracklayer.drivers.mlflow.shapes import MlflowRun
from tracklayer.model import RunDraft

#: By its token it is found, and found again by a writer whose first attempt was not answered.
KEEPER = "tracklayer.keeper"


def keeper() -> RunDraft:
    """The run as it is made. It is over at once."""
    now = datetime.now(timezone.utc)
    return RunDraft(
        token=KEEPER,
        name="tracklayer",
        status="finished",
        started=now,
        description="Made by tracklayer. Its files hold what does not fit into the experiment: do not delete it.",
    )


def keeps(run: MlflowRun) -> bool:
    """Is it a keeper?"""
    return any(tag.key == TOKEN and tag.value == KEEPER for tag in run.data.tags)
