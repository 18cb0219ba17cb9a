"""Tags: text, and the last value stands."""

from __future__ import annotations

from contract_tests.many import few, unlike, write_each
from contract_tests.marks import needs
from contract_tests.place import Place
from contract_tests.samples import TEXTS, shown

from tracklayer.model import Batch, Run
from tracklayer.spi import Feature

SHORT, LONG, LONGER = "short", "long" * 5_000, "longer" * 5_000


def test_a_tag_comes_back(place: Place) -> None:
    for part in few(TEXTS):
        run, tags = place.run(), {f"t{number}": text for number, text in enumerate(part)}
        write_each(place, run, {f"{key}={shown(text)}": Batch(tags={key: text}) for key, text in tags.items()})
        assert unlike(place.read(run).tags, tags) == {}


@needs(Feature.EMPTY_VALUES)
def test_an_empty_tag_comes_back(place: Place, run: Run) -> None:
    place.write(run, tags={"t": ""})
    assert place.read(run).tags == {"t": ""}


def test_tags_of_the_draft_come_back(place: Place) -> None:
    tags = {"short": SHORT, "long": LONG, "🚀/../x": "é" * 9_000}
    made = place.run(tags=tags)
    assert made.tags == place.read(made).tags == tags


def test_the_last_value_stands_whatever_stood_before(place: Place, run: Run) -> None:
    first = [SHORT, "other", LONG, LONGER, LONG, SHORT]
    second = [LONG, SHORT, LONG, LONGER, SHORT, LONGER]
    for one, two in zip(first, second, strict=True):
        tags = {"one": one, "two": two, "always": SHORT}
        place.write(run, tags=tags)
        assert unlike(place.read(run).tags, tags) == {}
        assert unlike(place.again().read(run).tags, tags) == {}


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


def test_a_users_tag_may_have_a_name_of_tracklayers_own(place: Place) -> None:
    keys = ["tracklayer.token", "tracklayer.parent", "tracklayer.origin", "tracklayer.x", "tlo_token"]
    made = place.run(tags=dict.fromkeys(keys, "draft") | {"plain": "1"})
    assert place.read(made).tags == dict.fromkeys(keys, "draft") | {"plain": "1"}
    place.write(made, tags=dict.fromkeys(keys, "user"))
    read = place.read(made)
    assert read.tags == dict.fromkeys(keys, "user") | {"plain": "1"}
    assert read.token == made.token
    assert (read.parent, read.origin) == (None, None)
