"""The history service: files by name, pages of them, and new tokens for jobs."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import jwt
import pytest
from tests.emulators.azureml.asking import HOST, Azure, message_of, scope

from tracklayer.emulators.azureml.names import GROUP, SUBSCRIPTION, WORKSPACE, Workspace


@pytest.fixture(scope="module")
def home(running: Azure) -> str:
    return running.experiment()


def batch(azure: Azure, home: str, run: str, count: int) -> int:
    asked = {"paths": [{"path": f"f{number:03}"} for number in range(count)]}
    return azure.history(home, run, "artifacts/batch/metadata", json=asked).status_code


def test_a_file_is_registered_then_written_then_found(azure: Azure, home: str) -> None:
    _, run = azure.run(home)
    (place,) = azure.registered(home, run, "folder/é a+b.txt")
    assert f".blob.core.windows.net/azureml/ExperimentRun/dcid.{run}/folder/%C3%A9%20a%2Bb.txt?" in place
    assert azure.blob(place, "PUT", b"text").status_code == 201
    (listed,) = azure.history(home, run, "artifacts").json()["value"]
    assert (listed["path"], listed["origin"], listed["container"]) == (
        "folder/é a+b.txt", "ExperimentRun", f"dcid.{run}"
    )  # fmt: skip
    named = {"path": "folder/é a+b.txt"}
    assert azure.history(home, run, "artifacts/metadata", params=named).json() == listed
    content = azure.history(home, run, "artifacts/contentinfo", params=named).json()
    assert azure.blob(content["contentUri"]).content == b"text"
    assert azure.blob(azure.history(home, run, "artifacts/artifacturi", params=named).json()).content == b"text"


def test_by_the_name_of_the_experiment_too(azure: Azure) -> None:
    name = uuid4().hex
    one, run = azure.run(azure.experiment(name))
    azure.registered(one, run, "a")
    for experiment in (name, one):
        path = f"/history/v1.0{scope()}/experiments/{experiment}/runs/{run}/artifacts"
        assert len(azure.ask(HOST, path).json()["value"]) == 1


def test_a_batch_at_its_limit_and_above(azure: Azure, home: str) -> None:
    _, run = azure.run(home)
    assert (batch(azure, home, run, 50), batch(azure, home, run, 51)) == (200, 400)
    assert len(azure.history(home, run, "artifacts").json()["value"]) == 50


def test_paths_that_cannot_be_are_told_one_by_one(azure: Azure, home: str) -> None:
    _, run = azure.run(home)
    asked = {"paths": [{"path": "x" * 5000}, {"path": "x" * 5001}]}
    answer = azure.history(home, run, "artifacts/batch/metadata", json=asked).json()
    assert (list(answer["artifacts"]), list(answer["errors"])) == (["x" * 5000], ["x" * 5001])
    assert azure.history(home, run, "artifacts/batch/metadata", json={"names": []}).status_code == 400


def test_pages_lead_on_by_a_link_and_by_a_token(azure: Azure, home: str) -> None:
    azure.emulator.tune(artifacts_per_page=3)
    _, run = azure.run(home)
    names = [f"d/{number}" for number in range(5)] + ["e", "f/x"]
    azure.registered(home, run, *names)
    page = azure.history(home, run, "artifacts").json()
    found = [one["path"] for one in page["value"]]
    while "nextLink" in page:
        before, link = page["continuationToken"], page["nextLink"]
        page = azure.ask(HOST, link.removeprefix(f"https://{HOST}")).json()
        same = azure.history(home, run, "artifacts", params={"continuationToken": before}).json()
        assert page == same
        found += [one["path"] for one in page["value"]]
    assert found == names
    bad = azure.history(home, run, "artifacts", params={"continuationToken": "é"})
    assert bad.status_code == 400


def test_parts_of_a_run(azure: Azure, home: str) -> None:
    _, run = azure.run(home)
    azure.registered(home, run, "a/b", "a/c/d", "ab", "e")
    under = azure.history(home, run, "artifacts/path", params={"path": "a"}).json()["value"]
    assert [one["path"] for one in under] == ["a/b", "a/c/d"]
    signed = azure.history(home, run, "artifacts/prefix/contentinfo", params={"path": "a/c"}).json()["value"]
    assert [one["path"] for one in signed] == ["a/c/d"]
    assert "sig=" in signed[0]["contentUri"]


def test_what_is_not_there(azure: Azure, home: str) -> None:
    _, run = azure.run(home)
    _, elsewhere = azure.run()
    for what in ("contentinfo", "metadata"):
        answer = azure.history(home, run, f"artifacts/{what}", params={"path": "none"})
        assert (answer.status_code, answer.json()["error"]["innerError"]["code"]) == (404, "NotFoundError")
    assert azure.history(home, run, "artifacts/none").status_code == 404
    assert azure.history(home, run, "artifacts", json={}).status_code == 405
    for other in (elsewhere, "0" * 32):
        answer = azure.history(home, other, "artifacts")
        assert (answer.status_code, "was not found in experiment" in message_of(answer)) == (404, True)


def test_a_run_of_another_workspace_is_taken_only_where_the_knob_says_so(azure: Azure, home: str) -> None:
    _, run = azure.run(home)
    asked = {"paths": [{"path": "a"}]}
    what = "artifacts/batch/metadata"
    assert azure.history(home, run, what, workspace="second", json=asked).status_code == 404
    azure.emulator.tune(unknown_run="accepted")
    answer = azure.history(home, run, what, workspace="second", json=asked)
    (place,) = (one["contentUri"] for one in answer.json()["artifactContentInformation"].values())
    (here,) = azure.registered(home, run, "b")
    assert place.split(".")[0] != here.split(".")[0], "each workspace has its own storage account"


def test_a_job_gets_new_tokens_for_itself_only(azure: Azure, home: str) -> None:
    _, run = azure.run(home)
    _, other = azure.run(home)
    old = azure.emulator.job_environment(home, run, lifetime=100)["MLFLOW_TRACKING_TOKEN"]
    answer = azure.history(home, run, "token", token=old).json()
    claims = jwt.decode(answer["token"], options={"verify_signature": False})
    assert abs(datetime.fromisoformat(answer["expiryTimeUtc"]).timestamp() - claims["exp"]) < 2
    assert claims["runId"] == run
    assert azure.track("runs/get", {"run_id": run}, method="GET", token=answer["token"]).status_code == 200
    assert azure.history(home, other, "token", token=old).status_code == 403
    gone = azure.emulator.identity.job_token(Workspace(SUBSCRIPTION, GROUP, WORKSPACE), run, lifetime=-1)
    assert azure.history(home, run, "token", token=gone).status_code == 401
