from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from contract_tests.servers.recorder import Recorder

import tracklayer.drivers.aws.session as module
from tracklayer.drivers.aws import Aws, Objects
from tracklayer.errors import Unauthenticated, Unavailable

REGION = "eu-west-1"


def test_nothing_is_imported_before_the_first_call() -> None:
    code = (
        "import sys; from tracklayer.drivers.aws import Aws, Objects, SigV4; aws = Aws('eu-west-1'); Objects(aws);"
        "SigV4(aws, 'sagemaker'); print({'boto3', 'botocore', 's3transfer'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "set()"


def test_without_boto3_it_says_which_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError) as caught:
        Aws(REGION)
    assert caught.value.name == "boto3"


def test_the_account_is_asked_for_once(aws: Aws, recorder: Recorder) -> None:
    assert [aws.account(), aws.account()] == ["123456789012"] * 2
    assert len(recorder.seen) == 1


def test_a_client_is_made_once_for_all_threads(aws: Aws) -> None:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(aws.client("s3"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


@pytest.mark.parametrize(("service", "attempts"), [("sagemaker", 3), ("sagemaker-metrics", 1), ("s3", 5), ("sts", 3)])
def test_retries_and_times_are_set_and_not_the_sdks(aws: Aws, service: str, attempts: int) -> None:
    config = aws.client(service).meta.config
    assert config.retries["mode"] == "standard"
    assert config.retries["total_max_attempts"] == attempts
    assert (config.connect_timeout, config.read_timeout) == (10.0, 60.0)
    assert config.max_pool_connections == (32 if service == "s3" else 10)
    assert config.user_agent_extra.startswith("tracklayer/")
    assert aws.client(service).meta.region_name == REGION


def test_requests_say_who_sends_them(aws: Aws, recorder: Recorder) -> None:
    aws.account()
    assert "tracklayer/" in recorder.seen[0].headers["User-Agent"]


def test_an_address_that_is_given_comes_before_the_environment(recorder: Recorder) -> None:
    with Recorder(recorder.url) as other:
        aws = Aws(REGION, endpoints={"sts": other.url})
        aws.account()
        assert len(other.seen) == 1
        aws.close()


def test_a_profile_is_read_from_its_file(recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials"
    file.write_text("[work]\naws_access_key_id = AKIAWORK000000000000\naws_secret_access_key = hidden\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    aws = Aws(REGION, "work")
    aws.account()
    assert "Credential=AKIAWORK000000000000/" in recorder.seen[0].headers["Authorization"]
    aws.close()


def test_a_profile_that_is_not_there_is_said(recorder: Recorder) -> None:
    with pytest.raises(
        Unauthenticated, match=r"^sagemaker: GetCallerIdentity: .*\(nobody\) could not be found: set AWS"
    ):
        Aws(REGION, "nobody").account()
    assert recorder.seen == []


def test_without_credentials_it_says_what_to_set(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    aws = Aws(REGION)
    with pytest.raises(Unauthenticated, match="set AWS_PROFILE, or AWS_ACCESS_KEY_ID"):
        aws.account()
    assert recorder.seen == []
    aws.close()


def test_nobody_there_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ATTEMPTS", {"sts": 1})
    aws = Aws(REGION, endpoints={"sts": "http://127.0.0.1:1"})
    with pytest.raises(Unavailable, match="Could not connect to the endpoint URL") as caught:
        aws.account()
    assert caught.value.retryable
    aws.close()


def test_it_shows_no_secret(aws: Aws) -> None:
    aws.account()
    assert repr(aws) == "Aws('eu-west-1')"


def test_a_closed_one_opens_again(aws: Aws, recorder: Recorder) -> None:
    aws.account()
    aws.close()
    aws.close()
    assert aws.account() == "123456789012"
    assert len(recorder.seen) == 2


def test_a_forked_child_has_clients_of_its_own(bucket: str, aws: Aws, objects: Objects, recorder: Recorder) -> None:
    """It neither uses the parent's connections nor waits for its locks."""
    del recorder
    mine = aws.client("s3")
    aws._here()._lock.acquire()  # as a thread of the parent may hold it, which the child has not
    child = os.fork()
    if child == 0:
        good = False
        try:
            good = aws.client("s3") is not mine and objects.head(bucket, "x") is None
        finally:
            os._exit(0 if good else 1)
    aws._here()._lock.release()
    assert os.waitpid(child, 0)[1] == 0
    assert aws.client("s3") is mine
