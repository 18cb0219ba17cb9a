"""Make a batch legal for some traits, keeping what did not fit.

Law: what `fit_batch` makes, written to a provider of those traits and read back through `unfit`, is what was given.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import RLock

from tracklayer.errors import Conflict
from tracklayer.layers.fitting import residue, series, texts
from tracklayer.layers.fitting.fields import DESCRIPTION, ENDED, MADE, NAME, fit_changes
from tracklayer.layers.fitting.residue import Page
from tracklayer.model import Batch, Dataset, ParamValue, Points, same
from tracklayer.spi import Bound, Feature, Limits, Naming, Traits

#: Tags of a run that are kept free for our own, where the provider limits them.
OWN_TAGS = 8
MORE = "more"
PAGE = "page"
FIELDS = frozenset({MORE, MADE, NAME, DESCRIPTION, ENDED})


class Suspected(Conflict):
    """A conflict by what this writer knows of the run, which may be old."""


@dataclass
class Seen:
    """What one writer knows of one run: enough to choose slots, and to tell another value from the same."""

    writer: str = field(default_factory=lambda: secrets.token_hex(3))
    params: dict[str, ParamValue] = field(default_factory=dict)
    slots: set[str] = field(default_factory=set)  # spelt keys of params
    kept: set[str] = field(default_factory=set)  # params that found no slot, or whose slot cannot change
    tags: set[str] = field(default_factory=set)  # spelt keys of users' tags
    own: set[str] = field(default_factory=set)  # our own keys
    beyond: set[str] = field(default_factory=set)  # tags that found no slot
    typed: dict[str, set[str]] = field(default_factory=dict)  # spelt param -> the texts that are no text
    shown: dict[str, int] = field(default_factory=dict)  # spelt metric -> points that this writer let be shown
    steps: dict[str, int] = field(default_factory=dict)  # spelt metric -> highest step
    page: Page = field(default_factory=Page)
    stamp: int = 0
    sizes: dict[tuple[str, str], int] = field(default_factory=dict)  # (param or tag, spelt key) -> bytes of its slot
    used: int = 0  # their sum
    lock: RLock = field(default_factory=RLock)


@dataclass(frozen=True)
class Fitted:
    """A legal batch, and the sidecars that must be there before it."""

    batch: Batch
    sidecars: Mapping[str, bytes]


def fit_batch(traits: Traits, batch: Batch, seen: Seen) -> Fitted:
    """The batch as the provider can hold it. `Suspected` when a param is known to have another value."""
    sidecars: dict[str, bytes] = {}
    page = Page()
    params = _fit_params(traits, batch, seen, page, sidecars)
    tags = _fit_tags(traits, batch.tags, seen, page, sidecars)
    points = _fit_points(traits, batch.points, seen, page, sidecars)
    inputs = tuple(one for one in batch.inputs if _holds(traits, one))
    page.inputs = {one.model_dump_json() for one in batch.inputs if one not in inputs}
    if "inputs" in traits.shown and not traits.native(Feature.DATASETS):
        inputs = batch.inputs
    fields, own = fit_changes(traits, batch)
    if fields["description"] is not None:
        fields["description"] = texts.slot(fields["description"], traits.limits.description, sidecars)
    tags |= own_tags(traits.names.tag, own_bound(traits.limits), own, sidecars)
    tags |= _keep(traits, page, seen, sidecars)
    overwrite = batch.overwrite and traits.native(Feature.PARAM_OVERWRITE)
    legal = Batch(params=params, tags=tags, points=points, inputs=inputs, overwrite=overwrite, **fields)
    return Fitted(legal, sidecars)


def own_bound(limits: Limits) -> Bound | None:
    """What bounds a tag of our own on a run."""
    return limits.own_value or limits.tag_value


def own_tags(naming: Naming, bound: Bound | None, own: Mapping[str, str], sidecars: dict[str, bytes]) -> dict[str, str]:
    """Our own fields as tags."""
    return {naming.own(key): texts.slot(text, bound, sidecars, always=not text) for key, text in own.items()}


def fit_tags(
    naming: Naming,
    bound: Bound | None,
    tags: Mapping[str, str],
    page: Page,
    sidecars: dict[str, bytes],
    *,
    empty: bool,
) -> dict[str, str]:
    """Users' tags: keys spelt, values in their slots or pointed at. `empty`: the provider holds empty values."""
    return {
        _key(naming, key, page): texts.slot(text, bound, sidecars, always=not text and not empty)
        for key, text in tags.items()
    }


def _key(naming: Naming, name: str, page: Page) -> str:
    spelling = naming.spell(name)
    if spelling != name and naming.shortened(spelling):
        page.names[spelling] = name
    return spelling


def _fit_params(
    traits: Traits, batch: Batch, seen: Seen, page: Page, sidecars: dict[str, bytes]
) -> dict[str, ParamValue]:
    limits, naming = traits.limits, traits.names.param
    overwrites = traits.native(Feature.PARAM_OVERWRITE)
    legal: dict[str, ParamValue] = {}
    for name, value in batch.params.items():
        if not batch.overwrite and name in seen.params and not same(seen.params[name], value):
            message = f"param {name!r} is set to another value already; a param is set once"
            raise Suspected(message, provider=traits.provider, operation="write")
        spelling = naming.spell(name)
        again = batch.overwrite and not overwrites and name in seen.params and not same(seen.params[name], value)
        full = spelling not in seen.slots and _full(limits.params_per_run, len(seen.slots))
        if again or full or name in seen.kept or not _roomy(limits, seen, ("param", spelling), value):
            seen.kept.add(name)
            page.params[name] = (_stamp(seen), isinstance(value, str), texts.spelt(value))
        else:
            seen.slots.add(_key(naming, name, page))
            legal[spelling] = slotted = _slotted(traits, spelling, value, seen, sidecars)
            if not isinstance(value, str) and not traits.native(Feature.TYPED_PARAMS):
                _note_type(spelling, value, slotted, seen, page)
        seen.params[name] = value
    return legal


def _slotted(traits: Traits, spelling: str, value: ParamValue, seen: Seen, sidecars: dict[str, bytes]) -> ParamValue:
    """What stands in a param's slot: the value, its double, its text, or a pointer to that."""
    bound, text, known = traits.limits.param_value, texts.spelt(value), seen.typed.get(spelling, set())
    if isinstance(value, str):
        # a text that the same key had as a number once: only a pointer tells them apart
        always = text in known or (not text and not traits.native(Feature.EMPTY_VALUES))
        return texts.slot(text, bound, sidecars, always=always)
    native = traits.native(Feature.TYPED_PARAMS)
    if native and (bound is None or bound.holds(text)):
        return value
    if traits.doubles and not native and (double := texts.doubled(value)) is not None:
        kinds = known if isinstance(value, float) else known | {text}
        if same(texts.numbered(double, kinds), value):
            return double
    return texts.slot(text, bound, sidecars, number=True)


def _note_type(spelling: str, value: ParamValue, slotted: ParamValue, seen: Seen, page: Page) -> None:
    """Keep what tells a number from the text or the double that stands for it: a double that is a float needs nothing.

    The number itself is kept, so that the slot of somebody who came first, with another value, keeps its own type.
    """
    if not (isinstance(value, float) and isinstance(slotted, float)):
        text = texts.spelt(value)
        seen.typed.setdefault(spelling, set()).add(text)
        page.typed.setdefault(spelling, set()).add(text)


def _fit_tags(
    traits: Traits, tags: Mapping[str, str], seen: Seen, page: Page, sidecars: dict[str, bytes]
) -> dict[str, str]:
    naming, limits = traits.names.tag, traits.limits
    kept_free = OWN_TAGS if limits.own_value is None else 0
    slotted: dict[str, str] = {}
    for name, text in tags.items():
        spelling = naming.spell(name)
        full = spelling not in seen.tags and _full(limits.tags_per_run, len(seen.tags) + kept_free)
        if full or name in seen.beyond or not _roomy(limits, seen, ("tag", spelling), text):
            page.tags[name] = (_stamp(seen), text)
            seen.beyond.add(name)
        else:
            slotted[name] = text
            seen.tags.add(spelling)
    empty = traits.native(Feature.EMPTY_VALUES)
    return fit_tags(naming, limits.tag_value, slotted, page, sidecars, empty=empty)


def _fit_points(
    traits: Traits, given: tuple[Points, ...], seen: Seen, page: Page, sidecars: dict[str, bytes]
) -> tuple[Points, ...]:
    legal = []
    for points in given:
        if not len(points):
            continue
        spelling = _key(traits.names.metric, points.key, page)
        cut = series.split(traits, points, seen.steps.get(spelling))
        if len(cut.kept):
            sidecars |= series.blocks(cut.kept)
            part = residue.extremes(cut.kept)
            page.extremes[spelling] = part.joined(page.extremes.get(spelling, part))
        if series.rides_whole(traits):
            seen.shown[spelling] = seen.shown.get(spelling, 0) + len(cut.native)
            page.shown[spelling] = {seen.writer: seen.shown[spelling]}
        if len(cut.native):
            legal.append(cut.native.model_copy(update={"key": spelling}))
            seen.steps[spelling] = max(*cut.native.steps, seen.steps.get(spelling, cut.native.steps[0]))
    return tuple(legal)


def _keep(traits: Traits, page: Page, seen: Seen, sidecars: dict[str, bytes]) -> dict[str, str]:
    """The tags that keep a page: our own page grown by it, or a sidecar and the tag that says so."""
    if not page:
        return {}
    naming, limits = traits.names.tag, traits.limits
    ours = PAGE + seen.writer
    grown = seen.page.joined(page)
    others = sum(key.startswith(PAGE) for key in seen.own - {ours})
    text = residue.inlined(grown, own_bound(limits))
    unlimited = limits.tags_per_run is None and limits.own_value is None
    if text is not None and (unlimited or others < OWN_TAGS - len(FIELDS)):
        seen.own.add(ours)
        seen.page = grown
        return {naming.own(ours): text}
    sidecars |= residue.beside(page)
    return {naming.own(MORE): "1"}


def _roomy(limits: Limits, seen: Seen, slot: tuple[str, str], value: ParamValue) -> bool:
    """Is there room in the run for this value? Then it is taken. A long text leaves a short pointer in its slot."""
    if limits.bytes_per_run is None:
        return True
    bound, text = limits.param_value if slot[0] == "param" else limits.tag_value, texts.spelt(value)
    pointed = bound is not None and not bound.holds(text)
    size = limits.slot_bytes(slot[1], texts.slot(text, bound, {}) if pointed else value)
    used = seen.used - seen.sizes.get(slot, 0) + size
    if used > limits.bytes_per_run.most:
        return False
    seen.sizes[slot], seen.used = size, used
    return True


def _full(bound: Bound | None, used: int) -> bool:
    return bound is not None and used >= bound.most


def _stamp(seen: Seen) -> int:
    seen.stamp = max(seen.stamp + 1, time.time_ns())
    return seen.stamp


def _holds(traits: Traits, dataset: Dataset) -> bool:
    """Does the provider hold this data set as it is?"""
    limits: Limits = traits.limits
    bounds = (
        (limits.dataset_name, dataset.name),
        (limits.dataset_digest, dataset.digest),
        (limits.dataset_source, dataset.source),
        (limits.dataset_columns, dataset.columns),
    )
    return traits.native(Feature.DATASETS) and all(
        bound is None or text is None or bound.holds(text) for bound, text in bounds
    )
