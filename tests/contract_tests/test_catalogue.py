"""The page on the contract is what the tests are."""

from __future__ import annotations

import pytest
from contract_tests.catalogue import MARK, PAGE, page


def test_the_page_lists_the_tests_as_they_are() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text, "write it anew: python -m contract_tests.catalogue"


def test_what_is_needed_is_listed_whether_a_test_or_its_whole_file_says_so() -> None:
    text = PAGE.read_text(encoding="utf-8").partition(MARK)[2]
    assert "| a deleted run takes no writes | delete |" in text
    assert "| a restored run is as it was | delete, restore |" in text
    assert "| the last value stands whatever stood before |  |" in text


def test_a_page_without_the_mark_is_left_alone() -> None:
    with pytest.raises(ValueError, match="has lost the line"):
        page("# The contract\n")
