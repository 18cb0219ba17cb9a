"""Experiment ids: a GUID for every number, and the number back."""

from __future__ import annotations

from uuid import UUID

import pytest

from tracklayer.emulators.azureml.guids import guid, number
from tracklayer.emulators.azureml.names import Workspace

ONE, OTHER = Workspace("s", "g", "one"), Workspace("s", "g", "other")


@pytest.mark.parametrize("given", ["0", "1", "41", "999999999999999999"])
def test_a_number_comes_back(given: str) -> None:
    made = guid(ONE, given)
    assert str(UUID(made)) == made
    assert number(ONE, made) == given
    assert number(ONE, made.upper()) == given
    assert number(OTHER, made) is None


def test_no_two_numbers_share_one() -> None:
    assert len({guid(one, str(given)) for one in (ONE, OTHER) for given in range(500)}) == 1000


@pytest.mark.parametrize("given", ["1", "nothing", "", "00000000-0000-0000-0000-000000000000"])
def test_what_is_no_guid_of_the_workspace_is_nobody_s(given: str) -> None:
    assert number(ONE, given) is None


def test_zero_is_the_default_experiment_everywhere() -> None:
    assert number(ONE, "0") == "0"
