"""Making experiments and runs: once, however often an answer is lost or a process dies on the way."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from uuid import uuid4

from tracklayer.drivers.google import Json
from tracklayer.drivers.vertex import listing, names, record, wire
from tracklayer.drivers.vertex.contexts import Contexts
from tracklayer.drivers.vertex.shelf import Places
from tracklayer.errors import AlreadyExists, NotFound, ProviderError, Timeout, Unavailable
from tracklayer.model import ExperimentDraft, RunDraft


class Making:
    """Makes contexts of drafts. Errors are ours."""

    def __init__(self, contexts: Contexts, places: Places) -> None:
        self._contexts = contexts
        self._places = places

    def experiment(self, draft: ExperimentDraft, board: str | None) -> Json:
        """A new experiment; with the metadata store, at a project's first use. `AlreadyExists`."""
        mark = uuid4().hex
        context = wire.new_experiment(draft, mark, str(self._places.experiment(draft.name)), board)
        try:
            return self._contexts.create(draft.name, context)
        except NotFound:  # there is no metadata store yet
            self._contexts.create_store()
            return self._contexts.create(draft.name, context)
        except (Unavailable, Timeout):  # it may have been made: to try again would find its own name taken
            found = self._marked(draft.name, mark)
            if found is None:
                raise
            return found

    def _marked(self, name: str, mark: str) -> Json | None:
        """The context that was made with this mark; None where it is not there, or is another's."""
        with suppress(ProviderError):
            found = self._contexts.get(name)
            return found if record.read(found.get("metadata") or {}).token == mark else None
        return None

    def run(self, home: str, draft: RunDraft) -> Json:
        """A new run of an experiment, or the one that was made with the same token."""
        context = self._made_before(home, draft.token) or self._made(home, draft)
        if home in map(names.last, context.get("parentContexts") or ()):
            return context
        return self._adopted(home, context)

    def _made_before(self, home: str, token: str) -> Json | None:
        """The run of that token, whatever its name was then; one that a crash left without its experiment too."""
        condition = f'schema_title="{wire.RUN}" AND {listing.token_condition(home, token)}'
        found = self._contexts.list(condition, 1, None).get("contexts") or ()
        return found[0] if found else None

    def _made(self, home: str, draft: RunDraft) -> Json:
        name = names.run(home, draft.token, draft.name)
        root = str(self._places.run(name, home))
        try:
            return self._contexts.create(name, wire.new_run(name, home, draft, root, datetime.now(timezone.utc)))
        except AlreadyExists:  # another process was faster, or an answer was lost
            found = self._contexts.get(name)
            if record.read(found.get("metadata") or {}).token != draft.token:
                raise
            return found

    def _adopted(self, home: str, context: Json) -> Json:
        """The run as a child of its experiment."""
        name = names.last(context["name"])
        try:
            self._contexts.add_child(home, name)
        except NotFound:  # the experiment was deleted meanwhile
            self._contexts.forget(home)
            self._contexts.delete(name)
            raise
        parents = [*(context.get("parentContexts") or ()), f"{self._contexts.store}/contexts/{home}"]
        return self._contexts.note({**context, "parentContexts": parents})
