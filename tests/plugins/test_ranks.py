from __future__ import annotations

import json

import pytest

from tracklayer.plugins.ranks import first

WORKERS = {"worker": ["a:1", "b:1"]}


def tensorflow(kind: str, index: int, **cluster: list[str]) -> dict[str, str]:
    return {"TF_CONFIG": json.dumps({"cluster": WORKERS | cluster, "task": {"type": kind, "index": index}})}


@pytest.mark.parametrize(
    ("environ", "is_first"),
    [
        ({}, True),
        ({"RANK": "0", "WORLD_SIZE": "2"}, True),
        ({"RANK": "1", "WORLD_SIZE": "2"}, False),
        ({"SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2"}, False),
        ({"KERAS_DISTRIBUTION_PROCESS_ID": "0"}, True),
        ({"KERAS_DISTRIBUTION_PROCESS_ID": "1"}, False),
        (tensorflow("worker", 0), True),
        (tensorflow("worker", 1), False),
        (tensorflow("worker", 0, chief=["c:1"]), False),
        (tensorflow("chief", 0, chief=["c:1"]), True),
        (tensorflow("ps", 0), False),
        ({"TF_CONFIG": "[]"}, True),
        ({"TF_CONFIG": "{"}, True),
    ],
)
def test_the_first_process_of_a_launch_logs(environ: dict[str, str], is_first: bool) -> None:
    assert first(environ) is is_first
