"""Deleting, in the order that AWS demands: for good.

* A run: out of its trials, its edges of lineage, its files, itself. It is the last to go, so that a deletion that was
  interrupted is gone on with by asking for it again.
* An experiment: its runs, its trials, itself. A run that is in other experiments too only leaves this one.
* Files that a run only points at are others' and stay; so do those of a run that others made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from tracklayer.drivers.aws import Objects
from tracklayer.drivers.sagemaker import charts, names
from tracklayer.drivers.sagemaker.calls import Calls
from tracklayer.drivers.sagemaker.components import Components
from tracklayer.drivers.sagemaker.places import SIDECARS, Places
from tracklayer.errors import NotFound, Rejected


class Deleting:
    """Deletes runs and experiments."""

    def __init__(self, calls: Calls, components: Components, places: Places, objects: Objects) -> None:
        self._calls = calls
        self._components = components
        self._places = places
        self._objects = objects
        #: Ids of what was deleted here: Search goes on to find it for a while.
        self.gone: set[str] = set()

    def run(self, name: str) -> None:
        """Delete a run. `NotFound`."""
        facts = self._components.look(name)
        for trial in list(self._pages("ListTrials", "TrialSummaries", TrialComponentName=name)):
            self._leave(name, trial["TrialName"])
        # Of a run that others made, what they stored is theirs; only what we put beside it goes.
        own = facts.root if facts.record.token else facts.root.below(SIDECARS)
        ours = [one.arn for one in charts.of(self._calls, facts.arn) if one.uri.startswith(f"{own}/")]
        for edge in list(charts.associations(self._calls, facts.arn)):
            with suppress(NotFound):
                self._calls("DeleteAssociation", SourceArn=edge["SourceArn"], DestinationArn=edge["DestinationArn"])
        for arn in ours:
            with suppress(NotFound, Rejected):  # other runs may point at it
                self._calls("DeleteArtifact", ArtifactArn=arn)
        with suppress(NotFound):  # no bucket, no files
            self._objects.delete_below(own.bucket, f"{own.key}/")
        self._calls("DeleteTrialComponent", TrialComponentName=name)
        self._components.forget(name)
        self.gone.add(name)

    def experiment(self, name: str) -> None:
        """Delete an experiment with all its runs. `NotFound`."""
        self._calls("DescribeExperiment", ExperimentName=name)
        trials = [one["TrialName"] for one in self._pages("ListTrials", "TrialSummaries", ExperimentName=name)]
        for trial in trials:
            members = self._pages("ListTrialComponents", "TrialComponentSummaries", TrialName=trial)
            for component in [one["TrialComponentName"] for one in members]:
                with suppress(NotFound):
                    homes = self._pages("ListTrials", "TrialSummaries", TrialComponentName=component)
                    if {one["TrialName"] for one in homes} <= set(trials):
                        self.run(component)
                    else:
                        self._leave(component, trial)
            with suppress(NotFound):
                self._calls("DeleteTrial", TrialName=trial)
        root = self._places.experiment(name)
        with suppress(NotFound):
            self._objects.delete_below(root.bucket, f"{root.key}/")
        self._calls("DeleteExperiment", ExperimentName=name)
        self.gone.add(names.experiment_id(name))

    def _leave(self, component: str, trial: str) -> None:
        with suppress(NotFound):
            self._calls("DisassociateTrialComponent", TrialComponentName=component, TrialName=trial)

    def _pages(self, operation: str, field: str, **request: Any) -> Iterator[dict[str, Any]]:
        """All summaries of a list."""
        after: str | None = None
        while True:
            page = self._calls(operation, **request, MaxResults=100, NextToken=after)
            yield from page.get(field, ())
            after = page.get("NextToken")
            if not after:
                return
