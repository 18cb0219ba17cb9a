"""Which run is whose copy, and what is nobody's difference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.migrate.proof.planted import HOME, Copied, copied, fill
from tests.migrate.unruly import client_of, counting

import tracklayer as tl
from tracklayer.migrate.identity import another_name, home_mark
from tracklayer.migrate.proof.verify import verify
from tracklayer.model import Batch, ExperimentDraft, ExperimentRef, Query, Run
from tracklayer.spi import Cursor, Page, Wrapper, open_driver


@pytest.fixture
def copy() -> Iterator[Copied]:
    with tl.connect(f"memory://{uuid4().hex}") as client:
        fill(client)
        made = copied(client)
        with made.target:
            yield made


def stranger(copy: Copied) -> None:
    with tl.start_run(HOME, name="stranger", to=copy.target.url):
        pass


def test_an_extra_run_may_be_ignored(copy: Copied) -> None:
    stranger(copy)
    assert not copy.verify().clean
    assert verify(copy.source, copy.target, ignore_extra=True).clean
    assert verify(copy.source, copy.target, run=copy.original().id).clean


def test_an_experiment_that_was_there_before_keeps_its_own(copy: Copied) -> None:
    stranger(copy)
    (record,) = copy.store.experiments.values()
    record.sidecars.clear()
    record.tags["team"] = "blue"
    found = copy.verify()
    assert (found.clean, found.differences) == (True, ())
    older, own = found.notes
    assert older.startswith("1 experiment of that name stood at the target before, so that tags and descriptions are")
    assert older.endswith(f": {HOME!r}")
    assert own == "1 run of experiments that were there before are the target's own"


def test_what_came_from_elsewhere_is_noted(copy: Copied) -> None:
    with tl.connect(f"memory://{uuid4().hex}") as other:
        fill(other)
        tl.migrate(other, copy.target)
    some = verify(copy.source, copy.target, filter="run_name = 'alone'")
    assert (some.clean, len(some.runs)) == (True, 1)
    assert some.notes == (
        "5 runs of the target's experiments came from elsewhere, or are copies of runs not asked for",
    )


def test_an_experiment_under_another_name_is_known_by_its_mark(copy: Copied) -> None:
    home = copy.source.experiment(HOME)
    (record,) = copy.store.experiments.values()
    record.name = another_name(HOME, copy.source.url, home.id)
    copy.target.create_experiment(HOME, tags={"somebody": "else's"})
    assert copy.verify().clean
    record.tags["team"] = "blue"
    (told,) = copy.verify().differences
    assert (told.what, told.where) == ("experiment", f"{HOME}: tag team")


def test_a_copy_is_found_wherever_it_is(copy: Copied) -> None:
    (record,) = copy.store.experiments.values()
    record.name = "renamed"
    found = copy.verify()
    assert [(one.what, one.where, one.reason) for one in found.differences] == [
        ("experiment", HOME, "the experiment is missing")
    ]
    assert found.notes == ("3 runs found, but in other experiments than theirs",)
    assert [run.clean for run in found.runs] == [True] * 3


def test_an_experiment_is_deleted_at_the_target(copy: Copied) -> None:
    copy.target.delete(copy.target.experiment(HOME))
    found = copy.verify()
    assert [one.reason for one in found.differences] == [
        "the experiment is deleted at the target", *["its copy is deleted"] * 3
    ]  # fmt: skip
    assert found.runs == ()


def test_an_empty_experiment_counts(copy: Copied) -> None:
    empty = copy.source.create_experiment("empty")
    driver = copy.target.driver
    made = driver.create_experiment(ExperimentDraft(name="empty"))
    driver.put_sidecar(ExperimentRef(id=made.id), home_mark(copy.source.url, empty.id), b"made")
    found = copy.verify()
    assert (found.clean, found.experiments) == (True, 2)


def test_lists_are_read_a_page_at_a_time_and_runs_once(copy: Copied) -> None:
    """A run costs each place its record, its series and its files; the lists cost a few calls in all."""
    (source, ours), (target, theirs) = counting(copy.source.url), counting(copy.target.url)
    with source, target:
        assert verify(source, target).clean
    assert ours.calls["get_run"] == theirs.calls["get_run"] == 3
    assert ours.calls["read_points"] == theirs.calls["read_points"] == 2
    assert ours.calls["list_artifacts"] == theirs.calls["list_artifacts"] == 3
    assert ours.calls["open_artifact"] == theirs.calls["open_artifact"] == 3
    assert theirs.calls["list_runs"] == 1
    assert theirs.calls["get_experiment"] == 2


def test_few_runs_are_asked_for_by_their_tokens_where_the_target_can(copy: Copied, tmp_path: Path) -> None:
    url = f"local:{tmp_path / 'store.db'}"
    tl.migrate(copy.source, url)
    listed: list[int] = []
    driver = Listing(open_driver(url))
    driver.listed = listed
    with client_of(driver) as target:
        assert len(verify(copy.source, target, run=copy.original("alone").id).runs) == 1
        assert listed == [1]
        assert len(verify(copy.source, target).runs) == 3
        assert listed == [1, 3]


class Listing(Wrapper):
    """Notes how many runs each page has."""

    listed: list[int]

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        page = super().list_runs(query, after)
        self.listed.append(len(page.items))
        return page


@pytest.mark.parametrize("ignore_extra", [True, False])
def test_a_copy_that_came_by_way_of_another_place_is_known_by_its_origin(
    copy: Copied, tmp_path: Path, ignore_extra: bool
) -> None:
    with tl.connect(f"local:{tmp_path / 'third.db'}") as third:
        tl.migrate(copy.target, third, verify=False)
        found = verify(copy.source, third, ignore_extra=ignore_extra)
        assert (found.clean, len(found.runs)) == (True, 3)
        assert found.root == copy.verify().root
        child = next(run for run in third.runs() if run.name == "child")
        third.driver.write(child.ref, Batch(tags={"new": "1"}))
        (difference,) = verify(copy.source, third, ignore_extra=ignore_extra).differences
        assert (difference.name, difference.what, difference.where) == ("child", "tag", "new")
