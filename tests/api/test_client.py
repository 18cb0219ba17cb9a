"""Client: reading a place, and starting runs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

import tracklayer as tl
from tracklayer.api.client import PAGE, SIFTED
from tracklayer.drivers.memory import MEMORY, MemoryDriver
from tracklayer.layers.stack import stack
from tracklayer.model import Experiment, ExperimentDraft, ExperimentRef, Points, Query, RunRef
from tracklayer.spi import Cursor, Driver, Feature, Page, Search, Traits, Wrapper, never


def ids(runs: Iterable[tl.Run]) -> list[str]:
    return [run.id for run in runs]


class Searching(Wrapper):
    """Says that it answers what it is told to; remembers the queries and hands out pages that are given."""

    def __init__(self, search: Search, pages: list[tuple[tl.Run, ...]]) -> None:
        super().__init__(MemoryDriver())
        self.search = search
        self.pages = pages
        self.asked: list[Query] = []
        self.closed = 0

    @property
    def traits(self) -> Traits:  # type: ignore[override] # made anew, as Wrapper does
        return MEMORY.model_copy(update={"search": self.search})

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        if after is None:
            return Page((Experiment(id="1", name="a"),), "2")
        return Page((Experiment(id="2", name="b"),))

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[tl.Run]:
        self.asked.append(query)
        number = int(after or 0)
        return Page(self.pages[number], str(number + 1) if number + 1 < len(self.pages) else None)

    def close(self) -> None:
        self.closed += 1


NEWEST = frozenset({"attribute.started"})


def made(*names: str) -> tuple[tl.Run, ...]:
    return tuple(tl.Run(id=name, experiment=ExperimentRef(id="1"), status="finished") for name in names)


# -- connecting


def test_a_place_is_opened_without_a_call() -> None:
    with tl.connect("memory://somewhere") as client:
        assert client.url == "memory://somewhere"
        assert client.traits.provider == "memory"
        assert repr(client) == "<Client of memory://somewhere>"


@pytest.mark.usefixtures("default")
def test_the_default_place(place: str) -> None:
    assert tl.connect().url == place


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nowhere://x", r"^unknown URL scheme 'nowhere': use one of "),
        ("x", r"^not a tracklayer URL: 'x'"),
        ("mlflow+http://me:secret@host", r"^credentials do not belong in a URL: 'mlflow\+http://\*\*\*@host'"),
    ],
)
def test_a_wrong_url(url: str, said: str) -> None:
    with pytest.raises(tl.InvalidInput, match=said):
        tl.connect(url)


def test_a_closed_client_says_so() -> None:
    driver = Searching(Search(), [()])
    with tl.Client(driver) as client:
        client.close()
    assert driver.closed == 1
    calls: list[Callable[[], object]] = [client.runs, client.start_run, lambda: client.run("x")]
    for call in calls:
        with pytest.raises(tl.InvalidInput, match=r"^this client of memory://unnamed is closed: connect again$"):
            call()


# -- experiments


def test_experiments(client: tl.Client) -> None:
    one = client.create_experiment("one", tags={"a": 1}, description="first")
    two = client.create_experiment("two")
    assert one.tags == {"a": "1"}
    assert list(client.experiments()) == [one, two]
    assert client.experiment("one") == one
    client.delete(one)
    assert list(client.experiments()) == [two]
    assert client.experiment("one").deleted
    client.restore(one)
    assert client.experiment("one") == one


def test_an_unknown_experiment(client: tl.Client) -> None:
    with pytest.raises(tl.NotFound, match="none"):
        client.experiment("none")
    with pytest.raises(tl.NotFound):
        client.runs("none")
    with pytest.raises(tl.AlreadyExists):
        [client.create_experiment("one") for _ in range(2)]


# -- runs


@pytest.fixture
def three(client: tl.Client) -> list[str]:
    """Three runs in two experiments, the newest first."""
    found: list[str] = []
    for number, home in enumerate(["a", "b", "a"]):
        with client.start_run(home, params={"n": number}) as run:
            run.log_metric("loss", 1 / (number + 1))
        found.insert(0, run.id)
    return found


def test_all_runs_come_newest_first(client: tl.Client, three: list[str]) -> None:
    found = list(client.runs())
    assert sorted(ids(found)) == sorted(three)
    starts = [run.started for run in found if run.started is not None]
    assert starts == sorted(starts, reverse=True)
    assert len(starts) == 3


def test_runs_of_some_experiments(client: tl.Client, three: list[str]) -> None:
    assert set(ids(client.runs("a"))) == {three[0], three[2]}
    assert ids(client.runs(["b"])) == [three[1]]
    assert set(ids(client.runs(("a", "b", "a")))) == set(three)
    assert ids(client.runs([])) == []


def test_filter_order_and_limit(client: tl.Client, three: list[str]) -> None:
    assert set(ids(client.runs(filter="metrics.loss < 0.9"))) == set(three[:2])
    assert ids(client.runs(order_by="metrics.loss")) == three
    assert ids(client.runs(order_by=["params.n", "start_time"])) == three[::-1]
    assert ids(client.runs(order_by="metrics.loss", limit=1)) == three[:1]
    assert ids(client.runs(limit=0)) == []
    assert ids(client.runs(filter=f"run_id = '{three[1]}'", limit=5)) == [three[1]]


def test_deleted_runs(client: tl.Client, three: list[str]) -> None:
    gone = client.run(three[1])
    client.delete(gone)
    assert three[1] not in ids(client.runs())
    assert ids(client.runs(view="deleted")) == [three[1]]
    assert set(ids(client.runs(view="all"))) == set(three)
    assert client.run(three[1]).deleted
    client.restore(gone)
    assert client.run(three[1]) == gone


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda client: client.runs(limit=-1), r"^limit must be a whole number from 0, or None, not -1$"),
        (lambda client: client.runs(limit=1.5), r"^limit must be a whole number from 0, or None, not 1\.5$"),
        (lambda client: client.runs(limit=True), r"^limit must be a whole number"),
        (lambda client: client.runs(view="gone"), r"^view must be one of active, deleted, all, not 'gone'$"),
        (lambda client: client.runs(filter="loss < 1"), r"^filter, character 1: no attribute is named 'loss'"),
        (lambda client: client.runs(order_by="loss"), r"^order_by, character 1: "),
        (lambda client: client.experiment(""), r"a name or key is empty"),
        (lambda client: client.create_experiment("", tags={}), r"a name or key is empty"),
        (lambda client: client.create_experiment("a", tags=["b"]), r"^tags must be a mapping"),
        (lambda client: client.delete("x"), r"^a run or an experiment is needed, .* not str$"),
        (lambda client: client.restore(None), r"^a run or an experiment is needed"),
        (lambda client: client.open_artifact("x", "../y"), r"^illegal artifact path"),
        (lambda client: client.start_run(""), r"a name or key is empty"),
        (lambda client: client.start_run(name=""), r"a name or key is empty"),
        (lambda client: client.start_run(parent=True), r"^parent=True, but no run is active to be the parent"),
        (lambda client: client.start_run(params={"a": "\ud800"}), r"half of a surrogate pair"),
        (lambda client: client.start_run(resume="x", parent="y"), r"^a run that is resumed keeps its parent"),
    ],
)
def test_wrong_input(client: tl.Client, call: Callable[[Any], object], said: str) -> None:
    with pytest.raises(tl.InvalidInput, match=said) as caught:
        call(client)
    assert "\n" not in str(caught.value)
    assert list(client.experiments()) == []


def test_a_run_on_two_pages_is_given_once() -> None:
    client = tl.Client(stack(Searching(Search(orders=NEWEST), [made("a", "b"), made("b", "c")])))
    assert ids(client.runs()) == ["a", "b", "c"]


def test_pages_are_fetched_as_they_are_needed() -> None:
    driver = Searching(Search(orders=NEWEST), [made("a", "b"), made("c"), made("d")])
    found = tl.Client(stack(driver)).runs(limit=3)
    assert len(driver.asked) == 0
    assert ids(found) == ["a", "b", "c"]
    assert len(driver.asked) == 2
    assert [home.id for home in driver.asked[0].experiments] == ["1", "2"]


@pytest.mark.parametrize(
    ("search", "asked", "size"),
    [
        (Search(orders=NEWEST), {"limit": 5}, 5),
        (Search(orders=NEWEST), {"limit": 10**6}, PAGE),
        (Search(orders=NEWEST), {}, PAGE),
        (Search(orders=NEWEST), {"limit": 5, "filter": "tags.a = 'x'"}, SIFTED),
        (Search(orders=NEWEST), {"limit": 5, "order_by": "metrics.a"}, PAGE),
        (Search(), {"limit": 5}, PAGE),
    ],
)
def test_no_more_runs_are_asked_for_than_are_wanted(search: Search, asked: dict[str, Any], size: int) -> None:
    driver = Searching(search, [()])
    assert list(tl.Client(stack(driver)).runs(**asked)) == []
    assert [query.page_size for query in driver.asked] == [size]


def test_points_of_a_metric(client: tl.Client, three: list[str]) -> None:
    assert len(client.metric_history(three[0], "loss")) == 1
    assert client.metric_history(three[0], "none") == Points.of("none")
    with pytest.raises(tl.NotFound):
        client.metric_history("none", "loss")


# -- starting runs


def test_what_a_new_run_says_of_itself(client: tl.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKLAYER_CAPTURE", "on")
    active = client.start_run(tags={"a": 1}, params={"b": 0.5}, description="why")
    run = client.run(active.id)
    assert run.name
    assert run.status == "running"
    assert run.started is not None
    assert run.started.microsecond % 1_000 == 0
    assert (run.tags, run.params, run.description) == ({"a": "1"}, {"b": 0.5}, "why")
    assert run.source is not None
    assert run.source.command
    assert client.experiment("Default").id == run.experiment.id


def test_what_a_provider_does_not_offer_is_left_out() -> None:
    lacking = (Feature.BACKDATING, Feature.PROVENANCE, Feature.RESUME)
    claims = {**MEMORY.claims, **{feature: never("not here") for feature in lacking}}
    client = tl.Client(stack(MemoryDriver(MEMORY.model_copy(update={"claims": claims}))))
    with client.start_run() as run:
        run.log_param("a", 1)
    found = client.run(run.id)
    assert (found.status, found.user, found.source) == ("finished", None, None)
    with pytest.raises(tl.Unsupported, match="resume"):
        client.start_run(resume=run.id)


def test_a_child_is_in_its_parents_experiment(client: tl.Client) -> None:
    with client.start_run("digits") as outer:
        found = [client.start_run(parent=above) for above in (True, outer, client.run(outer.id), outer.id, outer.url)]
        apart = client.start_run("other", parent=outer)
        alone = client.start_run()
    for child in found:
        assert child.experiment.name == "digits"
        assert client.run(child.id).parent == outer.ref
    assert (apart.experiment.name, client.run(apart.id).parent) == ("other", outer.ref)
    assert (alone.experiment.name, client.run(alone.id).parent) == ("Default", None)


def test_an_unknown_parent(client: tl.Client) -> None:
    with pytest.raises(tl.NotFound):
        client.start_run(parent="none")
    with pytest.raises(tl.InvalidInput, match="another place"):
        client.start_run(parent=tl.connect("memory://other").start_run())
    assert list(client.experiments()) == []


def test_a_run_goes_on(client: tl.Client) -> None:
    with client.start_run("digits", name="first", params={"a": 1}) as run:
        run.log_metric("loss", 1)
    before = client.run(run.id)
    with client.start_run(resume=run.url, name="second", tags={"x": "y"}, params={"a": 1, "b": 2}) as again:
        assert (again.id, again.name, again.experiment.name) == (run.id, "second", "digits")
        assert client.run(run.id).status == "running"
        again.log_metric("loss", 2)
    after = client.run(run.id)
    assert after.status == "finished"
    assert after.started == before.started
    assert (after.name, after.tags, after.params) == ("second", {"x": "y"}, {"a": 1, "b": 2})
    assert list(client.metric_history(run.id, "loss").values) == [1, 2]


def test_a_run_that_never_ended_goes_on(client: tl.Client) -> None:
    run = client.start_run()
    assert client.start_run(resume=run.id).name == run.name


def test_deleted_things_are_not_gone_on_with(client: tl.Client) -> None:
    with client.start_run("digits") as run:
        pass
    client.delete(run)
    with pytest.raises(tl.Conflict, match=f"run '{run.id}' is deleted: restore it first"):
        client.start_run(resume=run.id)
    client.delete(client.experiment("digits"))
    with pytest.raises(tl.Conflict, match="the experiment 'digits' is deleted: restore it with "):
        client.start_run("digits", strict=True)


def test_a_run_in_a_deleted_experiment_waits_for_its_restoration(
    client: tl.Client, caplog: pytest.LogCaptureFixture
) -> None:
    home = client.create_experiment("digits")
    client.delete(home)
    run = client.start_run("digits")
    run.log_param("a", 1)
    assert not run.flush(timeout=5)
    assert "the experiment 'digits' is deleted: restore it with " in caplog.text
    client.restore(home)
    assert run.flush()
    assert client.run(run.id).params == {"a": 1}


class Late(Wrapper):
    """Somebody else makes the experiment between our look and our making it."""

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        super().create_experiment(draft)
        return super().create_experiment(draft)


def test_somebody_else_may_make_the_experiment_first() -> None:
    client = tl.Client(Late(stack(MemoryDriver())))
    assert client.start_run("digits").experiment == client.experiment("digits")


def test_many_threads_start_runs_in_one_new_experiment(client: tl.Client) -> None:
    barrier = Barrier(8)

    def work(_: int) -> tl.ActiveRun:
        barrier.wait()
        return client.start_run("digits")

    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(work, range(8)))
    assert len({run.id for run in runs}) == 8
    assert [run.experiment for run in runs] == list(client.experiments()) * 8


class Full(Wrapper):
    """Takes no params."""

    def write(self, run: RunRef, batch: Any, /) -> None:
        if batch.params:
            message = "no room"
            raise tl.QuotaExceeded(message, provider="full", operation="write")
        super().write(run, batch)


def test_what_is_refused_is_set_aside_and_keeps_nothing_else_from_landing(caplog: pytest.LogCaptureFixture) -> None:
    driver: Driver = Full(stack(MemoryDriver()))
    client = tl.Client(driver)
    with client.start_run(params={"a": 1, "b": 2}) as run:
        run.log_metric("loss", 1)
        assert not run.flush()
    found = client.run(run.id)
    assert (found.status, found.params, set(found.metrics)) == ("finished", {}, {"loss"})
    assert run.pending() == {client.url: 2}
    assert "memory://unnamed refused a part of run" in caplog.text
    assert caplog.records[-1].getMessage().endswith(f"tracklayer sync {run.delivery.writer.path}")


def test_what_is_refused_is_raised_where_that_is_asked_for() -> None:
    client = tl.Client(Full(stack(MemoryDriver())))
    run = client.start_run(params={"a": 1}, strict=True)
    with pytest.raises(tl.Unflushed):
        run.flush()
    with pytest.raises(tl.QuotaExceeded):
        run.log_metric("loss", 1)
    with pytest.raises(tl.Unflushed):
        run.end()
