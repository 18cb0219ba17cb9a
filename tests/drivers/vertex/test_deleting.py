"""Deleting: for good, no more than what is ours, and to be begun again."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from tests.drivers.vertex.conftest import STORE, Opener, Raw, artifact, charts, experiment, run, theirs
from tests.drivers.vertex.test_series import curve
from tests.drivers.vertex.test_shelf import stored

from tracklayer.drivers.google import GcsUri
from tracklayer.drivers.vertex.driver import VertexDriver
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.vertex import BUCKET, VertexEmulator
from tracklayer.errors import NotFound, Unavailable
from tracklayer.model import Batch, Dataset, Query, Run


def filled(driver: VertexDriver, made: Run) -> None:
    """With something of every kind."""
    driver.write(made.ref, Batch(points=(curve("m", 3),), inputs=(Dataset(name="d", digest="1"),)))
    driver.put_artifact(made.ref, "a/b.txt", BytesIO(b"x"))
    driver.put_sidecar(made.ref, "b-1", b"x")


def left(raw: Raw) -> dict[str, list[str]]:
    """What the metadata store still holds, by kind."""
    found: dict[str, Any] = {kind: raw("GET", f"{STORE}/{kind}") for kind in ("contexts", "artifacts", "executions")}
    return {kind: [one["name"].rpartition("/")[2] for one in found[kind].get(kind, ())] for kind in found}


@pytest.mark.parametrize("knobs", [{}, {"operation_delay": 0.2, "delete_shows": "when done"}], ids=["at once", "later"])
def test_a_run_is_gone_with_all_that_is_its_own(
    charted: VertexDriver, emulator: VertexEmulator, raw: Raw, knobs: dict[str, Any]
) -> None:
    emulator.tune(**knobs)
    home = experiment(charted, name="abcd")
    kept, made = run(charted, home), run(charted, home)
    filled(charted, kept)
    filled(charted, made)
    board = raw("GET", f"{STORE}/artifacts/{made.id}-tb-run")["metadata"]["resourceName"]
    charted.delete(made.ref)
    with pytest.raises(NotFound):
        charted.get_run(made.ref)
    with pytest.raises(NotFound):
        charted.delete(made.ref)
    with pytest.raises(Exception, match="404"):
        raw("GET", board)
    assert left(raw)["contexts"] == ["abcd", kept.id]
    assert len(left(raw)["artifacts"]) == 3
    assert len(left(raw)["executions"]) == 1
    assert all(kept.id in name for name in stored(emulator))
    assert [one.id for one in charted.list_runs(Query(experiments=(home.ref,), page_size=100)).items] == [kept.id]


def test_an_experiment_is_gone_with_its_runs_and_its_name_is_free(
    charted: VertexDriver, emulator: VertexEmulator, raw: Raw
) -> None:
    home, other = experiment(charted, name="abcd"), experiment(charted, name="abce")
    for one in (home, other):
        filled(charted, run(charted, one))
        charted.put_sidecar(one.ref, "v-1", b"x" * 5_000)
    charted.delete(home.ref)
    assert [name for name in left(raw)["contexts"] if name.startswith("abcd")] == []
    assert all(name.startswith("tracklayer/abce/") for name in stored(emulator))
    again = experiment(charted, name="abcd")
    assert charted.get_sidecars(again.ref) == {}
    assert charted.list_runs(Query(experiments=(again.ref,), page_size=100)).items == ()


@pytest.mark.parametrize(
    "operation",
    ["DeleteTensorboardRun", "DeleteArtifact", "DeleteExecution", "storage.objects.delete", "DeleteContext"],
)
@pytest.mark.parametrize("kind", ["drop-before", "answer"])
def test_deleting_that_broke_off_is_begun_again(
    charted: VertexDriver, emulator: VertexEmulator, raw: Raw, operation: str, kind: Any
) -> None:
    home = experiment(charted)
    made = run(charted, home)
    filled(charted, made)
    emulator.fault(
        Fault(operation, kind, times=1 if "storage" not in operation else 30, status=503, code="UNAVAILABLE")
    )
    charted._objects._here().retry = None
    with pytest.raises(Unavailable):
        charted.delete(made.ref)
    emulator.faults.clear()
    charted.delete(made.ref)
    assert left(raw) == {"contexts": [home.name], "artifacts": [], "executions": []}
    assert stored(emulator) == []


def test_what_others_made_stays_where_it_is(driver: VertexDriver, emulator: VertexEmulator, raw: Raw) -> None:
    experiment(driver, name="abcd")
    ref = theirs(raw, "abcd", "run-1")
    driver._objects.put_bytes(GcsUri(BUCKET, "models/m.pkl"), b"x")
    artifact(raw, ref.id, "model-1", uri=f"gs://{BUCKET}/models/m.pkl")
    charts(raw, ref.id, "abcd", "m", [(1, None, 0.5)])
    driver.put_artifact(ref, "ours.txt", BytesIO(b"x"))
    driver.delete(ref)
    assert left(raw) == {"contexts": ["abcd"], "artifacts": ["model-1"], "executions": []}
    assert stored(emulator) == ["models/m.pkl"]


@pytest.mark.parametrize("root", [f"gs://{BUCKET}", f"gs://{BUCKET}/", f"gs://{BUCKET}/models", "", "nonsense"])
def test_a_record_that_somebody_changed_deletes_nothing_of_others(
    driver: VertexDriver, emulator: VertexEmulator, raw: Raw, root: str
) -> None:
    made = run(driver)
    driver._objects.put_bytes(GcsUri(BUCKET, "models/m.pkl"), b"x")
    raw.change(made.id, _tl={"root": root})
    driver.delete(made.ref)
    assert stored(emulator) == ["models/m.pkl"]


@pytest.mark.parametrize("more", ["", "/experiments/abcd", "/experiments/abcd/runs/../x"])
def test_a_tensorboard_is_not_deleted_because_a_record_names_it(
    charted: VertexDriver, raw: Raw, opened: Opener, more: str
) -> None:
    made = run(charted)
    board = raw.context(made.experiment.id.removeprefix("contexts/"))["metadata"]["backing_tensorboard_resource"]
    raw.change(made.id, _tl={"board": board + more})
    opened("").delete(made.ref)
    assert raw("GET", board)["name"] == board


def test_a_context_that_cannot_be_deleted_while_it_has_children(
    driver: VertexDriver, emulator: VertexEmulator, opened: Opener
) -> None:
    emulator.tune(context_with_children="refused")
    home = experiment(driver)
    for _ in range(3):
        run(driver, home)
    opened("").delete(home.ref)
    with pytest.raises(NotFound):
        driver.get_experiment(home.ref)
