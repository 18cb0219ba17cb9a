"""Trial components: looked at, changed, and for a while remembered."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from tracklayer.drivers.aws import S3Uri
from tracklayer.drivers.sagemaker import names, record
from tracklayer.drivers.sagemaker.calls import PROVIDER, Calls
from tracklayer.drivers.sagemaker.places import Places
from tracklayer.drivers.sagemaker.wire import tag_list
from tracklayer.errors import InvalidInput, NotFound

#: How long, in seconds, what was seen of a run is good enough to write by, and of how many runs it is remembered.
#: A run that another process deletes may take files for so long.
MEMORY, REMEMBERED = 60.0, 1_024
#: AWS tags of one page; a resource has 50 (service-2.json: ListTagsMaxResults is 50 at least).
TAGS = 100
#: The experiment of a trial component that is in no trial.
NOWHERE = "unassigned"


@dataclass(frozen=True)
class Facts:
    """What was last seen of one trial component: where it is, its artifacts; and when that was."""

    name: str
    arn: str
    root: S3Uri
    inputs: Mapping[str, record.Entry] = field(default_factory=dict)
    outputs: Mapping[str, record.Entry] = field(default_factory=dict)
    seen: float = 0.0

    @cached_property
    def record(self) -> record.Record:
        """What tracklayer keeps in it."""
        return record.read(self.inputs)


class Components:
    """All trial components of the account, by name. Errors are ours."""

    def __init__(self, calls: Calls, places: Places, clock: Callable[[], float] = time.monotonic) -> None:
        self._calls = calls
        self._places = places
        self._clock = clock
        self._lock = threading.Lock()
        self._facts: OrderedDict[str, Facts] = OrderedDict()

    def describe(self, name: str) -> dict[str, Any]:
        """As AWS has it now, without its tags. `NotFound`."""
        return self._looked_at(name)[0]

    def look(self, name: str) -> Facts:
        """What is to be known of it now. `NotFound`."""
        return self._looked_at(name)[1]

    def whole(self, name: str) -> dict[str, Any]:
        """As AWS has it now, with its tags. `NotFound`."""
        found = self.describe(name)
        return {**found, "Tags": self.tags(found["TrialComponentArn"])}

    def tags(self, arn: str) -> list[dict[str, str]]:
        """The AWS tags of a resource."""
        tags: list[dict[str, str]] = []
        after: str | None = None
        while True:
            page = self._calls("ListTags", ResourceArn=arn, MaxResults=TAGS, NextToken=after)
            tags += page.get("Tags", ())
            after = page.get("NextToken")
            if not after:
                return tags

    def add_tags(self, name: str, tags: Mapping[str, str]) -> None:
        """Set AWS tags."""
        if tags:
            self._calls("AddTags", ResourceArn=self.facts(name).arn, Tags=tag_list(tags))

    def facts(self, name: str) -> Facts:
        """What is known of it, asked for where that is old. `NotFound`."""
        with self._lock:
            found = self._facts.get(name.lower())
        if found is None or self._clock() - found.seen > MEMORY:
            return self.look(name)
        return found

    def update(self, name: str, **request: Any) -> None:
        """UpdateTrialComponent: maps are merged into what is there."""
        _check(name)
        self._calls("UpdateTrialComponent", TrialComponentName=name, **request)
        with self._lock:
            known = self._facts.get(name.lower())
            if known is not None:
                gone = set(request.get("InputArtifactsToRemove") or ())
                inputs = {**known.inputs, **(request.get("InputArtifacts") or {})}
                self._facts[name.lower()] = replace(
                    known,
                    inputs={key: entry for key, entry in inputs.items() if key not in gone},
                    outputs={**known.outputs, **(request.get("OutputArtifacts") or {})},
                )

    def note(self, given: Mapping[str, Any]) -> Facts:
        """Remember what AWS just said of a trial component."""
        name, inputs = given["TrialComponentName"], given.get("InputArtifacts") or {}
        outputs = given.get("OutputArtifacts") or {}
        root = self._root(name, record.read(inputs).root, outputs)
        facts = Facts(name, given["TrialComponentArn"], root, inputs, outputs, self._clock())
        with self._lock:
            self._facts[name.lower()] = facts
            self._facts.move_to_end(name.lower())
            if len(self._facts) > REMEMBERED:
                self._facts.popitem(last=False)
        return facts

    def forget(self, name: str) -> None:
        """It is gone, or was changed by others."""
        with self._lock:
            self._facts.pop(name.lower(), None)

    def experiment(self, given: Mapping[str, Any]) -> str:
        """The experiment of a trial component: by its record, else by its trials."""
        known = record.read(given.get("InputArtifacts") or {}).experiment
        for parent in given.get("Parents") or ():
            known = known or parent.get("ExperimentName", "")
        if known:
            return known
        trials = self._calls("ListTrials", TrialComponentName=given["TrialComponentName"], MaxResults=1)
        for trial in trials.get("TrialSummaries", ()):
            return str(self._calls("DescribeTrial", TrialName=trial["TrialName"])["ExperimentName"])
        return NOWHERE

    def _looked_at(self, name: str) -> tuple[dict[str, Any], Facts]:
        _check(name)
        try:
            found = self._calls("DescribeTrialComponent", TrialComponentName=name)
        except NotFound:
            self.forget(name)
            raise
        return found, self.note(found)

    def _root(self, name: str, known: str, outputs: Mapping[str, record.Entry]) -> S3Uri:
        """The folder of its files: by its record, else by the files it names, else where new ones would go."""
        for uri in (known, *(entry.get("Value", "") for entry in outputs.values())):
            head, mark, _ = f"{uri}/".partition(f"/{name}/")
            if mark:
                with suppress(InvalidInput):
                    return S3Uri.read(f"{head}/{name}")
        return self._places.run(name)


def _check(name: str) -> None:
    if not names.legal(name):
        message = f"no such run: {name[:200]!r} is no name of a trial component"
        raise NotFound(message, provider=PROVIDER, operation="DescribeTrialComponent")
