from __future__ import annotations

import pytest
from tests.emulators.vertex.wire import Refused, Wire


def test_a_store_is_made_by_an_operation(bare: Wire) -> None:
    with pytest.raises(Refused, match=r"NOT_FOUND.*GetMetadataStore"):
        bare.get(bare.store)
    operation = bare.post(f"{bare.location}/metadataStores?metadataStoreId=default", {"description": "d"})
    assert operation["metadata"]["@type"].endswith(".CreateMetadataStoreOperationMetadata")
    assert operation["response"]["name"] == bare.store
    assert bare.get(bare.store)["description"] == "d"
    with pytest.raises(Refused, match="ALREADY_EXISTS"):
        bare.post(f"{bare.location}/metadataStores?metadataStoreId=default", {})


def test_stores_are_listed_and_deleted_with_all_that_is_in_them(wire: Wire) -> None:
    wire.post(f"{wire.location}/metadataStores?metadataStoreId=other", {})
    wire.context("exp-a")
    found = wire.get(f"{wire.location}/metadataStores")["metadataStores"]
    assert [one["name"].rpartition("/")[2] for one in found] == ["default", "other"]
    assert "nextPageToken" in wire.get(f"{wire.location}/metadataStores", pageSize=1)
    assert wire.delete(wire.store)["done"]
    wire.post(f"{wire.location}/metadataStores?metadataStoreId=default", {})
    assert wire.listed("contexts") == []


@pytest.mark.parametrize("parent", ["projects/p", "projects/p/locations/l/more/x"])
def test_a_store_is_in_a_location(bare: Wire, parent: str) -> None:
    with pytest.raises(Refused, match=r"NOT_FOUND|INVALID_ARGUMENT"):
        bare.post(f"{parent}/metadataStores?metadataStoreId=default", {})


def test_schemas_are_made_once_for_a_title_and_version(wire: Wire) -> None:
    made = wire.post(f"{wire.store}/metadataSchemas?metadataSchemaId=mine", {"schema": "title: own.Thing\n"})
    assert made["schemaVersion"] == "0.0.1"
    assert wire.get(f"{wire.store}/metadataSchemas/mine") == made
    with pytest.raises(Refused, match="ALREADY_EXISTS"):
        wire.post(f"{wire.store}/metadataSchemas", {"schema": "title: own.Thing\n"})
    wire.post(f"{wire.store}/metadataSchemas", {"schema": "title: own.Thing\n", "schemaVersion": "0.0.2"})
    assert len(wire.get(f"{wire.store}/metadataSchemas")["metadataSchemas"]) == 2
    found = wire.get(f"{wire.store}/metadataSchemas", filter='schema_version="0.0.2"')["metadataSchemas"]
    assert len(found) == 1


@pytest.mark.parametrize(
    "schema",
    [{"schema": "type: object"}, {"schema": "title: a.B", "schemaVersion": "1"}],
    ids=["no-title", "no-version"],
)
def test_a_schema_that_is_none_is_refused(wire: Wire, schema: dict[str, str]) -> None:
    with pytest.raises(Refused, match="INVALID_ARGUMENT"):
        wire.post(f"{wire.store}/metadataSchemas", schema)
