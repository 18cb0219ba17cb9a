"""Contexts, artifacts and executions: what they have in common. Made, read, listed, updated, deleted, purged."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tracklayer.emulators.vertex import checks
from tracklayer.emulators.vertex.core import Core, Handler
from tracklayer.emulators.vertex.errors import ApiError, invalid, missing, taken
from tracklayer.emulators.vertex.matching import ordered, test_of
from tracklayer.emulators.vertex.messages import Message, copied, make
from tracklayer.emulators.vertex.names import node_id, split
from tracklayer.emulators.vertex.operations import submitted
from tracklayer.emulators.vertex.paging import page_size

#: "Defaults to 100." types/metadata_service.py.
PAGE = 100
#: "The maximum number of samples is 100".
SAMPLE = 100
_COMMON = ("display_name", "labels", "metadata", "description")


@dataclass(frozen=True)
class Kind:
    """One of the three. `fields`: those that an update may change."""

    collection: str
    field: str
    title: str
    fields: tuple[str, ...]

    @property
    def plural(self) -> str:
        """As in `ListContexts`."""
        return f"{self.title}s"


CONTEXT = Kind("contexts", "context", "Context", _COMMON)
ARTIFACT = Kind("artifacts", "artifact", "Artifact", (*_COMMON, "uri", "state"))
EXECUTION = Kind("executions", "execution", "Execution", (*_COMMON, "state"))


def handlers(kind: Kind) -> Mapping[str, Handler]:
    """The operations of a kind, by their names."""

    def bound(act: Callable[[Kind, Core, Message], Any]) -> Handler:
        return lambda core, asked: act(kind, core, asked)

    return {
        f"Create{kind.title}": bound(_create),
        f"Get{kind.title}": bound(_get),
        f"List{kind.plural}": bound(_list),
        f"Update{kind.title}": bound(_update),
        f"Delete{kind.title}": bound(_delete),
        f"Purge{kind.plural}": bound(_purge),
    }


def _create(kind: Kind, core: Core, asked: Message) -> Message:
    store = core.get(asked.parent, "MetadataStore").name
    given = getattr(asked, f"{kind.field}_id")
    number = node_id(given, f"{kind.field}_id", core.knobs) if given else str(uuid.uuid4())
    return copied(_made(kind, core, f"{store}/{kind.collection}/{number}", getattr(asked, kind.field)))


def _made(kind: Kind, core: Core, name: str, given: Message) -> Message:
    if core.find(name) is not None:
        raise taken(kind.title, name)
    resource = copied(given)
    for field in ("create_time", "update_time", "parent_contexts"):
        if field in resource.DESCRIPTOR.fields_by_name:
            resource.ClearField(field)
    resource.name = name
    _check(core, resource)
    _schema(core, resource)
    return core.add(resource)


def _check(core: Core, resource: Message) -> None:
    checks.display_name(resource.display_name)
    checks.labels(resource.labels)
    checks.metadata(core, resource.metadata)


def _schema(core: Core, resource: Message) -> None:
    title, version = resource.schema_title, resource.schema_version
    if version and not re.fullmatch(r"[0-9]+[.][0-9]+[.][0-9]+", version):
        raise invalid(f"The schema_version {version!r} is invalid: it must match ^[0-9]+[.][0-9]+[.][0-9]+$.")
    if not title:
        return
    if core.knobs.unknown_schema == "refused" and not title.startswith(("system.", "google.")):
        store = split(split(resource.name)[0])[2]
        schemas = core.below(f"{split(resource.name)[0]}", "metadataSchemas")
        if not any(re.search(rf"^title:\s*{re.escape(title)}\s*$", one.schema, re.MULTILINE) for one in schemas):
            raise ApiError("NOT_FOUND", f"Schema with title {title} was not found in metadata store {store}.")
    if not version:
        resource.schema_version = "0.0.1"


def _get(kind: Kind, core: Core, asked: Message) -> Message:
    return copied(core.get(asked.name, kind.title.lower()))


def _list(kind: Kind, core: Core, asked: Message) -> Message:
    store = core.get(asked.parent, "MetadataStore").name
    size = page_size(
        asked.page_size,
        default=PAGE,
        most=int(core.knobs.page_cap),
        refuse=core.knobs.too_large_page == "refused",
    )

    def found() -> list[str]:
        test = test_of(core, kind.collection, asked.filter)
        kept = [resource for resource in core.below(store, kind.collection) if test(resource)]
        return [resource.name for resource in ordered(kind.collection, asked.order_by, kept)]

    question = (kind.collection, store, asked.filter, asked.order_by)
    names, token = core.pages.take(question, found, size, asked.page_token)
    held = core.places[store, kind.collection]
    page = [held[name] for name in names if name in held]
    return make(f"List{kind.plural}Response", **{kind.collection: page}, next_page_token=token)


def _update(kind: Kind, core: Core, asked: Message) -> Message:
    given = getattr(asked, kind.field)
    held = core.find(given.name)
    if held is None:
        if not asked.allow_missing:
            raise missing(core.asking, kind.title.lower(), core.name(given.name))
        return _created(kind, core, given)
    checks.fresh(kind.title, held, given.etag)
    mask = checks.mask_paths(core, asked.update_mask, given)
    after = copied(held)
    checks.overwritten(
        after, given, mask, kind.fields, unset_too=not mask and core.knobs.unmasked_update == "all fields"
    )
    checks.put_keys(after, given, [path for path in mask if "." in path])
    _check(core, after)
    if after.SerializeToString(deterministic=True) == held.SerializeToString(deterministic=True):
        if core.knobs.noop_etag == "not stored":
            after.etag = core.etag()
        return after
    core.stamp(after)
    core.places[split(after.name)[0], kind.collection][after.name] = after
    return copied(after)


def _created(kind: Kind, core: Core, given: Message) -> Message:
    """What `allow_missing` makes."""
    name = core.name(given.name)
    store, collection, number = split(name)
    core.get(store, "MetadataStore")
    if collection != kind.collection:
        raise invalid(f"{name} is no name of a {kind.field}.")
    node_id(number, f"{kind.field}_id", core.knobs)
    return copied(_made(kind, core, name, given))


def _delete(kind: Kind, core: Core, asked: Message) -> Message:
    held = core.get(asked.name, kind.title.lower())
    if asked.etag and asked.etag != held.etag:
        raise ApiError(
            "FAILED_PRECONDITION",
            f"Specified {kind.title} `etag`: `{asked.etag}` does not match server `etag`: `{held.etag}`",
        )
    name = held.name
    _deletable(kind, core, name)
    return submitted(core, name, "DeleteOperationMetadata", lambda: None, effect=lambda: core.remove(name))


def _deletable(kind: Kind, core: Core, name: str) -> None:
    if kind is CONTEXT and core.knobs.context_with_children == "refused":
        child = next(core.children(split(name)[0], name), None)
        if child is not None:
            raise ApiError("FAILED_PRECONDITION", f"Context {name} has children, as {child.name}: delete them first.")


def _purge(kind: Kind, core: Core, asked: Message) -> Message:
    store = core.get(asked.parent, "MetadataStore").name
    if not asked.filter.strip():
        raise invalid("A filter is required.")
    test = test_of(core, kind.collection, asked.filter)
    names = [resource.name for resource in core.below(store, kind.collection) if test(resource)]

    def effect() -> None:
        for name in names:
            core.remove(name)

    answer = make(
        f"Purge{kind.plural}Response", purge_count=len(names), purge_sample=() if asked.force else names[:SAMPLE]
    )
    return submitted(core, store, f"Purge{kind.plural}Metadata", lambda: answer, effect=effect if asked.force else None)


HANDLERS: Mapping[str, Handler] = {**handlers(CONTEXT), **handlers(ARTIFACT), **handlers(EXECUTION)}
