"""What is tried at once is told apart when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from contract_tests.many import FEW, few, refusing, trying, unlike, write_each
from contract_tests.place import Place
from contract_tests.targets.memory import TARGET

from tracklayer.drivers.memory import MEMORY, MemoryDriver
from tracklayer.errors import Conflict, NotFound, Rejected, Unsupported
from tracklayer.model import Batch, RunRef
from tracklayer.spi import Feature, never

WRITTEN = {"one": Batch(tags={"a": "1"}), "two": Batch(tags={"b": "bad"}), "three": Batch(params={"c": 3})}


class Picky(MemoryDriver):
    """Refuses one tag, and says nothing of which."""

    def write(self, run: RunRef, batch: Batch, /) -> None:
        if "bad" in batch.tags.values():
            message = "no"
            raise Rejected(message, provider="picky", operation="write")
        super().write(run, batch)


@pytest.fixture
def picky() -> Iterator[Place]:
    place = Place(TARGET, Picky(MEMORY, url=f"memory://{uuid4().hex}"))
    yield place
    place.close()


def test_what_is_written_at_once_arrives(picky: Place) -> None:
    run = picky.run()
    write_each(picky, run, {"one": WRITTEN["one"], "three": WRITTEN["three"]})
    read = picky.read(run)
    assert (read.tags, read.params) == ({"a": "1"}, {"c": 3})


def test_the_one_at_fault_is_named(picky: Place) -> None:
    with pytest.raises(pytest.fail.Exception, match="at 'two': Rejected"):
        write_each(picky, picky.run(), WRITTEN)


def test_where_one_is_refused_each_must_be() -> None:
    claims = {**MEMORY.claims, Feature.TYPED_PARAMS: never("text only")}
    place = Place(TARGET, MemoryDriver(MEMORY.model_copy(update={"claims": claims}), url=f"memory://{uuid4().hex}"))
    run = place.run()
    with pytest.raises(Unsupported, match="text only"):
        write_each(place, run, {"one": Batch(params={"a": 1}), "two": Batch(params={"b": 0.5})})
    with pytest.raises(pytest.fail.Exception, match="'text' is not refused"):
        write_each(place, run, {"one": Batch(params={"a": 1}), "text": Batch(params={"b": "0.5"})})
    place.close()


def test_what_came_back_otherwise_is_told_by_name() -> None:
    assert unlike({"a": 1, "b": 2}, {"a": 1, "b": 2}) == {}
    assert unlike({"a": 1, "x": 9}, {"a": 2, "b": 3}) == {
        "a": "2 came back as 1",
        "b": "3 is lost",
        "x": "9 is there, and nobody wrote it",
    }


def test_what_is_tried_is_named_when_it_fails_or_is_not_refused() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"at 'a/b': NotFound"), trying("a/b"):
        raise NotFound("gone", provider="picky", operation="read")
    with pytest.raises(pytest.fail.Exception, match="'a/b' is not refused"), refusing("a/b", Conflict):
        pass
    with pytest.raises(NotFound), refusing("a/b", Conflict):
        raise NotFound("gone", provider="picky", operation="read")


def test_few_are_all() -> None:
    parts = list(few(range(2 * FEW + 1)))
    assert [len(part) for part in parts] == [FEW, FEW, 1]
    assert [thing for part in parts for thing in part] == list(range(2 * FEW + 1))
