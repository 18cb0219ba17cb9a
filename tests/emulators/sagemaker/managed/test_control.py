"""The control plane, asked by plain boto3."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.emulators.sagemaker.managed.asking import ROLE, Managed


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    code: str = caught.value.response["Error"]["Code"]
    return code


def test_a_tracking_server_is_made_and_described(managed: Managed) -> None:
    arn = managed.server("one", TrackingServerSize="Large", MlflowVersion="2.16.2", Tags=[{"Key": "a", "Value": "b"}])
    assert arn == "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/one"
    found = managed.control().describe_mlflow_tracking_server(TrackingServerName="ONE")
    assert found["TrackingServerArn"] == arn
    assert found["TrackingServerName"] == "one"
    assert found["ArtifactStoreUri"] == "s3://bucket/one"
    assert (found["TrackingServerSize"], found["MlflowVersion"], found["RoleArn"]) == ("Large", "2.16.2", ROLE)
    assert (found["TrackingServerStatus"], found["IsActive"]) == ("Created", "Active")
    assert re.fullmatch(r"https://t-[a-z0-9]{12}\.eu-west-1\.experiments\.sagemaker\.aws", found["TrackingServerUrl"])
    assert abs(found["CreationTime"] - datetime.now(timezone.utc)) < timedelta(minutes=1)
    assert "Tags" not in found


def test_an_app_is_made_and_described(managed: Managed) -> None:
    arn = managed.app("my-app", AccountDefaultStatus="ENABLED")
    assert re.fullmatch(r"arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-[A-Z0-9]{12}", arn)
    found = managed.control().describe_mlflow_app(Arn=arn)
    assert (found["Arn"], found["Name"], found["Status"]) == (arn, "my-app", "Created")
    assert found["AccountDefaultStatus"] == "ENABLED"


@pytest.mark.parametrize(
    ("region", "partition"), [("us-east-1", "aws"), ("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")]
)
def test_a_region_has_its_partition(managed: Managed, region: str, partition: str) -> None:
    assert managed.server(region=region).startswith(f"arn:{partition}:sagemaker:{region}:")


def test_regions_are_apart(managed: Managed) -> None:
    managed.server("one", "eu-west-1")
    managed.server("one", "us-east-1")
    assert refused(managed.control("us-west-2").describe_mlflow_tracking_server, TrackingServerName="one") == (
        "ResourceNotFound"
    )
    app = managed.app(region="eu-west-1")
    assert refused(managed.control("us-east-1").describe_mlflow_app, Arn=app) == "ResourceNotFound"


def test_a_name_is_taken_once_in_whatever_case(managed: Managed) -> None:
    managed.server("one")
    managed.app("one")
    for make in (managed.server, managed.app):
        with pytest.raises(ClientError, match="already exists"):
            make("ONE")


def test_the_vendors_own_rules_hold(managed: Managed) -> None:
    for wrong in ({"name": "a_b"}, {"name": "a" * 257}, {"RoleArn": "nobody"}, {"TrackingServerSize": "Huge"}):
        with pytest.raises(ClientError, match=r"ValidationException.*failed to satisfy constraint"):
            managed.server(**wrong)


def test_lists_are_sorted_filtered_and_paged(managed: Managed) -> None:
    for name in ("b", "a", "c"):
        managed.server(name)
    control = managed.control()

    def names(**asked: Any) -> list[str]:
        found = control.list_mlflow_tracking_servers(**asked)["TrackingServerSummaries"]
        return [one["TrackingServerName"] for one in found]

    assert names() == ["c", "a", "b"]
    assert names(SortOrder="Ascending") == ["b", "a", "c"]
    assert names(SortBy="Name", SortOrder="Ascending") == ["a", "b", "c"]
    control.stop_mlflow_tracking_server(TrackingServerName="a")
    assert names(TrackingServerStatus="Stopped") == ["a"]
    assert names(MlflowVersion="1.0.0") == []
    assert names(CreatedAfter=datetime.now(timezone.utc) + timedelta(hours=1)) == []
    assert names(CreatedBefore=datetime.now(timezone.utc) + timedelta(hours=1)) == ["c", "a", "b"]
    first = control.list_mlflow_tracking_servers(MaxResults=2)
    second = control.list_mlflow_tracking_servers(MaxResults=2, NextToken=first["NextToken"])
    assert [len(page["TrackingServerSummaries"]) for page in (first, second)] == [2, 1]
    assert "NextToken" not in second
    assert refused(control.list_mlflow_tracking_servers, NextToken="!") == "ValidationException"


def test_apps_are_listed_too(managed: Managed) -> None:
    arns = [managed.app(name) for name in ("a", "b")]
    found = managed.control().list_mlflow_apps(SortBy="Name", SortOrder="Ascending")["Summaries"]
    assert [(one["Arn"], one["Name"], one["Status"]) for one in found] == [
        (arns[0], "a", "Created"),
        (arns[1], "b", "Created"),
    ]


def test_a_server_is_stopped_and_started(managed: Managed) -> None:
    managed.server("one")
    control = managed.control()
    assert refused(control.start_mlflow_tracking_server, TrackingServerName="one") == "ConflictException"
    for turn, status, active in (
        (control.stop_mlflow_tracking_server, "Stopped", "Inactive"),
        (control.start_mlflow_tracking_server, "Started", "Active"),
    ):
        turn(TrackingServerName="one")
        found = control.describe_mlflow_tracking_server(TrackingServerName="one")
        assert (found["TrackingServerStatus"], found["IsActive"]) == (status, active)
    assert refused(control.stop_mlflow_tracking_server, TrackingServerName="two") == "ResourceNotFound"


def test_both_kinds_are_changed_and_deleted(managed: Managed) -> None:
    managed.server("one")
    app, control = managed.app("two"), managed.control()
    control.update_mlflow_tracking_server(TrackingServerName="one", TrackingServerSize="Medium")
    assert control.describe_mlflow_tracking_server(TrackingServerName="one")["TrackingServerSize"] == "Medium"
    control.update_mlflow_app(Arn=app, AccountDefaultStatus="DISABLED")
    assert control.describe_mlflow_app(Arn=app)["AccountDefaultStatus"] == "DISABLED"
    control.delete_mlflow_tracking_server(TrackingServerName="one")
    control.delete_mlflow_app(Arn=app)
    assert refused(control.describe_mlflow_tracking_server, TrackingServerName="one") == "ResourceNotFound"
    assert refused(control.describe_mlflow_app, Arn=app) == "ResourceNotFound"
    assert refused(control.delete_mlflow_app, Arn=app) == "ResourceNotFound"
    assert control.list_mlflow_apps()["Summaries"] == []


def test_the_control_plane_is_in_the_log(managed: Managed) -> None:
    managed.server("one")
    managed.control().list_mlflow_apps()
    assert managed.emulator.calls.counts() == {
        "sagemaker.CreateMlflowTrackingServer": 1,
        "sagemaker.ListMlflowApps": 1,
    }
