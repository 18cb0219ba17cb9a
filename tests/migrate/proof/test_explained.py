"""What differs for a known reason is listed, and is no difference; a loss is never explained away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import uuid4

import pytest
from tests.migrate.proof.planted import LOSS, Copied, copied, fill, ref
from tests.migrate.unruly import client_of

import tracklayer as tl
from tracklayer.drivers.memory.store import rank
from tracklayer.layers.fitting.back import MISSING
from tracklayer.migrate.proof.findings import GROWN, MOST
from tracklayer.migrate.proof.pair import Pair
from tracklayer.migrate.proof.prove import prove
from tracklayer.model import ENDED, Batch, Points, Run, RunRef
from tracklayer.spi import Wrapper, open_driver


@pytest.fixture
def copy() -> Iterator[Copied]:
    with tl.connect(f"memory://{uuid4().hex}") as client:
        fill(client)
        made = copied(client)
        with made.target:
            yield made


class Rough(Wrapper):
    """A place that says of its runs what it does not hold exactly."""

    reasons: Mapping[str, str]

    def get_run(self, run: RunRef, /) -> Run:
        return super().get_run(run).model_copy(update={"approximate": self.reasons})


def rough(client: tl.Client, reasons: Mapping[str, str]) -> tl.Client:
    driver = Rough(open_driver(client.url))
    driver.reasons = reasons
    return client_of(driver)


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("field", ["metrics.loss", "metrics"])
def test_what_a_place_does_not_hold_exactly_is_explained(copy: Copied, side: str, field: str) -> None:
    del copy.record().series["loss"].points[rank(LOSS[7])]
    copy.record().params["lr"] = 0.2
    reasons = {field: "it is sampled"}
    if side == "source":
        copy.source = rough(copy.source, reasons)
    else:
        copy.target = rough(copy.target, reasons)
    found = copy.verify()
    assert [(one.what, one.where) for one in found.differences] == [("param", "lr")]
    assert [(one.what, one.where, one.reason) for one in found.explained] == [("point", "loss", "it is sampled")]
    assert [(one.field, one.why, one.runs) for one in found.approximate] == [(field, "it is sampled", 3)]


@pytest.mark.parametrize(
    "reasons", [{"metrics.los": "x"}, {"metrics.loss.min": "x"}, {"params": "x"}, {"metrics.loss": MISSING}]
)
def test_another_fields_reason_or_a_loss_explains_nothing(copy: Copied, reasons: Mapping[str, str]) -> None:
    del copy.record().series["loss"].points[rank(LOSS[7])]
    copy.target = rough(copy.target, reasons)
    found = copy.verify()
    assert [one.what for one in found.differences] == ["point"]
    assert found.explained == ()


def test_that_the_source_is_rough_explains_no_loss_of_the_whole(copy: Copied) -> None:
    del copy.record().series["loss"]
    del copy.record().params["lr"]
    copy.source = rough(copy.source, {"metrics": "means over a minute", "params.lr": "a double"})
    found = copy.verify()
    assert [(one.what, one.where) for one in found.differences] == [("param", "lr"), ("metric", "loss")]
    assert found.explained == ()


def test_a_value_whose_sidecar_is_gone_is_a_difference() -> None:
    """Where a provider takes short values only, a long one is kept beside the run."""
    with (
        tl.connect(f"memory://{uuid4().hex}") as source,
        tl.connect(f"memory://{uuid4().hex}?like=sagemaker") as target,
    ):
        with tl.start_run("e", name="long", to=source.url, params={"text": "x" * 9_000}):
            pass
        tl.migrate(source, target)
        copy = Copied(source, target)
        assert copy.verify().clean
        copy.record("long").sidecars.clear()
        found = copy.verify()
        assert [(one.what, one.where) for one in found.differences] == [("param", "text")]
        assert found.explained == ()


def test_a_run_that_still_runs_may_have_grown(copy: Copied) -> None:
    original, driver = copy.original(), copy.source.driver
    driver.write(original.ref, Batch(status="running"))
    copy.record().status, copy.record().ended = "running", None
    new = (Points.of("loss", [(50, 1_050, 0.0)]), Points.of("new", [(0, 0, 1.0)]))
    driver.write(original.ref, Batch(params={"late": 1}, tags={"late": "x"}, points=new))
    found = copy.verify()
    assert (found.clean, found.differences) == (True, ())
    assert [(run.clean, run.exact) for run in found.runs] == [(True, True), (True, False), (True, True)]
    assert {(one.what, one.where, one.reason) for one in found.explained} == {
        (what, where, GROWN)
        for what, where in (("param", "late"), ("tag", "late"), ("metric", "new"), ("point", "loss"))
    }
    copy.record().params["lr"] = 0.2  # to have another value is not to have grown
    copy.record().series["loss"].add([(99, 0, 0.0)])
    found = copy.verify()
    assert {(one.what, one.where) for one in found.differences} == {("param", "lr"), ("point", "loss")}
    assert "step 99" in next(one.target for one in found.differences if one.what == "point")


def test_a_copy_that_is_not_ended_as_its_run_is_was_interrupted(copy: Copied) -> None:
    copy.record().status, copy.record().ended = "running", None
    assert {one.what for one in copy.verify().differences} == {"status", "ended"}


def test_what_the_source_does_not_say_the_target_may(copy: Copied) -> None:
    store = Copied(copy.source, copy.source).store
    run = store.runs[copy.original().id]
    run.started = run.ended = None  # type: ignore[assignment] # other places know runs without a start
    found = copy.verify()
    assert (found.clean, [one.what for one in found.explained]) == (True, ["started", "ended"])
    assert run.status in ENDED
    run.user = None
    assert [one.what for one in copy.verify().differences] == ["user"]


def test_a_child_may_stand_without_a_parent_that_was_not_asked_for(copy: Copied) -> None:
    child, record = copy.original(), copy.record()
    pair = Pair(child.id, record.id, parent=None, orphan=True)
    proof = prove(copy.source.driver, copy.target.driver, pair)
    assert (proof.clean, proof.explained) == (True, ())  # the parent's copy is there all the same
    record.parent = None
    proof = prove(copy.source.driver, copy.target.driver, pair)
    assert (proof.clean, [one.what for one in proof.explained]) == (True, ["parent"])
    record.parent = ref(copy.record("alone"))
    assert [one.what for one in prove(copy.source.driver, copy.target.driver, pair).differences] == ["parent"]


def test_a_parent_that_the_source_does_not_know(copy: Copied) -> None:
    copy.record("alone").parent = ref(copy.record("parent"))
    (told,) = copy.verify().differences
    assert (told.what, told.name, told.source) == ("parent", "alone", "-")


def test_of_many_differences_the_first_are_told_and_all_are_counted(copy: Copied) -> None:
    record = copy.record()
    record.tags.update({f"t{number:03}": "x" for number in range(100)})
    series = record.series["loss"]
    series.points = {rank(moved): moved for moved in ((step, time, -value) for step, time, value in LOSS)}
    found = copy.verify()
    tags = [one for one in found.differences if one.what == "tag"]
    assert [one.where for one in tags] == [*(f"t{number:03}" for number in range(MOST)), ""]
    assert tags[-1].reason == "and 80 more"
    points = [one for one in found.differences if one.what == "point"]
    assert [one.reason for one in points[:-1]] == ["the value differs"] * 10
    assert (points[-1].source, points[-1].target) == ("50 points", "50 points")
    assert found.unexplained == len(found.differences) == MOST + 1 + 11


def test_a_value_is_shown_in_few_letters(copy: Copied) -> None:
    copy.record().params["text"] = "s3v3n" * 500
    (told,) = copy.verify().differences
    assert len(told.target) < 100
    assert told.target.startswith("'s3v3n")
    assert told.target.endswith("… (str)")


def test_a_secret_is_not_shown(copy: Copied) -> None:
    copy.source.driver.write(copy.original().ref, Batch(params={"db_password": "hunter2"}))
    secret = "AKIAIOSFODNN7EXAMPLE"  # what AWS's documents show
    record = copy.record()
    record.params["db_password"] = "hunter3"
    record.tags["team"] = f"key {secret}"
    record.description = f"key {secret}"
    found = copy.verify()
    assert {one.what for one in found.differences} == {"param", "tag", "description"}
    document = found.model_dump_json()
    assert "hunter" not in document
    assert secret not in document
