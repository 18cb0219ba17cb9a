"""Runs beyond what one trial holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.drivers.sagemaker.conftest import URL, driver_of, fresh_name, new_run

from tracklayer.drivers.sagemaker.driver import SagemakerDriver
from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.errors import QuotaExceeded
from tracklayer.model import Experiment, ExperimentDraft, Query
from tracklayer.spi import every

Others = Callable[[str], Any]


def trials_of(others: Others, experiment: Experiment) -> dict[str, int]:
    """How many runs are in each trial of the experiment."""
    sagemaker = others("sagemaker")
    found = sagemaker.list_trials(ExperimentName=experiment.name, MaxResults=100)["TrialSummaries"]
    return {
        one["TrialName"]: len(
            sagemaker.list_trial_components(TrialName=one["TrialName"], MaxResults=100)["TrialComponentSummaries"]
        )
        for one in found
    }


def test_a_full_trial_is_followed_by_the_next(driver: SagemakerDriver, others: Others, experiment: Experiment) -> None:
    made = {new_run(driver, experiment).id for _ in range(103)}
    group = f"Default-Run-Group-{experiment.name}"
    assert trials_of(others, experiment) == {group: 50, f"{group}-2": 50, f"{group}-3": 3}
    query = Query(experiments=(experiment.ref,), page_size=100)
    assert {run.id for run in every(lambda after: driver.list_runs(query, after))} == made


def test_another_process_goes_on_with_the_newest_trial(
    driver: SagemakerDriver, emulator: SagemakerEmulator, others: Others, experiment: Experiment
) -> None:
    emulator.tune(components_per_trial=2)
    for _ in range(7):
        new_run(driver, experiment)
    other = driver_of(URL)
    emulator.calls.clear()
    new_run(other, experiment)
    assert emulator.calls.count("ListTrials") == 1
    assert emulator.calls.count("AssociateTrialComponent") == 2
    assert sorted(trials_of(others, experiment).values()) == [2, 2, 2, 2]
    other.close()


def test_an_experiment_that_is_full_says_so(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment
) -> None:
    emulator.tune(components_per_trial=1, trials_per_experiment=2)
    new_run(driver, experiment)
    new_run(driver, experiment)
    with pytest.raises(QuotaExceeded) as caught:
        new_run(driver, experiment)
    assert "Total number of trials allowed in a single experiment" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_trial_that_another_experiment_has_is_not_taken(driver: SagemakerDriver, others: Others) -> None:
    head = fresh_name().ljust(100, "x")
    first, second = (driver.create_experiment(ExperimentDraft(name=head + end)) for end in ("a", "b"))
    runs = [new_run(driver, one) for one in (first, second, first, second)]
    assert [sum(trials_of(others, one).values()) for one in (first, second)] == [2, 2]
    assert not trials_of(others, first).keys() & trials_of(others, second).keys()
    for one in (first, second):
        listed = driver.list_runs(Query(experiments=(one.ref,), page_size=10)).items
        assert {run.id for run in listed} == {run.id for run in runs if run.experiment == one.ref}


def test_names_that_would_meet_in_the_official_sdk_do_not(driver: SagemakerDriver) -> None:
    end = fresh_name()
    first = driver.create_experiment(ExperimentDraft(name=f"{end}-a-b"))
    second = driver.create_experiment(ExperimentDraft(name=f"{end}-a"))
    runs = [new_run(driver, first, token="c", name="c"), new_run(driver, second, token="b-c", name="b-c")]
    assert runs[0].id != runs[1].id
    assert [driver.get_run(run.ref).experiment for run in runs] == [first.ref, second.ref]
