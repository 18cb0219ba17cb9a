from __future__ import annotations

import stat
from collections.abc import Iterator

import pytest

from tracklayer.emulators.proxy.authority import Authority


@pytest.fixture
def authority() -> Iterator[Authority]:
    authority = Authority()
    yield authority
    authority.remove()


def test_the_file_is_its_owners_and_holds_no_key(authority: Authority) -> None:
    assert stat.S_IMODE(authority.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(authority.file.parent.stat().st_mode) == 0o700
    text = authority.file.read_text(encoding="ascii")
    assert text.count("-----BEGIN CERTIFICATE-----") == 1
    assert "KEY" not in text
    assert list(authority.file.parent.iterdir()) == [authority.file]


def test_the_file_goes_with_its_folder(authority: Authority) -> None:
    authority.remove()
    assert not authority.file.parent.exists()


def test_a_certificate_is_made_once_for_each_host_and_protocol(authority: Authority) -> None:
    first = authority.context("a.example.org", ("http/1.1",))
    assert authority.context("a.example.org", ("http/1.1",)) is first
    assert authority.context("b.example.org", ("http/1.1",)) is not first
    assert authority.context("a.example.org", ("h2",)) is not first


def test_each_authority_is_another_one(authority: Authority) -> None:
    other = Authority()
    try:
        assert other.file.read_bytes() != authority.file.read_bytes()
    finally:
        other.remove()


@pytest.mark.parametrize("host", ["my_bucket.s3.us-east-1.amazonaws.com", "-a.s3.amazonaws.com"])
def test_a_name_that_is_none_gets_a_wildcard(authority: Authority, host: str) -> None:
    assert authority.context(host, ("http/1.1",)).cert_store_stats()["x509"] == 0


def test_no_certificate_is_made_for_what_is_no_name(authority: Authority) -> None:
    with pytest.raises(ValueError, match="Empty domain"):
        authority.context("a_b", ("http/1.1",))
