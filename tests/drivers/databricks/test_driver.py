"""What the driver does beyond MLflow's: paths, folders, Databricks' own tags and limits; two workspaces at once."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.drivers.databricks.places import PLACES, new_run, opened

import tracklayer as tl
from tracklayer.emulators.databricks import USER, DatabricksEmulator
from tracklayer.emulators.faults import Fault
from tracklayer.errors import AlreadyExists, NotFound, QuotaExceeded, RateLimited
from tracklayer.model import Batch, Experiment, ExperimentDraft, Points
from tracklayer.spi import Driver, every


def new_name() -> str:
    return f"e-{uuid4().hex[:12]}"


def test_a_name_is_below_the_home_of_whoever_asks_who_is_asked_for_once(emulator: DatabricksEmulator) -> None:
    driver, name = opened("databricks://"), new_name()
    made = driver.create_experiment(ExperimentDraft(name=name, tags={"a": "b"}))
    assert (made.name, made.tags) == (name, {"a": "b"})
    assert driver.get_experiment(name) == driver.get_experiment(made.ref) == made
    by_path = driver.get_experiment(f"/Users/{USER}/{name}")
    assert by_path == made
    assert emulator.calls.count("Me") == 1
    elsewhere = opened("databricks://aws?folder=/Shared")
    assert elsewhere.get_experiment(made.ref).name == f"/Users/{USER}/{name}"
    with pytest.raises(NotFound):
        elsewhere.get_experiment(name)


def test_a_path_stays_a_path_and_its_folders_are_made(emulator: DatabricksEmulator) -> None:
    driver, folder = opened("databricks://aws"), f"/Shared/{new_name()}/deep/er"
    made = driver.create_experiment(ExperimentDraft(name=f"{folder}/exp"))
    assert made.name == f"{folder}/exp"
    assert driver.get_experiment(f"/Workspace{folder}/exp") == made
    assert (emulator.calls.count("mkdirs"), emulator.calls.count("Me")) == (1, 0)
    with pytest.raises(AlreadyExists):
        driver.create_experiment(ExperimentDraft(name=f"{folder}/exp"))


def test_a_deleted_experiment_keeps_its_name_so_that_it_can_come_back() -> None:
    driver, name = opened("databricks://aws?folder=/Shared"), new_name()
    made = driver.create_experiment(ExperimentDraft(name=name))
    driver.delete(made.ref)
    with pytest.raises(AlreadyExists, match="deleted"):
        driver.create_experiment(ExperimentDraft(name=name))
    driver.restore(made.ref)
    assert driver.get_experiment(name) == made


@pytest.mark.parametrize("number", [17, 60])
def test_an_experiment_has_all_its_tags_and_none_of_databricks_own(emulator: DatabricksEmulator, number: int) -> None:
    driver, tags = opened("databricks://aws?folder=/Shared"), {f"t{one}": str(one) for one in range(number)}
    made = driver.create_experiment(ExperimentDraft(name=new_name(), tags=tags, description="what for"))
    assert (made.tags, made.description) == (tags, "what for")
    assert emulator.calls.count("experiments/set-experiment-tag") == max(0, number + 2 - 20)


def listed(driver: Driver) -> set[str]:
    return {found.name for found in every(driver.list_experiments)}


def test_two_workspaces_in_one_process_each_have_what_their_url_says(emulator: DatabricksEmulator) -> None:
    """The environment names the first of them."""
    names = {profile: new_name() for profile in PLACES}
    drivers = {profile: opened(f"databricks://{profile}?folder=/Shared") for profile in PLACES}
    for _ in range(2):
        for profile, driver in drivers.items():
            name = f"{names[profile]}-{uuid4().hex[:4]}"
            driver.create_experiment(ExperimentDraft(name=name))
            assert name in listed(driver)
            others = (other for other in drivers.values() if other is not driver)
            assert not any(name in listed(other) for other in others)
    asked = {call.host for call in emulator.calls.all() if call.service == "mlflow"}
    assert asked == set(PLACES.values())


def test_a_full_run_is_a_quota_and_nothing_of_a_series_is_lost(emulator: DatabricksEmulator) -> None:
    driver = opened("databricks://aws?folder=/Shared")
    run = new_run(driver)
    emulator.tune(metric_steps=10)
    driver.write(run.ref, Batch(points=(Points.of("m", [(step, step * 10**6, 0.5) for step in range(10)]),)))
    with pytest.raises(QuotaExceeded, match="maximum allowed total metric steps per run is 10") as caught:
        driver.write(run.ref, Batch(points=(Points.of("m", [(10, 10**7, 0.5)]),)))
    assert not caught.value.retryable


def test_a_workspace_that_is_asked_too_fast_says_so_and_perhaps_when_to_come_again(
    emulator: DatabricksEmulator,
) -> None:
    driver = opened("databricks://aws?folder=/Shared")
    emulator.tune(rates={"experiments/search": 0.001})
    driver.list_experiments()
    for told in (True, False):
        emulator.tune(retry_after=told)
        with pytest.raises(RateLimited) as caught:
            driver.list_experiments()
        assert (caught.value.retryable, caught.value.retry_after is not None) == (True, told)


def test_an_answer_that_was_lost_makes_no_second_run(emulator: DatabricksEmulator) -> None:
    with tl.connect("databricks://aws?folder=/Shared") as client:
        experiment: Experiment = client.create_experiment(new_name())
        emulator.fault(Fault("runs/create", "drop-after"), Fault("runs/log-batch", "answer", status=429))
        with client.start_run(experiment.name, params={"lr": 0.1}) as run:
            run.log_metric("loss", 0.5, step=0)
        (found,) = client.runs(experiment.name)
        assert (found.id, found.params, found.status) == (run.id, {"lr": 0.1}, "finished")
