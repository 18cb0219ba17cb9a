from __future__ import annotations

from pathlib import Path

import pytest

from tracklayer.drivers.local import LocalDriver
from tracklayer.drivers.local.config import LocalConfig
from tracklayer.errors import InvalidInput


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("local:", "{cwd}/.tracklayer/store.db"),
        ("local:a/b.db", "{cwd}/a/b.db"),
        ("local:/x/store.db", "/x/store.db"),
        ("local:///x/store.db", "/x/store.db"),
        ("local:/x/100%25%20%23%3F.db", "/x/100% #?.db"),
        ("local:~/b.db", "{home}/b.db"),
        ("local:~nobody.db", "{cwd}/~nobody.db"),
    ],
)
def test_a_url_names_a_file(url: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert LocalConfig.of(url).path == Path(path.format(cwd=tmp_path, home=Path.home()))


def test_a_url_says_again_what_it_said_whatever_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = LocalConfig.of("local:odd%20%23name.db")
    monkeypatch.chdir("/")
    assert config.url == f"local:{tmp_path.as_posix()}/odd%20%23name.db"
    assert LocalConfig.of(config.url) == config


@pytest.mark.parametrize("url", ["local://host/x.db", "local:/x/", "local:/x.db?a=b", "local:/x.db#run", "local:/x%00"])
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"not the path of a file: 'local:.*; write local: or local:/path/store.db"):
        LocalConfig.of(url)


def test_opening_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    driver = LocalDriver.open("local:")
    driver.close()
    assert driver.path == tmp_path / ".tracklayer" / "store.db"
    assert list(tmp_path.iterdir()) == []
