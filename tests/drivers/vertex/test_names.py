from __future__ import annotations

import re

import pytest

from tracklayer.drivers.vertex import names
from tracklayer.drivers.vertex.traits import NAMES


@pytest.mark.parametrize("experiment", ["abcd", "x" * 80, "x" * 110, "x" * 128, "a-b-c"])
@pytest.mark.parametrize("name", [None, "", "run 1", "Ünïcödé 🚀", "x" * 300, "---", "A/B"])
def test_the_context_of_a_run_is_what_the_official_sdk_takes(experiment: str, name: str | None) -> None:
    context = names.run(experiment, "token", name)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{3,120}", context)
    assert len(names.board_link(context)) <= 128
    shown = names.shown(context, experiment)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", shown)
    if len(experiment) <= names.HEAD:
        assert f"{experiment}-{shown}" == context


def test_the_context_follows_from_experiment_token_and_name() -> None:
    assert names.run("abcd", "t", "n") == names.run("abcd", "t", "n")
    others = [("abce", "t", "n"), ("abcd", "u", "n"), ("abcd", "t", "m")]
    assert len({names.run(*one) for one in [*others, ("abcd", "t", "n")]}) == 4
    assert names.run("a-bc", "t", "d") != names.run("a-bc-d", "t", None)


def test_an_id_is_not_a_name() -> None:
    assert names.experiment_context(names.experiment_id("abcd")) == "abcd"
    for text in ("abcd", "contexts/", "contexts/a/b", "contexts/../x", "contexts/ü", f"contexts/{'x' * 129}"):
        assert names.experiment_context(text) is None


@pytest.mark.parametrize("text", ["abcd", "A_b", "x" * 128])
def test_what_may_be_an_id(text: str) -> None:
    assert names.legal(text)


@pytest.mark.parametrize("text", ["", "a/b", "a b", "ü", "x" * 129, "a\n", ".."])
def test_what_cannot_be_an_id(text: str) -> None:
    assert not names.legal(text)


def test_ours_are_told_from_others_and_from_another_runs() -> None:
    mine = names.ours("run-a", "file", "a/b")
    assert re.fullmatch(r"[a-z0-9-]{4,128}", mine)
    assert names.is_ours(f"projects/1/locations/x/metadataStores/default/artifacts/{mine}", "run-a")
    assert not names.is_ours(mine, "run-b")
    assert not names.is_ours("tl-file", "run-a")
    assert names.ours("run-a", "file", "a/c") != mine


def test_an_experiments_name_is_spelt_so_that_the_service_takes_it() -> None:
    for name in ("My Experiment", "abc", "UPPER", "x" * 300, "-a", "é"):
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{3,79}", NAMES.experiment.spell(name))
    assert NAMES.experiment.spell("plain-name-1") == "plain-name-1"
