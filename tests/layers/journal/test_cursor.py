"""How far a place has got: whole, or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from contract_tests import strategies as anything
from hypothesis import given
from hypothesis import strategies as st
from tests.layers.journal.made import fuzz

from tracklayer.layers.journal.cursor import SUFFIX, Cursor, cursor_path, read_cursor, write_cursor

CURSORS = st.builds(
    Cursor,
    place=anything.texts,
    run=st.none() | anything.texts,
    position=st.integers(0),
    records=st.integers(0),
    done=st.booleans(),
)


@fuzz(60)
@given(cursors=st.lists(CURSORS, min_size=1, max_size=4))
def test_the_last_one_is_read(cursors: list[Cursor], tmp_path: Path) -> None:
    for cursor in cursors:
        write_cursor(tmp_path, cursor)
        assert read_cursor(cursor_path(tmp_path, cursor.place)) == cursor
    assert {path.suffix for path in tmp_path.iterdir()} == {SUFFIX}, "nothing else is left"


def test_it_is_the_owners_alone(tmp_path: Path) -> None:
    write_cursor(tmp_path, Cursor(place="memory://a"))
    assert cursor_path(tmp_path, "memory://a").stat().st_mode & 0o777 == 0o600


def test_each_place_has_its_own(tmp_path: Path) -> None:
    places = ["memory://a", "memory://b", "mlflow+https://a.example/x?y=" + "z" * 500, "../../etc", ""]
    paths = {cursor_path(tmp_path, place) for place in places}
    assert len(paths) == len(places)
    assert {path.parent for path in paths} == {tmp_path}


@pytest.mark.parametrize("data", [b"", b"{", b"null", b'{"place": 1}', b"\xff\0", b'{"place":"a","newer":1}'])
def test_one_that_cannot_be_read_is_none(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.cursor"
    assert read_cursor(path) is None
    path.write_bytes(data)
    assert read_cursor(path) is None


def test_one_that_is_torn_is_none(tmp_path: Path) -> None:
    write_cursor(tmp_path, Cursor(place="memory://a", run="1", position=5))
    path = cursor_path(tmp_path, "memory://a")
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert read_cursor(path) is None


def test_where_it_cannot_be_put_down(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_cursor(tmp_path / "none", Cursor(place="memory://a"))


def test_the_old_one_stays_when_the_new_one_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = Cursor(place="memory://a", position=5)
    write_cursor(tmp_path, old)

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "full")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", full)
        with pytest.raises(OSError, match="full"):
            write_cursor(tmp_path, old.model_copy(update={"position": 9}))
    assert read_cursor(cursor_path(tmp_path, "memory://a")) == old
