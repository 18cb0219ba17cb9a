from __future__ import annotations

import pytest

from tracklayer.emulators.aws.patterns import matcher, translated

NAME = "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}"
TAG = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)"
MEDIA = "[-\\w]+\\/[-\\w+]+"


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (NAME, "a" * 120, True),
        (NAME, "a" * 121, False),
        (NAME, "a-" * 200, False),
        (NAME, "a\n", False),
        (".*", "a b\t\x0b\x0c", True),
        *((".*", f"a{end}b", False) for end in "\n\r\u0085\u2028\u2029"),
        (".+", "", False),
        (TAG, "ñ漢½ \u00a0", True),
        (TAG, "a,b", False),
        (TAG, "", True),
        (MEDIA, "image/svg+xml", True),
        (MEDIA, "text/plain; charset=utf-8", False),
        (MEDIA, "é/b", False),
        ("[.]", "x", False),
        ("a\\.b", "a.b", True),
        ("a\\.b", "axb", False),
        ("^[a-z]", "a", True),
        ("\\d\\s", "1 ", True),
        ("\\d", "٣", False),
    ],
)  # fmt: skip
def test_a_pattern_means_what_java_says(pattern: str, text: str, *, matches: bool) -> None:
    assert matcher(pattern)(text) is matches


def test_a_dot_may_be_let_through_lines() -> None:
    assert matcher(".*", lines=True)("a\nb\u2028")
    assert translated("[.]\\w.", lines=False) == "[.][A-Za-z0-9_][^\\n\\r\\u0085\\u2028\\u2029]"
