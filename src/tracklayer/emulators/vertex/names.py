"""Resource names: projects by number, and what ids may look like."""

from __future__ import annotations

import hashlib
import re

from tracklayer.emulators.vertex.errors import invalid
from tracklayer.emulators.vertex.knobs import Knobs

#: The project that users of the emulator are given. Any other one is there as well.
PROJECT = "tracklayer-emulator"
NUMBER = "123456789012"
LOCATION = "us-central1"

#: google/cloud/aiplatform_v1/types/metadata_service.py: 4-128 characters, /[a-z][0-9]-/.
_NODE = {"documented": re.compile(r"[a-z0-9][a-z0-9-]{3,127}"), "lenient": re.compile(r"[\w-]{4,128}")}
#: types/tensorboard_service.py: 1-128 characters, /[a-z][0-9]-/.
_BOARD = {"documented": re.compile(r"[a-z0-9][a-z0-9-]{0,127}"), "lenient": re.compile(r"[\w-]{1,128}")}


def number_of(project: str) -> str:
    """The number of a project: our own's, the number itself, or one made out of the id."""
    if project.isdecimal():
        return project
    if project == PROJECT:
        return NUMBER
    return str(10**11 + int.from_bytes(hashlib.sha256(project.encode()).digest()[:4], "big"))


def canonical(name: str, knobs: Knobs) -> str:
    """A resource name with its project as the service names it; another text as it is."""
    head, _, rest = name.partition("/")
    if head != "projects":
        return name
    project, slash, rest = rest.partition("/")
    if knobs.project_names == "number":
        project = number_of(project)
    elif project == NUMBER:
        project = PROJECT
    return f"projects/{project}{slash}{rest}"


def split(name: str) -> tuple[str, str, str]:
    """(parent, collection, id)."""
    parts = name.rsplit("/", 2)
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else ("", "", name)  # noqa: PLR2004 -- as it says


def node_id(given: str, field: str, knobs: Knobs) -> str:
    """An id of the metadata service, checked."""
    if not _NODE[knobs.ids].fullmatch(given):
        raise invalid(
            f"The provided {field} {given!r} is invalid: it must be 4-128 characters in length, and valid characters "
            "are /[a-z][0-9]-/."
        )
    return given


def board_id(given: str, field: str, knobs: Knobs) -> str:
    """An id of the TensorBoard service, checked. https://github.com/googleapis/python-aiplatform/issues/2319."""
    if not _BOARD[knobs.ids].fullmatch(given):
        raise invalid(
            f"The {field} {given!r} is invalid: it should be 1-128 characters. Valid characters are /[a-z][0-9]-/."
        )
    return given
