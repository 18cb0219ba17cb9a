"""Google's API client as a second witness: it knows the service by its discovery document alone."""

from __future__ import annotations

import base64
import math
from array import array
from datetime import datetime, timezone

import pytest
from contract_tests.witnesses.sdk import Sdk

import tracklayer as tl
from tracklayer.model import Points

MOMENT = int(datetime(2026, 3, 1, tzinfo=timezone.utc).timestamp() * 1e9)
CURVE = [(-5, 0.5), (0, math.nan), (1, math.inf), (2, -math.inf), (2**62, 1 / 3)]


def test_it_reads_our_run_as_the_service_holds_it(client: tl.Client, google_api: Sdk, experiment: str) -> None:
    with client.start_run(experiment, name="seen", params={"lr": 0.1, "n": 3, "nan": math.nan}) as run:
        run.log_points(Points.of("curve", [(step, MOMENT, value) for step, value in CURVE]))
        run.log_text("the text", "folder/é a.txt")
    context = google_api.ask("context", name=run.id)
    assert (context["schemaTitle"], context["schemaVersion"]) == ("system.ExperimentRun", "0.0.1")
    assert run.id == f"{experiment}-{context['displayName']}"
    assert [parent.rpartition("/")[2] for parent in context["parentContexts"]] == [experiment]
    metadata = context["metadata"]
    assert metadata["_params"] == {"lr": 0.1, "n": 3, "nan": "nan"}
    assert (metadata["_metrics"], metadata["_state"]) == ({"curve": 1 / 3}, "COMPLETE")
    home = google_api.ask("context", name=experiment)
    assert (home["schemaTitle"], home["metadata"]["experiment_deleted"]) == ("system.Experiment", False)
    artifacts = google_api.ask("artifacts", run=run.id)
    (file,) = (one for one in artifacts if one["schemaTitle"] == "system.Artifact")
    assert base64.b64decode(google_api.ask("read_file", uri=file["uri"])) == b"the text"
    (link,) = (one for one in artifacts if one["schemaTitle"] == "google.VertexTensorboardRun")
    points = google_api.ask("points", board_run=link["metadata"]["resourceName"])
    assert points == {
        "curve": [
            [-5, "2026-03-01T00:00:00Z", 0.5],
            [0, "2026-03-01T00:00:00Z", "NaN"],
            [1, "2026-03-01T00:00:00Z", "Infinity"],
            [2, "2026-03-01T00:00:00Z", "-Infinity"],
            [2**62, "2026-03-01T00:00:00Z", 1 / 3],
        ]
    }


def test_it_exports_a_long_series_of_ours_whole(client: tl.Client, google_api: Sdk, experiment: str) -> None:
    count = 12_000
    steps, values = array("q", range(count)), array("d", map(float, range(count)))
    long = Points(key="long", steps=steps, times=array("q", [MOMENT]) * count, values=values)
    with client.start_run(experiment, name="long") as run:
        run.log_points(long)
    (link,) = (
        one for one in google_api.ask("artifacts", run=run.id) if one["schemaTitle"] == "google.VertexTensorboardRun"
    )
    points = google_api.ask("points", board_run=link["metadata"]["resourceName"])["long"]
    assert [(step, value) for step, _, value in points] == [(step, float(step)) for step in range(count)]


def test_what_it_changes_is_what_we_read(client: tl.Client, google_api: Sdk, experiment: str) -> None:
    with client.start_run(experiment, name="changed", params={"a": 1, "b": "x"}) as run:
        run.log_metric("m", 1.0, step=1)
    google_api.ask("change", name=run.id, _params={"a": 2, "b": "x"}, _state="FAILED", theirs={"k": [1]})
    after = client.run(run.id)
    assert (after.status, after.params["a"], after.name) == ("failed", 2, "changed")
    with client.start_run(resume=run.id) as again:
        again.log_param("c", True)
    metadata = google_api.ask("context", name=run.id)["metadata"]
    assert metadata["theirs"] == {"k": [1]}, "what we know nothing of stays"
    assert metadata["_params"] == {"a": 2, "b": "x", "c": True}


def test_it_finds_our_runs_and_sees_them_go(client: tl.Client, google_api: Sdk, experiment: str) -> None:
    made = []
    for number in range(3):
        with client.start_run(experiment, name=f"run {number}", params={"n": number}) as run:
            made.append(run.id)
    home = google_api.ask("context", name=experiment)["name"]
    runs = f'schema_title="system.ExperimentRun" AND parent_contexts:"{home}"'
    assert sorted(google_api.ask("contexts", filter=runs)) == sorted(made)
    client.delete(client.run(made[0]))
    assert sorted(google_api.ask("contexts", filter=runs)) == sorted(made[1:])
    assert google_api.ask("refused", name=made[0])["status"] == "NOT_FOUND"
    assert google_api.ask("delete", name=made[1])["done"] is True
    with pytest.raises(tl.NotFound):
        client.run(made[1])
    assert [run.id for run in client.runs(experiment)] == [made[2]]
