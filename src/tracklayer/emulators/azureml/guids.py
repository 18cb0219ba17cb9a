"""Experiment ids: GUIDs before the edge, MLflow's own numbers behind it.

* Nothing is kept: a GUID is made of the workspace's own and the number, and read back.
"""

from __future__ import annotations

from uuid import UUID

from tracklayer.emulators.azureml.names import Workspace

_LOWER = 60
_MARK = 0x8 << _LOWER
#: What MLflow's clients send for the experiment that is always there.
DEFAULT = "0"
#: No experiment has it.
NOBODY = "-1"


def guid(workspace: Workspace, number: str) -> str:
    """The GUID of MLflow's number."""
    upper, veil = _parts(workspace)
    return str(UUID(int=upper | _MARK | (int(number) ^ veil)))


def number(workspace: Workspace, given: str) -> str | None:
    """MLflow's number of a GUID; None when it is none of this workspace's. `0` is the default one's everywhere."""
    if given == DEFAULT:
        return DEFAULT
    upper, veil = _parts(workspace)
    try:
        whole = UUID(given).int
    except ValueError:
        return None
    lower = whole & ((1 << 64) - 1)
    if whole - lower != upper or lower >> _LOWER != _MARK >> _LOWER:
        return None
    return str((lower ^ _MARK) ^ veil)


def _parts(workspace: Workspace) -> tuple[int, int]:
    """Its own half of a GUID, and what the other half is veiled by: a small number shall not look like one."""
    own = workspace.id.int
    return own >> 64 << 64, own & ((1 << _LOWER) - 1)
