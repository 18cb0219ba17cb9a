"""Logged models are as true of a migrated run as of the one that logged them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlflow.entities import LoggedModelOutput, LoggedModelStatus, Metric

import tracklayer as tl
from tracklayer.plugins.mlflow.artifacts import TracklayerArtifacts
from tracklayer.plugins.mlflow.store import TracklayerStore

NOW = 1_700_000_000_000


def test_a_migrated_run_has_its_models_with_their_files_and_metrics(store: TracklayerStore, tmp_path: Path) -> None:
    home = store.create_experiment("e")
    run, other = (store.create_run(home, "u", NOW, [], name).info.run_id for name in ("first", "other"))
    made = store.create_logged_model(home, "net", run)
    (tmp_path / "weights.bin").write_bytes(b"weights")
    TracklayerArtifacts(made.artifact_location).log_artifact(str(tmp_path / "weights.bin"))
    store.log_outputs(run, [LoggedModelOutput(made.model_id, 3)])
    for step in range(9):
        store.log_metric(run, Metric("loss", 1 / (step + 1), NOW + step, step, model_id=made.model_id))
        store.log_metric(other, Metric("f1", 1.0, NOW + step, step, model_id=made.model_id))
    store.finalize_logged_model(made.model_id, LoggedModelStatus.READY)
    for one in (run, other):
        store.update_run_info(one, 3, NOW, None)
    before = store.get_logged_model(made.model_id)

    target = f"local:{tmp_path}/copy.db"
    certificate = tl.migrate(store.place.url, target).certificate
    assert certificate is not None
    assert certificate.clean

    copy: Any = TracklayerStore(f"tracklayer+{target}")
    there = copy.get_experiment_by_name("e")
    (found,) = copy.search_logged_models([there.experiment_id])
    (moved,) = (one for one in copy.search_runs([there.experiment_id], "", 1, 10) if one.info.run_name == "first")
    assert moved.info.run_id != run
    assert found.source_run_id == moved.info.run_id
    assert [(one.model_id, one.step) for one in moved.outputs.model_outputs] == [(found.model_id, 3)]
    after = copy.get_logged_model(found.model_id)
    assert (after.name, after.status, after.creation_timestamp) == ("net", "READY", before.creation_timestamp)
    of_run = [one for one in before.metrics or () if one.key == "loss"]
    assert [(one.step, one.value) for one in after.metrics or ()] == [(one.step, one.value) for one in of_run]
    assert len(of_run) == 9
    files = TracklayerArtifacts(after.artifact_location)
    assert [one.path for one in files.list_artifacts()] == ["weights.bin"]
    files._download_file("weights.bin", str(tmp_path / "back.bin"))
    assert (tmp_path / "back.bin").read_bytes() == b"weights"
    copy.set_logged_model_tags(found.model_id, [])
    assert len(copy.search_logged_models([there.experiment_id])) == 1
