"""Ranks: who this process is among those of its launch, and which run they share."""

from __future__ import annotations

import os

import pytest

from tracklayer.api.identity import identity, lonely, spelt
from tracklayer.api.ranks import LAUNCHERS, rank

TORCH = {"RANK": "3", "WORLD_SIZE": "8", "LOCAL_WORLD_SIZE": "4", "MASTER_ADDR": "node1", "MASTER_PORT": "29500"}


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for launcher in LAUNCHERS:
        for name in (launcher.rank, launcher.world, launcher.local, *launcher.names):
            monkeypatch.delenv(name or "-", raising=False)


@pytest.mark.parametrize(
    ("given", "number", "launch"),
    [
        (TORCH | {"TORCHELASTIC_RUN_ID": "job7"}, 3, "job7/node1/29500"),
        (TORCH | {"TORCHELASTIC_RUN_ID": "none"}, 3, None),
        (TORCH | {"TORCHELASTIC_RUN_ID": "none", "TRACKLAYER_LAUNCH": "mine"}, 3, "mine"),
        ({"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2", "PMIX_NAMESPACE": "prte-1@1"}, 1, "prte-1@1"),
        ({"PMI_RANK": "1", "PMI_SIZE": "2"}, 1, None),
        (
            {"SLURM_PROCID": "5", "SLURM_STEP_NUM_TASKS": "6", "SLURM_JOB_ID": "77", "SLURM_STEP_ID": "0"},
            5,
            "77/0",
        ),
    ],
)
def test_launchers(given: dict[str, str], number: int, launch: str | None) -> None:
    found = rank(given)
    assert found is not None
    assert (found.number, found.launch) == (number, launch)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"RANK": "0", "WORLD_SIZE": "1"},
        {"RANK": "x", "WORLD_SIZE": "2"},
        {"SLURM_PROCID": "0", "SLURM_NTASKS": "8"},
    ],
)
def test_a_process_that_is_alone(given: dict[str, str]) -> None:
    assert rank(given) is None


def test_on_one_machine_the_launcher_itself_names_the_launch() -> None:
    found = rank(TORCH | {"LOCAL_WORLD_SIZE": "8", "TORCHELASTIC_RUN_ID": "none"})
    assert found is not None
    assert found.launch is not None
    assert str(os.getppid()) in found.launch.split("/")


def test_all_find_the_same_run_and_the_next_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracklayer.api.identity._started", __import__("collections").Counter())
    for name, text in (TORCH | {"TORCHELASTIC_RUN_ID": "job8"}).items():
        monkeypatch.setenv(name, text)
    first, second = identity("a", None, shared=True), identity("a", None, shared=True)
    monkeypatch.setattr("tracklayer.api.identity._started", __import__("collections").Counter())
    monkeypatch.setenv("RANK", "0")
    assert identity("a", None, shared=True) == (first.token, 0)
    assert first.rank == 3
    assert len({first.token, second.token, identity("b", None, shared=True).token}) == 3
    alone = identity("a", None, shared=False)
    assert alone.rank is None
    assert not lonely()


def test_the_first_rank_speaks_for_the_run() -> None:
    assert [spelt("loss", number, "prefix") for number in (None, 0, 1)] == ["loss", "loss", "rank1/loss"]
    assert spelt("loss", 2, "tag") == "loss/rank2"
    assert spelt("loss", 2, "same") == "loss"
