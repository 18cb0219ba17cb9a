"""What Google's libraries ask beside the service: Resource Manager, IAM credentials.

* Resource Manager tells the id of a project number, and the other way.
* google-auth from 2.5x on asks IAM credentials where its account may be used, in the background:
  google/auth/_regional_access_boundary_utils.py.
"""

from __future__ import annotations

import json

from tracklayer.emulators.serving import Request, Response
from tracklayer.emulators.vertex.errors import ApiError
from tracklayer.emulators.vertex.messages import library
from tracklayer.emulators.vertex.names import NUMBER, PROJECT, number_of

#: Resource Manager as gRPC names it.
PROJECTS = "google.cloud.resourcemanager.v3.Projects"
IAM = "iamcredentials.googleapis.com"
_JSON = {"Content-Type": "application/json; charset=UTF-8"}


def named(request: Request) -> tuple[str, str] | None:
    """(service, operation), if the request is for one of them."""
    if request.host == IAM:
        return "iamcredentials", "allowedLocations" if request.path.endswith("/allowedLocations") else "unknown"
    if request.path.startswith("/v3/projects/"):
        return "cloudresourcemanager", "GetProject"
    return None


def respond(request: Request, operation: str) -> Response:
    """Its answer. An account may be used everywhere: NO_OP_TRUST_BOUNDARY_ENCODED_LOCATIONS of google/auth."""
    if operation == "allowedLocations":
        return Response(200, json.dumps({"locations": [], "encodedLocations": "0x0"}).encode(), _JSON)
    if operation == "GetProject":
        return Response(200, json.dumps(_described(request.path.removeprefix("/v3/"))).encode(), _JSON)
    raise ApiError("UNIMPLEMENTED", f"tracklayer's emulator has no {request.method} {request.path} of {request.host}.")


def _described(name: str) -> dict[str, str]:
    """A project by `projects/{id or number}`."""
    given = name.removeprefix("projects/")
    number = number_of(given)
    known = PROJECT if number == NUMBER else given if not given.isdecimal() else f"project-{given}"
    return {"name": f"projects/{number}", "projectId": known, "displayName": known, "state": "ACTIVE"}


def over_rpc(request: bytes) -> bytes:
    """`GetProject`."""
    types = library("google.cloud.resourcemanager_v3.types")
    asked = types.GetProjectRequest.deserialize(request)
    about = _described(asked.name)
    project = types.Project(
        name=about["name"],
        project_id=about["projectId"],
        display_name=about["displayName"],
        state=types.Project.State.ACTIVE,
    )
    return bytes(types.Project.serialize(project))
