"""What fitting did to what was given, told by comparing it with what arrived: pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tracklayer.layers.fitting import series, texts
from tracklayer.layers.fitting.fields import SLOTS
from tracklayer.migrate.plan.arrived import Arrived
from tracklayer.migrate.plan.tally import Noun, Tally
from tracklayer.model import Batch, Dataset, ExperimentDraft, Points, RunDraft, same
from tracklayer.spi import Bound, Feature, Naming, Traits

#: Field of a run -> the feature without which it has no slot.
_FEATURE: Mapping[str, Feature] = {name: feature for feature, names in SLOTS.items() for name in names} | {
    "ended": Feature.BACKDATING
}
#: What a draft and a batch may say of the run itself.
DRAFTED, CHANGED = ("parent", "description", "user", "source", "started"), ("description", "ended")


def of_experiment(traits: Traits, draft: ExperimentDraft, arrived: Arrived, tally: Tally) -> None:
    """An experiment: its name and its tags."""
    names = traits.names
    _named("experiment", names.experiment, draft.name, tally)
    tally.count("experiment", "exact")
    _tags(traits, draft.tags, arrived.tags, tally, of="experiment")


def of_draft(traits: Traits, draft: RunDraft, arrived: Arrived, tally: Tally) -> None:
    """What a run is made with."""
    if draft.name is not None:
        _named("run", traits.names.run, draft.name, tally)
        tally.count("field", "exact")
    legal = arrived.draft
    for name in DRAFTED:
        _field(traits, name, getattr(draft, name), None if legal is None else getattr(legal, name), tally)
    _tags(traits, draft.tags, arrived.tags, tally, of="run")


def of_batch(traits: Traits, batch: Batch, arrived: Arrived, tally: Tally) -> None:
    """What is written to a run."""
    _params(traits, batch, arrived, tally)
    _tags(traits, batch.tags, arrived.tags, tally, of="run")
    for points in batch.points:
        _points(traits, points, arrived, tally)
    for dataset in batch.inputs:
        _dataset(traits, dataset, arrived, tally)
    for name in CHANGED:
        _field(traits, name, getattr(batch, name), arrived.fields.get(name), tally)
    if batch.status is not None:
        tally.count("field", "exact")


def of_file(traits: Traits, path: str, tally: Tally) -> None:
    """A file, by its path."""
    _named("file", traits.names.artifact, path, tally)
    tally.count("file", "exact")


# -- parts


def _named(what: Noun, naming: Naming, name: str, tally: Tally) -> None:
    """Is the name spelt otherwise?"""
    spelling = naming.spell(name)
    if spelling != name:
        source = naming.source or (naming.longest.source if naming.longest else "")
        why = "it is a name that tracklayer or the target keeps for itself" if naming.legal(name) else source
        tally.rename(what, why, name, spelling)


def _params(traits: Traits, batch: Batch, arrived: Arrived, tally: Tally) -> None:
    naming, limits = traits.names.param, traits.limits
    for name, value in batch.params.items():
        held = arrived.params.get(naming.spell(name))
        if held is None:
            tally.note("beside", "param", _full(limits.params_per_run or limits.bytes_per_run), name)
            continue
        _named("param", naming, name, tally)
        if isinstance(held, str) and texts.pointed(held) is not None:
            tally.note("beside", "param", _long(limits.param_value, str(value), traits), name)
        elif same(held, value):
            tally.count("param", "exact")
        else:
            tally.note("approximate", "param", traits.claims[Feature.TYPED_PARAMS].why, name)


def _tags(
    traits: Traits, given: Mapping[str, str], held: Mapping[str, str], tally: Tally, *, of: Literal["run", "experiment"]
) -> None:
    limits, names = traits.limits, traits.names
    run = of == "run"
    naming, bound = (names.tag, limits.tag_value) if run else (names.experiment_tag, limits.experiment_tag_value)
    for name, text in given.items():
        slot = held.get(naming.spell(name))
        if slot is None:
            room = (limits.tags_per_run or limits.bytes_per_run) if run else limits.tags_per_experiment
            tally.note("beside", "tag", _full(room), name)
            continue
        _named("tag", naming, name, tally)
        if texts.pointed(slot) is not None:
            tally.note("beside", "tag", _long(bound, text, traits), name)
        else:
            tally.count("tag", "exact")


def _points(traits: Traits, points: Points, arrived: Arrived, tally: Tally) -> None:
    """Points are a set: what is beside and what is cut is told by how many arrived where."""
    sent, beside = arrived.points[traits.names.metric.spell(points.key)], arrived.blocks[points.key]
    _named("metric", traits.names.metric, points.key, tally)
    if not beside:
        tally.count("point", "exact", len(points))
        return
    why = "; ".join(dict.fromkeys(series.odd(traits, points)))
    if series.rides_whole(traits):
        tally.note("beside", "point", why, points.key, len(points))
        tally.count("point", "shown", sent)
        return
    plain = len(points) - beside
    cut = max(0, sent - plain)
    tally.count("point", "exact", plain)
    tally.note("approximate", "point", why, points.key, cut)
    tally.note("beside", "point", why, points.key, beside - cut)


def _dataset(traits: Traits, dataset: Dataset, arrived: Arrived, tally: Tally) -> None:
    there = dataset in arrived.inputs
    if there and traits.native(Feature.DATASETS):
        tally.count("data set", "exact")
        return
    why = traits.claims[Feature.DATASETS].why or "a text of it is longer than the target takes"
    tally.note("beside", "data set", why, dataset.name)
    tally.count("data set", "shown", int(there))


def _field(traits: Traits, name: str, given: object, held: object, tally: Tally) -> None:
    if given is None:
        return
    claim = traits.claims[_FEATURE[name]]
    if not traits.native(_FEATURE[name]):
        tally.note("beside", "field", claim.why, name)
        tally.count("field", "shown", int(held is not None))
    elif isinstance(held, str) and texts.pointed(held) is not None:
        tally.note("beside", "field", _long(traits.limits.description, str(given), traits), name)
    elif held == given:
        tally.count("field", "exact")
    else:
        tally.note("approximate", "field", f"its times are multiples of {traits.limits.run_time_unit:,} ns", name)


def _full(room: Bound | None) -> str:
    """Why a value found no slot."""
    if room is None:
        return "the target's slot has another value already"
    what = "bytes" if room.unit == "bytes" else "slots"
    return f"a run has {room.most:,} {what} for them ({room.source})"


def _long(bound: Bound | None, text: str, traits: Traits) -> str:
    """Why a text left a pointer in its slot."""
    if not text:
        return traits.claims[Feature.EMPTY_VALUES].why or "an empty text"
    if bound is None or bound.holds(text):
        return "its text looks like tracklayer's own, or the key has held a number"
    if bound.size(text) <= bound.most:
        return f"it has characters that the target does not take ({bound.source})"
    return f"it is longer than {bound.most:,} {bound.unit} ({bound.source})"
