"""Sidecars of experiments, where files are served for runs only."""

from __future__ import annotations

import pytest

from tracklayer.drivers.mlflow import MlflowDriver
from tracklayer.drivers.mlflow.keeper import KEEPER
from tracklayer.model import ExperimentRef, Query, RunDraft
from tracklayer.spi import every


def test_one_run_of_the_experiment_keeps_them_and_is_not_listed(
    driver: MlflowDriver, experiment: ExperimentRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "_experiment_files", False)
    run = driver.create_run(experiment, RunDraft(token="somebody's"))
    assert driver.get_sidecars(experiment) == {}
    driver.put_sidecar(experiment, "k-1", b"one")
    driver.put_sidecar(experiment, "k-2", b"two")
    driver.put_sidecar(experiment, "l-1", b"three")
    assert driver.get_sidecars(experiment, "k-") == {"k-1": b"one", "k-2": b"two"}
    assert driver.get_sidecars(run.ref) == {}
    query = Query(experiments=(experiment,), view="all")
    assert [one.id for one in every(lambda after: driver.list_runs(query, after))] == [run.id]
    kept = driver._keepers(experiment)
    assert [one.info.status for one in kept] == ["FINISHED"]
    assert driver.get_run(driver._run(kept[0]).ref).token == KEEPER


def test_what_two_keepers_hold_is_read_together(
    driver: MlflowDriver, experiment: ExperimentRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two writers looked at once, and neither saw the other's."""
    monkeypatch.setattr(driver, "_experiment_files", False)
    made_before = driver._made_before
    monkeypatch.setattr(driver, "_made_before", lambda _experiment, _token: None)
    driver.put_sidecar(experiment, "k-1", b"one")
    driver.put_sidecar(experiment, "k-2", b"two")
    monkeypatch.setattr(driver, "_made_before", made_before)
    assert len(driver._keepers(experiment)) == 2
    assert driver.get_sidecars(experiment) == {"k-1": b"one", "k-2": b"two"}
