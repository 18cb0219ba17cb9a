"""Moves: from each place to each, what of a run the target does not hold itself; from the traits alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from string import ascii_lowercase
from typing import NamedTuple, TypeAlias

from tracklayer.cli.matrix import Section
from tracklayer.cli.providers import Provider
from tracklayer.spi import Bound, Feature, Names, Naming, Traits

#: A stand-in of tracklayer's own, for tests: nobody moves there.
APART = frozenset({"memory"})
#: Why a target does not hold something itself that a run of a source may have; None where it does.
Why: TypeAlias = Callable[[Traits, Traits], str | None]

BESIDE = "it lies beside the run"
SHOWN = "it lies beside the run; the console is given what it can show"
POINTS = "those points lie beside the run"
SERIES = "the whole series lies beside the run; the console is given what it can show"
POINTER = "its slot has a pointer, and the text lies beside the run"
BEYOND = "those beyond that lie beside the run"
CUT = "cut to the clock there, and exact beside the run"
#: Feature -> what a run has by it, and what becomes of that where the target has it not.
FEATURES: Mapping[Feature, tuple[str, str]] = {
    Feature.ARTIFACTS: ("files", BESIDE),
    Feature.NESTED_RUNS: ("a parent", BESIDE),
    Feature.BACKDATING: ("the start and the end that it had", BESIDE),
    Feature.EMPTY_VALUES: ("params and tags that are empty", POINTER),
    Feature.METRIC_HISTORY: ("series, point by point", SERIES),
    Feature.METRIC_SAME_STEP: ("several values at one step", SERIES),
    Feature.METRIC_TIME: ("a time at each point", SERIES),
    Feature.METRIC_NAN: ("NaN", POINTS),
    Feature.METRIC_INFINITY: ("infinities", POINTS),
    Feature.METRIC_NEGATIVE_STEP: ("steps below 0", POINTS),
    Feature.DESCRIPTION: ("a description", BESIDE),
    Feature.PROVENANCE: ("a user, and the code that it ran", SHOWN),
    Feature.DATASETS: ("data sets", SHOWN),
}
#: Limit -> what of a run it bounds, and what becomes of what is beyond it.
BOUNDS: Mapping[str, tuple[str, str]] = {
    "param_value": ("a long param", POINTER),
    "tag_value": ("a long tag", POINTER),
    "description": ("a long description", POINTER),
    "params_per_run": ("many params", BEYOND),
    "tags_per_run": ("many tags", BEYOND),
    "bytes_per_run": ("much in params and tags together", BEYOND),
}
#: Clock -> what of a run is told by it.
CLOCKS: Mapping[str, str] = {"point_time_unit": "fine times of points", "run_time_unit": "fine starts and ends"}
#: Bytes that a character takes at most, in UTF-8.
WIDEST = 4


class Part(NamedTuple):
    """Something that a run may have, what becomes of it where the target has no room for it, and where that is."""

    what: str
    becomes: str
    why: Why


def sections(providers: Sequence[Provider]) -> Iterator[Section]:
    """What a run may have that not every place holds, and a table of all moves with the letters of that."""
    there = [one.driver.traits for one in providers if one.driver is not None and one.name not in APART]
    targets = [traits for traits in there if traits.native(Feature.WRITING)]
    lacking = [(part, where) for part in _parts() if (where := _where(part, there, targets))]
    rows = [
        (letter, part.what, part.becomes, "; ".join(f"{', '.join(names)}: {why}" for why, names in where.items()))
        for letter, (part, where) in zip(ascii_lowercase, lacking, strict=False)
    ]
    yield Section(3, "What not every place holds", ("", "a run may have", "what becomes of it", "where, and why"), rows)
    moves = [(f"from {source.provider}", *(_cell(lacking, source, target) for target in targets)) for source in there]
    yield Section(3, "All moves", ("", *(f"to {target.provider}" for target in targets)), moves)


def _cell(lacking: Sequence[tuple[Part, object]], source: Traits, target: Traits) -> str:
    if source is target:
        return ""
    letters = [letter for letter, (part, _) in zip(ascii_lowercase, lacking, strict=False) if part.why(source, target)]
    return " ".join(letters) or "all"


def _where(part: Part, sources: Sequence[Traits], targets: Sequence[Traits]) -> Mapping[str, Sequence[str]]:
    """Why -> the targets that do not hold it, whatever place it comes from."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for target in targets:
        reasons = filter(None, (part.why(source, target) for source in sources if source is not target))
        for why in dict.fromkeys(reasons):
            found[why].append(target.provider)
    return found


def _parts() -> Iterator[Part]:
    for feature, (what, becomes) in FEATURES.items():
        yield Part(what, becomes, _feature(feature))
    yield Part("params with types", "its type lies beside the run", _types)
    for limit, (what, becomes) in BOUNDS.items():
        yield Part(what, becomes, _bound(limit))
    for clock, what in CLOCKS.items():
        yield Part(what, CUT, _clock(clock))
    yield Part("names of any kind", "spelt otherwise, and read back as it was", _names)


def _feature(feature: Feature) -> Why:
    def why(source: Traits, target: Traits) -> str | None:
        claim = target.claims[feature]
        if target.native(feature) or not source.native(feature):
            return None
        return claim.why if claim.offered else f"it is refused: {claim.why}"

    return why


def _types(source: Traits, target: Traits) -> str | None:
    """Texts are the least that a place tells apart, then numbers, then all types."""
    if _told(source) <= _told(target):
        return None
    return target.claims[Feature.TYPED_PARAMS].why


def _told(traits: Traits) -> int:
    return 2 if traits.native(Feature.TYPED_PARAMS) else int(traits.doubles)


def _bound(limit: str) -> Why:
    def why(source: Traits, target: Traits) -> str | None:
        here, there = getattr(source.limits, limit), getattr(target.limits, limit)
        return f"{there.most:,} {there.unit}" if there is not None and _exceeds(here, there) else None

    return why


def _exceeds(here: Bound | None, there: Bound) -> bool:
    """Can what keeps to the one bound be too much for the other?"""
    if here is None or (there.pattern is not None and here.pattern != there.pattern):
        return True
    widest = WIDEST if (here.unit, there.unit) == ("characters", "bytes") else 1
    return here.most * widest > there.most


def _clock(clock: str) -> Why:
    def why(source: Traits, target: Traits) -> str | None:
        here, there = getattr(source.limits, clock), getattr(target.limits, clock)
        return f"multiples of {there:,} ns" if there > here else None

    return why


def _names(source: Traits, target: Traits) -> str | None:
    """Has the target an alphabet of its own for some kind of name?"""
    free = Names()
    own = (
        _alphabet(there) not in {_alphabet(getattr(names, kind)) for names in (free, source.names)}
        for kind, there in target.names
    )
    return "alphabets of its own: see support.md" if any(own) else None


def _alphabet(naming: Naming) -> str:
    """What of a naming decides which names are legal."""
    return naming.model_dump_json(include={"pattern", "longest", "reserved", "folds_case"})
