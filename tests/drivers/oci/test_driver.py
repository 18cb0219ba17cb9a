"""The driver against the emulator: every request's signature verified, real MLflow servers behind."""

from __future__ import annotations

import hashlib
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import uuid4

import pytest
from tests.drivers.oci.conftest import made

from tracklayer.drivers.mlflow import MlflowDriver
from tracklayer.drivers.oci import AIDP, OCI, OciDriver
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.oci import PLACE, ROUTES, OciEmulator
from tracklayer.emulators.proxy import Proxy
from tracklayer.errors import (
    AlreadyExists,
    Conflict,
    NotFound,
    RateLimited,
    Timeout,
    Unauthenticated,
    Unavailable,
    Unsupported,
)
from tracklayer.model import Batch, Dataset, ExperimentDraft, Points, RunDraft, RunRef
from tracklayer.spi import every

MB = 2**20


class Once(RawIOBase):
    """A stream of so many bytes that cannot be wound back."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any buffer
        size = min(len(buffer), self.left)
        buffer[:size] = b"x" * size
        self.left -= size
        return size


def asked(emulator: OciEmulator, operation: str) -> list[int]:
    """The statuses of such calls."""
    return [call.status for call in emulator.calls.all() if call.operation == operation]


def listed(driver: OciDriver, run: RunRef) -> dict[str, int | None]:
    return {file.path: file.size for file in every(lambda after: driver.list_artifacts(run, after))}


def test_a_run_of_everything_comes_back(driver: OciDriver, run: RunRef) -> None:
    points = Points.of("loss", [(step, 1_700_000_000_000_000_000 + step * 1_000_000, step / 8) for step in range(50)])
    data = Dataset(name="d", digest="1", context="train")
    batch = Batch(
        params={"a": "b c+d&é"}, tags={"t": "x"}, points=(points,), status="finished", description="D", inputs=(data,)
    )
    driver.write(run, batch)
    back = driver.get_run(run)
    assert (back.params, back.tags["t"], back.status) == ({"a": "b c+d&é"}, "x", "finished")
    assert (back.description, back.inputs) == ("D", (data,))
    read = list(every(lambda after: driver.read_points(run, "loss", after)))
    assert [row for part in read for row in part.rows()] == list(points.rows())


def test_names_that_signatures_trip_over(driver: OciDriver, name: str) -> None:
    for odd in (f"a b+c&d=e/f?g#h%41~*'()! {name}", f"é日本🚀 {name}"):
        experiment = driver.create_experiment(ExperimentDraft(name=odd))
        assert driver.get_experiment(odd) == experiment


def test_files_lie_in_object_storage_where_the_server_says(driver: OciDriver, run: RunRef) -> None:
    assert driver._root(run).startswith("oci://tracklayer-emulator@axtracklayer/mlflow/aidp/default/")
    for path in ("a", "a/b/c d.json", "é/#x%41"):
        driver.put_artifact(run, path, BytesIO(path.encode()))
    driver.put_sidecar(run, "key", b"beside")
    assert listed(driver, run) == {"a": 1, "a/b/c d.json": 12, "é/#x%41": 8}
    with driver.open_artifact(run, "é/#x%41") as stream:
        assert stream.read() == "é/#x%41".encode()
    assert driver.get_sidecars(run) == {"key": b"beside"}


# -- a server of one's own


@pytest.mark.parametrize("seekable", [True, False], ids=["seekable", "not seekable"])
def test_files_that_a_server_serves_are_signed_with_their_bodies(
    own: OciDriver, name: str, emulator: OciEmulator, *, seekable: bool
) -> None:
    run = made(own, name)
    assert own._root(run).startswith("mlflow-artifacts:")
    data = b"x" * (9 * MB)
    own.put_artifact(run, "a b/c", BytesIO(data) if seekable else cast("BinaryIO", Once(len(data))))
    with own.open_artifact(run, "a b/c") as stream:
        assert hashlib.sha256(stream.read()).digest() == hashlib.sha256(data).digest()
    assert listed(own, run) == {"a b/c": len(data)}
    assert {call.status for call in emulator.calls.all()} == {200}


def test_a_server_is_met_and_a_workspace_has_no_version(
    own: OciDriver, driver: OciDriver, name: str, emulator: OciEmulator
) -> None:
    made(own, f"{name} own")
    made(driver, name)
    assert [call.service for call in emulator.calls.all() if call.operation == "version"] == ["mlflow"]
    assert (own.traits, driver.traits) == (OCI, AIDP)


def test_any_mlflow_server_may_keep_its_files_in_object_storage(emulator: OciEmulator, name: str) -> None:
    """No signature before the server, but one before the files."""
    emulator.tune(signatures=False)
    platform, workspace = PLACE.split("/")[-2:]
    place = f"{emulator.url}/20260430/aiDataPlatforms/{platform}/workspaces/{workspace}/mlops"
    driver = MlflowDriver.open(f"mlflow+{place}")
    experiment = driver.create_experiment(ExperimentDraft(name=name))
    run = driver.create_run(experiment.ref, RunDraft(token=uuid4().hex))
    emulator.tune(signatures=True)
    assert isinstance(driver, MlflowDriver)
    driver.put_artifact(run.ref, "a/b", BytesIO(b"x"))
    with driver.open_artifact(run.ref, "a/b") as stream:
        assert stream.read() == b"x"
    driver.close()


def test_the_real_hosts_are_asked_through_the_proxy(
    emulator: OciEmulator, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("TRACKLAYER_OCI_AIDP_ENDPOINT", "TRACKLAYER_OCI_STORAGE_ENDPOINT"):
        monkeypatch.delenv(variable)
    with Proxy([emulator]) as proxy:
        for variable, value in proxy.environment().items():
            monkeypatch.setenv(variable, value)
        driver = OciDriver.open(PLACE)
        assert isinstance(driver, OciDriver)
        run = made(driver, name)
        driver.put_artifact(run, "file", BytesIO(b"x"))
        driver.close()
        assert proxy.refused == []
        assert set(proxy.asked) == {
            "aidp.us-ashburn-1.oci.oraclecloud.com",
            "objectstorage.us-ashburn-1.oraclecloud.com",
        }


# -- made once


def test_a_run_whose_answer_is_lost_is_made_once(driver: OciDriver, name: str, emulator: OciEmulator) -> None:
    """The second attempt has the first one's retry token, and gets its answer."""
    experiment = driver.create_experiment(ExperimentDraft(name=name))
    emulator.fault(Fault("runs/create", "drop-after"))
    run = driver.create_run(experiment.ref, RunDraft(token="t"))
    assert len(asked(emulator, "runs/create")) == 2
    assert driver.create_run(experiment.ref, RunDraft(token="t")).id == run.id
    assert len(asked(emulator, "runs/create")) == 2


def test_an_experiment_whose_answer_is_lost_is_made_once(driver: OciDriver, name: str, emulator: OciEmulator) -> None:
    emulator.fault(Fault("experiments/create", "drop-after"))
    experiment = driver.create_experiment(ExperimentDraft(name=name))
    assert (experiment.name, len(asked(emulator, "experiments/create"))) == (name, 2)
    with pytest.raises(AlreadyExists):
        driver.create_experiment(ExperimentDraft(name=name))


@pytest.mark.parametrize("kind", ["drop-before", "answer"])
def test_what_fails_twice_may_be_tried_again_where_a_token_says_that_it_is_the_same(
    driver: OciDriver, name: str, emulator: OciEmulator, kind: Any
) -> None:
    experiment = driver.create_experiment(ExperimentDraft(name=name))
    emulator.fault(Fault("*/create", kind, status=503, code="ServiceUnavailable", times=4))
    with pytest.raises(Unavailable) as run:
        driver.create_run(experiment.ref, RunDraft(token="t"))
    with pytest.raises(Unavailable) as another:
        driver.create_experiment(ExperimentDraft(name=f"{name}!"))
    assert (run.value.retryable, another.value.retryable) == (True, False)


def test_a_server_of_ones_own_knows_no_retry_tokens(own: OciDriver, name: str, emulator: OciEmulator) -> None:
    experiment = own.create_experiment(ExperimentDraft(name=name))
    emulator.fault(Fault("runs/create", "drop-after"))
    with pytest.raises((Unavailable, Timeout)) as caught:
        own.create_run(experiment.ref, RunDraft(token="t"))
    assert not caught.value.retryable
    run = own.create_run(experiment.ref, RunDraft(token="t"))
    assert len(asked(emulator, "runs/create")) == 1
    assert own.get_run(run.ref).token == "t"


def test_a_run_that_could_not_be_found_yet_is_found_after_a_conflict(
    driver: OciDriver, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the list lags behind: the token is known with another start."""
    experiment = driver.create_experiment(ExperimentDraft(name=name))
    run = driver.create_run(experiment.ref, RunDraft(token="t"))
    look, lags = driver._made_before, [True]
    monkeypatch.setattr(driver, "_made_before", lambda *asked: None if lags and lags.pop() else look(*asked))
    assert driver.create_run(experiment.ref, RunDraft(token="t", name="other")).id == run.id
    lags += [True, True]
    with pytest.raises(Conflict):
        driver.create_run(experiment.ref, RunDraft(token="t", name="other"))


def test_a_token_that_no_filter_can_say_is_found_without_like(
    driver: OciDriver, name: str, emulator: OciEmulator
) -> None:
    experiment = driver.create_experiment(ExperimentDraft(name=name))
    for token in ("a'b\"c", "a\\"):
        run = driver.create_run(experiment.ref, RunDraft(token=token))
        assert driver.create_run(experiment.ref, RunDraft(token=token)).id == run.id
    assert {call.status for call in emulator.calls.all()} == {200}


# -- what goes wrong


@pytest.mark.parametrize("verb", ["delete", "restore"])
def test_a_call_that_the_server_does_not_have_is_unsupported(
    driver: OciDriver, run: RunRef, emulator: OciEmulator, verb: str
) -> None:
    emulator.tune(routes=tuple(route for route in ROUTES if route != f"runs/{verb}"))
    if verb == "restore":
        driver.delete(run)
    with pytest.raises(Unsupported, match="the server has no such call: oci: runs/"):
        getattr(driver, verb)(run)


def test_a_run_that_is_not_there_is_not_found_and_nothing_else(driver: OciDriver) -> None:
    with pytest.raises(NotFound):
        driver.delete(RunRef(id="0" * 32))


def test_a_workspace_that_is_not_there_is_not_found(emulator: OciEmulator) -> None:
    assert emulator.url
    driver = OciDriver.open(PLACE.replace("/default", "/none"))
    with pytest.raises(NotFound, match="oci: experiments/get-by-name: ") as caught:
        driver.get_experiment("Default")
    assert "\n" not in str(caught.value)
    driver.close()


@pytest.mark.parametrize("skew", [-400.0, 400.0])
def test_a_clock_that_is_off_is_said(driver: OciDriver, emulator: OciEmulator, skew: float) -> None:
    emulator.tune(skew=skew)
    with pytest.raises(Unauthenticated, match="oci: experiments/get-by-name: this machine's clock is off: set it"):
        driver.get_experiment("Default")


def test_a_key_of_somebody_else_is_refused_with_advice_and_not_shown(
    driver: OciDriver, emulator: OciEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = Path(emulator.environment()["OCI_CONFIG_FILE"])
    config = tmp_path / "config"
    config.write_text(given.read_text().replace("default.pem", "other.pem"))
    monkeypatch.setenv("OCI_CONFIG_FILE", str(config))
    wrong = OciDriver.open(PLACE)
    with pytest.raises(Unauthenticated, match="is the profile's key still among the user's API keys") as caught:
        wrong.get_experiment("Default")
    assert "PRIVATE" not in f"{caught.value} {caught.value.__cause__!r} {driver._rest.auth!r}"
    wrong.close()


def test_being_too_fast_is_said_with_the_pause(driver: OciDriver, emulator: OciEmulator) -> None:
    emulator.fault(
        Fault("experiments/get-by-name", "answer", status=429, code="TooManyRequests", headers={"Retry-After": "3"})
    )
    with pytest.raises(RateLimited) as caught:
        driver.get_experiment("Default")
    assert caught.value.retry_after == 3.0


def test_two_profiles_write_where_their_urls_say(emulator: OciEmulator) -> None:
    """The other tenancy may not look into this one's workspace."""
    theirs = OciDriver.open(f"{PLACE}?profile=OTHER")
    with pytest.raises((NotFound, Unauthenticated)):
        theirs.get_experiment("Default")
    assert [call.service for call in emulator.calls.all()] == ["aidp"]
    theirs.close()
