"""Sidecars: small ones that a run is read with stand in its record, all others in S3 below its folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO

from tracklayer.drivers.aws import Objects, S3Uri
from tracklayer.drivers.sagemaker import record
from tracklayer.drivers.sagemaker.components import Components, Facts
from tracklayer.drivers.sagemaker.places import SIDECARS, Places
from tracklayer.errors import NotFound, Rejected

#: Files that are read at once.
AT_ONCE = 8
_KEY = re.compile(r"[A-Za-z0-9.-]{1,100}")


class Shelf:
    """The sidecars of runs and experiments."""

    def __init__(self, components: Components, places: Places, objects: Objects) -> None:
        self._components = components
        self._places = places
        self._objects = objects

    def put(self, run: str, key: str, data: bytes) -> None:
        """Keep a sidecar of a run. `NotFound` without the run."""
        facts = self._components.facts(run)
        if record.kind(key):
            if facts.record.beside.get(key) == data or self._recorded(facts, key, data):
                return
            self._say_elsewhere(facts)
        self.put_below(facts.root, key, data)

    def get(self, run: str, prefix: str) -> Mapping[str, bytes]:
        """The sidecars of a run whose keys begin with the prefix. `NotFound` without the run."""
        facts = self._components.look(run)
        here = {key: data for key, data in facts.record.beside.items() if key.startswith(prefix)}
        if record.kind(prefix) and not facts.record.elsewhere:
            return here
        return {**self.get_below(facts.root, prefix), **here}

    def make_room(self, run: str) -> bool:
        """Move what is kept in a full record into S3, and show no data sets. Was there anything to be moved?"""
        facts = self._components.look(run)
        kept = facts.record.beside
        gone = [record.entry_of(key) for key in kept] + list(facts.record.shown)
        if kept:
            for key, data in kept.items():
                self.put_below(facts.root, key, data)
            self._say_elsewhere(facts)
        if gone:
            self._components.update(run, InputArtifactsToRemove=gone)
        return bool(gone)

    def _say_elsewhere(self, facts: Facts) -> None:
        """Said before it is so: nobody is to read the run and miss a sidecar."""
        known = facts.record
        if not known.elsewhere:
            entry = record.made(known.token, str(facts.root), known.experiment, elsewhere=True)
            self._components.update(facts.name, InputArtifacts=entry)

    def put_below(self, root: S3Uri, key: str, data: bytes) -> None:
        """Keep a sidecar in S3."""
        place = root.below(SIDECARS, key)
        self._places.prepare(place.bucket)
        self._objects.put(place.bucket, place.key, BytesIO(data))

    def get_below(self, root: S3Uri, prefix: str) -> dict[str, bytes]:
        """The sidecars in S3 whose keys begin with the prefix."""
        folder = f"{root.below(SIDECARS).key}/"
        keys: list[str] = []
        with suppress(NotFound):  # no bucket, no sidecars
            found = self._objects.every(root.bucket, folder + prefix)
            keys = [stored.key.removeprefix(folder) for stored in found]
        keys = [key for key in keys if _KEY.fullmatch(key)]
        if len(keys) < 2:  # noqa: PLR2004 -- one alone needs no threads
            return {key: self._read(root.bucket, folder + key) for key in keys}
        with ThreadPoolExecutor(min(AT_ONCE, len(keys))) as pool:
            return dict(zip(keys, pool.map(lambda key: self._read(root.bucket, folder + key), keys), strict=True))

    def _recorded(self, facts: Facts, key: str, data: bytes) -> bool:
        """Keep it in the record, if there is room."""
        entry = record.kept(key, data)
        if entry is None or not facts.record.room:
            return False
        try:
            self._components.update(facts.name, InputArtifacts={record.entry_of(key): entry})
        except Rejected:  # others have filled it since it was looked at
            self._components.forget(facts.name)
            return False
        return True

    def _read(self, bucket: str, key: str) -> bytes:
        with self._objects.open(bucket, key) as stream:
            return stream.read()
