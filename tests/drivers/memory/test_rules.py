from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timezone
from io import BytesIO

import pytest

from tracklayer.drivers.memory import MemoryDriver
from tracklayer.errors import Conflict, Rejected
from tracklayer.model import Batch, Dataset, ExperimentDraft, ExperimentRef, Points, RunDraft, RunRef, Source
from tracklayer.spi import Bound, Feature, Limits, Names, Naming

Make = Callable[..., MemoryDriver]
NewRun = Callable[[MemoryDriver], RunRef]

NOON = datetime(2026, 1, 1, 12, microsecond=1, tzinfo=timezone.utc)
HUGE = 10**70
SMALL = Naming(pattern="[a-z0-9_]+", longest=Bound(most=25, source="a test"))


def bound(most: int) -> Bound:
    return Bound(most=most, source="a test")


def points(*rows: tuple[int, int, float], key: str = "loss") -> Batch:
    return Batch(points=(Points.of(key, rows),))


LACKING = [
    (Feature.TYPED_PARAMS, Batch(params={"n": 1}), "param 'n' as int"),
    (Feature.TYPED_PARAMS, Batch(params={"on": True}), "param 'on' as bool"),
    (Feature.EMPTY_VALUES, Batch(params={"n": ""}), "the value of param 'n'"),
    (Feature.EMPTY_VALUES, Batch(tags={"t": ""}), "the value of tag 't'"),
    (Feature.PARAM_OVERWRITE, Batch(overwrite=True), "overwrite"),
    (Feature.DATASETS, Batch(inputs=(Dataset(name="d", digest="1"),)), "inputs"),
    (Feature.DESCRIPTION, Batch(description="words"), "description"),
    (Feature.BACKDATING, Batch(ended=NOON), "ended"),
    (Feature.METRIC_NAN, points((0, 0, math.nan)), "metric 'loss'"),
    (Feature.METRIC_INFINITY, points((0, 0, -math.inf)), "metric 'loss'"),
    (Feature.METRIC_NEGATIVE_STEP, points((3, 0, 1.0), (-1, 0, 1.0)), "metric 'loss'"),
    (Feature.METRIC_SAME_STEP, points((1, 0, 1.0), (1, 5, 1.0)), "two points at step 1"),
    (
        Feature.METRIC_SAME_STEP,
        Batch(points=(Points.of("loss", [(1, 0, 1.0)]), Points.of("loss", [(1, 0, 2.0)]))),
        "two points at step 1",
    ),
]


@pytest.mark.parametrize(("feature", "batch", "says"), LACKING)
def test_what_needs_a_feature_is_rejected_without_it_and_taken_with_it(
    make: Make, new_run: NewRun, feature: Feature, batch: Batch, says: str
) -> None:
    without, whole = make(feature), make()
    with pytest.raises(Rejected, match=f"other: write: .*{says}.* is not native"):
        without.write(new_run(without), batch)
    whole.write(new_run(whole), batch)


@pytest.mark.parametrize(
    ("feature", "draft"),
    [
        (Feature.BACKDATING, RunDraft(token="t", started=NOON)),
        (Feature.NESTED_RUNS, RunDraft(token="t", parent=RunRef(id="p"))),
        (Feature.PROVENANCE, RunDraft(token="t", user="u")),
        (Feature.PROVENANCE, RunDraft(token="t", source=Source(branch="main"))),
        (Feature.DESCRIPTION, RunDraft(token="t", description="words")),
        (Feature.EMPTY_VALUES, RunDraft(token="t", tags={"t": ""})),
    ],
)
def test_what_needs_a_feature_is_rejected_in_the_draft_of_a_run(make: Make, feature: Feature, draft: RunDraft) -> None:
    without, whole = make(feature), make()
    for driver in (without, whole):
        driver.create_experiment(ExperimentDraft(name="e"))
    with pytest.raises(Rejected, match=f"{feature.value}' is not native"):
        without.create_run(ExperimentRef(id="1"), draft)
    assert whole.create_run(ExperimentRef(id="1"), draft).token == "t"


def test_what_needs_a_feature_is_rejected_in_the_draft_of_an_experiment(make: Make) -> None:
    with pytest.raises(Rejected, match="description"):
        make(Feature.DESCRIPTION).create_experiment(ExperimentDraft(name="e", description="words"))


@pytest.mark.parametrize(
    ("kind", "batch"),
    [
        ("param", Batch(params={"A": "1"})),
        ("tag", Batch(tags={"A": "1"})),
        ("metric", points((0, 0, 1.0), key="A")),
        ("metric", points(key="a" * 26)),
        ("run", Batch(name="A")),
    ],
)
def test_a_name_outside_the_alphabet_or_the_length_is_rejected(
    make: Make, new_run: NewRun, kind: str, batch: Batch
) -> None:
    names = Names(param=SMALL, tag=SMALL, metric=SMALL, run=SMALL)
    driver = make(names=names)
    with pytest.raises(Rejected, match=rf"{kind} name '.*' is not legal: pattern \[a-z0-9_\]\+, longest 25 items"):
        driver.write(new_run(driver), batch)


def test_names_of_experiments_and_files_are_held_too(make: Make, new_run: NewRun) -> None:
    driver = make(names=Names(experiment=SMALL, experiment_tag=SMALL, artifact=SMALL))
    with pytest.raises(Rejected, match="experiment name 'A'"):
        driver.create_experiment(ExperimentDraft(name="A"))
    with pytest.raises(Rejected, match="experiment tag name 'B'"):
        driver.create_experiment(ExperimentDraft(name="a", tags={"B": ""}))
    with pytest.raises(Rejected, match="artifact name 'C'"):
        driver.put_artifact(new_run(driver), "C", BytesIO())


def test_capitals_are_rejected_where_the_provider_folds_them(make: Make, new_run: NewRun) -> None:
    driver = make(names=Names(tag=Naming(folds_case=True)))
    run = new_run(driver)
    driver.write(run, Batch(tags={"low": "1"}))
    with pytest.raises(Rejected, match="'Low' has capitals"):
        driver.write(run, Batch(tags={"Low": "1"}))


@pytest.mark.parametrize(
    ("limits", "legal", "illegal"),
    [
        (Limits(param_value=bound(3)), Batch(params={"a": "123"}), Batch(params={"a": "1234"})),
        (Limits(param_value=bound(3)), Batch(params={"a": 7}), Batch(params={"a": HUGE})),
        (Limits(tag_value=bound(3)), Batch(tags={"a": "123"}), Batch(tags={"a": "1234"})),
        (Limits(description=bound(3)), Batch(description="123"), Batch(description="1234")),
        (Limits(params_per_write=bound(1)), Batch(params={"a": 1}), Batch(params={"a": 1, "b": 1})),
        (Limits(tags_per_write=bound(1)), Batch(tags={"a": ""}), Batch(tags={"a": "", "b": ""})),
        (Limits(points_per_write=bound(1)), points((0, 0, 0)), points((0, 0, 0), (1, 0, 0))),
        (
            Limits(items_per_write=bound(2)),
            Batch(params={"a": 1}, tags={"b": ""}),
            Batch(params={"a": 1, "c": 1}, tags={"b": ""}),
        ),
        (Limits(bytes_per_write=bound(10)), Batch(params={"a": "é" * 4}), Batch(params={"a": "é" * 5})),
        (Limits(point_time_unit=10), points((0, 20, 0)), points((0, 25, 0))),
        (Limits(point_time_earliest=0), points((0, 0, 0)), points((0, -1, 0))),
        (Limits(run_time_unit=1_000), Batch(ended=NOON), None),
        (Limits(run_time_unit=1_000_000), Batch(ended=NOON.replace(microsecond=2_000)), Batch(ended=NOON)),
        (
            Limits(dataset_name=bound(1), dataset_digest=bound(1)),
            Batch(inputs=(Dataset(name="d", digest="1"),)),
            Batch(inputs=(Dataset(name="d", digest="12"),)),
        ),
        (
            Limits(dataset_source=bound(1), dataset_columns=bound(1)),
            Batch(inputs=(Dataset(name="d", digest="1", source="s"),)),
            Batch(inputs=(Dataset(name="d", digest="1", columns="cc"),)),
        ),
        (
            Limits(tag_value=Bound(most=9, source="a test", pattern="[a-z]*")),
            Batch(tags={"a": "low"}),
            Batch(tags={"a": "UP"}),
        ),
    ],
)
def test_a_limit_holds_at_its_number_and_rejects_one_more(
    make: Make, new_run: NewRun, limits: Limits, legal: Batch, illegal: Batch | None
) -> None:
    driver = make(limits=limits)
    run = new_run(driver)
    driver.write(run, legal)
    held = driver.get_run(run)
    if illegal is not None:
        with pytest.raises(Rejected, match=r"legal|multiple|before"):
            driver.write(run, illegal)
    assert driver.get_run(run) == held


def test_an_experiment_tag_has_a_limit_of_its_own(make: Make) -> None:
    driver = make(limits=Limits(experiment_tag_value=bound(3)))
    assert driver.create_experiment(ExperimentDraft(name="a", tags={"t": "123"})).tags == {"t": "123"}
    with pytest.raises(Rejected, match="experiment tag 't' takes 4 items, and at most 3 are legal"):
        driver.create_experiment(ExperimentDraft(name="b", tags={"t": "1234"}))


def test_a_run_holds_no_more_than_it_may_over_several_writes(make: Make, new_run: NewRun) -> None:
    driver = make(limits=Limits(params_per_run=bound(2), tags_per_run=bound(2)))
    run = new_run(driver)
    driver.write(run, Batch(params={"a": 1, "b": 2}, tags={"a": "", "b": ""}))
    driver.write(run, Batch(params={"b": 2}, tags={"a": "again"}))
    with pytest.raises(Rejected, match="3 params on one run"):
        driver.write(run, Batch(params={"c": 3}))
    with pytest.raises(Rejected, match="3 tags on one run"):
        driver.write(run, Batch(tags={"c": ""}))


def test_a_draft_brings_no_more_tags_than_a_run_may_hold(make: Make) -> None:
    driver = make(limits=Limits(tags_per_run=bound(1)))
    driver.create_experiment(ExperimentDraft(name="e"))
    with pytest.raises(Rejected, match="2 tags on one run"):
        driver.create_run(ExperimentRef(id="1"), RunDraft(token="t", tags={"a": "", "b": ""}))


def test_times_that_are_not_kept_are_not_held_to_a_unit(make: Make, new_run: NewRun) -> None:
    driver = make(Feature.METRIC_TIME, Feature.METRIC_SAME_STEP, limits=Limits(point_time_unit=10))
    driver.write(new_run(driver), points((0, 1, 1.0), (0, 2, 1.0)))
    with pytest.raises(Rejected, match="two points at step 0"):
        driver.write(new_run(driver), points((0, 1, 1.0), (0, 2, 2.0)))


def test_an_ended_run_goes_on_only_where_resume_is_native(make: Make, new_run: NewRun) -> None:
    driver = make(Feature.RESUME)
    run = new_run(driver)
    driver.write(run, Batch(status="running"))
    driver.write(run, Batch(status="failed"))
    with pytest.raises(Rejected, match="'resume' is not native"):
        driver.write(run, Batch(status="running", tags={"a": "b"}))
    assert driver.get_run(run).tags == {}


def test_a_rejected_batch_leaves_nothing_behind(make: Make, new_run: NewRun) -> None:
    driver = make()
    run = new_run(driver)
    driver.write(run, Batch(params={"a": 1}))
    with pytest.raises(Conflict, match="param 'a'"):
        driver.write(run, Batch(params={"b": 1, "a": True}, tags={"t": ""}, status="finished"))
    held = driver.get_run(run)
    assert (held.params, held.tags, held.status) == ({"a": 1}, {}, "running")
