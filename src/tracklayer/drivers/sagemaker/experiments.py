"""Experiments: made, found, listed.

Tags beyond what AWS holds of a resource (50) go into a file beside the experiment; an AWS tag says that there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timezone
from io import BytesIO
from typing import Any

import msgspec

from tracklayer.drivers.aws import Objects
from tracklayer.drivers.sagemaker import listing, names
from tracklayer.drivers.sagemaker.calls import PROVIDER, Calls
from tracklayer.drivers.sagemaker.components import Components
from tracklayer.drivers.sagemaker.places import Places
from tracklayer.drivers.sagemaker.traits import NAMES
from tracklayer.drivers.sagemaker.wire import tag_list, tag_map
from tracklayer.errors import AlreadyExists, NotFound
from tracklayer.model import Experiment, ExperimentDraft

#: AWS tags that an experiment gets; one more says that there are others, and the layers' own are never left out.
MOST_TAGS = 40
MORE, FILE = "tracklayer.tags", "tags.json"
#: Experiments a page holds.
PAGE = 100


class Experiments:
    """All experiments of the account in the region."""

    def __init__(self, calls: Calls, components: Components, places: Places, objects: Objects) -> None:
        self._calls = calls
        self._components = components
        self._places = places
        self._objects = objects

    def create(self, draft: ExperimentDraft) -> Experiment:
        """Make one. `AlreadyExists`."""
        tags, more = _parted(draft.tags)
        if more:
            self._refuse_taken(draft.name)
            place = self._places.experiment(draft.name).below(FILE)
            self._places.prepare(place.bucket)
            self._objects.put(place.bucket, place.key, BytesIO(msgspec.json.encode(more)), "application/json")
            tags[MORE] = "s3"
        self._calls(
            "CreateExperiment",
            ExperimentName=draft.name,
            DisplayName=names.slug(NAMES.experiment.read(draft.name)) or None,
            Description=draft.description or None,
            Tags=tag_list(tags),
        )
        return self.get(draft.name)

    def get(self, name: str) -> Experiment:
        """One by its name. `NotFound`."""
        return self.read(self.whole(name))

    def whole(self, name: str) -> dict[str, Any]:
        """As AWS has it, with its tags. `NotFound`."""
        if not names.legal(name):
            message = f"no such experiment: {name[:200]!r} is no name of one"
            raise NotFound(message, provider=PROVIDER, operation="DescribeExperiment")
        found = self._calls("DescribeExperiment", ExperimentName=name)
        return {**found, "Tags": self._components.tags(found["ExperimentArn"])}

    def page(self, place: listing.Place) -> tuple[list[Mapping[str, Any]], listing.Place | None]:
        """The next ones, as AWS has them."""
        return listing.page(self._calls, listing.Listed(listing.EXPERIMENTS, self.whole), place, PAGE)

    def read(self, given: Mapping[str, Any]) -> Experiment:
        """The model of what AWS has."""
        name, tags = given["ExperimentName"], tag_map(given.get("Tags") or ())
        if tags.pop(MORE, None) is not None:
            tags |= self._more(name)
        created = given.get("CreationTime")
        return Experiment(
            id=names.experiment_id(name),
            name=name,
            tags=tags,
            description=given.get("Description") or None,
            created=None if created is None else created.astimezone(timezone.utc),
        )

    def _more(self, name: str) -> dict[str, str]:
        place = self._places.experiment(name).below(FILE)
        try:
            with self._objects.open(place.bucket, place.key) as stream:
                return msgspec.json.decode(stream.read(), type=dict[str, str])
        except NotFound:
            return {}

    def _refuse_taken(self, name: str) -> None:
        """The file of an experiment that is there is not overwritten by one that cannot be made."""
        try:
            self._calls("DescribeExperiment", ExperimentName=name)
        except NotFound:
            return
        message = f"experiment {name!r} exists already"
        raise AlreadyExists(message, provider=PROVIDER, operation="CreateExperiment")


def _parted(tags: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What becomes AWS tags, and what does not: the layers' own first."""
    ranked = sorted(tags, key=lambda key: NAMES.experiment_tag.read_own(key) is None)
    chosen = ranked[:MOST_TAGS]
    return {key: tags[key] for key in chosen}, {key: tags[key] for key in ranked[MOST_TAGS:]}
