"""Files: in the official SDK's layout, and those of others wherever they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BufferedReader, BytesIO, RawIOBase
from typing import Any, BinaryIO, cast

import pytest
from tests.drivers.sagemaker.conftest import fresh_name

from tracklayer.drivers.sagemaker import artifacts, charts
from tracklayer.drivers.sagemaker.driver import SagemakerDriver
from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.errors import InvalidInput, NotFound
from tracklayer.model import Run, RunRef
from tracklayer.spi import every

Others = Callable[[str], Any]
BUCKET = "sagemaker-us-east-1-123456789012"
ROC = {"type": "ROCCurve", "version": 0, "title": "A curve, é", "falsePositiveRate": [0.0], "truePositiveRate": [1.0]}


def files(driver: SagemakerDriver, run: RunRef) -> dict[str, int | None]:
    listed = list(every(lambda after: driver.list_artifacts(run, after)))
    assert len({file.path for file in listed}) == len(listed)
    return {file.path: file.size for file in listed}


def content(driver: SagemakerDriver, run: RunRef, path: str) -> bytes:
    with driver.open_artifact(run, path) as stream:
        return stream.read()


def put(driver: SagemakerDriver, run: RunRef, path: str, data: bytes) -> None:
    driver.put_artifact(run, path, BytesIO(data))


def object_of(others: Others, key: str, body: bytes, bucket: str = BUCKET) -> str:
    others("s3").put_object(Bucket=bucket, Key=key, Body=body)
    return f"s3://{bucket}/{key}"


class Once(RawIOBase):
    """A stream that cannot be wound back."""

    def __init__(self, data: bytes) -> None:
        self.data = BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any buffer
        block = self.data.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


def test_the_official_sdk_would_find_the_file(driver: SagemakerDriver, others: Others, run: Run) -> None:
    put(driver, run.ref, "model/weights.txt", b"1 2 3")
    uri = f"s3://{BUCKET}/trial-component-artifacts/{run.id}/model/weights.txt"
    found = others("sagemaker").describe_trial_component(TrialComponentName=run.id)
    assert found["OutputArtifacts"] == {"model/weights.txt": {"Value": uri, "MediaType": "text/plain"}}
    key = uri.removeprefix(f"s3://{BUCKET}/")
    assert others("s3").get_object(Bucket=BUCKET, Key=key)["ContentType"] == "text/plain"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.xlsx", None),  # 65 characters, with dots
        ("a.svg", "image/svg+xml"),
        ("a.unknown", None),
        ("a.json", "application/json"),
    ],
)
def test_media_types_are_told_where_aws_takes_them(
    driver: SagemakerDriver, others: Others, run: Run, path: str, kind: str | None
) -> None:
    put(driver, run.ref, path, b"x")
    found = others("sagemaker").describe_trial_component(TrialComponentName=run.id)["OutputArtifacts"]
    assert found[path].get("MediaType") == kind


def test_studio_lists_the_first_30_and_all_are_there(
    driver: SagemakerDriver, emulator: SagemakerEmulator, others: Others, run: Run
) -> None:
    for number in range(35):
        put(driver, run.ref, f"f{number}.bin", b"%d" % number)
    put(driver, run.ref, "f0.bin", b"again")
    assert emulator.calls.count("UpdateTrialComponent") == 30
    found = others("sagemaker").describe_trial_component(TrialComponentName=run.id)["OutputArtifacts"]
    assert found.keys() == {f"f{number}.bin" for number in range(30)}
    assert files(driver, run.ref).keys() == {f"f{number}.bin" for number in range(35)}
    assert content(driver, run.ref, "f0.bin") == b"again"
    assert content(driver, run.ref, "f34.bin") == b"34"


def test_a_run_that_others_have_filled_takes_files_all_the_same(
    driver: SagemakerDriver, others: Others, run: Run
) -> None:
    put(driver, run.ref, "a", b"x")
    theirs = {f"other {number}": {"Value": "s3://nobody/here"} for number in range(59)}
    others("sagemaker").update_trial_component(TrialComponentName=run.id, OutputArtifacts=theirs)
    put(driver, run.ref, "b", b"y")
    assert content(driver, run.ref, "b") == b"y"


def test_files_that_others_log_elsewhere_are_found(driver: SagemakerDriver, others: Others, run: Run) -> None:
    others("s3").create_bucket(Bucket="elsewhere")
    put(driver, run.ref, "mine.txt", b"mine")
    outputs = {
        "model": object_of(others, "jobs/1/model.tar.gz", b"model", "elsewhere"),
        "logs": "s3://elsewhere/logs/",
        "mine.txt": object_of(others, "other/mine.txt", b"other", "elsewhere"),
        "../a//b": object_of(others, "odd", b"odd", "elsewhere"),
        "all": "s3://elsewhere/",
        "gone": "s3://elsewhere/gone",
        "image": "123.dkr.ecr.us-east-1.amazonaws.com/x:1",
        "broken": "s3://",
    }
    object_of(others, "logs/a.txt", b"a", "elsewhere")
    object_of(others, "logs/deep/b.txt", b"bb", "elsewhere")
    others("sagemaker").update_trial_component(
        TrialComponentName=run.id, OutputArtifacts={name: {"Value": uri} for name, uri in outputs.items()}
    )
    assert files(driver, run.ref) == {"mine.txt": 4, "model": 5, "a/b": 3, "logs/a.txt": 1, "logs/deep/b.txt": 2}
    assert content(driver, run.ref, "model") == b"model"
    assert content(driver, run.ref, "logs/deep/b.txt") == b"bb"
    assert content(driver, run.ref, "mine.txt") == b"mine"
    assert content(driver, run.ref, "a/b") == b"odd"
    for path in ("logs", "gone", "image", "logs/none", "all/odd"):
        with pytest.raises(NotFound):
            content(driver, run.ref, path)
    assert driver.get_run(run.ref).tags == {"sagemaker.output.image": "123.dkr.ecr.us-east-1.amazonaws.com/x:1"}


def test_the_folder_of_a_run_of_others_is_where_its_files_are(driver: SagemakerDriver, others: Others) -> None:
    name = fresh_name()
    uri = object_of(others, f"their/prefix/trial-component-artifacts/{name}/a.txt", b"a")
    object_of(others, f"their/prefix/trial-component-artifacts/{name}/b.json", b"{}")
    others("sagemaker").create_trial_component(TrialComponentName=name, OutputArtifacts={"first": {"Value": uri}})
    assert files(driver, RunRef(id=name)) == {"a.txt": 1, "b.json": 2}
    put(driver, RunRef(id=name), "c.txt", b"ccc")
    assert others("s3").head_object(Bucket=BUCKET, Key=f"their/prefix/trial-component-artifacts/{name}/c.txt")


def test_a_run_of_others_without_files_has_none(driver: SagemakerDriver, others: Others) -> None:
    name = fresh_name()
    others("sagemaker").create_trial_component(TrialComponentName=name)
    assert files(driver, RunRef(id=name)) == {}


@pytest.mark.parametrize("wrong", ["", "x", "[]", '{"folders": 1}'])
def test_what_is_no_cursor_is_refused(driver: SagemakerDriver, run: Run, wrong: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        driver.list_artifacts(run.ref, wrong)


# -- charts


@pytest.mark.parametrize("wound_back", [True, False])
def test_a_chart_is_one_in_studio_too(driver: SagemakerDriver, others: Others, run: Run, wound_back: bool) -> None:
    data = json.dumps(ROC).encode()
    stream = BytesIO(data) if wound_back else cast("BinaryIO", BufferedReader(Once(data)))
    driver.put_artifact(run.ref, "charts/roc.json", stream)
    arn = others("sagemaker").describe_trial_component(TrialComponentName=run.id)["TrialComponentArn"]
    (edge,) = others("sagemaker").list_associations(SourceArn=arn)["AssociationSummaries"]
    assert edge["AssociationType"] == "Produced"
    made = others("sagemaker").describe_artifact(ArtifactArn=edge["DestinationArn"])
    assert (made["ArtifactName"], made["ArtifactType"]) == ("A-curve-e", "ROCCurve")
    assert made["Source"]["SourceUri"] == f"s3://{BUCKET}/trial-component-artifacts/{run.id}/charts/roc.json"
    (known,) = made["Source"]["SourceTypes"]
    assert known["SourceIdType"] == "S3ETag"
    assert known["Value"].startswith('"')
    assert content(driver, run.ref, "charts/roc.json") == data
    assert files(driver, run.ref) == {"charts/roc.json": len(data)}


@pytest.mark.parametrize("reading", ["accepted", "refused"])
def test_a_chart_that_is_put_again_is_linked_once(
    driver: SagemakerDriver, emulator: SagemakerEmulator, others: Others, run: Run, reading: str
) -> None:
    emulator.tune(same_artifact=reading, same_association=reading)
    for _ in range(2):
        put(driver, run.ref, "roc.json", json.dumps(ROC).encode())
    arn = others("sagemaker").describe_trial_component(TrialComponentName=run.id)["TrialComponentArn"]
    assert len(others("sagemaker").list_associations(SourceArn=arn)["AssociationSummaries"]) == 1


def test_charts_of_others_are_found_by_lineage(driver: SagemakerDriver, others: Others, run: Run) -> None:
    uri = object_of(others, f"charts/{run.id}/matrix.json", b"{}")
    sagemaker = others("sagemaker")
    arn = sagemaker.describe_trial_component(TrialComponentName=run.id)["TrialComponentArn"]
    for name, kind, produced in (
        ("out", "ConfusionMatrix", True),
        ("in", "ROCCurve", False),
        ("data", "DataSet", False),
    ):
        place = object_of(others, f"charts/{run.id}/{name}.json", b"{}")
        made = sagemaker.create_artifact(ArtifactName=name, Source={"SourceUri": place}, ArtifactType=kind)[
            "ArtifactArn"
        ]
        ends = (arn, made) if produced else (made, arn)
        sagemaker.add_association(SourceArn=ends[0], DestinationArn=ends[1])
    assert uri
    assert files(driver, run.ref) == {"out": 2, "in": 2}
    assert content(driver, run.ref, "in") == b"{}"


@pytest.mark.parametrize(
    ("head", "chart"),
    [
        (b'{"type":"ROCCurve","version":0,"title":"t","x":[', charts.Chart("ROCCurve", "t")),
        (b' {\n "type" : "ConfusionMatrix", "version": 0, "title": null', charts.Chart("ConfusionMatrix", "")),
        (b'{"type": "PrecisionRecallCurve", "version": 0}', charts.Chart("PrecisionRecallCurve", "")),
        (b'{"type": "ROCCurve", "version": 0, "title": "a \\"b\\" \\u00e9"', charts.Chart("ROCCurve", 'a "b" é')),
        (b'{"type": "ROCCurve", "version": 0, "title": "\\x"', charts.Chart("ROCCurve", "")),
        (b'{"type": "ROCCurve", "version": 1}', None),
        (b'{"type": "ROCCurve", "version": 01', None),
        (b'{"type": "Pie", "version": 0}', None),
        (b'{"a": {"type": "ROCCurve", "version": 0}}', None),
        (b"", None),
        (b"\xff\xfe", None),
    ],
)
def test_a_chart_is_told_by_its_head(head: bytes, chart: charts.Chart | None) -> None:
    assert charts.told(head) == chart


def test_what_is_looked_for_in_a_media_type_is_ascii() -> None:
    assert artifacts.MEDIA_TYPE.fullmatch("text/é") is None
