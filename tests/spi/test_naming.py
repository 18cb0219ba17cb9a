"""The laws of spelling, for any alphabet and any name."""

from __future__ import annotations

import re
from string import ascii_lowercase, digits

import pytest
from contract_tests.strategies import names, namings
from hypothesis import assume, given
from hypothesis import strategies as st

from tracklayer.errors import InvalidInput
from tracklayer.spi import Bound, Naming
from tracklayer.spi.naming import DIGEST, SHORTEST

SNAKE = Naming(pattern=r"[a-z][a-z0-9_]*", safe=ascii_lowercase + digits)
SHORT = SNAKE.model_copy(update={"longest": Bound(most=40, source="a test")})
#: Texts that a provider may hold and that nobody here wrote.
foreign = st.one_of(
    names,
    st.builds(str.__add__, st.sampled_from(["tlx_", "tlx-", "tlx.", "tlh_", "tlo_", "tracklayer."]), names),
    st.builds("tlx__{:x}z".format, st.integers(0, 0x110000)),
)
keys = st.text(ascii_lowercase + digits, min_size=1, max_size=20)


def seen(naming: Naming, text: str) -> str:
    """What the provider tells apart."""
    return text.lower() if naming.folds_case else text


@given(namings(), names)
def test_a_spelling_is_legal_and_means_nothing_else(naming: Naming, name: str) -> None:
    text = naming.spell(name)
    assert naming.legal(text)
    assert naming.reserved is None or not re.fullmatch(naming.reserved, text)


@given(namings(), names)
def test_a_spelling_is_read_back_unless_it_was_shortened(naming: Naming, name: str) -> None:
    text = naming.spell(name)
    assert naming.read(text) == (text if naming.shortened(text) else name)


@given(namings(), names, names)
def test_two_names_have_two_spellings_also_where_case_is_folded(naming: Naming, one: str, other: str) -> None:
    assume(one != other)
    assert seen(naming, naming.spell(one)) != seen(naming, naming.spell(other))


@given(namings(), names)
def test_a_spelling_taken_as_a_name_is_spelt_otherwise(naming: Naming, name: str) -> None:
    text = naming.spell(name)
    assert naming.spell(text) == text if text == name else naming.spell(text) != text


@given(namings(), foreign)
def test_what_nobody_here_wrote_is_read_verbatim(naming: Naming, text: str) -> None:
    name = naming.read(text)
    assert name == text or naming.spell(name) == text
    assert name
    name.encode()  # a name that no model holds would keep its run from being read


@given(namings(), names)
def test_a_legal_name_stays_unless_it_is_taken(naming: Naming, name: str) -> None:
    assume(naming.legal(name) and not naming.taken(name))
    assert naming.spell(name) == name


@given(namings(), keys, names)
def test_own_keys_are_legal_read_back_and_never_spelt(naming: Naming, key: str, name: str) -> None:
    text = naming.own(key)
    assert naming.legal(text)
    assert naming.read_own(text) == key
    assert naming.read_own(naming.spell(name)) is None
    assert naming.read_own(naming.spell(text)) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("loss", "loss"),
        ("val_loss", "val_loss"),
        ("val/loss", "tlx_val_2fzloss"),
        ("Loss", "tlx__4czoss"),
        ("a b", "tlx_a_20zb"),
        ("_x", "tlx__5fzx"),
        ("é", "tlx__e9z"),
        ("🚀", "tlx__1f680z"),
        ("tlx_a", "tlx_tlx_5fza"),
        ("tracklayer.x", "tlx_tracklayer_2ezx"),
    ],
)
def test_spellings_to_be_read_by_people(name: str, text: str) -> None:
    assert SNAKE.spell(name) == text
    assert SNAKE.read(text) == name


def test_a_long_name_keeps_a_readable_head() -> None:
    name = "layers.0.attention.weight.norm"
    text = SHORT.spell(name)
    assert len(text) <= 40
    assert text.startswith("tlh_layers0attentio")
    assert SHORT.shortened(text)
    assert SHORT.read(text) == text
    assert SHORT.spell(name + "x") != text


def test_the_limit_may_be_in_bytes() -> None:
    naming = Naming(longest=Bound(most=30, source="a test", unit="bytes"), safe=ascii_lowercase + digits + "é")
    assert naming.spell("é" * 15) == "é" * 15
    assert len(naming.spell("é" * 16).encode()) <= 30


@pytest.mark.parametrize(
    "text",
    [
        "tlx_",
        "tlx__d800z",
        "tlx__dfffz",
        "tlx__110000z",
        "tlx__041z",
        "tlx__41",
        "tlx_a_",
        "tlx_zz",
        "tlx__61z",
        "tlx_loss",
    ],
)
def test_what_only_looks_like_a_spelling_is_a_name(text: str) -> None:
    assert SNAKE.read(text) == text


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"longest": Bound(most=SHORTEST - 1, source="a test")}, "longest"),
        ({"safe": digits}, "safe"),
        ({"escape": "a"}, "escape"),
        ({"escape": "__"}, "escape"),
    ],
)
def test_an_alphabet_that_cannot_spell_is_refused(fields: dict[str, object], fault: str) -> None:
    with pytest.raises(InvalidInput, match=fault):
        Naming(**fields)


def test_a_pattern_that_takes_no_spelling_is_found_out() -> None:
    with pytest.raises(InvalidInput, match="inconsistent"):
        Naming(pattern=r"[0-9]+").spell("a")


def test_a_digest_is_long_enough() -> None:
    """80 bits: among a million shortened names of one run, two are alike once in 10^12 runs."""
    assert DIGEST * 4 >= 80
