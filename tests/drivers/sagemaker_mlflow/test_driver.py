"""The driver against the emulator: every request's signature verified, real MLflow servers behind, files in S3."""

from __future__ import annotations

import random
import threading
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from tests.drivers.sagemaker_mlflow.servers import BUCKET, Managed, client, opened, unique

from tracklayer.drivers.sagemaker_mlflow import SAGEMAKER_MLFLOW, SagemakerMlflowDriver
from tracklayer.drivers.sagemaker_mlflow.config import ENDPOINT, ROLE
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.proxy import Proxy
from tracklayer.errors import Conflict, NotFound, PermissionDenied, RateLimited, Unauthenticated, Unavailable
from tracklayer.model import Batch, ExperimentDraft, Points, RunDraft, RunRef
from tracklayer.spi import Feature, every


def test_a_run_of_everything_comes_back(driver: SagemakerMlflowDriver, run: RunRef) -> None:
    points = Points.of("loss", [(step, 1_700_000_000_000_000_000 + step * 1_000_000, step / 8) for step in range(50)])
    driver.write(run, Batch(params={"a": "b c+d&é"}, tags={"t": "x"}, points=(points,), status="finished"))
    back = driver.get_run(run)
    assert (back.params, back.tags["t"], back.status) == ({"a": "b c+d&é"}, "x", "finished")
    read = list(every(lambda after: driver.read_points(run, "loss", after)))
    assert [row for part in read for row in part.rows()] == list(points.rows())


def test_names_that_signatures_trip_over(driver: SagemakerMlflowDriver) -> None:
    for name in (unique("a b+c&d=e/f?g#h%41~*'()!"), unique("é日本🚀")):
        made = driver.create_experiment(ExperimentDraft(name=name))
        assert driver.get_experiment(name) == made


def test_files_lie_in_s3_where_the_server_says(driver: SagemakerMlflowDriver, run: RunRef, managed: Managed) -> None:
    driver.put_artifact(run, "a/b c.json", BytesIO(b"{}"))
    driver.put_sidecar(run, "key", b"beside")
    root = driver._root(run)
    assert root.startswith(f"s3://{BUCKET}/")
    key = root.removeprefix(f"s3://{BUCKET}/")
    s3 = client(managed.emulator, "s3", "us-east-1")
    stored = s3.get_object(Bucket=BUCKET, Key=f"{key}/a/b c.json")
    assert (stored["Body"].read(), stored["ContentType"]) == (b"{}", "application/json")
    assert s3.get_object(Bucket=BUCKET, Key=f"{key}/.tracklayer/key")["Body"].read() == b"beside"
    assert driver.get_sidecars(run) == {"key": b"beside"}
    listed = list(every(lambda after: driver.list_artifacts(run, after)))
    assert [(file.path, file.size) for file in listed] == [("a/b c.json", 2)]


def test_a_file_and_a_folder_of_one_name_are_both_kept(driver: SagemakerMlflowDriver, run: RunRef) -> None:
    for path in ("a", "a/b", "a/b/c"):
        driver.put_artifact(run, path, BytesIO(path.encode()))
    listed = list(every(lambda after: driver.list_artifacts(run, after)))
    assert sorted(file.path for file in listed) == ["a", "a/b", "a/b/c"]
    for path in ("a", "a/b", "a/b/c"):
        with driver.open_artifact(run, path) as stream:
            assert stream.read() == path.encode()


def test_what_the_console_makes_of_an_empty_folder_is_no_file(
    driver: SagemakerMlflowDriver, run: RunRef, managed: Managed
) -> None:
    key = driver._root(run).removeprefix(f"s3://{BUCKET}/")
    s3 = client(managed.emulator, "s3", "us-east-1")
    for marker in (f"{key}/", f"{key}/empty/"):
        s3.put_object(Bucket=BUCKET, Key=marker)
    assert list(every(lambda after: driver.list_artifacts(run, after))) == []


# -- servers side by side: what the official plugin cannot do


def test_servers_of_two_regions_and_two_kinds_live_in_one_process(managed: Managed) -> None:
    """Threads take turns at random; each run lands in the store of its own server, each request was verified."""
    drivers = {arn: opened(arn) for arn in managed.arns}
    experiments = {
        arn: driver.create_experiment(ExperimentDraft(name=unique("mine"))) for arn, driver in drivers.items()
    }
    made: dict[str, set[str]] = {arn: set() for arn in managed.arns}
    failures: list[BaseException] = []
    together = threading.Barrier(6)

    def work(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 -- no secret
        try:
            together.wait(timeout=60)
            for _ in range(8):
                arn = chance.choice(managed.arns)
                driver = drivers[arn]
                run = driver.create_run(experiments[arn].ref, RunDraft(token=uuid4().hex))
                driver.write(run.ref, Batch(params={"arn": arn}))
                driver.put_artifact(run.ref, "arn.txt", BytesIO(arn.encode()))
                made[arn].add(run.id)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sum(map(len, made.values())) == 48
    for arn, driver in drivers.items():
        others = set[str]().union(*(ids for other, ids in made.items() if other != arn))
        for run in made[arn]:
            assert driver.get_run(RunRef(id=run)).params == {"arn": arn}
            with driver.open_artifact(RunRef(id=run), "arn.txt") as stream:
                assert stream.read().decode() == arn
        for run in others:
            with pytest.raises(NotFound):
                driver.get_run(RunRef(id=run))
        driver.close()
    refused = [call for call in managed.emulator.calls.all() if call.status == 403]
    assert refused == [], "every request was signed as its own server's"


def test_two_instances_of_one_process_keep_their_own_headers(managed: Managed) -> None:
    europe, america = opened(managed.europe), opened(managed.america)
    name = unique("only in europe")
    europe.create_experiment(ExperimentDraft(name=name))
    with pytest.raises(NotFound):
        america.get_experiment(name)
    assert europe.get_experiment(name).name == name
    europe.close()
    america.close()


def test_real_host_names_are_asked_through_the_proxy(managed: Managed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any address of our own: the hosts are AWS's, and no other host is asked for."""
    for name in ("AWS_ENDPOINT_URL", ENDPOINT, "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Proxy([managed.emulator]) as proxy:
        for name, value in proxy.environment().items():
            monkeypatch.setenv(name, value)
        for arn in managed.arns:
            driver = opened(arn)
            experiment = driver.create_experiment(ExperimentDraft(name=unique("proxied")))
            run = driver.create_run(experiment.ref, RunDraft(token=uuid4().hex))
            driver.put_artifact(run.ref, "file", BytesIO(b"x"))
            driver.close()
        assert proxy.refused == []
        assert {host for host in proxy.asked if "s3" not in host} == {
            "eu-west-1.experiments.sagemaker.aws",
            "us-east-1.experiments.sagemaker.aws",
            "mlflow.sagemaker.eu-west-1.app.aws",
        }


# -- what goes wrong


def test_a_server_that_is_not_there_is_not_found(managed: Managed) -> None:
    driver = opened(f"{managed.europe}-not")
    with pytest.raises(
        NotFound, match=r"^sagemaker-mlflow: experiments/get-by-name: .*one-not does not exist"
    ) as caught:
        driver.get_experiment("Default")
    assert not caught.value.retryable
    driver.close()


def test_wrong_credentials_are_said_with_advice_and_not_shown(
    managed: Managed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-and-hidden")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token-and-hidden")
    driver = opened(managed.europe)
    with pytest.raises(Unauthenticated, match="the secret key does not belong to the access key") as caught:
        driver.get_experiment("Default")
    assert "hidden" not in f"{caught.value} {caught.value.__cause__} {driver._rest.auth!r}"
    driver.close()


def test_an_unknown_key_is_said_with_advice(managed: Managed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANOBODY0000000000")
    driver = opened(managed.app)
    with pytest.raises(Unauthenticated, match="AWS does not know this access key"):
        driver.get_experiment("Default")
    driver.close()


def test_without_credentials_nothing_is_sent(managed: Managed, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    driver = opened(managed.europe)
    with pytest.raises(Unauthenticated, match="sagemaker-mlflow: sign: Unable to locate credentials: set AWS_PROFILE"):
        driver.get_experiment("Default")
    assert managed.emulator.calls.all() == []
    driver.close()


def test_a_profile_is_named_by_the_environment(
    managed: Managed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = managed.emulator.environment()
    file = tmp_path / "credentials"
    file.write_text(
        f"[work]\naws_access_key_id = {made['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {made['AWS_SECRET_ACCESS_KEY']}\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "work")
    driver = opened(managed.europe)
    assert driver.get_experiment("Default").id == "0"
    driver.close()


def test_a_role_signs_for_the_server_and_not_for_s3(managed: Managed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ROLE, "arn:aws:iam::123456789012:role/mlflow-users")
    driver = opened(managed.europe)
    experiment = driver.create_experiment(ExperimentDraft(name=unique("by a role")))
    run = driver.create_run(experiment.ref, RunDraft(token=uuid4().hex))
    driver.put_artifact(run.ref, "file", BytesIO(b"x"))
    assert managed.emulator.calls.count("AssumeRole") == 1
    driver.close()


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "TooManyRequestsException", RateLimited),
        (400, "ThrottlingException", RateLimited),
        (403, "AccessDeniedException", PermissionDenied),
        (403, "ExpiredTokenException", Unauthenticated),
        (503, "ServiceUnavailable", Unavailable),
    ],
)
def test_aws_own_refusals_become_errors_of_ours(
    managed: Managed, status: int, code: str, kind: type[Exception]
) -> None:
    managed.emulator.fault(Fault("experiments/get-by-name", "answer", status=status, code=code, message="no"))
    driver = opened(managed.europe)
    with pytest.raises(kind, match=r"^sagemaker-mlflow: experiments/get-by-name: no"):
        driver.get_experiment("Default")
    driver.close()


def test_a_stopped_server_is_a_conflict(managed: Managed) -> None:
    control = client(managed.emulator, "sagemaker", "us-east-1")
    control.stop_mlflow_tracking_server(TrackingServerName="one")
    driver = opened(managed.america)
    with pytest.raises(Conflict, match="is stopped"):
        driver.get_experiment("Default")
    control.start_mlflow_tracking_server(TrackingServerName="one")
    assert driver.get_experiment("Default").name == "Default"
    driver.close()


# -- what it says of itself


def test_opening_asks_nobody(managed: Managed) -> None:
    driver = opened(managed.europe)
    assert driver.url == managed.europe
    assert managed.emulator.calls.all() == []
    driver.close()
    driver.close()


def test_it_offers_what_mlflow_does() -> None:
    assert SAGEMAKER_MLFLOW.provider == "sagemaker-mlflow"
    assert SAGEMAKER_MLFLOW.native(Feature.ARTIFACTS)
    assert "AWS_PROFILE" in SagemakerMlflowDriver.credentials
