"""Tags: text, and the last value stands."""

from __future__ import annotations

import pytest
from contract_tests.marks import needs
from contract_tests.place import Place
from contract_tests.samples import TEXTS, shown

from tracklayer.model import Run
from tracklayer.spi import Feature

SHORT, LONG, LONGER = "short", "long" * 5_000, "longer" * 5_000


@pytest.mark.parametrize("value", [pytest.param("", marks=needs(Feature.EMPTY_VALUES), id="empty"), *TEXTS], ids=shown)
def test_a_tag_comes_back(place: Place, run: Run, value: str) -> None:
    place.write(run, tags={"t": value})
    assert place.read(run).tags == {"t": value}


def test_tags_of_the_draft_come_back(place: Place) -> None:
    tags = {"short": SHORT, "long": LONG, "🚀/../x": "é" * 9_000}
    made = place.run(tags=tags)
    assert made.tags == place.read(made).tags == tags


@pytest.mark.parametrize(
    "values",
    [
        [SHORT, "other"],
        [SHORT, LONG],
        [LONG, SHORT],
        [LONG, LONGER, LONG],
        [SHORT, LONG, SHORT, LONG, LONGER, SHORT, LONGER],
    ],
    ids=lambda values: "-".join(value[:6] for value in values),
)
def test_the_last_value_stands_whatever_stood_before(place: Place, run: Run, values: list[str]) -> None:
    for value in values:
        place.write(run, tags={"t": value, "other": SHORT})
        assert place.read(run).tags == {"t": value, "other": SHORT}
        assert place.again().read(run).tags == {"t": value, "other": SHORT}


def test_a_stale_value_does_not_come_back_through_another_writer(place: Place, run: Run) -> None:
    other = place.again()
    place.write(run, tags={"t": LONG})
    other.write(run, tags={"t": LONGER})
    place.write(run, tags={"unrelated": LONG})
    assert place.read(run).tags == {"t": LONGER, "unrelated": LONG}
    place.write(run, tags={"t": SHORT})
    other.write(run, tags={"unrelated": SHORT})
    assert place.read(run).tags == other.read(run).tags == {"t": SHORT, "unrelated": SHORT}


def test_a_tag_of_the_draft_is_overwritten(place: Place) -> None:
    made = place.run(tags={"t": LONG, "u": SHORT})
    place.write(made, tags={"t": SHORT, "u": LONG})
    assert place.read(made).tags == {"t": SHORT, "u": LONG}


def test_a_run_holds_80_tags(place: Place, run: Run) -> None:
    tags = {f"tag {number}": f"value {number}" for number in range(80)}
    place.write(run, tags=tags)
    assert place.read(run).tags == tags


def test_80_tags_are_each_overwritten(place: Place) -> None:
    made = place.run(tags={f"t{number}": SHORT for number in range(80)})
    place.write(made, tags={f"t{number}": LONG for number in range(0, 80, 8)})
    place.write(made, tags={f"t{number}": "new" for number in range(0, 80, 4)})
    assert place.read(made).tags == {f"t{number}": SHORT if number % 4 else "new" for number in range(80)}


def test_text_that_looks_like_a_pointer_is_only_text(place: Place, run: Run) -> None:
    """What stands in the slots of one run is no more than text when a user puts it into another."""
    place.write(run, tags={"t": LONG}, params={"p": LONG})
    slots = place.bare.get_run(run.ref)
    held = {f"{number}": text for number, text in enumerate([*slots.tags.values(), *slots.params.values()])}
    assert held
    copied = place.run(tags={key: str(text) for key, text in held.items()})
    place.write(copied, params={key: str(text) for key, text in held.items()})
    read = place.read(copied)
    assert read.tags == read.params == {key: str(text) for key, text in held.items()}


@pytest.mark.parametrize(
    "key", ["tracklayer.token", "tracklayer.parent", "tracklayer.origin", "tracklayer.x", "tlo_token"]
)
def test_a_users_tag_may_have_a_name_of_tracklayers_own(place: Place, key: str) -> None:
    made = place.run(tags={key: "draft", "plain": "1"})
    assert place.read(made).tags == {key: "draft", "plain": "1"}
    place.write(made, tags={key: "user"})
    read = place.read(made)
    assert read.tags == {key: "user", "plain": "1"}
    assert read.token == made.token
    assert (read.parent, read.origin) == (None, None)
