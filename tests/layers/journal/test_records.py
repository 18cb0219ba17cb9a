"""What a journal says, as JSON: all of it survives."""

from __future__ import annotations

from contract_tests import strategies as anything
from hypothesis import given
from hypothesis import strategies as st
from tests.layers.journal.made import Said, a_start, fuzz

from tracklayer.layers.journal.process import Process
from tracklayer.layers.journal.records import VERSION, Captured, End, Lost, Parent, Spooled, Start
from tracklayer.model import Batch, RunRef

PROCESSES = st.builds(
    Process, host=anything.texts, machine=anything.texts, pid=st.integers(1, 2**31), began=anything.texts
)
PLACES = st.sampled_from(["memory://a", "local:/x/y.db", "mlflow+https://é.example"])
STARTS = st.builds(
    Start,
    version=st.just(VERSION),
    draft=anything.run_drafts(st.none() | st.just(RunRef(id="above"))),
    experiment=st.none() | anything.names,
    places=st.lists(PLACES, unique=True).map(tuple),
    resume=st.dictionaries(PLACES, st.text("0af", min_size=1), max_size=2),
    parent=st.none()
    | st.builds(
        Parent,
        token=st.none() | st.text("0af", min_size=1),
        experiment=st.none() | anything.names,
        ids=st.dictionaries(PLACES, st.text("0af", min_size=1), max_size=2),
    ),
    owner=st.booleans(),
    rank=st.none() | st.integers(0, 9),
    capturing=st.booleans(),
    process=PROCESSES,
    carried_by=st.none() | PROCESSES,
)
OTHERS = st.one_of(
    st.builds(Captured, source=st.none() | anything.sources),
    st.builds(Spooled, path=anything.names, name=anything.names, last=st.booleans()),
    st.builds(Lost, records=st.integers(0), why=anything.texts),
)


@fuzz(100)
@given(STARTS)
def test_a_start_survives(start: Start) -> None:
    text = start.model_dump_json(exclude_defaults=True)
    assert Start.model_validate_json(text) == start
    assert text.startswith('{"version":1,'), "what a reader of another version looks for"
    assert start.token == start.draft.token


@fuzz(100)
@given(OTHERS)
def test_other_records_survive(record: Captured | Spooled | Lost) -> None:
    assert type(record).model_validate_json(record.model_dump_json(exclude_defaults=True)) == record


@fuzz(100)
@given(anything.batches())
def test_a_batch_survives(batch: Batch) -> None:
    before, after, last = Said(), Said(), Said()
    before.add(batch)
    after.add(Batch.model_validate_json(batch.model_dump_json(exclude_defaults=True)))
    assert after == before
    last.add(End.model_validate_json(End(change=batch).model_dump_json(exclude_defaults=True)).change)
    assert last == before


def test_what_is_not_said_is_the_usual() -> None:
    start = a_start()
    assert (start.owner, start.rank, start.capturing, start.carried_by) == (True, None, False, None)
    assert End() == End(change=Batch())
    assert Spooled(path="a", name="b").last is False
