"""`support`: the matrix says what the traits say."""

from __future__ import annotations

import pytest
from tests.cli.command import answer, command

from tracklayer.cli.matrix import as_markdown, sections
from tracklayer.cli.providers import Provider, providers
from tracklayer.drivers.memory import MemoryDriver
from tracklayer.spi import Bound, Claim, Feature, Limits, Names, Naming, Search, Support, Traits, native, never, schemes

ODD = Traits(
    provider="odd",
    claims={feature: native() for feature in Feature}
    | {
        Feature.DELETE: never("it is *write|once*\nby law", source="https://example.org/a_b_c"),
        Feature.RESTORE: Claim(support=Support.UPSTREAM, why="see <b>bug</b> `12`"),
    },
    limits=Limits(
        tag_value=Bound(most=5_000, unit="characters", source="a page", pattern="[a-z|]+"), point_time_unit=1_000
    ),
    names=Names(
        tag=Naming(pattern=r"\w+|-", longest=Bound(most=250, source="b", unit="bytes"), reserved="id", folds_case=True)
    ),
    search=Search(clauses={"metric": frozenset({"<", "="})}, orders=frozenset({"attribute.started"})),
)


class OddDriver(MemoryDriver):
    """A driver of odd traits."""

    traits = ODD


def test_every_registered_provider_is_there_once() -> None:
    found = answer("support")["providers"]
    assert sorted(scheme for one in found for scheme in one["schemes"]) == sorted(schemes())
    names = [one["provider"] for one in found]
    assert len(set(names)) == len(names)
    assert {"local", "memory"} <= set(names)
    for one in found:
        assert (one["traits"] is None) == (one["missing"] is not None)


def test_every_feature_stands_in_the_table() -> None:
    shown = command("support").stdout
    for feature in Feature:
        assert feature.value in shown


def test_one_provider_in_full() -> None:
    done = command("support", "local")
    assert done.exit_code == 0
    (only,) = answer("support", "local")["providers"]
    assert only["provider"] == "local"
    assert set(only["traits"]["claims"]) == {feature.value for feature in Feature}


def test_a_scheme_will_do_for_a_provider() -> None:
    for one in providers():
        assert [found.name for scheme in one.schemes for found in providers(scheme)] == [one.name] * len(one.schemes)


def test_reasons_limits_names_and_sources_stand_on_the_page() -> None:
    page = as_markdown([Provider("odd", ("odd",), OddDriver)])
    assert "| delete | never |" in page
    assert r"| delete | never | `it is *write\|once* by law` | https://example.org/a_b_c |" in page
    assert "| restore | upstream | `see <b>bug</b> '12'` |  |" in page
    assert r"| tag value | `5,000 characters, matching [a-z\|]+` | a page |" in page
    assert "| point time unit | 1,000 ns |  |" in page
    assert r"| tag | `\w+\|-, but not id, capitals are small letters` | 250 bytes | b |" in page
    assert "| metric | `<, =` |" in page
    assert "| order by | attribute.started |" in page


def test_the_markdown_is_made_of_whole_tables() -> None:
    lines = command("support", "--markdown").stdout.splitlines()
    assert lines[0].startswith("# ")
    tables = [line for line in lines if line.startswith("|")]
    assert tables
    width = 0
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("|"):
            cells = line.replace(r"\|", "").count("|")
            width = cells if not before.startswith("|") else width
            assert cells == width, line


def test_a_provider_that_cannot_be_loaded_is_told_apart() -> None:
    missing = Provider("gone", ("gone",), None, "gone: needs the package 'x', which is not installed")
    (matrix,) = [section for section in sections([missing]) if section.title == "Features"]
    assert matrix.headings == ("feature",)


@pytest.mark.parametrize("arguments", [("support",), ("support", "--markdown"), ("support", "memory")])
def test_it_says_the_same_twice(arguments: tuple[str, ...]) -> None:
    assert command(*arguments).stdout == command(*arguments).stdout
