"""Options: said for a run, for the process, by the environment, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import tracklayer as tl
from tracklayer.api import options
from tracklayer.api.options import chosen, defaults


@pytest.fixture(autouse=True)
def _unconfigured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in options.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    yield
    options._configured.clear()


def test_what_comes_before_what(monkeypatch: pytest.MonkeyPatch) -> None:
    assert defaults() == tl.Options()
    monkeypatch.setenv("TRACKLAYER_FLUSH_TIMEOUT", "7")
    monkeypatch.setenv("TRACKLAYER_OUTPUT", "on")
    assert (defaults().flush_timeout, defaults().output) == (7, True)
    assert tl.configure(flush_timeout=5).flush_timeout == 5
    assert (defaults().flush_timeout, defaults().output) == (5, True)
    mine = chosen(tl.Options(flush_timeout=3), strict=None)
    assert (mine.flush_timeout, mine.output, mine.strict) == (3, True, False)
    assert chosen(tl.Options(strict=False), strict=True).strict


@pytest.mark.parametrize(
    ("name", "text", "option", "value"),
    [
        ("TRACKLAYER_STRICT", "1", "strict", True),
        ("TRACKLAYER_CAPTURE", "off", "capture", False),
        ("TRACKLAYER_SYSTEM_METRICS", "off", "system_metrics", 0),
        ("TRACKLAYER_SYSTEM_METRICS", " 2.5 ", "system_metrics", 2.5),
        ("TRACKLAYER_RANKS", "TAG", "ranks", "tag"),
        ("TRACKLAYER_SHARED", "no", "shared", False),
        ("TRACKLAYER_REDACT", "off", "redaction", tl.Redaction(enabled=False)),
    ],
)
def test_the_environment(monkeypatch: pytest.MonkeyPatch, name: str, text: str, option: str, value: object) -> None:
    monkeypatch.setenv(name, text)
    assert getattr(defaults(), option) == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("TRACKLAYER_STRICT", "maybe", r"^TRACKLAYER_STRICT='maybe': say on or off$"),
        ("TRACKLAYER_FLUSH_TIMEOUT", "soon", r"^TRACKLAYER_FLUSH_TIMEOUT='soon' is no number of seconds$"),
        ("TRACKLAYER_RANKS", "all", r"^Options\.ranks: "),
        ("TRACKLAYER_FLUSH_TIMEOUT", "-1", r"^Options\.flush_timeout: "),
    ],
)
def test_what_the_environment_may_not_say(monkeypatch: pytest.MonkeyPatch, name: str, text: str, said: str) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(tl.InvalidInput, match=said):
        tl.start_run(to="memory://options")


def test_what_may_not_be_configured_changes_nothing() -> None:
    with pytest.raises(tl.InvalidInput, match=r"^Options\.nonsense: "):
        tl.configure(nonsense=1)
    assert defaults() == tl.Options()
