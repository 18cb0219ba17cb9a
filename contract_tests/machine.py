"""Any sequence of calls on one place, held against plain dicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from contract_tests.offered import offered_batch
from contract_tests.place import Place
from contract_tests.strategies import datasets, names, param_values, points, statuses, tag_values
from contract_tests.targets import Target
from contract_tests.truth import hold_summary
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, precondition, rule

from tracklayer.errors import Conflict
from tracklayer.model import Batch, Dataset, ParamValue, Points, Run, RunRef, Status, canonical, same
from tracklayer.spi import Feature

#: Few keys, so that they are written again and again; some are too long, some are legal nowhere.
_KEYS = ("a", "A", "b/c", "é 🚀", "k" * 300, "k" * 299 + "j", "tlx_41z", "tracklayer.x")
KEYS = st.deferred(lambda: st.sampled_from(_KEYS))
#: From short to beyond every limit, and back.
_TEXTS = ("short", "x" * 70, "x" * 9_000, "y" * 9_000, "z" * 30_000)
#: By their places: Hypothesis writes a strategy down now and then, and warns of one that is a hundred pages long.
TEXTS = st.one_of(tag_values, st.sampled_from(range(len(_TEXTS))).map(lambda at: _TEXTS[at]))
PATHS = st.sampled_from(["a", "b/c", "b/d#e?.txt", "é"])


@dataclass
class Expected:
    """A run as it ought to be."""

    ref: RunRef
    token: str
    status: Status
    name: str | None
    description: str | None = None
    params: dict[str, ParamValue] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    inputs: set[Dataset] = field(default_factory=set)
    points: dict[str, Points] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    deleted: bool = False

    def take(self, batch: Batch) -> None:
        """What a batch does to a run, by definition."""
        self.params.update(batch.params)
        self.tags.update(batch.tags)
        self.inputs.update(batch.inputs)
        self.name = batch.name or self.name
        self.status = batch.status or self.status
        self.description = self.description if batch.description is None else batch.description
        for part in batch.points:
            if len(part):
                self.points[part.key] = canonical(part.key, [*filter(None, [self.points.get(part.key)]), part])


class Machine(RuleBasedStateMachine):
    """Two processes, as it were, use one place: each call goes through either stack, and either may be opened anew."""

    runs: Bundle[Expected] = Bundle("runs")

    def __init__(self, target: Target) -> None:
        super().__init__()
        first = Place(target, target.open())
        self.places = [first, first.again()]
        self.home = first.home
        self.made: list[Expected] = []

    def teardown(self) -> None:
        for place in self.places:
            place.close()

    def offers(self, feature: Feature) -> bool:
        return self.places[0].traits.offers(feature)

    # -- making

    @rule(target=runs, who=st.booleans(), name=names, tags=st.dictionaries(KEYS, TEXTS, max_size=3), status=statuses)
    def make(self, *, who: bool, name: str, tags: dict[str, str], status: Status) -> Expected:
        tags = dict(offered_batch(self.places[0].traits, Batch(tags=tags)).tags)
        made = self.places[who].run(self.home, token=uuid4().hex, name=name, tags=tags, status=status)
        assert made.token is not None
        expected = Expected(made.ref, made.token, status, name, tags=tags)
        self.made.append(expected)
        self.hold(made, expected)
        return expected

    @precondition(lambda self: self.offers(Feature.IDEMPOTENT_CREATE))
    @rule(run=runs, who=st.booleans())
    def make_again(self, run: Expected, *, who: bool) -> None:
        self.hold(self.places[who].run(self.home, token=run.token), run)

    # -- writing

    def write(self, run: Expected, batch: Batch, who: bool) -> None:
        batch = offered_batch(self.places[0].traits, batch)
        if run.deleted:
            with pytest.raises(Conflict):
                self.places[who].driver.write(run.ref, batch)
            return
        self.places[who].driver.write(run.ref, batch)
        run.take(batch)

    @rule(run=runs, who=st.booleans(), given=st.dictionaries(KEYS, param_values | TEXTS, min_size=1, max_size=4))
    def write_params(self, run: Expected, *, who: bool, given: dict[str, ParamValue]) -> None:
        """New ones, and ones that are there with the value they have."""
        self.write(run, Batch(params={key: run.params.get(key, value) for key, value in given.items()}), who)

    @rule(run=runs, who=st.booleans(), key=KEYS, value=param_values | TEXTS)
    def contradict(self, run: Expected, *, who: bool, key: str, value: ParamValue) -> None:
        batch = offered_batch(self.places[0].traits, Batch(params={key: value}))
        if key not in run.params or same(run.params[key], batch.params[key]):
            self.write(run, batch, who)
            return
        with pytest.raises(Conflict):
            self.places[who].driver.write(run.ref, batch)

    @precondition(lambda self: self.offers(Feature.PARAM_OVERWRITE))
    @rule(run=runs, who=st.booleans(), key=KEYS, value=param_values | TEXTS)
    def overwrite(self, run: Expected, *, who: bool, key: str, value: ParamValue) -> None:
        self.write(run, Batch(params={key: value}, overwrite=True), who)

    @rule(run=runs, who=st.booleans(), tags=st.dictionaries(KEYS, TEXTS, min_size=1, max_size=4))
    def write_tags(self, run: Expected, *, who: bool, tags: dict[str, str]) -> None:
        self.write(run, Batch(tags=tags), who)

    @rule(run=runs, who=st.booleans(), parts=st.lists(points(KEYS), min_size=1, max_size=3))
    def write_points(self, run: Expected, *, who: bool, parts: list[Points]) -> None:
        self.write(run, Batch(points=tuple(parts)), who)

    @rule(run=runs, who=st.booleans(), name=st.none() | names, status=statuses, text=st.none() | TEXTS)
    def write_run(self, run: Expected, *, who: bool, name: str | None, status: Status, text: str | None) -> None:
        self.write(run, Batch(name=name, status=status, description=text), who)

    @rule(run=runs, who=st.booleans(), dataset=datasets)
    def write_input(self, run: Expected, *, who: bool, dataset: Dataset) -> None:
        known = {(one.name, one.digest) for one in run.inputs}
        if (dataset.name, dataset.digest) not in known:
            self.write(run, Batch(inputs=(dataset,)), who)

    @precondition(lambda self: self.offers(Feature.ARTIFACTS))
    @rule(run=runs, who=st.booleans(), path=PATHS, data=st.binary(max_size=100))
    def put_file(self, run: Expected, *, who: bool, path: str, data: bytes) -> None:
        if not run.deleted:
            self.places[who].put(run.ref, path, data)
            run.files[path] = data

    @precondition(lambda self: self.offers(Feature.DELETE) and self.offers(Feature.RESTORE))
    @rule(run=runs, who=st.booleans())
    def delete_or_restore(self, run: Expected, *, who: bool) -> None:
        driver = self.places[who].driver
        (driver.restore if run.deleted else driver.delete)(run.ref)
        run.deleted = not run.deleted

    @rule(who=st.booleans())
    def open_anew(self, *, who: bool) -> None:
        old = self.places[who]
        self.places[who] = old.again()
        old.close()

    # -- reading

    @rule(run=runs, who=st.booleans())
    def read(self, run: Expected, *, who: bool) -> None:
        place = self.places[who]
        self.hold(place.read(run.ref), run)
        if self.offers(Feature.METRIC_HISTORY):
            assert {key: place.points(run.ref, key) for key in run.points} == run.points
        if self.offers(Feature.ARTIFACTS):
            assert place.files(run.ref).keys() == run.files.keys()
            assert {path: place.get(run.ref, path) for path in run.files} == run.files

    @rule(who=st.booleans(), page_size=st.sampled_from([1, 2, 1000]))
    def list_all(self, *, who: bool, page_size: int) -> None:
        listed = self.places[who].runs(self.home, view="all", page_size=page_size)
        assert sorted(run.id for run in listed) == sorted(run.ref.id for run in self.made)
        by_id = {run.id: run for run in listed}
        for expected in self.made:
            self.hold(by_id[expected.ref.id], expected)

    @rule(who=st.booleans())
    def list_active(self, *, who: bool) -> None:
        active = {run.id for run in self.places[who].runs(self.home)}
        assert active == {run.ref.id for run in self.made if not run.deleted}

    def hold(self, run: Run, expected: Expected) -> None:
        assert run.ref == expected.ref
        assert (run.name, run.status, run.description) == (expected.name, expected.status, expected.description)
        assert (run.token, run.deleted, run.experiment) == (expected.token, expected.deleted, self.home)
        assert run.params.keys() == expected.params.keys()
        assert all(same(run.params[key], value) for key, value in expected.params.items()), run.params
        assert run.tags == expected.tags
        assert len(run.inputs) == len(expected.inputs)
        assert set(run.inputs) == expected.inputs
        assert run.metrics.keys() == expected.points.keys()
        for series in expected.points.values():
            hold_summary(run, series)
