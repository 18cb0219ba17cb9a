"""An experiment as MLflow's own client reads it, as one JSON document. Runs in the peer's environment.

`python -m benchmarks.migrate.inside.read URL EXPERIMENT FILE`
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mlflow

THREADS = 2


def main(url: str, experiment: str, file: str) -> None:
    mlflow.set_tracking_uri(url)
    client: Any = mlflow.MlflowClient(url)
    home = client.get_experiment_by_name(experiment)
    runs, token = [], None
    while token != "":
        page = client.search_runs([home.experiment_id], max_results=1_000, page_token=token)
        runs += page
        token = page.token or ""
    with ThreadPoolExecutor(THREADS) as threads:
        read = list(threads.map(lambda run: _run(client, run), runs))
    Path(file).write_text(json.dumps({"tags": home.tags, "runs": read}), encoding="utf-8")


def _run(client: Any, run: Any) -> dict[str, Any]:
    ref = run.info.run_id
    tags = dict(run.data.tags)
    return {
        "id": ref,
        "name": run.info.run_name,
        "start": run.info.start_time,
        "end": run.info.end_time,
        "status": run.info.status,
        "user": run.info.user_id,
        "stage": run.info.lifecycle_stage,
        "parent": tags.pop("mlflow.parentRunId", None),
        "params": dict(run.data.params),
        "tags": tags,
        "points": {
            key: sorted([one.step, one.timestamp, repr(one.value)] for one in client.get_metric_history(ref, key))
            for key in run.data.metrics
        },
        "datasets": sorted(map(_dataset, run.inputs.dataset_inputs)),
        "files": _files(client, ref),
    }  # fmt: skip


def _dataset(given: Any) -> list[str]:
    tags = sorted(f"{tag.key}={tag.value}" for tag in given.tags)
    return [json.dumps(given.dataset.to_dictionary(), sort_keys=True), *tags]


def _files(client: Any, run: str) -> dict[str, str]:
    found, folders = {}, [""]
    with tempfile.TemporaryDirectory() as place:
        while folders:
            for entry in client.list_artifacts(run, folders.pop() or None):
                if entry.is_dir:
                    folders.append(entry.path)
                else:
                    local = Path(client.download_artifacts(run, entry.path, place))
                    found[entry.path] = hashlib.sha256(local.read_bytes()).hexdigest()
                    local.unlink()
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
