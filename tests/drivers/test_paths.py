"""URLs of places on a disk: one spelling each, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracklayer.drivers._paths import path_of, url_of
from tracklayer.errors import InvalidInput


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("x:/a/b", "/a/b"),
        ("x:///a/b", "/a/b"),
        ("x:////a//b/", "/a/b"),
        ("x:b/../c", "{here}/c"),
        ("x:", "{here}/default"),
        ("x:~/b", "{home}/b"),
        ("x:/a%3Fb%23c%25d", "/a?b#c%d"),
    ],
)
def test_a_path_is_absolute_and_comes_back(
    url: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    found, options = path_of(url, default="default")
    assert str(found) == path.format(here=tmp_path, home=tmp_path / "home")
    assert options == {}
    assert path_of(url_of("x", found)) == (found, {})


def test_options_come_back() -> None:
    url = url_of("x", Path("/a"), files="/b c?d", none=None)
    assert path_of(url, "files") == (Path("/a"), {"files": "/b c?d"})


@pytest.mark.parametrize("url", ["x:", "x://host/a", "x:/a#b", "x:/a?b=c", "x:/a%00"])
def test_what_is_no_path_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="not a path"):
        path_of(url)
