"""The state of the service, and what operations ask of it: resources by name, edges, tokens, etags, the clock.

* An operation is a function `(core, request) -> answer`, both Google's messages; it raises `ApiError`. It runs under
  the lock, so it is all or nothing if it checks before it changes.
* Every name in here is canonical: `core.name()`.
"""

from __future__ import annotations

import hashlib
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from tracklayer.emulators.vertex.errors import missing
from tracklayer.emulators.vertex.knobs import Knobs
from tracklayer.emulators.vertex.messages import Message, set_time
from tracklayer.emulators.vertex.names import canonical, split
from tracklayer.emulators.vertex.paging import Pages

Handler: TypeAlias = Callable[["Core", Message], Any]


class Core:
    """All of one service. `knobs`, `clock` (nanoseconds since 1970): the emulator's, as they are at the moment."""

    def __init__(self, knobs: Callable[[], Knobs], clock: Callable[[], int]) -> None:
        self.lock = threading.RLock()
        self.pages = Pages()
        #: (parent, collection) -> name -> resource.
        self.places: defaultdict[tuple[str, str], dict[str, Message]] = defaultdict(dict)
        #: Context -> the artifacts and executions in it.
        self.members: defaultdict[str, dict[str, None]] = defaultdict(dict)
        #: Execution -> artifact -> event; and artifact -> executions.
        self.events: defaultdict[str, dict[str, Message]] = defaultdict(dict)
        self.used_in: defaultdict[str, dict[str, None]] = defaultdict(dict)
        #: Time series -> step -> (wall time in ns or None, what the point holds).
        self.points: defaultdict[str, dict[int, tuple[int | None, Any]]] = defaultdict(dict)
        self.blobs: dict[tuple[str, str], bytes] = {}
        #: Operation -> the message; and those that are not done -> when they will be, what they then do.
        self.operations: dict[str, Message] = {}
        self.pending: dict[str, tuple[int, Callable[[], None]]] = {}
        self.asking = ""
        self._knobs = knobs
        self._clock = clock
        self._etag = 0
        self._number = 0

    @property
    def knobs(self) -> Knobs:
        """The knobs as they are now."""
        return self._knobs()

    def now(self) -> int:
        """Nanoseconds since 1970 by the service's clock, to the microsecond."""
        return (self._clock() + int(self.knobs.ahead * 1e9)) // 1000 * 1000

    def name(self, given: str) -> str:
        """A name as the service has it."""
        return canonical(given, self.knobs)

    def etag(self) -> str:
        """A new etag: 13 digits, milliseconds, larger than all before (#1674)."""
        self._etag = max(self._etag + 1, self.now() // 1_000_000)
        return str(self._etag)

    def number(self) -> str:
        """A new number, as the service names TensorBoards and time series."""
        self._number += 1
        spread = hashlib.sha256(f"{self._number}".encode()).digest()[:4]
        return str(self._number * 2**40 + int.from_bytes(spread, "big"))

    def drawn(self, *what: object) -> random.Random:
        """A source of chance that gives the same for the same."""
        return random.Random(f"{self.knobs.seed} {what}")  # noqa: S311 -- samples, not secrets

    # -- resources

    def get(self, given: str, kind: str) -> Message:
        """The resource of that name. Raises NOT_FOUND."""
        name = self.name(given)
        parent, collection, _ = split(name)
        found = self.places.get((parent, collection), {}).get(name)
        if found is None:
            raise missing(self.asking, kind, name)
        return found

    def find(self, given: str) -> Message | None:
        """The resource of that name, if it is there."""
        name = self.name(given)
        parent, collection, _ = split(name)
        return self.places.get((parent, collection), {}).get(name)

    def add(self, resource: Message) -> Message:
        """A new resource, which has its name; its times and its etag are set."""
        parent, collection, _ = split(resource.name)
        set_time(resource.create_time, self.stamp(resource))
        self.places[parent, collection][resource.name] = resource
        return resource

    def stamp(self, resource: Message) -> int:
        """It changes now; the time."""
        moment = self.now()
        fields = resource.DESCRIPTOR.fields_by_name
        if "update_time" in fields:
            set_time(resource.update_time, moment)
        if "etag" in fields:
            resource.etag = self.etag()
        return moment

    def below(self, parent: str, collection: str) -> list[Message]:
        """The resources of a collection, in the order that the knob says."""
        found = list(self.places.get((parent, collection), {}).values())
        if self.knobs.list_order == "shuffled":
            found.sort(key=lambda one: hashlib.sha256(one.name.encode()).digest())
        return found

    def remove(self, name: str) -> None:
        """A resource is gone, with all that is below it or hangs on it."""
        parent, collection, _ = split(name)
        if self.places[parent, collection].pop(name, None) is None:
            return
        for place in [place for place in self.places if place[0] == name]:
            for child in list(self.places[place]):
                self.remove(child)
            del self.places[place]
        self.points.pop(name, None)
        self.members.pop(name, None)
        for artifact in self.events.pop(name, {}):
            self.used_in[artifact].pop(name, None)
        for execution in self.used_in.pop(name, {}):
            self.events[execution].pop(name, None)
        if collection in {"artifacts", "executions"}:
            for held in self.members.values():
                held.pop(name, None)
        if collection == "contexts":
            for child in self.children(parent, name):
                child.parent_contexts.remove(name)

    def children(self, store: str, context: str) -> Iterator[Message]:
        """The contexts that have this one as a parent."""
        for child in self.places.get((store, "contexts"), {}).values():
            if context in child.parent_contexts:
                yield child
