"""Contexts: looked at, made, changed under their etag, and for a while remembered.

* A change is made of what is remembered, and sent with its etag. If somebody else was faster the service says ABORTED;
  then the context is read and the change made again, after a pause drawn at random. So nobody's writing is lost.
* What is remembered decides nothing against a caller: a conflict, or that nothing is to be done, is looked at again.
"""

from __future__ import annotations

import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from urllib.parse import quote

from tracklayer.drivers.google import Json, Rest, finished
from tracklayer.drivers.vertex import names
from tracklayer.drivers.vertex.errors import PROVIDER
from tracklayer.errors import Conflict, NotFound

#: Contexts that are remembered, and for how many seconds one is good enough to say that it is there.
REMEMBERED, MEMORY = 1_024, 60.0
#: How often a change is made again, and the longest of the first pauses, in seconds; it doubles up to `LONGEST`.
ATTEMPTS, FIRST, LONGEST = 16, 0.05, 2.0

#: A context with a change; None: it is so already.
Change = Callable[[Json], Json | None]


class Contexts:
    """All contexts of the default metadata store of one location. Errors are ours.

    * `parent`: `projects/P/locations/L`. The service answers with the project's number; once that is known, names are
      made with it.
    """

    def __init__(
        self,
        rest: Rest,
        parent: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rest = rest
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, Json]] = OrderedDict()
        self._parent = parent
        self._learned = False

    # -- names

    @property
    def parent(self) -> str:
        """The location, as the service names it: asked for once if no answer has said it yet."""
        if not self._learned:
            self.learn(self._rest.call("GET", f"{self._parent}/metadataStores/default", operation="GetMetadataStore"))
        return self._parent

    @property
    def store(self) -> str:
        """The metadata store, likewise."""
        return f"{self.parent}/metadataStores/default"

    @property
    def here(self) -> str:
        """The metadata store as far as it is known: good for paths."""
        return f"{self._parent}/metadataStores/default"

    def project_number(self) -> str | None:
        """The number of the project; None where the service gives the id."""
        number = self.parent.split("/")[1]
        return number if number.isdecimal() else None

    def learn(self, resource: Mapping[str, str]) -> None:
        """Take up how the service names the location."""
        head, mark, _ = str(resource.get("name", "")).partition("/metadataStores/")
        if mark and not self._learned:
            self._parent, self._learned = head, True

    # -- looking

    def get(self, name: str, operation: str = "GetContext") -> Json:
        """As it is now. `NotFound`."""
        if not names.legal(name):
            message = f"there is no {name[:200]!r}: that is no id of Vertex"
            raise NotFound(message, provider=PROVIDER, operation=operation)
        return self.note(self._rest.call("GET", f"{self.here}/contexts/{quote(name)}", operation=operation))

    def known(self, name: str) -> Json:
        """As it was at most a minute ago. `NotFound`."""
        with self._lock:
            seen, found = self._known.get(name, (0.0, None))
        return self.get(name) if found is None or self._clock() - seen > MEMORY else found

    def note(self, context: Json) -> Json:
        """Remember what the service just said."""
        self.learn(context)
        name = names.last(context["name"])
        with self._lock:
            self._known[name] = (self._clock(), context)
            self._known.move_to_end(name)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return context

    def forget(self, name: str) -> None:
        """It is gone, or was changed by others."""
        with self._lock:
            self._known.pop(name, None)

    def list(self, condition: str, size: int, after: str | None, order: str = "create_time") -> Json:
        """One page of the contexts for which a filter holds: `contexts`, and `nextPageToken` unless it is the last."""
        query: dict[str, str | int] = {"filter": condition, "pageSize": size, "orderBy": order}
        if after is not None:
            query["pageToken"] = after
        answer = self._rest.call("GET", f"{self.here}/contexts", operation="ListContexts", query=query)
        for context in answer.get("contexts") or ():
            self.learn(context)
        return answer

    # -- changing

    def create(self, name: str, context: Json) -> Json:
        """A new one. `AlreadyExists`."""
        query = {"contextId": name}
        answer = self._rest.call("POST", f"{self.here}/contexts", operation="CreateContext", query=query, body=context)
        return self.note(answer)

    def update(self, name: str, change: Change) -> Json:
        """Change it, however many others do: `change` makes the new one of what is there. `NotFound`."""
        context, fresh = self._first(name)
        pause = FIRST
        for attempt in range(ATTEMPTS):
            try:
                new = change(context)
            except Conflict:
                if fresh:
                    raise
                new = None
            if new is None or new == context:
                if fresh:
                    return context
                context, fresh = self.get(name), True
                continue
            try:
                return self._sent(name, new)
            except Conflict as error:
                self.forget(name)
                if not error.retryable or attempt == ATTEMPTS - 1:
                    raise
            self._sleep(random.uniform(0, pause))  # noqa: S311 -- not a secret
            pause = min(2 * pause, LONGEST)
            context, fresh = self.get(name), True
        message = f"{name} is changed by others all the time"
        raise Conflict(message, provider=PROVIDER, operation="UpdateContext", retryable=True)

    def _first(self, name: str) -> tuple[Json, bool]:
        """What is remembered, however old: its etag is; else as it is now."""
        with self._lock:
            _, found = self._known.get(name, (0.0, None))
        return (self.get(name), True) if found is None else (found, False)

    def _sent(self, name: str, context: Json) -> Json:
        """The whole context without a mask, as the official SDK sends it."""
        try:
            answer = self._rest.call(
                "PATCH", f"{self.here}/contexts/{quote(name)}", operation="UpdateContext", body=context
            )
        except NotFound:
            self.forget(name)
            raise
        return self.note(answer)

    def add_child(self, parent: str, child: str) -> None:
        """Make a context a child of another one. Twice is once. `NotFound`."""
        body = {"childContexts": [f"{self.store}/contexts/{child}"]}
        path = f"{self.here}/contexts/{quote(parent)}:addContextChildren"
        self._rest.call("POST", path, operation="AddContextChildren", body=body)

    def delete(self, name: str) -> None:
        """Delete it, for good. `NotFound`."""
        self.forget(name)
        answer = self._rest.call("DELETE", f"{self.here}/contexts/{quote(name)}", operation="DeleteContext")
        finished(self._rest, answer, "DeleteContext", sleep=self._sleep)

    def create_store(self) -> None:
        """Make the default metadata store, which a project has from its first use on."""
        answer = self._rest.call(
            "POST",
            f"{self._parent}/metadataStores",
            operation="CreateMetadataStore",
            query={"metadataStoreId": "default"},
            body={},
        )
        finished(self._rest, answer, "CreateMetadataStore", sleep=self._sleep)
