"""Sidecars: in the record where they help to read a run, else in S3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.drivers.sagemaker.conftest import URL, driver_of, fresh_name, new_run

from tracklayer.drivers.sagemaker import record
from tracklayer.drivers.sagemaker.driver import SagemakerDriver
from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.errors import NotFound, Rejected
from tracklayer.model import Batch, Dataset, Experiment, ExperimentRef, Query, Run, RunRef
from tracklayer.spi import Driver

Others = Callable[[str], Any]


def beside(driver: Driver, run: Run) -> Any:
    """What comes along with the run, got and listed."""
    (listed,) = [
        one for one in driver.list_runs(Query(experiments=(run.experiment,), page_size=100)).items if one.id == run.id
    ]
    got = driver.get_run(run.ref).beside
    assert got == listed.beside
    return got


def test_small_values_and_pages_come_along_with_the_run(
    driver: SagemakerDriver, emulator: SagemakerEmulator, run: Run
) -> None:
    for key in ("v-a", "p-b"):
        driver.put_sidecar(run.ref, key, key.encode())
    assert emulator.calls.count(service="s3") == 0
    assert beside(driver, run) == {"v-a": b"v-a", "p-b": b"p-b"}
    assert driver.get_sidecars(run.ref, "v-") == {"v-a": b"v-a"}
    assert emulator.calls.count(service="s3") == 0


def test_blocks_are_no_part_of_reading_a_run(driver: SagemakerDriver, run: Run) -> None:
    driver.put_sidecar(run.ref, "b-block", b"points")
    assert beside(driver, run) == {}
    assert driver.get_sidecars(run.ref, "b-") == {"b-block": b"points"}


def test_who_reads_a_run_is_told_that_there_is_more(driver: SagemakerDriver, run: Run) -> None:
    driver.put_sidecar(run.ref, "v-small", b"x")
    driver.put_sidecar(run.ref, "v-large", bytes(3_000))
    assert beside(driver, run) is None
    assert driver.get_sidecars(run.ref, "v-") == {"v-small": b"x", "v-large": bytes(3_000)}


def test_beyond_the_room_in_the_record_they_go_to_s3(driver: SagemakerDriver, run: Run) -> None:
    data = {f"v-{number:02}": b"%d" % number for number in range(record.MOST_KEPT + 6)}
    for key, blob in data.items():
        driver.put_sidecar(run.ref, key, blob)
    assert beside(driver, run) is None
    assert driver.get_sidecars(run.ref, "v-") == data
    assert driver_of(URL).get_sidecars(run.ref) == data


def test_they_do_so_too_when_others_have_filled_the_record_meanwhile(
    driver: SagemakerDriver, others: Others, run: Run
) -> None:
    driver.put_sidecar(run.ref, "v-0", b"0")
    theirs = {f"other {number}": {"Value": "x"} for number in range(57)}
    others("sagemaker").update_trial_component(TrialComponentName=run.id, InputArtifacts=theirs)
    driver.put_sidecar(run.ref, "v-1", b"1")
    driver.put_sidecar(run.ref, "v-2", b"2")
    assert driver.get_sidecars(run.ref) == {"v-0": b"0", "v-1": b"1", "v-2": b"2"}


def test_a_full_record_is_emptied_for_what_must_be_there(driver: SagemakerDriver, others: Others, run: Run) -> None:
    driver.write(run.ref, Batch(inputs=tuple(Dataset(name=f"d{number}", digest="1") for number in range(4))))
    data = {f"v-{number}": b"%d" % number for number in range(8)}
    for key, blob in data.items():
        driver.put_sidecar(run.ref, key, blob)
    theirs = {f"other {number}": {"Value": "x"} for number in range(47)}
    others("sagemaker").update_trial_component(TrialComponentName=run.id, InputArtifacts=theirs)
    driver.write(run.ref, Batch(tags={"tracklayer.made": "x" * 8_000}))
    assert beside(driver, run) is None
    assert driver.get_sidecars(run.ref, "v-") == data
    assert driver.get_run(run.ref).tags == {"tracklayer.made": "x" * 8_000}
    with pytest.raises(Rejected):
        driver.write(run.ref, Batch(tags={f"tracklayer.{key}": "x" * 8_000 for key in ("name", "page0", "ended")}))


def test_the_same_again_costs_nothing(driver: SagemakerDriver, emulator: SagemakerEmulator, run: Run) -> None:
    driver.put_sidecar(run.ref, "v-a", b"x")
    emulator.calls.clear()
    driver.put_sidecar(run.ref, "v-a", b"x")
    assert emulator.calls.count() == 0


def test_what_is_kept_for_a_run_leaves_room_for_its_longest_tags(driver: SagemakerDriver, run: Run) -> None:
    for number in range(40):
        driver.put_sidecar(run.ref, f"v-{number}", b"x")
    own = {f"tracklayer.{key}": "x" * 8_000 for key in ("made", "name", "description", "page1", "page2", "page3")}
    driver.write(run.ref, Batch(tags=own | {"tracklayer.ended": "e", "tracklayer.more": "1"}))
    assert own.items() <= driver.get_run(run.ref).tags.items()


def test_sidecars_of_a_run_of_others(driver: SagemakerDriver, others: Others, experiment: Experiment) -> None:
    name = fresh_name()
    others("sagemaker").create_trial_component(TrialComponentName=name)
    theirs = RunRef(id=name)
    assert driver.get_sidecars(theirs) == {}
    driver.put_sidecar(theirs, "v-a", b"x")
    driver.put_sidecar(theirs, "b-a", b"y")
    assert driver.get_sidecars(theirs) == {"v-a": b"x", "b-a": b"y"}
    assert driver.get_run(theirs).inputs == ()
    assert driver.get_sidecars(experiment.ref) == {}


def test_files_of_others_among_the_sidecars_are_left_alone(driver: SagemakerDriver, others: Others, run: Run) -> None:
    driver.put_sidecar(run.ref, "b-a", b"x")
    bucket = "sagemaker-us-east-1-123456789012"
    others("s3").put_object(Bucket=bucket, Key=f"trial-component-artifacts/{run.id}/.tracklayer/a/../b", Body=b"!")
    assert driver.get_sidecars(run.ref) == {"b-a": b"x"}


@pytest.mark.parametrize("owner", [RunRef(id="never-made"), RunRef(id="a/b"), ExperimentRef(id="experiment/never")])
def test_nobody_has_none(driver: SagemakerDriver, owner: RunRef | ExperimentRef) -> None:
    with pytest.raises(NotFound):
        driver.put_sidecar(owner, "v-a", b"x")
    with pytest.raises(NotFound):
        driver.get_sidecars(owner)


def test_another_place_of_the_same_account_finds_them(
    driver: SagemakerDriver, others: Others, experiment: Experiment
) -> None:
    others("s3").create_bucket(Bucket="another-bucket")
    other = driver_of("sagemaker://us-east-1/?bucket=another-bucket&prefix=team/x")
    made = new_run(other, experiment)
    other.put_sidecar(made.ref, "b-a", b"x")
    assert driver.get_sidecars(made.ref) == {"b-a": b"x"}
    keys = [one["Key"] for one in others("s3").list_objects_v2(Bucket="another-bucket")["Contents"]]
    assert keys == [f"team/x/trial-component-artifacts/{made.id}/.tracklayer/b-a"]
    other.close()


def test_a_bucket_that_is_named_must_be_there(driver: SagemakerDriver, experiment: Experiment) -> None:
    other = driver_of("sagemaker://us-east-1/?bucket=nobody-has-this-bucket")
    made = new_run(other, experiment)
    assert other.get_sidecars(made.ref) == {}
    with pytest.raises(NotFound):
        other.put_sidecar(made.ref, "b-a", b"x")
    assert driver.get_run(made.ref) == made
    other.close()
