"""The record among a trial component's input artifacts, without a server."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from tracklayer.drivers.sagemaker import record
from tracklayer.errors import InvalidInput


def test_what_a_run_is_made_with_comes_back() -> None:
    read = record.read(record.made("a\n🚀", "s3://b/k", "vision"))
    assert (read.token, read.root, read.experiment, read.elsewhere) == ("a\n🚀", "s3://b/k", "vision", False)
    assert record.read(record.made("t", "s3://b/k", "vision", elsewhere=True)).elsewhere


def test_a_token_that_no_entry_holds_is_refused() -> None:
    record.made("t" * 1_900, "s3://b/k", "e")
    with pytest.raises(InvalidInput, match="too long"):
        record.made("t" * 2_048, "s3://b/k", "e")
    with pytest.raises(InvalidInput, match="too long"):
        record.made("🚀" * 1_024, "s3://b/k", "e")


@pytest.mark.parametrize("text", ["", "plain", "/", "/2/x", "x" * 2_000, "x" * 2_001, "y" * 8_000, "🚀" * 4_000])
def test_a_long_tag_of_our_own_is_cut_and_put_together(text: str) -> None:
    entries = record.own_tags({"tracklayer.made": text, "tracklayer.page0": "other"})
    assert all(len(entry["Value"].encode("utf-16-le")) <= 2 * record.MOST_VALUE for entry in entries.values())
    assert record.read(entries).own == {"tracklayer.made": text, "tracklayer.page0": "other"}


def test_a_shorter_text_takes_the_place_of_a_longer_one() -> None:
    entries = record.own_tags({"tracklayer.made": "x" * 8_000})
    entries |= record.own_tags({"tracklayer.made": "y" * 3_000})
    assert record.read(entries).own == {"tracklayer.made": "y" * 3_000}
    entries |= record.own_tags({"tracklayer.made": "z"})
    assert record.read(entries).own == {"tracklayer.made": "z"}


def test_small_sidecars_of_what_a_run_is_read_with_fit() -> None:
    for key, data in (("v-a", b""), ("p-b", bytes(range(256)) * 5)):
        entry = record.kept(key, data)
        assert entry is not None
        assert record.read({record.entry_of(key): entry}).beside == {key: data}
    assert record.kept("b-block", b"") is None
    assert record.kept("v-large", bytes(record.MOST_BYTES + 1)) is None
    largest = record.kept("v-large", bytes(record.MOST_BYTES))
    assert largest is not None
    assert len(largest["Value"]) <= record.MOST_VALUE


def test_room_is_left_for_tags_of_our_own_and_for_others() -> None:
    full = {record.entry_of(f"v-{number}"): record.ours("") for number in range(record.MOST_KEPT)}
    assert not record.read(full).room
    assert record.read(dict(list(full.items())[1:])).room
    others = {f"other {number}": {"Value": "x"} for number in range(record.ROOM)}
    assert not record.read(others).room
    longest = {f"tracklayer.{key}": "x" * 8_000 for key in ("made", "name", "ended", "page1", "page2")}
    assert record.ROOM + len(record.own_tags(longest)) - 4 <= record.MOST_ENTRIES


def test_entries_of_others_are_theirs() -> None:
    inputs = {"digits": {"Value": "s3://x", "MediaType": "text/csv"}, "tracklayer.mine": {"Value": "no mark"}}
    read = record.read({**inputs, "shown": {"Value": "a", "MediaType": record.DATASET}})
    assert read.others == inputs
    assert read.shown == {"shown"}
    assert read.own == {}


def test_a_damaged_record_is_nobodys() -> None:
    read = record.read({record.RUN: record.ours("{"), record.entry_of("v-a"): record.ours("not base64!")})
    assert (read.token, read.beside) == ("", {})


def test_an_end_is_said_to_count_or_not() -> None:
    moment = datetime(2026, 3, 4, 5, 6, 7, 891_000, tzinfo=timezone.utc)
    assert record.read(record.end(moment, counts=True)).end == "+1772600767.891"
    assert record.read(record.end(moment, counts=False)).end == "-1772600767.891"
