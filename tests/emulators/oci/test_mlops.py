"""AI Data Platform's edge, and a server of one's own: what gets to the MLflow server behind, and what comes back."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from tests.emulators.oci.asking import Cloud, prefix

from tracklayer.emulators.faults import Fault
from tracklayer.emulators.oci import BUCKET, HOME, OTHER, ROUTES, SELF_HOSTED, OciEmulator
from tracklayer.emulators.serving import Response

AIDP = "aidp.us-ashburn-1.oci.oraclecloud.com"
CREATE = prefix() + "runs/create"


def test_a_request_reaches_the_server_of_its_workspace(cloud: Cloud) -> None:
    answer = cloud.ask("POST", CREATE, json={"a": 1}, headers={"opc-request-id": "mine", "X-Own": "1"})
    assert (answer.json(), answer.headers["X-Of-Mlflow"]) == ({"fine": True}, "yes")
    assert re.fullmatch("mine/[0-9A-F]{32}", answer.headers["opc-request-id"])
    assert answer.headers["etag"]
    (seen,) = cloud.behind.seen
    assert (seen.path, json.loads(seen.body)) == ("/api/2.0/mlflow/runs/create", {"a": 1})
    assert seen.headers["x-own"] == "1"
    assert not {name for name in seen.headers if name.startswith(("opc-", "authorization", "x-content", "date"))}
    root = f"oci://{BUCKET}@{HOME.namespace}/mlflow/aidp/default"
    assert cloud.started == [(f"us-ashburn-1/{HOME.platform}/default", root)]
    assert cloud.emulator.calls.counts() == {"aidp.runs/create": 1}


def test_each_workspace_and_each_host_has_a_server_of_its_own(cloud: Cloud) -> None:
    cloud.ask("POST", CREATE, json={})
    cloud.ask("POST", f"/api{CREATE}", host=AIDP, json={})
    cloud.ask("POST", prefix(workspace="second") + "runs/create", json={})
    cloud.ask("POST", prefix(OTHER) + "runs/create", profile="OTHER", json={})
    own = "/api/2.0/mlflow/runs/create"
    for host, path in ((None, own), (SELF_HOSTED, own), (SELF_HOSTED, f"/some/prefix{own}"), ("b.oci.example", own)):
        assert cloud.ask("POST", path, host=host, json={}).status_code == 200
    servers = [name for name, _ in cloud.started]
    assert servers[0] == servers[1]
    assert servers[4] == servers[5] == SELF_HOSTED
    assert len(set(servers)) == len({root for _, root in cloud.started}) == 6
    assert {seen.path for seen in cloud.behind.seen} == {own}


@pytest.mark.parametrize(
    ("path", "profile", "host"),
    [
        (prefix(OTHER) + "runs/create", "DEFAULT", None),
        (CREATE, "OTHER", None),
        (prefix(workspace="third") + "runs/create", "DEFAULT", None),
        (CREATE, "DEFAULT", "aidp.eu-frankfurt-1.oci.oraclecloud.com"),
    ],
    ids=["others-platform", "other-caller", "no-workspace", "other-region"],
)
def test_what_is_not_the_callers_is_not_there(cloud: Cloud, path: str, profile: str, host: str | None) -> None:
    status, code, _ = cloud.refusal("POST", path, profile=profile, host=host, json={})
    assert (status, code) == (404, "NotAuthorizedOrNotFound")
    assert cloud.behind.seen == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/2.0/mlflow/runs/outputs",
        "/api/2.0/mlflow/metrics/get-history-bulk",
        "/api/2.0/mlflow/logged-models",
        "/api/2.0/mlflow-artifacts/artifacts/a",
        "/api/3.0/mlflow/traces",
        "/ajax-api/2.0/mlflow/runs/create",
        "/version",
        "",
    ],
)
def test_routes_that_the_platform_does_not_have_are_not_found(cloud: Cloud, path: str) -> None:
    base = prefix().removesuffix("/api/2.0/mlflow/")
    assert cloud.refusal("POST", base + path, json={})[:2] == (404, "NotFound")
    assert cloud.refusal("POST", "/20260430/workspaces", host=AIDP, json={})[:2] == (404, "NotFound")
    assert cloud.behind.seen == []


def test_the_routes_are_a_knob(cloud: Cloud) -> None:
    assert cloud.ask("POST", prefix() + "runs/set-tag", json={}).status_code == 200
    cloud.emulator.tune(routes=[one for one in ROUTES if one != "runs/set-tag"])
    assert cloud.refusal("POST", prefix() + "runs/set-tag", json={})[:2] == (404, "NotFound")
    cloud.emulator.tune(routes=["*"])
    assert cloud.ask("POST", prefix() + "runs/outputs", json={}).status_code == 200
    assert cloud.ask("POST", "/api/2.0/mlflow/runs/outputs", json={}).status_code == 200, "of one's own"


@pytest.mark.parametrize(
    ("route", "filter", "operator"),
    [
        ("runs/search", "params.a = 'x' AND metrics.b >= 1 and tags.c != 'LIKE in'", None),
        ("runs/search", "params.`a LIKE b` = 'it\\'s IN'", None),
        ("runs/search", "params.a LIKE '%x'", "LIKE"),
        ("runs/search", "params.a ilike '%x'", "ILIKE"),
        ("runs/search", "attributes.run_id NOT  IN ('a')", "NOT IN"),
        ("runs/search", "tags.a IS NULL", "IS NULL"),
        ("experiments/search", "name LIKE 'a%' AND tags.b = 'c'", None),
        ("experiments/search", "creation_time > 1", ">"),
    ],
)
def test_filters_have_the_documented_operators(cloud: Cloud, route: str, filter: str, operator: str | None) -> None:
    answer = cloud.ask("POST", prefix() + route, json={"filter": filter})
    assert answer.status_code == (200 if operator is None else 400)
    assert operator is None or f"'{operator}'" in answer.json()["message"]
    assert cloud.ask("POST", f"/api/2.0/mlflow/{route}", json={"filter": filter}).status_code == 200
    cloud.emulator.tune(filters="all")
    assert cloud.ask("POST", prefix() + route, json={"filter": filter}).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"filter": 3}'])
def test_a_filter_that_is_none_is_for_the_server_to_refuse(cloud: Cloud, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert cloud.ask("POST", prefix() + "runs/search", data=body, headers=headers).status_code == 200


def test_a_retry_token_gives_the_same_answer_and_nothing_is_done_twice(cloud: Cloud) -> None:
    token = {"opc-retry-token": "t" * 64}
    answers = [cloud.ask("POST", CREATE, json={"a": 1}, headers=token) for _ in range(3)]
    assert len(cloud.behind.seen) == 1
    assert len({(one.status_code, one.content, one.headers["etag"]) for one in answers}) == 1
    assert len({one.headers["opc-request-id"] for one in answers}) == 3
    assert cloud.refusal("POST", CREATE, json={"a": 2}, headers=token)[:2] == (409, "InvalidatedRetryToken")
    for path in (prefix() + "experiments/create", prefix(workspace="second") + "runs/create"):
        assert cloud.ask("POST", path, json={"a": 2}, headers=token).status_code == 200
    assert cloud.ask("POST", CREATE, json={"a": 2}, headers={"opc-retry-token": "other"}).status_code == 200
    assert len(cloud.behind.seen) == 4


def test_a_retry_token_is_forgotten_after_its_window(cloud: Cloud) -> None:
    token = {"opc-retry-token": "t"}
    cloud.ask("POST", CREATE, json={"a": 1}, headers=token)
    cloud.emulator.tune(retry_window=0)
    assert cloud.ask("POST", CREATE, json={"a": 2}, headers=token).status_code == 200
    assert len(cloud.behind.seen) == 2


@pytest.mark.parametrize(("length", "status"), [(1, 200), (64, 200), (65, 400), (0, 400)])
def test_a_retry_token_has_64_characters(cloud: Cloud, length: int, status: int) -> None:
    assert cloud.ask("POST", CREATE, json={}, headers={"opc-retry-token": "t" * length}).status_code == status


def test_searches_and_refusals_are_not_remembered(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    token = {"opc-retry-token": "t"}
    for _ in range(2):
        cloud.ask("POST", prefix() + "runs/search", json={}, headers=token)
        cloud.ask("POST", "/api/2.0/mlflow/runs/create", json={}, headers=token)
    assert len(cloud.behind.seen) == 4, "nor does a server of one's own know of them"
    monkeypatch.setattr(cloud.behind, "answer", Response(503, b"{}", {"Content-Type": "application/json"}))
    assert cloud.ask("POST", CREATE, json={}, headers=token).status_code == 503
    monkeypatch.undo()
    monkeypatch.setattr(cloud.emulator._mlops._servers, "url", lambda _name, _artifacts: cloud.behind.url)
    assert cloud.ask("POST", CREATE, json={}, headers=token).status_code == 200


def test_two_that_come_at_once_with_one_token_are_one(cloud: Cloud) -> None:
    signer, token = cloud.signer(), {"opc-retry-token": "t"}
    with ThreadPoolExecutor(4) as workers:
        asked = [workers.submit(cloud.ask, "POST", CREATE, json={}, headers=token, sign=signer) for _ in range(4)]
        assert {one.result().status_code for one in asked} == {200}
    assert len(cloud.behind.seen) == 1


def test_an_answer_that_was_lost_comes_with_the_next_try(cloud: Cloud) -> None:
    cloud.emulator.fault(Fault("runs/create", "drop-after"))
    token = {"opc-retry-token": "t"}
    with pytest.raises(OSError, match=r"closed|aborted|Remote"):
        cloud.ask("POST", CREATE, json={}, headers=token)
    assert cloud.ask("POST", CREATE, json={}, headers=token).status_code == 200
    assert len(cloud.behind.seen) == 1


def test_the_files_of_a_run_are_listed_from_object_storage(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    root = f"oci://{BUCKET}@{HOME.namespace}/mlflow/aidp/default/1/r/artifacts"
    run = {"run": {"info": {"artifact_uri": root}}}
    monkeypatch.setattr(cloud.behind, "answer", Response(200, json.dumps(run).encode()))
    storage, place = cloud.storage(), root.partition(f"{HOME.namespace}/")[2]
    for name in ("a.txt", "d/b.txt", "d/e/c.txt", "é f.txt"):
        storage.put_object(HOME.namespace, BUCKET, f"{place}/{name}", b"12")
    listed = cloud.ask("GET", prefix() + "artifacts/list", params={"run_id": "r"}).json()
    assert listed["root_uri"] == root
    assert listed["files"] == [
        {"path": "a.txt", "is_dir": False, "file_size": 2},
        {"path": "d", "is_dir": True},
        {"path": "é f.txt", "is_dir": False, "file_size": 2},
    ]
    inner = cloud.ask("GET", "/api/2.0/mlflow/artifacts/list", params={"run_id": "r", "path": "d"}).json()["files"]
    assert [(one["path"], one["is_dir"]) for one in inner] == [("d/b.txt", False), ("d/e", True)]
    assert [seen.query for seen in cloud.behind.seen] == ["run_id=r"] * 2


def test_the_list_of_a_run_that_is_not_there_or_not_in_object_storage_is_the_servers(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, asked = prefix() + "artifacts/list", {"run_id": "r"}
    monkeypatch.setattr(cloud.behind, "answer", Response(404, b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}'))
    assert cloud.ask("GET", path, params=asked).json() == {"error_code": "RESOURCE_DOES_NOT_EXIST"}
    run = {"run": {"info": {"artifact_uri": "mlflow-artifacts:/a"}}, "files": []}
    monkeypatch.setattr(cloud.behind, "answer", Response(200, json.dumps(run).encode()))
    assert cloud.ask("GET", path, params=asked).json() == run
    assert cloud.behind.seen[-1].path == "/api/2.0/mlflow/artifacts/list"


def test_a_server_may_serve_its_files_itself(cloud: Cloud) -> None:
    cloud.emulator.tune(artifacts="served")
    path = prefix().replace("/mlflow/", "/mlflow-artifacts/artifacts/a/b.txt")
    assert cloud.ask("PUT", path, data=b"x").status_code == 200
    assert cloud.emulator.calls.counts() == {"aidp.mlflow-artifacts": 1}
    ((_, root),) = cloud.started
    assert root.startswith("mlflow-artifacts:/")
    told = cloud.emulator._mlops._surroundings()
    assert told["_MLFLOW_SERVER_SERVE_ARTIFACTS"] == "true"
    assert told["_MLFLOW_SERVER_ARTIFACT_DESTINATION"].startswith("file:///")


def test_a_server_that_does_not_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracklayer.emulators.mlflow.servers.find_spec", lambda _name: None)
    with OciEmulator() as emulator:
        emulator.tune(signatures=False)
        answer = requests.post(f"{emulator.url}{CREATE}", json={}, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (503, "ServiceUnavailable")
    assert "pip install mlflow" in answer.json()["message"]
