"""management.azure.com: workspaces, as far as somebody who looks for one needs them."""

from __future__ import annotations

import pytest
from tests.emulators.azureml.asking import Azure, scope

from tracklayer.emulators.azureml import SUBSCRIPTION

ARM = "management.azure.com"
VERSION = "?api-version=2024-10-01-preview"


def test_a_workspace_names_its_tracking_uri(azure: Azure) -> None:
    found = azure.ask(ARM, scope("found") + VERSION).json()
    assert (found["name"], found["location"], found["id"]) == ("found", "eastus", scope("found"))
    assert found["properties"]["mlFlowTrackingUri"] == f"azureml://eastus.api.azureml.ms/mlflow/v1.0{scope('found')}"


def test_names_are_told_apart_by_more_than_their_case(azure: Azure) -> None:
    first = azure.ask(ARM, scope("Same") + VERSION).json()["properties"]["workspaceId"]
    path = scope("sAME").replace("resourceGroups", "resourcegroups").replace("Microsoft.", "microsoft.")
    assert azure.ask(ARM, path + VERSION).json()["properties"]["workspaceId"] == first
    assert azure.ask(ARM, scope("other") + VERSION).json()["properties"]["workspaceId"] != first


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (scope(subscription="11111111-1111-1111-1111-111111111111") + VERSION, 404, "SubscriptionNotFound"),
        (scope(group="elsewhere") + VERSION, 404, "ResourceGroupNotFound"),
        (scope("nowhere") + VERSION, 404, "ResourceNotFound"),
        (scope(), 400, "MissingApiVersionParameter"),
        (scope() + "/jobs" + VERSION, 404, "InvalidResourceType"),
    ],
)
def test_what_is_not_there_is_said_in_arm_s_words(azure: Azure, path: str, status: int, code: str) -> None:
    azure.emulator.tune(workspaces=(f"{SUBSCRIPTION}/emulated/main",))
    answer = azure.ask(ARM, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_workspaces_are_listed_once_they_were_asked_for(azure: Azure) -> None:
    azure.ask(ARM, scope("listed") + VERSION)
    whole = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/workspaces{VERSION}"
    assert "listed" in {one["name"] for one in azure.ask(ARM, whole).json()["value"]}
    of_no_group = scope("").replace("emulated", "another").rstrip("/") + VERSION
    assert azure.ask(ARM, of_no_group).json()["value"] == []


def test_the_clouds_endpoints_need_no_token(azure: Azure) -> None:
    (cloud,) = azure.ask(ARM, "/metadata/endpoints?api-version=2019-05-01", token="").json()
    assert cloud["resourceManager"] == "https://management.azure.com/"
    assert cloud["suffixes"]["storage"] == "core.windows.net"
