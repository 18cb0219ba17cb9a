"""The driver on the emulator: what it asks for, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from tests.drivers.sagemaker.conftest import URL, driver_of, fresh_name, new_run

from tracklayer.drivers.sagemaker import names
from tracklayer.drivers.sagemaker.driver import SagemakerDriver
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.errors import (
    AlreadyExists,
    Conflict,
    NotFound,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    Rejected,
    Unauthenticated,
    Unavailable,
)
from tracklayer.model import (
    Batch,
    Clause,
    Dataset,
    Experiment,
    ExperimentDraft,
    ExperimentRef,
    Points,
    Query,
    Run,
    RunDraft,
    RunRef,
)

Others = Callable[[str], Any]
ENDED = datetime(2026, 3, 4, 5, 6, 7, 891_000, tzinfo=timezone.utc)


def component_of(others: Others, run: Run) -> dict[str, Any]:
    found: dict[str, Any] = others("sagemaker").describe_trial_component(TrialComponentName=run.id)
    return found


def of(experiment: Experiment, **fields: Any) -> Query:
    return Query(experiments=(experiment.ref,), page_size=100, **fields)


def test_to_open_asks_nobody(emulator: SagemakerEmulator) -> None:
    driver_of(URL).close()
    assert emulator.calls.count() == 0


# -- making


def test_a_run_is_made_in_two_calls(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment
) -> None:
    new_run(driver, experiment)
    emulator.calls.clear()
    new_run(driver, experiment, tags={"t": "x", "tracklayer.made": "{}"})
    assert dict(emulator.calls.counts()) == {
        "sagemaker.CreateTrialComponent": 1,
        "sagemaker.AssociateTrialComponent": 1,
    }


def test_the_official_sdk_would_find_the_run(others: Others, experiment: Experiment, run: Run) -> None:
    trials = others("sagemaker").list_trials(TrialComponentName=run.id)["TrialSummaries"]
    assert [one["TrialName"] for one in trials] == [f"Default-Run-Group-{experiment.name}"]
    assert run.id.startswith(f"{experiment.name}-")
    arn = component_of(others, run)["TrialComponentArn"]
    tags = others("sagemaker").list_tags(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "sagemaker:trial-component-source", "Value": "run"}]


def test_the_same_token_gives_the_same_run_whatever_name_comes_with_it(
    driver: SagemakerDriver, experiment: Experiment
) -> None:
    made = new_run(driver, experiment, token="t", name="first")
    assert driver.create_run(experiment.ref, RunDraft(token="t", name="second")) == made
    assert driver_of(URL).create_run(experiment.ref, RunDraft(token="t")) == made


def test_a_run_that_was_made_and_not_put_into_its_experiment_is_put_there(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment
) -> None:
    emulator.fault(Fault("AssociateTrialComponent", "answer", times=None))
    with pytest.raises(Unavailable):
        new_run(driver, experiment, token="t")
    assert driver.list_runs(of(experiment)).items == ()
    emulator.faults.clear()
    new_run(driver, experiment, token="t")
    assert len(driver.list_runs(of(experiment)).items) == 1


def test_so_is_one_that_is_looked_for_by_its_token(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment
) -> None:
    emulator.fault(Fault("AssociateTrialComponent", "answer", times=None))
    with pytest.raises(Unavailable):
        new_run(driver, experiment, token="t")
    emulator.faults.clear()
    where = (Clause(entity="attribute", key="token", operator="=", value="t"),)
    (found,) = driver.list_runs(of(experiment, where=where)).items
    assert driver.list_runs(of(experiment)).items == (found,)


def test_an_answer_that_was_lost_makes_no_second_run(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment
) -> None:
    emulator.fault(Fault("CreateTrialComponent", "drop-after"), Fault("AssociateTrialComponent", "drop-after"))
    made = new_run(driver, experiment)
    assert driver.list_runs(of(experiment)).items == (made,)


def test_a_trial_component_that_has_the_name_already_is_not_taken_for_the_run(
    driver: SagemakerDriver, others: Others, experiment: Experiment
) -> None:
    others("sagemaker").create_trial_component(TrialComponentName=names.component(experiment.name, "t"))
    with pytest.raises(AlreadyExists, match="taken"):
        new_run(driver, experiment, token="t")


def test_a_run_of_an_experiment_that_is_gone_leaves_nothing(driver: SagemakerDriver, experiment: Experiment) -> None:
    new_run(driver, experiment)
    driver_of(URL).delete(experiment.ref)
    with pytest.raises(NotFound):
        new_run(driver, experiment, token="late")
    with pytest.raises(NotFound):
        driver.get_run(RunRef(id=names.component(experiment.name, "late")))


def test_an_experiment_that_never_was_is_not_found_before_anything_is_made(
    driver: SagemakerDriver, emulator: SagemakerEmulator
) -> None:
    with pytest.raises(NotFound):
        driver.create_run(ExperimentRef(id="experiment/never-made"), RunDraft(token="t"))
    with pytest.raises(NotFound):
        driver.create_run(ExperimentRef(id="never-made"), RunDraft(token="t"))
    assert dict(emulator.calls.counts()) == {"sagemaker.CreateTrial": 1}


# -- writing


def test_points_alone_take_one_call(driver: SagemakerDriver, emulator: SagemakerEmulator, run: Run) -> None:
    driver.write(run.ref, Batch(points=(Points.of("m", [(step, 0, 0.5) for step in range(10)]),)))
    assert dict(emulator.calls.counts()) == {"sagemaker-metrics.BatchPutMetrics": 1}


def test_params_and_ours_are_one_call_and_tags_another(
    driver: SagemakerDriver, emulator: SagemakerEmulator, run: Run
) -> None:
    batch = Batch(params={"p": "x"}, tags={"t": "y", "tracklayer.page0": "{}"}, status="finished", overwrite=True)
    driver.write(run.ref, batch)
    assert dict(emulator.calls.counts()) == {"sagemaker.UpdateTrialComponent": 1, "sagemaker.AddTags": 1}


def test_params_are_looked_at_before_they_are_set(driver: SagemakerDriver, others: Others, run: Run) -> None:
    others("sagemaker").update_trial_component(TrialComponentName=run.id, Parameters={"p": {"NumberValue": 1.0}})
    driver.write(run.ref, Batch(params={"p": 1.0}))
    for other in ("1.0", 2.0):
        with pytest.raises(Conflict, match="'p'"):
            driver.write(run.ref, Batch(params={"p": other}))
    driver.write(run.ref, Batch(params={"p": "text"}, overwrite=True))
    assert driver.get_run(run.ref).params == {"p": "text"}


def test_an_end_comes_and_goes(driver: SagemakerDriver, run: Run) -> None:
    driver.write(run.ref, Batch(status="finished", ended=ENDED))
    assert driver.get_run(run.ref).ended == ENDED
    driver.write(run.ref, Batch(status="running"))
    assert driver.get_run(run.ref).ended is None
    driver.write(run.ref, Batch(status="finished"))
    assert driver.get_run(run.ref).ended is None
    later = ENDED + timedelta(seconds=1)
    driver.write(run.ref, Batch(ended=later))
    assert driver.get_run(run.ref).ended == later


def test_a_run_that_the_official_sdk_goes_on_with_has_no_end_until_it_ends_it(
    driver: SagemakerDriver, others: Others, run: Run
) -> None:
    driver.write(run.ref, Batch(status="finished", ended=ENDED))
    context = {"PrimaryStatus": "InProgress", "Message": "Within a run context"}
    others("sagemaker").update_trial_component(TrialComponentName=run.id, Status=context)
    assert driver.get_run(run.ref).status == "running"
    later = ENDED + timedelta(hours=1)
    others("sagemaker").update_trial_component(
        TrialComponentName=run.id, Status={"PrimaryStatus": "Completed"}, EndTime=later
    )
    assert driver.get_run(run.ref).ended == later


def test_data_sets_are_shown_as_long_as_there_is_room(driver: SagemakerDriver, others: Others, run: Run) -> None:
    others("sagemaker").update_trial_component(TrialComponentName=run.id, InputArtifacts={"mine": {"Value": "theirs"}})
    many = tuple(Dataset(name=f"d{number}", digest="1") for number in range(40))
    driver.write(run.ref, Batch(inputs=(Dataset(name="mine", digest="1"), *many[:3])))
    driver.write(run.ref, Batch(inputs=many))
    shown = component_of(others, run)["InputArtifacts"]
    assert shown["mine"] == {"Value": "theirs"}
    assert {key for key in shown if key.startswith("d")} == {f"d{number}" for number in range(12)}
    assert [one.name for one in driver.get_run(run.ref).inputs] == ["mine"]


def test_an_empty_batch_finds_out_whether_the_run_is_there(driver: SagemakerDriver, run: Run) -> None:
    driver.write(run.ref, Batch())
    with pytest.raises(NotFound):
        driver.write(RunRef(id="never-made"), Batch())


@pytest.mark.parametrize("missing", ["errors", "exception"])
def test_points_of_a_run_that_is_not_there_are_not_found(
    driver: SagemakerDriver, emulator: SagemakerEmulator, missing: str
) -> None:
    emulator.tune(missing_component=missing)
    with pytest.raises(NotFound):
        driver.write(RunRef(id="never-made"), Batch(points=(Points.of("m", [(0, 0, 0.5)]),)))


# -- what goes wrong


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("METRIC_LIMIT_EXCEEDED", QuotaExceeded),
        ("VALIDATION_ERROR", Rejected),
        ("CONFLICT_ERROR", Conflict),
    ],
)
def test_what_is_said_of_a_point_inside_a_200_is_an_error_that_names_it(
    driver: SagemakerDriver, emulator: SagemakerEmulator, run: Run, code: str, kind: type[ProviderError]
) -> None:
    emulator.fault(Fault("BatchPutMetrics", "point", code=code, index=1))
    points = Points.of("loss", [(step, 0, step / 4) for step in range(3)])
    with pytest.raises(kind, match=rf"'loss' at step 1 .*{code}") as caught:
        driver.write(run.ref, Batch(points=(points,)))
    assert not caught.value.retryable


def test_a_point_that_the_service_failed_on_is_sent_again_alone(
    driver: SagemakerDriver, emulator: SagemakerEmulator, others: Others, run: Run
) -> None:
    emulator.fault(Fault("BatchPutMetrics", "point", code="INTERNAL_ERROR", index=4))
    driver.write(run.ref, Batch(points=(Points.of("m", [(step, 0, step / 4) for step in range(10)]),)))
    assert emulator.calls.count("BatchPutMetrics") == 2
    (summary,) = component_of(others, run)["Metrics"]
    assert summary["Count"] == 10


def test_one_that_it_goes_on_to_fail_on_may_be_tried_later(
    driver: SagemakerDriver, emulator: SagemakerEmulator, run: Run
) -> None:
    emulator.fault(Fault("BatchPutMetrics", "point", code="INTERNAL_ERROR", index=0, times=None))
    with pytest.raises(Unavailable, match="INTERNAL_ERROR") as caught:
        driver.write(run.ref, Batch(points=(Points.of("m", [(0, 0, 0.5)]),)))
    assert caught.value.retryable


def test_throttling_is_told(driver: SagemakerDriver, emulator: SagemakerEmulator, run: Run) -> None:
    emulator.fault(Fault("DescribeTrialComponent", "answer", None, 400, "ThrottlingException", "Rate exceeded"))
    with pytest.raises(RateLimited, match="Rate exceeded") as caught:
        driver.get_run(run.ref)
    assert caught.value.operation == "DescribeTrialComponent"


def test_a_wrong_secret_is_told_and_not_shown(emulator: SagemakerEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    assert emulator.calls.count() == 0
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret-wrong")
    driver = driver_of(URL)
    with pytest.raises(Unauthenticated) as caught:
        driver.get_experiment("any")
    assert "wrong-secret-wrong" not in str(caught.value)
    driver.close()


# -- experiments


def test_more_tags_than_aws_holds_of_an_experiment(
    driver: SagemakerDriver, emulator: SagemakerEmulator, others: Others
) -> None:
    tags = {f"t{number:03}": f"v{number}" for number in range(130)} | {"tracklayer.name": "true name"}
    made = driver.create_experiment(ExperimentDraft(name=fresh_name(), tags=tags))
    assert made.tags == driver.get_experiment(made.ref).tags == tags
    held = others("sagemaker").describe_experiment(ExperimentName=made.name)
    seen = others("sagemaker").list_tags(ResourceArn=held["ExperimentArn"])["Tags"]
    assert {"Key": "tracklayer.name", "Value": "true name"} in seen
    assert emulator.calls.count("PutObject") == 1
    with pytest.raises(AlreadyExists):
        driver.create_experiment(ExperimentDraft(name=made.name, tags={f"u{number}": "" for number in range(60)}))
    assert driver.get_experiment(made.ref).tags == tags


def test_the_console_shows_a_name_that_reads_like_the_true_one(driver: SagemakerDriver, others: Others) -> None:
    name = driver.traits.names.experiment.spell(f"Vision Of {uuid4().hex}")
    made = driver.create_experiment(ExperimentDraft(name=name))
    shown = others("sagemaker").describe_experiment(ExperimentName=made.name)["DisplayName"]
    assert shown.startswith("Vision-Of-")


def test_a_description_of_an_experiment_is_native(driver: SagemakerDriver, others: Others) -> None:
    made = driver.create_experiment(ExperimentDraft(name=fresh_name(), description="d" * 3_072))
    assert made.description == "d" * 3_072
    assert others("sagemaker").describe_experiment(ExperimentName=made.name)["Description"] == "d" * 3_072
    with pytest.raises(Rejected):
        driver.create_experiment(ExperimentDraft(name=fresh_name(), description="d" * 3_073))
