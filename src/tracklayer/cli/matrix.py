"""Matrix: what every provider can do, from its traits, as JSON, as Markdown and as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from tracklayer.cli.output import document
from tracklayer.cli.providers import Provider
from tracklayer.spi import Bound, Feature, Naming, Support, Traits

HEAD = """# What each provider can do

Made by `tracklayer support --markdown` from the traits of the drivers: the same data that refuses, fits and cuts what
is sent. A test holds that this page is up to date.

* **native**: the provider itself. **sidecar**: tracklayer keeps it beside what the provider holds, and gives it back.
* **not yet**: possible, not built. **upstream**: broken or missing on the provider's side. **never**: against its
  nature.
"""
#: For a limit that is a clock's unit, and not a bound.
CLOCKS = ("point_time_unit", "point_time_earliest", "run_time_unit")


class Section(NamedTuple):
    """A table under a heading; `level` is the heading's."""

    level: int
    title: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def as_json(providers: Sequence[Provider]) -> dict[str, Any]:
    """Everything: claims, limits, names and search of each provider."""
    return {
        "providers": [
            {
                "provider": one.name,
                "schemes": one.schemes,
                "missing": one.lacks or None,
                "traits": None if one.driver is None else document(one.driver.traits),
            }
            for one in providers
        ]
    }


def as_markdown(providers: Sequence[Provider]) -> str:
    """The page `docs/support.md`."""
    return f"{HEAD.rstrip()}\n{markdown(sections(providers))}"


def markdown(sections: Iterable[Section]) -> str:
    """Sections, as a part of a page."""
    lines: list[str] = []
    for section in sections:
        lines += ["", f"{'#' * section.level} {section.title}", ""]
        if section.headings:
            lines += [_row(section.headings), _row(["---"] * len(section.headings))]
            lines += [_row(map(_escaped, row)) for row in section.rows]
    return "\n".join(lines) + "\n"


def sections(providers: Sequence[Provider]) -> Iterator[Section]:
    """One table of all providers, then what each says of itself."""
    there = [(one, one.driver.traits) for one in providers if one.driver is not None]
    matrix = [(feature.value, *(traits.claims[feature].support.value for _, traits in there)) for feature in Feature]
    yield Section(2, "Features", ("feature", *(one.name for one, _ in there)), matrix)
    for one, traits in there:
        yield Section(2, f"{one.name}", (), [])
        yield from _of(traits)


def _of(traits: Traits) -> Iterator[Section]:
    claims = [
        (feature.value, claim.support.value, claim.why, claim.source)
        for feature, claim in ((feature, traits.claims[feature]) for feature in Feature)
        if claim.why or claim.source or claim.support is not Support.NATIVE
    ]
    if claims:
        yield Section(3, "Claims", ("feature", "support", "why", "source"), claims)
    limits = list(_limits(traits))
    if limits:
        yield Section(3, "Limits", ("limit", "at most", "source"), limits)
    names = [(kind.replace("_", " "), *_naming(naming)) for kind, naming in traits.names if naming != Naming()]
    if names:
        yield Section(3, "Names", ("name of", "may look like", "at most", "source"), names)
    search = [(entity, ", ".join(sorted(operators))) for entity, operators in sorted(traits.search.clauses.items())]
    search += [("order by", ", ".join(sorted(traits.search.orders)))] if traits.search.orders else []
    if search:
        yield Section(3, "Search that the provider does itself", ("field", "operators"), search)


def _limits(traits: Traits) -> Iterator[tuple[str, ...]]:
    for name, limit in traits.limits:
        if isinstance(limit, Bound):
            pattern = f", matching {limit.pattern}" if limit.pattern else ""
            yield name.replace("_", " "), f"{limit.most:,} {limit.unit}{pattern}", limit.source
        elif name in CLOCKS and limit != type(traits.limits).model_fields[name].default:
            yield name.replace("_", " "), f"{limit:,} ns", ""


def _naming(naming: Naming) -> tuple[str, str, str]:
    longest = "-" if naming.longest is None else f"{naming.longest.most:,} {naming.longest.unit}"
    sources = dict.fromkeys((naming.source, "" if naming.longest is None else naming.longest.source))
    reserved = f", but not {naming.reserved}" if naming.reserved else ""
    folds = ", capitals are small letters" if naming.folds_case else ""
    return f"{naming.pattern}{reserved}{folds}", longest, "; ".join(source for source in sources if source)


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(cell: str) -> str:
    """A cell whose text Markdown shows as it is."""
    text = " ".join(cell.split())
    if any(sign in text for sign in "\\^$*[]<>`") and "://" not in text:
        return "`" + text.replace("|", "\\|").replace("`", "'") + "`"
    return text.replace("|", "\\|")
