"""What a place will not take is set aside, and nothing else is."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract_tests import strategies as anything
from hypothesis import given
from tests.layers.journal.made import Said, fuzz

from tracklayer.errors import (
    Conflict,
    InvalidInput,
    QuotaExceeded,
    Rejected,
    TracklayerError,
    Unauthenticated,
    Unavailable,
    Unsupported,
)
from tracklayer.layers.journal import refusals as module
from tracklayer.layers.journal.records import Spooled
from tracklayer.layers.journal.refusals import PIECES, REFUSED, Piece, Refusals, Refused, halves, written
from tracklayer.model import Batch, Dataset, Points

WHO: dict[str, Any] = {"provider": "p", "operation": "write"}
WHY = Rejected("no", **WHO)
PLACE = "memory://first"


def said(*batches: Batch) -> Said:
    found = Said()
    for batch in batches:
        found.add(batch)
    return found


def leaves(batch: Batch) -> list[Batch]:
    cut = halves(batch)
    return [batch] if cut is None else [leaf for half in cut for leaf in leaves(half)]


class Place:
    """Takes a batch as a whole, unless it holds what the place does not take. Counts the calls."""

    def __init__(self, wrong: Callable[[Batch], bool], error: TracklayerError = WHY) -> None:
        self.wrong = wrong
        self.error = error
        self.calls = 0
        self.taken: list[Batch] = []

    def __call__(self, batch: Batch) -> None:
        self.calls += 1
        if self.wrong(batch):
            raise self.error
        self.taken.append(batch)


# -- halves


@fuzz(150)
@given(anything.batches())
def test_the_parts_together_are_the_batch(batch: Batch) -> None:
    parts = leaves(batch)
    whole = said(batch)
    whole.points = {key: rows for key, rows in whole.points.items() if rows}
    together = said(*parts)
    together.points = {key: rows for key, rows in together.points.items() if rows}
    assert together == whole
    for part in parts:
        things = [*part.params, *part.tags, *part.inputs, *(row for points in part.points for row in points.rows())]
        fields = [part.name, part.description, part.status or part.ended]
        assert len(things) + sum(one is not None for one in fields) <= 1


@fuzz(150)
@given(anything.batches())
def test_a_half_is_smaller(batch: Batch) -> None:
    cut = halves(batch)
    if cut is not None:
        assert all(half not in (batch, Batch()) for half in cut)
        sizes = [len(leaves(half)) for half in cut]
        assert sum(sizes) == len(leaves(batch))


@pytest.mark.parametrize(
    "batch",
    [
        Batch(),
        Batch(params={"a": math.nan}),
        Batch(tags={"a": ""}),
        Batch(points=(Points.of("a", [(0, 0, 0.0)]),)),
        Batch(points=(Points.of("a"),)),
        Batch(inputs=(Dataset(name="d", digest="1"),)),
        Batch(name="a"),
        Batch(description=""),
        Batch(status="finished"),
    ],
)
def test_one_thing_cannot_be_cut(batch: Batch) -> None:
    assert halves(batch) is None


def test_an_overwrite_stays_with_its_params() -> None:
    parts = leaves(Batch(params={"a": 1, "b": 2}, tags={"t": "x"}, overwrite=True))
    assert parts == [
        Batch(params={"a": 1}, overwrite=True),
        Batch(params={"b": 2}, overwrite=True),
        Batch(tags={"t": "x"}),
    ]


# -- written


MANY = 4096
CASES: list[tuple[Batch, Batch, Callable[[Batch], bool]]] = [
    (
        Batch(params={f"p{n}": n for n in range(MANY)}, tags={"t": "x"}),
        Batch(params={"p77": 77}),
        lambda batch: "p77" in batch.params,
    ),
    (
        Batch(tags={f"t{n}": "x" for n in range(MANY)}, params={"p": 1}),
        Batch(tags={"t4095": "x"}),
        lambda batch: "t4095" in batch.tags,
    ),
    (
        Batch(points=(Points.of("a", [(n, n, n) for n in range(MANY)]),), name="n"),
        Batch(points=(Points.of("a", [(99, 99, 99)]),)),
        lambda batch: any(99 in points.steps for points in batch.points),
    ),
    (
        Batch(points=tuple(Points.of(f"m{n}", [(0, 0, n)]) for n in range(MANY)), description="d"),
        Batch(points=(Points.of("m0", [(0, 0, 0.0)]),)),
        lambda batch: any(points.key == "m0" for points in batch.points),
    ),
    (
        Batch(params={f"p{n}": n for n in range(MANY)}, status="running"),
        Batch(status="running"),
        lambda batch: batch.status is not None,
    ),
]


@pytest.mark.parametrize(("batch", "culprit", "wrong"), CASES, ids=["param", "tag", "point", "metric", "status"])
def test_what_is_wrong_stands_alone(batch: Batch, culprit: Batch, wrong: Callable[[Batch], bool]) -> None:
    place = Place(wrong)
    assert written(place, batch) == [(culprit, WHY)]
    rest, together = said(*place.taken), said(*place.taken, culprit)
    assert together == said(batch)
    assert rest != said(batch)
    assert place.calls <= 2 * (math.log2(MANY) + 3) + 1


@fuzz(150)
@given(anything.batches(), anything.names)
def test_all_else_lands(batch: Batch, name: str) -> None:
    def wrong(part: Batch) -> bool:
        return name < max([*part.params, *part.tags, *(points.key for points in part.points)], default="")

    place = Place(wrong)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "PIECES", 10_000)
        refused = [piece for piece, _ in written(place, batch) if isinstance(piece, Batch)]
    assert all(wrong(piece) and halves(piece) is None for piece in refused)
    assert not any(wrong(part) for part in place.taken)
    whole, together = said(batch), said(*place.taken, *refused)
    for one in (whole, together):
        one.points = {key: rows for key, rows in one.points.items() if rows}
    assert together == whole


def test_no_more_pieces_than_that_are_set_aside_one_by_one() -> None:
    batch = Batch(params={f"p{n}": n for n in range(MANY)})
    place = Place(lambda _: True)
    refused = written(place, batch)
    pieces = [piece for piece, _ in refused if isinstance(piece, Batch)]
    alone = [piece for piece in pieces if len(piece.params) == 1]
    assert len(alone) >= PIECES
    assert len(pieces) <= PIECES + math.log2(MANY) + 1
    assert said(*pieces) == said(batch)
    assert place.calls < 4 * PIECES


def test_nothing_is_cut_that_is_taken() -> None:
    batch = Batch(params={"a": 1}, tags={"b": "c"})
    place = Place(lambda _: False)
    assert written(place, batch) == []
    assert place.taken == [batch]


@pytest.mark.parametrize(
    "error",
    [
        Conflict("no", **WHO),
        WHY,
        InvalidInput("no"),
        QuotaExceeded("no", **WHO),
        Unsupported("p", "metric NaN", "it has none"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_wrong_with_a_batch_is_set_aside(error: TracklayerError) -> None:
    assert isinstance(error, REFUSED)
    batch = Batch(params={"a": 1})
    assert written(Place(lambda _: True, error), batch) == [(batch, error)]


@pytest.mark.parametrize("error", [Unavailable("down", **WHO), Unauthenticated("who?", **WHO)])
def test_what_is_wrong_with_a_place_travels_on(error: TracklayerError) -> None:
    place = Place(lambda batch: "a" in batch.params, error)
    with pytest.raises(type(error)):
        written(place, Batch(params={"a": 1, "b": 2}))
    assert place.calls == 1


# -- the file


def refusals(tmp_path: Path) -> Refusals:
    return Refusals(tmp_path, PLACE)


@fuzz(100)
@given(batches=anything.batches(), text=anything.texts, path=anything.names)
def test_what_is_set_aside_survives(batches: Batch, text: str, path: str, tmp_path: Path) -> None:
    kept = refusals(tmp_path)
    kept.replace([], kept.size)
    pieces: list[Piece] = [*(leaf for leaf in leaves(batches) if leaf != Batch()), Spooled(path=path, name="0a")]
    wanted: list[Refused] = [(piece, Rejected(text, **WHO)) for piece in pieces]
    kept.add(wanted[:1])
    kept.add(wanted[1:])
    found = refusals(tmp_path).all()
    assert [why for _, why in found] == [str(why) for _, why in wanted]
    for (piece, _), (original, _) in zip(found, wanted, strict=True):
        before, after = Said(), Said()
        before.add(original)
        after.add(piece)
        assert before == after
    assert len(kept) == len(wanted)


def two(tmp_path: Path) -> tuple[Refusals, list[tuple[Piece, str]]]:
    kept = refusals(tmp_path)
    kept.add([(Batch(params={"a": 1}), WHY), (Spooled(path="f", name="0a"), WHY)])
    return kept, kept.all()


def test_it_is_the_owners_alone_and_each_places_own(tmp_path: Path) -> None:
    kept, _ = two(tmp_path)
    assert kept.path.stat().st_mode & 0o777 == 0o600
    assert kept.path.suffix == ".refused"
    assert Refusals(tmp_path, "memory://second").path != kept.path
    assert len(Refusals(tmp_path, "memory://second")) == 0


def test_it_is_forgotten(tmp_path: Path) -> None:
    kept, _ = two(tmp_path)
    kept.replace([], kept.size)
    kept.replace([], kept.size)
    assert (len(kept), kept.all(), [*tmp_path.iterdir()]) == (0, [], [])


def test_what_is_refused_again_replaces_all_of_it(tmp_path: Path) -> None:
    kept, both = two(tmp_path)
    still: list[Refused] = [(both[1][0], Rejected("still no", **WHO))]
    kept.replace(still, kept.size)
    assert kept.all() == [(both[1][0], str(still[0][1]))]
    assert [*tmp_path.iterdir()] == [kept.path]
    assert kept.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("still", [False, True], ids=["all are taken", "one is refused again"])
def test_what_another_process_added_meanwhile_stays(still: bool, tmp_path: Path) -> None:
    kept, both = two(tmp_path)
    size = kept.size
    late: Piece = Batch(tags={"late": "é"})
    refusals(tmp_path).add([(late, WHY)])
    kept.replace([(both[1][0], WHY)] if still else [], size)
    assert kept.all() == both[1:] * still + [(late, str(WHY))]


def test_what_replaces_it_is_put_down_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, both = two(tmp_path)
    part = kept.path.with_suffix(".part")
    part.write_text("of a process that died\n")

    def fail(*_: object) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="full"):
            kept.replace([(both[1][0], WHY)], kept.size)
    assert kept.all() == both
    kept.replace([(both[1][0], WHY)], kept.size)
    assert kept.all() == both[1:]


def test_nowhere_to_set_it_aside(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        refusals(tmp_path / "none").add([(Batch(params={"a": 1}), WHY)])


def test_torn_lines_are_passed_over(tmp_path: Path) -> None:
    kept, both = two(tmp_path)
    whole = kept.path.read_bytes()
    first = whole.index(b"\n", 1) + 1  # an empty line comes before it
    for length in range(len(whole)):
        kept.path.write_bytes(whole[:length])
        wanted = both[:1] if length >= first - 1 else []
        assert kept.all() == (both if length == len(whole) - 1 else wanted)


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[]", b"1", b"null", b'{"why":1}', b'{"why":"x","batch":{"params":{"":1}}}', b'{"batch":{}}']
)
def test_lines_that_are_none_of_ours_are_passed_over(line: bytes, tmp_path: Path) -> None:
    kept, both = two(tmp_path)
    kept.path.write_bytes(line + b"\n" + kept.path.read_bytes() + line)
    assert kept.all() == both


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"\0\x80\n"])
def test_lines_that_are_no_text_are_passed_over(damage: bytes, tmp_path: Path) -> None:
    kept, both = two(tmp_path)
    kept.path.write_bytes(kept.path.read_bytes() + damage)
    assert kept.all() == both


def test_what_is_set_aside_after_a_torn_line_is_kept(tmp_path: Path) -> None:
    kept, both = two(tmp_path)
    kept.path.write_bytes(kept.path.read_bytes()[:-9])
    piece: Any = Batch(tags={"new": "x"})
    kept.add([(piece, WHY)])
    assert kept.all() == [both[0], (piece, str(WHY))]
