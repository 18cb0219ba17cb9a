"""Metadata stores and the schemas in them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

from tracklayer.emulators.vertex.core import Core, Handler
from tracklayer.emulators.vertex.errors import ApiError, invalid, taken
from tracklayer.emulators.vertex.matching import test_of
from tracklayer.emulators.vertex.messages import Message, copied, make
from tracklayer.emulators.vertex.names import node_id
from tracklayer.emulators.vertex.nodes import PAGE
from tracklayer.emulators.vertex.operations import submitted
from tracklayer.emulators.vertex.paging import page_size


def _create_store(core: Core, asked: Message) -> Message:
    given = asked.metadata_store_id
    number = node_id(given, "metadata_store_id", core.knobs) if given else str(uuid.uuid4())
    name = f"{location(core, asked.parent)}/metadataStores/{number}"
    if core.find(name) is not None:
        raise taken("MetadataStore", name)
    store = make("MetadataStore", name=name, description=asked.metadata_store.description)

    def finish() -> Message:
        return copied(core.find(name) or core.add(store))

    return submitted(core, name, "CreateMetadataStoreOperationMetadata", finish)


def _get_store(core: Core, asked: Message) -> Message:
    return copied(core.get(asked.name, "MetadataStore"))


def _list_stores(core: Core, asked: Message) -> Message:
    parent = location(core, asked.parent)
    return _listed(core, asked, (parent, "metadataStores"), "ListMetadataStoresResponse", "metadata_stores")


def _delete_store(core: Core, asked: Message) -> Message:
    name = core.get(asked.name, "MetadataStore").name
    about = "DeleteMetadataStoreOperationMetadata"
    return submitted(core, name, about, lambda: None, effect=lambda: core.remove(name))


def _create_schema(core: Core, asked: Message) -> Message:
    store = core.get(asked.parent, "MetadataStore").name
    given = asked.metadata_schema_id
    number = node_id(given, "metadata_schema_id", core.knobs) if given else str(uuid.uuid4())
    schema = copied(asked.metadata_schema)
    title = re.search(r"^title:\s*(\S+)\s*$", schema.schema, re.MULTILINE)
    if title is None:
        raise invalid("The schema is invalid: it has no title.")
    schema.schema_version = schema.schema_version or "0.0.1"
    if not re.fullmatch(r"[0-9]+[.][0-9]+[.][0-9]+", schema.schema_version):
        raise invalid("The schema_version is invalid: it must match ^[0-9]+[.][0-9]+[.][0-9]+$.")
    schema.name = f"{store}/metadataSchemas/{number}"
    for other in core.below(store, "metadataSchemas"):
        same = re.search(rf"^title:\s*{re.escape(title[1])}\s*$", other.schema, re.MULTILINE)
        if other.name == schema.name or (same and other.schema_version == schema.schema_version):
            raise taken("MetadataSchema", other.name)
    return copied(core.add(schema))


def _get_schema(core: Core, asked: Message) -> Message:
    return copied(core.get(asked.name, "MetadataSchema"))


def _list_schemas(core: Core, asked: Message) -> Message:
    parent = core.get(asked.parent, "MetadataStore").name
    return _listed(core, asked, (parent, "metadataSchemas"), "ListMetadataSchemasResponse", "metadata_schemas")


def location(core: Core, name: str) -> str:
    """The name of a location, checked."""
    parent = core.name(name).rstrip("/")
    if not re.fullmatch(r"projects/[^/]+/locations/[^/]+", parent):
        raise ApiError("INVALID_ARGUMENT", f"{name!r} is no name of a location.")
    return parent


def _listed(core: Core, asked: Message, place: tuple[str, str], answer: str, field: str) -> Message:
    """A page of a list that has no order_by. `place`: parent and collection."""
    parent, collection = place
    text = getattr(asked, "filter", "")
    cap = int(core.knobs.page_cap)
    size = page_size(asked.page_size, default=PAGE, most=cap, refuse=core.knobs.too_large_page == "refused")

    def found() -> list[str]:
        test = test_of(core, collection, text) if text else (lambda _one: True)
        return [one.name for one in core.below(parent, collection) if test(one)]

    names, token = core.pages.take((collection, parent, text), found, size, asked.page_token)
    held = core.places[parent, collection]
    return make(answer, **{field: [held[name] for name in names if name in held]}, next_page_token=token)


HANDLERS: Mapping[str, Handler] = {
    "CreateMetadataStore": _create_store,
    "GetMetadataStore": _get_store,
    "ListMetadataStores": _list_stores,
    "DeleteMetadataStore": _delete_store,
    "CreateMetadataSchema": _create_schema,
    "GetMetadataSchema": _get_schema,
    "ListMetadataSchemas": _list_schemas,
}
