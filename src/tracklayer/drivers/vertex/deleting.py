"""Deleting runs and experiments, for good, in an order that can be begun again: the context goes last."""

from __future__ import annotations

from contextlib import suppress

from tracklayer.drivers.google import Json, Objects
from tracklayer.drivers.vertex import names, record
from tracklayer.drivers.vertex.contexts import Contexts
from tracklayer.drivers.vertex.nodes import Nodes
from tracklayer.drivers.vertex.shelf import OURS, Places
from tracklayer.drivers.vertex.tensorboard import LINK, Tensorboard, board_run
from tracklayer.drivers.vertex.wire import PREVIEW, RUN
from tracklayer.errors import NotFound

#: Contexts of a page while an experiment is emptied.
PAGE = 100


class Deleting:
    """Deletes what is ours of a run. Artifacts of others, and what lies elsewhere in Storage, stay. Errors are ours."""

    def __init__(self, contexts: Contexts, nodes: Nodes, board: Tensorboard, objects: Objects, places: Places) -> None:
        self._contexts = contexts
        self._nodes = nodes
        self._board = board
        self._objects = objects
        self._places = places

    def run(self, name: str) -> None:
        """Delete a run. `NotFound`."""
        self._run(self._contexts.get(name))

    def preview(self, name: str) -> None:
        """Delete a run that is an execution, with the artifact that holds its metrics."""
        self._nodes.delete("artifacts", f"{name}-metrics")
        self._nodes.delete("executions", name)

    def experiment(self, name: str) -> None:
        """Delete an experiment and all its runs; pipelines stay, as with the official SDK. `NotFound`."""
        context = self._contexts.get(name)
        whole = f"{self._contexts.store}/contexts/{name}"
        gone: set[str] = set()
        while True:  # the first page, again and again: what is deleted is on it no more
            answer = self._contexts.list(f'schema_title="{RUN}" AND parent_contexts:"{whole}"', PAGE, None)
            found = [one for one in answer.get("contexts") or () if one["name"] not in gone]
            for one in found:
                with suppress(NotFound):  # another process was faster
                    self._run(one)
            gone.update(one["name"] for one in found)
            if not found:
                break
        for one in list(self._nodes.inside("executions", name)):
            if one.get("schemaTitle") == PREVIEW:
                self.preview(names.last(one["name"]))
        folder = self._places.ours(context)
        if folder is not None:  # its sidecars only: runs that stay may have files beside them
            self._objects.delete_below(folder.below(OURS))
        self._contexts.delete(name)

    def _run(self, context: Json) -> None:
        name = names.last(context["name"])
        kept = record.read(context.get("metadata") or {})
        board = board_run(kept.board) or self._board.linked(name)
        if board is not None:
            self._board.delete(board)
        for node in list(self._nodes.inside("artifacts", name)):
            if names.is_ours(node["name"], name) or node.get("schemaTitle") == LINK:
                self._nodes.delete("artifacts", names.last(node["name"]))
        for node in list(self._nodes.inside("executions", name)):
            if names.is_ours(node["name"], name):
                self._nodes.delete("executions", names.last(node["name"]))
        folder = self._places.ours(context)
        if folder is not None:
            self._objects.delete_below(folder)
        self._contexts.delete(name)
