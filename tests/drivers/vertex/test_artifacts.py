"""Files: in Storage, each with an artifact; and what others attached."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from tests.drivers.vertex.conftest import STORE, Raw, artifact, experiment, run, theirs

from tracklayer.drivers.google import GcsUri, Objects
from tracklayer.drivers.google.streams import PART
from tracklayer.drivers.vertex.driver import VertexDriver
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.vertex import BUCKET, VertexEmulator
from tracklayer.errors import NotFound, Unavailable
from tracklayer.model import Artifact, RunRef
from tracklayer.spi import every


def files(driver: VertexDriver, ref: RunRef) -> dict[str, Artifact]:
    return {one.path: one for one in every(partial(driver.list_artifacts, ref))}


def get(driver: VertexDriver, ref: RunRef, path: str) -> bytes:
    with driver.open_artifact(ref, path) as stream:
        return stream.read()


def nodes(raw: Raw, ref: RunRef) -> list[Any]:
    name = raw.context(ref.id)["name"]
    found: list[Any] = raw("GET", f"{STORE}/artifacts", filter=f'in_context("{name}")').get("artifacts", [])
    return found


def objects(driver: VertexDriver) -> Objects:
    return driver._objects


def test_a_file_is_an_artifact_with_its_size_and_digest(
    driver: VertexDriver, raw: Raw, emulator: VertexEmulator
) -> None:
    made = run(driver, experiment(driver, name="abcd"))
    data = b"col\n1\n" * 100
    emulator.calls.clear()
    driver.put_artifact(made.ref, "data/train.csv", BytesIO(data))
    assert sum(emulator.calls.counts().values()) == 3, emulator.calls.counts()
    digest = hashlib.sha256(data).hexdigest()
    (node,) = nodes(raw, made.ref)
    assert node["uri"] == f"gs://{BUCKET}/tracklayer/abcd/{made.id}/data/train.csv"
    assert node["metadata"] == {"path": "data/train.csv", "size": 600, "sha256": digest, "mediaType": "text/csv"}
    assert (node["schemaTitle"], node["displayName"]) == ("system.Artifact", "data/train.csv")
    listed = Artifact(path="data/train.csv", size=600, digest=f"sha256:{digest}", media_type="text/csv")
    assert files(driver, made.ref) == {"data/train.csv": listed}


@pytest.mark.parametrize("size", [0, PART, 2 * PART + 7])
def test_a_file_of_any_size_is_streamed(driver: VertexDriver, size: int) -> None:
    made = run(driver)
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    driver.put_artifact(made.ref, "model.bin", BytesIO(data))
    assert get(driver, made.ref, "model.bin") == data
    assert files(driver, made.ref)["model.bin"].digest == f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_a_file_is_replaced_and_so_is_what_is_said_of_it(driver: VertexDriver, raw: Raw) -> None:
    made = run(driver)
    for data in (b"first", b"second one"):
        driver.put_artifact(made.ref, "a.txt", BytesIO(data))
    (node,) = nodes(raw, made.ref)
    assert node["metadata"]["size"] == 10
    assert get(driver, made.ref, "a.txt") == b"second one"


@pytest.mark.parametrize("operation", ["CreateArtifact", "AddContextArtifactsAndExecutions"])
def test_a_file_whose_artifact_failed_is_put_again(
    driver: VertexDriver, raw: Raw, emulator: VertexEmulator, operation: str
) -> None:
    made = run(driver)
    emulator.fault(Fault(operation, "drop-after"))
    with pytest.raises(Unavailable):
        driver.put_artifact(made.ref, "a.txt", BytesIO(b"x"))
    driver.put_artifact(made.ref, "a.txt", BytesIO(b"x"))
    assert len(nodes(raw, made.ref)) == 1


def test_sidecars_are_no_files(driver: VertexDriver) -> None:
    made = run(driver)
    driver.put_sidecar(made.ref, "b-1", b"x")
    assert files(driver, made.ref) == {}
    with pytest.raises(NotFound):
        driver.open_artifact(made.ref, ".tracklayer/b-1")


def test_a_model_of_the_sdk_is_a_folder(driver: VertexDriver, raw: Raw) -> None:
    experiment(driver, name="abcd")
    ref = theirs(raw, "abcd", "run-1")
    for name in ("m/model.pkl", "m/sub/a.json", "mm/other"):
        objects(driver).put_bytes(GcsUri(BUCKET, name), name.encode())
    artifact(raw, ref.id, "model-1", schemaTitle="google.ExperimentModel", uri=f"gs://{BUCKET}/m", displayName="net")
    assert set(files(driver, ref)) == {"net/model.pkl", "net/sub/a.json"}
    assert get(driver, ref, "net/sub/a.json") == b"m/sub/a.json"


def test_artifacts_of_others_are_files_where_their_uri_says(driver: VertexDriver, raw: Raw) -> None:
    experiment(driver, name="abcd")
    ref = theirs(raw, "abcd", "run-1")
    objects(driver).put_bytes(GcsUri(BUCKET, "out/report.html"), b"<p>")
    artifact(raw, ref.id, "report-1", uri=f"gs://{BUCKET}/out/report.html", displayName="report.html")
    artifact(raw, ref.id, "report-2", uri=f"gs://{BUCKET}/out/report.html", displayName="again")
    artifact(raw, ref.id, "report-3", uri=f"gs://{BUCKET}/out/report.html", displayName="../../etc")
    artifact(raw, ref.id, "report-4", uri=f"gs://{BUCKET}/out/report.html", displayName="again")
    artifact(raw, ref.id, "gone-1", uri=f"gs://{BUCKET}/gone", displayName="gone")
    artifact(raw, ref.id, "endpoint", uri="https://example.com/x", displayName="endpoint")
    found = files(driver, ref)
    assert set(found) == {"report.html", "again/report.html", "report-3/report.html", "again-report-4/report.html"}
    assert found["report.html"].size == 3
    assert {get(driver, ref, path) for path in found} == {b"<p>"}
    with pytest.raises(NotFound):
        driver.open_artifact(ref, "gone")


def test_classification_metrics_are_files_of_json(driver: VertexDriver, raw: Raw) -> None:
    experiment(driver, name="abcd")
    ref = theirs(raw, "abcd", "run-1")
    matrix = {"confusionMatrix": {"annotationSpecs": [{"displayName": "cat"}], "rows": [[1]]}}
    artifact(raw, ref.id, "roc-1", schemaTitle="google.ClassificationMetrics", displayName="my chart", metadata=matrix)
    found = files(driver, ref)
    assert set(found) == {"charts/my chart.json"}
    data = get(driver, ref, "charts/my chart.json")
    assert json.loads(data) == matrix
    assert found["charts/my chart.json"].size == len(data)


def test_our_files_go_beside_those_of_others(driver: VertexDriver, raw: Raw) -> None:
    experiment(driver, name="abcd")
    ref = theirs(raw, "abcd", "run-1")
    driver.put_artifact(ref, "notes.txt", BytesIO(b"x"))
    assert set(files(driver, ref)) == {"notes.txt"}
    assert driver.get_run(ref).token is None


def test_nobody_has_no_files(driver: VertexDriver) -> None:
    for nobody in (RunRef(id="no-such-run"), RunRef(id="a/b")):
        with pytest.raises(NotFound):
            driver.list_artifacts(nobody)
        with pytest.raises(NotFound):
            driver.open_artifact(nobody, "x")
        with pytest.raises(NotFound):
            driver.put_artifact(nobody, "x", BytesIO(b""))
