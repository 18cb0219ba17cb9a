"""Both ways: MLflow's own client reads what this driver wrote, and the reverse, point by point."""

from __future__ import annotations

import base64
import math
from datetime import datetime, timezone
from functools import partial
from io import BytesIO
from uuid import uuid4

import pytest
from contract_tests.servers.witness import Witness
from tests.drivers.mlflow.conftest import NewRun

from tracklayer.drivers.mlflow import MlflowDriver
from tracklayer.model import (
    Batch,
    Clause,
    Dataset,
    ExperimentDraft,
    ExperimentRef,
    Points,
    Query,
    RunRef,
    Source,
    canonical,
)
from tracklayer.spi import every

UTC = timezone.utc
START, END = 1_700_000_000_123, 1_700_000_999_456
MS = 1_000_000
NAN = float("nan")
FILES = {"a b/c.txt": b"1", "plain.bin": bytes(range(256))}
#: Step, milliseconds, value.
CURVE = [(step, START + 10 * step, math.sin(step) * 10.0 ** (step - 20)) for step in range(40)]
ODD = [
    (-5, 0, 0.1), (0, 1, -0.0), (0, 1, 5e-324), (0, 2, 1.7976931348623157e308), (7, 3, NAN), (7, 4, 1.0),
    (2**53 + 1, 4, 2.0), (2**63 - 1, 5, -1.5),
]  # fmt: skip
PARAMS = {
    "lr": "0.1",
    "a/b.c-d e:f": "é🎉",
    "empty": "",
    "long": "x" * 6_000,
    "quotes": 'it\'s "both"\n',
}
TAGS = {"stage": "dev", "ü/key": "v", "long": "y" * 8_000, "mlflow.loggedArtifacts": "[]"}
DATASET = {
    "name": "digits",
    "digest": "ab1",
    "source_type": "s",
    "source": "{}",
    "schema": "{}",
    "profile": "[]",
    "context": "train",
}


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)


def rows(points: Points) -> set[tuple[int, int, str]]:
    return {(step, time, repr(value + 0.0)) for step, time, value in points.rows()}


# -- ours, read by MLflow's client


def test_mlflow_reads_our_runs(driver: MlflowDriver, witness: Witness, new_run: NewRun) -> None:
    parent = new_run(name="parent")
    run = new_run(
        name="ours é",
        started=moment(START),
        parent=parent,
        tags=TAGS,
        description="what for",
        user="ada",
        source=Source(command="train.py", commit="c0ffee", branch="main", remote="https://git.example/x", dirty=True),
    )
    driver.write(run, Batch(params=PARAMS, tags={"late": "1"}, status="failed", ended=moment(END)))
    read = witness.ask("read_run", run=run.id)
    assert (read["name"], read["status"], read["user"], read["stage"]) == ("ours é", "FAILED", "ada", "active")
    assert (read["start"], read["end"]) == (START, END)
    assert read["params"] == PARAMS
    token = read["tags"].pop("tracklayer.token")
    assert token == driver.get_run(run).token
    assert read["tags"] == {
        **TAGS,
        "late": "1",
        "mlflow.runName": "ours é",
        "mlflow.parentRunId": parent.id,
        "mlflow.note.content": "what for",
        "mlflow.user": "ada",
        "mlflow.source.name": "train.py",
        "mlflow.source.git.commit": "c0ffee",
        "mlflow.source.git.branch": "main",
        "mlflow.source.git.repoURL": "https://git.example/x",
        "mlflow.source.git.dirty": "true",
    }


@pytest.mark.parametrize("points", [CURVE, ODD], ids=["curve", "odd"])
def test_mlflow_reads_our_points(
    driver: MlflowDriver, witness: Witness, run: RunRef, points: list[tuple[int, int, float]]
) -> None:
    ours = Points.of("a/metric é", [(step, time * MS, value) for step, time, value in points])
    driver.write(run, Batch(points=(ours,)))
    read = witness.ask("read_points", run=run.id, key="a/metric é")
    assert len(read) == len(points)
    assert {(step, time * MS, repr(float(value) + 0.0)) for step, time, value in read} == rows(ours)
    last = witness.ask("read_run", run=run.id)["last"]["a/metric é"]
    assert last == driver.get_run(run).metrics["a/metric é"].last == max(points, key=lambda row: row[:2])[2]


def test_mlflow_reads_our_data_sets(driver: MlflowDriver, witness: Witness, run: RunRef) -> None:
    fields = {"name": "digits", "digest": uuid4().hex, "kind": "s", "source": "{}", "columns": "{}", "profile": "[]"}
    plain = Dataset(**fields, context="train")
    driver.write(run, Batch(inputs=(plain, plain.model_copy(update={"context": "test"}))))
    first, second = sorted(witness.ask("read_run", run=run.id)["datasets"], key=lambda one: len(one["tags"]))
    assert first == {
        "name": "digits",
        "digest": fields["digest"],
        "source_type": "s",
        "source": "{}",
        "schema": "{}",
        "profile": "[]",
        "tags": {"mlflow.data.context": "train"},
    }
    assert (second["name"], second["source"], second["schema"]) == ("digits", "{}", "{}")
    assert second["tags"]["mlflow.data.context"] == "test"


def test_mlflow_reads_our_files(driver: MlflowDriver, witness: Witness, run: RunRef) -> None:
    files = {"a b/ü/c;d.txt": b"1", "plain.bin": bytes(range(256)), "empty": b"", "it's+&=,!@$(x).txt": b"2"}
    for path, data in files.items():
        driver.put_artifact(run, path, BytesIO(data))
    driver.put_sidecar(run, "key", b"ours")
    read = {path: base64.b64decode(data) for path, data in witness.ask("read_files", run=run.id).items()}
    assert read == {**files, ".tracklayer/key": b"ours"}


def test_mlflow_sees_what_we_deleted(driver: MlflowDriver, witness: Witness, new_run: NewRun) -> None:
    experiment = driver.create_experiment(ExperimentDraft(name=f"gone é {uuid4().hex}", tags={"a": "1"}))
    seen = witness.ask("read_experiment", name=experiment.name)
    assert seen == {"id": experiment.id, "stage": "active", "tags": {"a": "1"}}
    run = new_run()
    home = driver.get_run(run).experiment.id
    driver.delete(run)
    assert witness.ask("read_run", run=run.id)["stage"] == "deleted"
    assert run.id not in witness.ask("search", experiment=home)
    assert run.id in witness.ask("search", experiment=home, view="DELETED_ONLY")
    driver.restore(run)
    assert run.id in witness.ask("search", experiment=home)
    driver.delete(experiment.ref)
    assert witness.ask("read_experiment", name=experiment.name)["stage"] == "deleted"


def test_mlflow_finds_our_runs_by_its_language(driver: MlflowDriver, witness: Witness, new_run: NewRun) -> None:
    run = new_run(tags={"k": "it's"})
    driver.write(run, Batch(params={"lr": "0.1"}, points=(Points.of("loss", [(0, MS, 0.5)]),)))
    home = driver.get_run(run).experiment.id
    for language in ("metrics.loss < 1", "params.lr = '0.1'", 'tags.k = "it\'s"', "attributes.status = 'RUNNING'"):
        assert witness.ask("search", experiment=home, filter=language) == [run.id]


# -- MLflow's, read by us


@pytest.fixture
def theirs(witness: Witness) -> RunRef:
    """A run with everything, written by MLflow's client."""
    return RunRef(
        id=witness.ask(
            "write_run",
            experiment=f"theirs {uuid4().hex}",
            name="theirs é",
            start=START,
            end=END,
            status="KILLED",
            params=PARAMS,
            tags={**TAGS, "mlflow.user": "grace", "mlflow.source.name": "x.py", "mlflow.source.type": "LOCAL",
                  "mlflow.parentRunId": "p1", "mlflow.note.content": "d"},
            metrics=[["curve", value, time, step] for step, time, value in CURVE]
            + [["odd/é", value, time, step] for step, time, value in ODD],
            datasets=[DATASET, {"name": "bare", "digest": "ab1", "source_type": "s", "source": "{}"}],
            files={path: base64.b64encode(data).decode() for path, data in FILES.items()},
        )
    )  # fmt: skip


def test_we_read_mlflows_runs(driver: MlflowDriver, theirs: RunRef) -> None:
    read = driver.get_run(theirs)
    assert (read.name, read.status, read.user, read.description) == ("theirs é", "killed", "grace", "d")
    assert (read.started, read.ended, read.parent) == (moment(START), moment(END), RunRef(id="p1"))
    assert read.params == PARAMS
    assert read.tags == {**TAGS, "mlflow.source.type": "LOCAL"}
    assert read.source == Source(command="x.py")
    assert (read.token, read.approximate, read.deleted) == (None, {}, False)
    (listed,) = driver.list_runs(Query(experiments=(read.experiment,))).items
    assert listed == read


@pytest.mark.parametrize(("key", "points"), [("curve", CURVE), ("odd/é", ODD)])
def test_we_read_mlflows_points(
    driver: MlflowDriver, theirs: RunRef, key: str, points: list[tuple[int, int, float]]
) -> None:
    read = canonical(key, list(every(partial(driver.read_points, theirs, key))))
    assert len(read) == len(points)
    assert rows(read) == rows(Points.of(key, [(step, time * MS, value) for step, time, value in points]))


def test_we_read_mlflows_data_sets(driver: MlflowDriver, theirs: RunRef) -> None:
    bare = Dataset(name="bare", digest="ab1", kind="s", source="{}")
    full = Dataset(name="digits", digest="ab1", kind="s", source="{}", columns="{}", profile="[]", context="train")
    assert set(driver.get_run(theirs).inputs) == {bare, full}


def test_we_read_mlflows_files(driver: MlflowDriver, theirs: RunRef) -> None:
    found = {file.path: file.size for file in every(partial(driver.list_artifacts, theirs))}
    assert found == {"a b/c.txt": 1, "plain.bin": 256}
    with driver.open_artifact(theirs, "plain.bin") as stream:
        assert stream.read() == bytes(range(256))


def test_we_see_what_mlflow_deleted_and_changed(driver: MlflowDriver, witness: Witness, theirs: RunRef) -> None:
    witness.ask("set_tags", run=theirs.id, tags={"mlflow.note.content": "new", "stage": "prod"})
    read = driver.get_run(theirs)
    assert (read.description, read.tags["stage"]) == ("new", "prod")
    witness.ask("delete_run", run=theirs.id)
    assert driver.get_run(theirs).deleted
    assert driver.list_runs(Query(experiments=(read.experiment,))).items == ()
    assert [run.id for run in driver.list_runs(Query(experiments=(read.experiment,), view="deleted")).items] == [
        theirs.id
    ]
    witness.ask("restore_run", run=theirs.id)
    assert not driver.get_run(theirs).deleted
    witness.ask("delete_experiment", experiment=read.experiment.id)
    assert driver.get_experiment(ExperimentRef(id=read.experiment.id)).deleted


def test_we_find_mlflows_runs(driver: MlflowDriver, theirs: RunRef) -> None:
    home = driver.get_run(theirs).experiment
    clauses = (
        Clause(entity="param", key="lr", operator="=", value="0.1"),
        Clause(entity="attribute", key="started", operator="=", value=START),
        Clause(entity="attribute", key="ended", operator=">=", value=END),
        Clause(entity="attribute", key="status", operator="=", value="killed"),
        Clause(entity="attribute", key="name", operator="=", value="theirs é"),
    )
    (found,) = driver.list_runs(Query(experiments=(home,), where=clauses)).items
    assert found.id == theirs.id
    assert (
        driver.list_runs(Query(experiments=(home,), where=(clauses[0].model_copy(update={"value": "0.2"}),))).items
        == ()
    )


def test_the_files_of_mlflows_models_are_files_of_the_run_that_logged_them(
    driver: MlflowDriver, witness: Witness, theirs: RunRef
) -> None:
    witness.ask("log_model", run=theirs.id, name="best", files={"MLmodel": "first", "code/a.py": "x"})
    witness.ask("log_model", run=theirs.id, name="best", files={"MLmodel": "second"})
    taken = witness.ask("log_model", run=theirs.id, name="a b", files={"MLmodel": "third"})
    driver.get_run(theirs)
    files = {
        file.path: driver.open_artifact(theirs, file.path).read()
        for file in every(partial(driver.list_artifacts, theirs))
    }
    own = {path: data for path, data in files.items() if path in FILES}
    assert own == FILES
    models = {path: data for path, data in files.items() if path not in FILES}
    assert models.pop("best/MLmodel") == b"second"
    assert models.pop(f"a b-{taken}/MLmodel") == b"third"
    assert sorted(path.partition("/")[2] for path in models) == ["MLmodel", "code/a.py"]
    assert sorted(models.values()) == [b"first", b"x"]
