"""Data sets that a run read, as the console shows them: artifacts, and an execution of the run that read them.

The layers hold what they are; what is written here is for the lineage graph, and is not read again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracklayer.drivers.vertex import names
from tracklayer.drivers.vertex.nodes import Nodes
from tracklayer.drivers.vertex.wire import VERSION
from tracklayer.model import Dataset

#: Data sets of one batch that are shown, at most: each is a call.
MOST = 20
#: Characters of a text of metadata that is shown.
TEXT = 500


def show(nodes: Nodes, run: str, inputs: Iterable[Dataset]) -> None:
    """Let the console show what a run read. Twice is once."""
    some = list(inputs)[:MOST]
    artifacts = [
        nodes.put("artifacts", names.ours(run, "input", f"{one.name}\n{one.digest}"), _artifact(one)) for one in some
    ]
    execution = nodes.put("executions", names.ours(run, "inputs", ""), _EXECUTION)
    nodes.attach(run, artifacts, [execution])
    nodes.read_by(execution, artifacts)


_EXECUTION = {
    "displayName": "data read",
    "schemaTitle": "system.ContainerExecution",
    "schemaVersion": VERSION,
    "state": "COMPLETE",
}


def _artifact(dataset: Dataset) -> dict[str, Any]:
    about = {"name": dataset.name, "digest": dataset.digest, "kind": dataset.kind, "context": dataset.context or ""}
    return {
        "displayName": dataset.name[:128],
        "uri": dataset.source if "://" in dataset.source and len(dataset.source) <= TEXT else "",
        "schemaTitle": "system.Dataset",
        "schemaVersion": VERSION,
        "state": "LIVE",
        "metadata": {key: text[:TEXT] for key, text in about.items() if text},
    }
