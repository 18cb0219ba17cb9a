"""`tracklayer emulate all`: every cloud, two places of some, at once in one process; each write lands at its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cli.command import MAIN, PATIENCE

#: A user's code: it asks for nothing but the places.
TRAINING = """
import json, os, sys
from concurrent.futures import ThreadPoolExecutor
import tracklayer as tl

azure = "azureml://{AZURE_SUBSCRIPTION_ID}/{AZURE_RESOURCE_GROUP}/".format(**os.environ)
places = [
    "local:", "sagemaker://us-east-1", "sagemaker://eu-west-1",
    "vertex://tracklayer-emulator/us-central1", "vertex://tracklayer-emulator/europe-west4",
    azure + os.environ["AZUREML_WORKSPACE_NAME"], azure + "another", sys.argv[1], "databricks://",
]

def log(place):
    with tl.connect(place) as client, client.start_run("together", name=place) as run:
        run.log_params({"place": place, "rate": 0.5})
        for step in range(20):
            run.log_metric("loss", len(place) + step, step=step)
        run.log_text(place, "deep/er/place.txt")

def read(place):
    with tl.connect(place) as client:
        runs = list(client.runs("together"))
        (run,) = (one for one in runs if one.name == place)
        points = list(client.metric_history(run, "loss").values)
        with client.open_artifact(run, "deep/er/place.txt") as file:
            text = file.read().decode()
        return [[one.name for one in runs], run.status, dict(run.params), points, text]

def wait_for(place):  # a server that starts takes long on a busy machine
    with tl.connect(place) as client:
        for attempt in range(5):
            try:
                return list(client.experiments())
            except tl.errors.ProviderError:
                pass

with ThreadPoolExecutor(len(places)) as pool:
    list(pool.map(wait_for, places))
    list(pool.map(log, places))
    with tl.start_run("everywhere", name="one", to=places) as run:
        run.log_metric("loss", 1.0, step=1)
    print(json.dumps(dict(zip(places, pool.map(read, places)))))
for place in places:
    with tl.connect(place) as client:
        (run,) = client.runs("everywhere")
        assert list(client.metric_history(run, "loss").values) == [1.0], place
"""


def test_every_cloud_at_once_and_each_write_lands_where_its_url_says(tmp_path: Path) -> None:
    from tracklayer.emulators.oci import PLACE  # noqa: PLC0415 -- it needs the extra

    (tmp_path / "train.py").write_text(TRAINING)
    quiet = {
        "TRACKLAYER_HOME": str(tmp_path / "home"),
        "TRACKLAYER_CAPTURE": "off",
        "TRACKLAYER_SAGEMAKER_RATES": "off",
        "TRACKLAYER_FLUSH_TIMEOUT": "240",
        "TRACKLAYER_ID_TIMEOUT": "240",
    }
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "emulate", "all", "--json", "--", sys.executable, "train.py", PLACE],
        cwd=tmp_path,
        env={**os.environ, **quiet},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found, asked = map(json.loads, done.stdout.splitlines())
    assert len(found) == 9
    for place, (names, status, params, points, text) in found.items():
        assert names == [place]
        assert (status, params, text) == ("finished", {"place": place, "rate": 0.5}, place)
        assert points == [len(place) + step for step in range(20)]
    assert asked["refused"] == {}
    assert {row["emulator"] for row in asked["operations"]} == {"sagemaker", "vertex", "azureml", "oci", "databricks"}
