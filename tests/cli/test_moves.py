"""`support --moves`: what a target does not hold itself, by its traits and by those of the source."""

from __future__ import annotations

from tests.cli.command import command

from tracklayer.cli.moves import sections
from tracklayer.cli.providers import Provider
from tracklayer.drivers.memory import MemoryDriver
from tracklayer.spi import Bound, Claim, Feature, Limits, Names, Naming, Traits, native, never, read_only, sidecar

ALL = {feature: native() for feature in Feature}


def provider(name: str, claims: dict[Feature, Claim], **more: object) -> Provider:
    traits = Traits.model_validate({"provider": name, "claims": {**ALL, **claims}, **more})
    return Provider(name, (name,), type(name, (MemoryDriver,), {"traits": traits}))


def moved(*providers: Provider) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Letter -> what a run may have, and why; (source, target) -> the letters of their move."""
    parts, moves = sections(providers)
    told = {letter: f"{what}; {why}" for letter, what, _, why in parts.rows}
    heads = [head.removeprefix("to ") for head in moves.headings[1:]]
    cells = {
        (row[0].removeprefix("from "), head): cell
        for row in moves.rows
        for head, cell in zip(heads, row[1:], strict=True)
    }
    return told, cells


def test_a_target_lacks_what_the_source_has_and_it_has_not() -> None:
    whole = provider("whole", {})
    plain = provider("plain", {Feature.METRIC_NAN: sidecar("no NaN"), Feature.DATASETS: never("no data sets")})
    told, cells = moved(whole, plain)
    assert told == {"a": "NaN; plain: no NaN", "b": "data sets; plain: it is refused: no data sets"}
    assert cells == {
        ("whole", "whole"): "",
        ("whole", "plain"): "a b",
        ("plain", "whole"): "all",
        ("plain", "plain"): "",
    }


def test_texts_are_less_than_numbers_and_those_less_than_types() -> None:
    text = provider("text", {Feature.TYPED_PARAMS: sidecar("text")})
    number = provider("number", {Feature.TYPED_PARAMS: sidecar("a double")}, doubles=True)
    told, cells = moved(provider("typed", {}), number, text)
    assert told == {"a": "params with types; number: a double; text: text"}
    assert [pair for pair, cell in cells.items() if cell == "a"] == [
        ("typed", "number"), ("typed", "text"), ("number", "text")
    ]  # fmt: skip


def test_a_limit_counts_where_the_source_has_a_wider_one() -> None:
    def bound(most: int, unit: str = "characters", pattern: str | None = None) -> Limits:
        return Limits.model_validate(
            {"tag_value": Bound.model_validate({"most": most, "unit": unit, "source": "", "pattern": pattern})}
        )

    free, long, short = provider("free", {}), bound(200), bound(100)
    told, cells = moved(free, provider("long", {}, limits=long), provider("short", {}, limits=short))
    assert told == {"a": "a long tag; long: 200 characters; short: 100 characters"}
    assert [pair for pair, cell in cells.items() if cell == "a"] == [
        ("free", "long"), ("free", "short"), ("long", "short")
    ]  # fmt: skip
    for here, there, exceeds in [
        (bound(100), bound(399, "bytes"), True),  # a character may take four
        (bound(100), bound(400, "bytes"), False),
        (bound(100, "bytes"), bound(100), False),
        (bound(100), bound(200, pattern="[a-z]*"), True),
        (bound(100, pattern="[a-z]*"), bound(200, pattern="[a-z]*"), False),
    ]:
        _, cells = moved(provider("here", {}, limits=here), provider("there", {}, limits=there))
        assert (cells["here", "there"] != "all") is exceeds


def test_clocks_and_names_count_and_a_place_that_is_only_read_is_no_target() -> None:
    coarse = provider(
        "coarse",
        {},
        limits=Limits(point_time_unit=1_000_000),
        names=Names(tag=Naming(pattern="[a-z]+", longest=Bound(most=100, source=""))),
    )
    read = provider("read", dict(read_only("only read", {Feature.METRIC_TIME: native()})))
    told, cells = moved(coarse, read, provider("whole", {}))
    assert list(told.values()) == [
        "fine times of points; coarse: multiples of 1,000,000 ns",
        "names of any kind; coarse: alphabets of its own: see support.md",
    ]
    assert {target for _, target in cells} == {"coarse", "whole"}
    assert (cells["read", "coarse"], cells["read", "whole"], cells["coarse", "whole"]) == ("a b", "all", "all")


def test_the_command_shows_it_and_takes_no_provider_with_it() -> None:
    shown = command("support", "--moves").stdout
    assert "from local" in shown
    assert "from memory" not in shown
    for rest in (["local"], ["--json"]):
        refused = command("support", "--moves", *rest)
        assert refused.exit_code == 2
        assert "--moves is of all providers" in refused.stderr
