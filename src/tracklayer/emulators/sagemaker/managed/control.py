"""The control plane: makes, describes, lists and ends managed MLflow servers.

Shapes are those of botocore's `service-2.json`, which the router holds requests to before they come here. Texts of
refusals, and that a server is up at once, are ours: AWS documents neither, and takes some 25 minutes to make one.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from tracklayer.emulators.aws.errors import AwsError
from tracklayer.emulators.sagemaker.managed.kinds import APP, TRACKING_SERVER, Kind
from tracklayer.emulators.sagemaker.managed.resources import Resource, Resources
from tracklayer.emulators.sagemaker.managed.sessions import Sessions

Answer: TypeAlias = dict[str, Any]
Operation: TypeAlias = Callable[[str, Mapping[str, Any]], Answer]

#: What a new server says of itself where the request says nothing.
VERSION = "3.0"
SERVER = {"TrackingServerSize": "Small", "MlflowVersion": VERSION, "AutomaticModelRegistration": False}
MADE_SERVER = {"TrackingServerStatus": "Created", "IsActive": "Active"}
MADE_APP = {"Status": "Created", "MlflowVersion": VERSION}
#: Parts of a request that are not parts of a description.
ASKED_ONLY = frozenset({"TrackingServerName", "Name", "Arn", "Tags"})
IN_SUMMARY = {
    TRACKING_SERVER: ("CreationTime", "LastModifiedTime", "TrackingServerStatus", "IsActive", "MlflowVersion"),
    APP: ("Status", "CreationTime", "LastModifiedTime", "MlflowVersion"),
}
STATUS = {TRACKING_SERVER: "TrackingServerStatus", APP: "Status"}
PAGE = 10


class Control:
    """The operations, by name, on one set of resources. `ended`: called with a resource that is deleted."""

    def __init__(
        self, resources: Resources, sessions: Sessions, account: str, ended: Callable[[Resource], None]
    ) -> None:
        self._resources = resources
        self._sessions = sessions
        self._account = account
        self._ended = ended
        self.operations: Mapping[str, Operation] = {
            "CreateMlflowTrackingServer": self._create_server,
            "DescribeMlflowTrackingServer": self._describe_server,
            "ListMlflowTrackingServers": partial(self._list, TRACKING_SERVER, "TrackingServerSummaries"),
            "UpdateMlflowTrackingServer": partial(self._update, TRACKING_SERVER, "TrackingServerArn"),
            "DeleteMlflowTrackingServer": partial(self._delete, TRACKING_SERVER, "TrackingServerArn"),
            "StartMlflowTrackingServer": partial(self._turn, active=True),
            "StopMlflowTrackingServer": partial(self._turn, active=False),
            "CreatePresignedMlflowTrackingServerUrl": partial(self._presign, TRACKING_SERVER),
            "CreateMlflowApp": self._create_app,
            "DescribeMlflowApp": self._describe_app,
            "ListMlflowApps": partial(self._list, APP, "Summaries"),
            "UpdateMlflowApp": partial(self._update, APP, "Arn"),
            "DeleteMlflowApp": partial(self._delete, APP, "Arn"),
            "CreatePresignedMlflowAppUrl": partial(self._presign, APP),
        }

    # -- tracking servers

    def _create_server(self, region: str, asked: Mapping[str, Any]) -> Answer:
        made = self._made(
            TRACKING_SERVER, region, asked["TrackingServerName"], {**SERVER, **_said(asked), **MADE_SERVER}
        )
        return {"TrackingServerArn": made.arn}

    def _describe_server(self, region: str, asked: Mapping[str, Any]) -> Answer:
        one = self._found(TRACKING_SERVER, region, asked)
        named = {"TrackingServerArn": one.arn, "TrackingServerName": one.name, "TrackingServerUrl": one.url}
        return named | one.fields

    def _turn(self, region: str, asked: Mapping[str, Any], *, active: bool) -> Answer:
        one = self._found(TRACKING_SERVER, region, asked)
        if one.serves == active:
            state = "already running" if active else "already stopped"
            raise AwsError("ConflictException", f"Tracking server {one.name} is {state}")
        one.fields |= {
            "IsActive": "Active" if active else "Inactive",
            "TrackingServerStatus": "Started" if active else "Stopped",
        }
        return {"TrackingServerArn": one.arn}

    # -- apps

    def _create_app(self, region: str, asked: Mapping[str, Any]) -> Answer:
        return {"Arn": self._made(APP, region, asked["Name"], {**_said(asked), **MADE_APP}).arn}

    def _describe_app(self, region: str, asked: Mapping[str, Any]) -> Answer:
        one = self._found(APP, region, asked)
        return {"Arn": one.arn, "Name": one.name} | one.fields

    # -- both

    def _update(self, kind: Kind, arn: str, region: str, asked: Mapping[str, Any]) -> Answer:
        one = self._found(kind, region, asked)
        one.fields |= _said(asked)
        return {arn: one.arn}

    def _delete(self, kind: Kind, arn: str, region: str, asked: Mapping[str, Any]) -> Answer:
        one = self._found(kind, region, asked)
        self._resources.remove(one)
        self._ended(one)
        return {arn: one.arn}

    def _presign(self, kind: Kind, region: str, asked: Mapping[str, Any]) -> Answer:
        one = self._found(kind, region, asked)
        token = self._sessions.offered(one.arn, asked.get("ExpiresInSeconds", 300))
        return {"AuthorizedUrl": f"{one.url}/auth?authToken={token}"}

    def _list(self, kind: Kind, key: str, region: str, asked: Mapping[str, Any]) -> Answer:
        status = STATUS[kind]
        found = [one for one in self._resources.all(kind, region) if _fits(one, status, asked)]
        orders = {"Name": lambda one: one.name.lower(), "Status": lambda one: one.fields[status]}
        found.sort(
            key=orders.get(asked.get("SortBy", ""), lambda one: one.fields["CreationTime"]),
            reverse=asked.get("SortOrder", "Descending") == "Descending",
        )
        start = _place(asked.get("NextToken"))
        end = start + asked.get("MaxResults", PAGE)
        answer: Answer = {key: [_summary(one) for one in found[start:end]]}
        return answer if end >= len(found) else answer | {"NextToken": base64.b64encode(str(end).encode()).decode()}

    def _made(self, kind: Kind, region: str, name: str, fields: dict[str, Any]) -> Resource:
        made = self._resources.add(kind, region, self._account, name, fields)
        if made is None:
            raise AwsError("ValidationException", f"{kind.name} with name {name} already exists")
        return made

    def _found(self, kind: Kind, region: str, asked: Mapping[str, Any]) -> Resource:
        if kind is APP:
            found = self._resources.of(asked["Arn"])
            found = found if found is not None and (found.kind, found.region) == (APP, region) else None
        else:
            found = self._resources.named(kind, region, asked["TrackingServerName"])
        if found is None:
            name = asked["Arn"] if kind is APP else asked["TrackingServerName"]
            raise AwsError("ResourceNotFound", f"{kind.name} {name} does not exist")
        return found


def _said(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name not in ASKED_ONLY}


def _fits(one: Resource, status: str, asked: Mapping[str, Any]) -> bool:
    wanted = asked.get(status)
    version = asked.get("MlflowVersion")
    made = one.fields["CreationTime"]
    return (
        wanted in {None, one.fields[status]}
        and version in {None, one.fields["MlflowVersion"]}
        and asked.get("CreatedAfter", made) <= made <= asked.get("CreatedBefore", made)
    )


def _summary(one: Resource) -> Answer:
    named = {"Arn": one.arn, "Name": one.name}
    if one.kind is TRACKING_SERVER:
        named = {"TrackingServerArn": one.arn, "TrackingServerName": one.name}
    return named | {name: one.fields[name] for name in IN_SUMMARY[one.kind]}


def _place(token: str | None) -> int:
    try:
        return 0 if token is None else int(base64.b64decode(token))
    except ValueError:
        raise AwsError("ValidationException", "Invalid pagination token") from None
