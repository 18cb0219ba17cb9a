"""Fields of a run that its provider has no slot for, as tags of our own.

* `made`: what a run was made with (parent, description, user, source, origin, start), as JSON.
* `name`, `description`, `ended`: what may change later, each by itself, so that the last writer stands.
* A time finer than the provider's clock goes there cut, and whole in our tag; the tag counts only while the provider's
  value is still what was cut from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from tracklayer.model import Batch, ExperimentDraft, Run, RunDraft
from tracklayer.spi import Feature, Naming, Traits

MADE, NAME, DESCRIPTION, ENDED = "made", "name", "description", "ended"
#: What `ended` holds for a run that was opened again, with a provider that keeps no such time.
OPEN = "open"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def fit_draft(traits: Traits, draft: RunDraft) -> tuple[RunDraft, dict[str, str]]:
    """The draft with what the provider holds, and our tags for the rest."""
    kept: set[str] = {"origin"}
    for feature, slots in SLOTS.items():
        if not traits.native(feature):
            kept |= slots
    fields: dict[str, Any] = dict.fromkeys(kept - traits.shown)
    started = _cut(traits, draft.started)
    if "started" not in kept and started != draft.started:
        kept.add("started")
        fields["started"] = started
    legal = draft.model_copy(update=fields)
    made = draft.model_dump_json(include=kept, exclude_none=True)
    name, own = fit_name(traits.names.run, draft.name)
    return legal.model_copy(update={"name": name}), own | ({MADE: made} if made != "{}" else {})


def fit_name(naming: Naming, name: str | None) -> tuple[str | None, dict[str, str]]:
    """A name spelt, and our tag for it if it was shortened."""
    if name is None:
        return None, {}
    spelling = naming.spell(name)
    return spelling, {NAME: name} if naming.read(spelling) != name else {}


def fit_changes(traits: Traits, batch: Batch) -> tuple[dict[str, Any], dict[str, str]]:
    """What a batch changes of the run itself: the fields that the provider holds, and our tags for the rest."""
    name, own = fit_name(traits.names.run, batch.name)
    fields: dict[str, Any] = {"name": name, "status": batch.status, "ended": None, "description": batch.description}
    if not traits.native(Feature.DESCRIPTION) and batch.description is not None:
        own[DESCRIPTION] = batch.description
        fields["description"] = None
    if not traits.native(Feature.BACKDATING):
        if batch.ended is not None:
            own[ENDED] = batch.ended.isoformat()
        elif batch.status in {"running", "scheduled"}:
            own[ENDED] = OPEN
    elif batch.ended is not None:
        fields["ended"] = _cut(traits, batch.ended)
        if fields["ended"] != batch.ended:
            own[ENDED] = batch.ended.isoformat()
    return fields, own


def unfit_run(traits: Traits, run: Run, own: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a run that our tags know better than the provider."""
    fields: dict[str, Any] = {"name": unfit_name(traits.names.run, run.name, own)}
    if (made := own.get(MADE)) is not None:
        draft = RunDraft.model_validate_json(f'{{"token":"-",{made[1:]}')
        fields |= {field: value for field in _MADE if (value := getattr(draft, field)) is not None}
        if traits.native(Feature.BACKDATING) and run.started != _cut(traits, draft.started):
            fields.pop("started", None)
    if (description := own.get(DESCRIPTION)) is not None:
        fields["description"] = description
    if (ended := own.get(ENDED)) is not None:
        moment = None if ended == OPEN else datetime.fromisoformat(ended)
        if not traits.native(Feature.BACKDATING) or (moment is not None and run.ended == _cut(traits, moment)):
            fields["ended"] = moment
    return fields


def unfit_name(naming: Naming, spelling: str | None, own: Mapping[str, str]) -> str | None:
    """The name that a spelling stands for."""
    if spelling is None:
        return None
    name = own.get(NAME)
    return name if name is not None and naming.spell(name) == spelling else naming.read(spelling)


def fit_experiment(traits: Traits, draft: ExperimentDraft) -> tuple[ExperimentDraft, dict[str, str]]:
    """The draft with what the provider holds, and our tags for the rest."""
    name, own = fit_name(traits.names.experiment, draft.name)
    if draft.description is None or describes_experiments(traits):
        return draft.model_copy(update={"name": name}), own
    return draft.model_copy(update={"name": name, "description": None}), own | {DESCRIPTION: draft.description}


def describes_experiments(traits: Traits) -> bool:
    """Has the provider a place for what an experiment is about?"""
    return traits.native(Feature.DESCRIPTION) or traits.limits.experiment_description is not None


#: Feature -> the fields of a draft that have a slot only with it.
SLOTS: Mapping[Feature, frozenset[str]] = {
    Feature.NESTED_RUNS: frozenset({"parent"}),
    Feature.DESCRIPTION: frozenset({"description"}),
    Feature.PROVENANCE: frozenset({"user", "source"}),
    Feature.BACKDATING: frozenset({"started"}),
}
_MADE = ("parent", "description", "user", "source", "origin", "started")


def _cut(traits: Traits, moment: datetime | None) -> datetime | None:
    """A moment as the provider's clock has it."""
    if moment is None:
        return None
    unit = max(1, traits.limits.run_time_unit // 1_000)
    micros = (moment - _EPOCH) // timedelta(microseconds=1)
    return _EPOCH + timedelta(microseconds=micros - micros % unit)
