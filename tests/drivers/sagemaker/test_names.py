"""Names of AWS's resources, without a server."""

from __future__ import annotations

from itertools import product

import pytest

from tracklayer.drivers.sagemaker import names


@pytest.mark.parametrize("experiment", ["a", "a" * 120, "a-" * 59 + "a", "Default-Run-Group", "x" * 58 + "-y"])
def test_the_name_of_a_run_is_legal_and_no_part_is_longer_than_the_official_sdk_takes(experiment: str) -> None:
    component = names.component(experiment, "a token, 🚀")
    assert names.legal(component)
    assert component == component.lower()
    home = experiment[:59].rstrip("-").lower()
    assert component.startswith(f"{home}-")
    assert 0 < len(component.removeprefix(f"{home}-")) <= 59


def test_names_that_meet_in_the_official_sdk_are_kept_apart() -> None:
    made = {
        names.component(*which) for which in (("a-b", "c"), ("a", "b-c"), ("a", "c"), ("x" * 60, "c"), ("x" * 61, "c"))
    }
    assert len(made) == 5


def test_the_same_token_gives_the_same_name() -> None:
    assert names.component("a", "t") == names.component("A", "t")


def test_texts_of_a_digest_are_not_taken_for_each_other() -> None:
    texts = ["", "a", "b", "ab", "1:", ":"]
    assert len({names.digest(*pair, letters=30) for pair in product(texts, texts)}) == len(texts) ** 2


@pytest.mark.parametrize("text", ["", "-", "a-", "-a", "a_b", "a b", "é", "a\n", "x" * 121])
def test_what_is_no_name_is_known(text: str) -> None:
    assert not names.legal(text)
    assert names.experiment_name(names.experiment_id(text)) is None


def test_an_id_is_no_name_and_leads_to_it() -> None:
    assert names.experiment_name(names.experiment_id("a-b")) == "a-b"
    assert names.experiment_name("a-b") is None


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Crème brûlée", "Creme-brulee"),
        ("--a..b--", "a-b"),
        ("🚀", ""),
        ("a" * 200, "a" * 120),
        ("a" * 119 + "--b", "a" * 119),
    ],
)
def test_a_slug_reads_like_its_text(text: str, slug: str) -> None:
    assert names.slug(text) == slug


@pytest.mark.parametrize("experiment", ["a", "e-2", "a" * 100, "a" * 101, "a" * 120])
@pytest.mark.parametrize("apart", [False, True])
def test_trials_have_legal_names_that_lead_back_to_their_numbers(experiment: str, apart: bool) -> None:
    for number in (1, 2, 10, 300):
        trial = names.trial(experiment, number, apart=apart)
        assert names.legal(trial)
        assert names.trial_number(trial, experiment) == number


def test_the_first_trial_is_the_official_sdks() -> None:
    assert names.trial("vision", 1) == "Default-Run-Group-vision"
    assert names.trial("a" * 120, 1) == "Default-Run-Group-" + "a" * 100


def test_a_trial_of_others_has_no_number() -> None:
    assert names.trial_number("Default-Run-Group-other", "vision") is None
    assert names.trial_number("mine", "vision") is None
