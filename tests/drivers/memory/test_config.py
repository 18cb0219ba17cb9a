from __future__ import annotations

import pytest

from tracklayer.drivers.memory.config import MemoryConfig
from tracklayer.errors import InvalidInput


@pytest.mark.parametrize("url", ["memory://x", "memory://x?like=mlflow", "memory://two%20words?like=a%2Bb"])
def test_a_url_says_again_what_it_said(url: str) -> None:
    assert MemoryConfig.of(url).url == url


def test_a_name_and_a_provider_are_read_decoded() -> None:
    config = MemoryConfig.of("memory://two%20words?like=a%2Bb")
    assert (config.name, config.like) == ("two words", "a+b")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("memory:", "write memory://NAME"),
        ("memory://", "write memory://NAME"),
        ("memory://x/y", "memory://x/y"),
        ("memory://x#run", "memory://x#run"),
        ("memory://x?like=a&like=b", "write memory://NAME"),
        ("memory://x?unlike=a", "'unlike'"),
        ("memory://x?like=", "empty"),
        ("local://x", "scheme"),
    ],
)
def test_anything_else_is_refused_with_the_fault(url: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        MemoryConfig.of(url)
