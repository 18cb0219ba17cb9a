from __future__ import annotations

from typing import Any

import pytest
from tests.emulators.vertex.wire import Refused, Wire

from tracklayer.emulators.vertex import PROJECT


def refused(status: str, act: Any, *given: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*given, **more)
    assert caught.value.status == status
    return caught.value


def test_a_context_comes_back_as_it_was_made(wire: Wire) -> None:
    made = wire.context(
        "exp-a",
        displayName="Exp A",
        schemaTitle="system.Experiment",
        schemaVersion="0.0.1",
        description="d",
        labels={"k": "v"},
        metadata={"a": 1, "b": [True, None, {"c": "x"}]},
    )
    assert made == wire.get(f"{wire.store}/contexts/exp-a")
    assert made["name"] == f"{wire.store}/contexts/exp-a"
    assert made["metadata"] == {"a": 1.0, "b": [True, None, {"c": "x"}]}
    assert made["createTime"] == made["updateTime"]
    assert len(made["etag"]) == 13
    assert made["etag"].isdecimal()


def test_an_id_that_is_not_given_is_a_uuid(wire: Wire) -> None:
    made = wire.post(f"{wire.store}/artifacts", {"uri": "gs://b/x"})
    assert len(made["name"].rpartition("/")[2]) == 36


def test_what_is_output_only_is_not_taken_over(wire: Wire) -> None:
    made = wire.context("exp-a", createTime="2000-01-01T00:00:00Z", parentContexts=["x"], etag="1", name="elsewhere")
    assert made["createTime"] > "2020"
    assert "parentContexts" not in made
    assert made["etag"] != "1"


def test_no_such_context_is_said_in_the_services_words(wire: Wire) -> None:
    error = refused("NOT_FOUND", wire.get, f"{wire.store}/contexts/nobody")
    assert error.http == 404
    assert error.message == (
        f"Resource not found.; GetContext is unable to find context resource with name: {wire.store}/contexts/nobody"
    )


def test_a_taken_id_is_said_in_the_services_words(wire: Wire) -> None:
    wire.context("exp-a")
    error = refused("ALREADY_EXISTS", wire.context, "exp-a")
    assert error.http == 409
    assert error.message == f"Context with name {wire.store}/contexts/exp-a already exists"


def test_nothing_can_be_made_without_a_store(bare: Wire) -> None:
    refused("NOT_FOUND", bare.context, "exp-a")


@pytest.mark.parametrize("number", ["a" * 4, "a" * 128, "0-9a"])
def test_a_documented_id_is_taken(wire: Wire, number: str) -> None:
    assert wire.context(number)["name"].endswith(f"/{number}")


@pytest.mark.parametrize("number", ["abc", "a" * 129, "Upper", "under_score", "-abcd", "dot.ted"])
def test_another_id_is_refused(wire: Wire, number: str) -> None:
    refused("INVALID_ARGUMENT", wire.context, number)


@pytest.mark.parametrize("number", ["Upper", "under_score"])
def test_a_lenient_service_takes_upper_case_and_underscores(wire: Wire, number: str) -> None:
    wire.emulator.tune(ids="lenient")
    assert wire.context(number)["name"].endswith(f"/{number}")


def test_a_display_name_has_128_characters(wire: Wire) -> None:
    assert len(wire.context("exp-a", displayName="ü" * 128)["displayName"]) == 128
    refused("INVALID_ARGUMENT", wire.context, "exp-b", displayName="ü" * 129)


def test_there_are_64_labels(wire: Wire) -> None:
    wire.context("exp-a", labels={f"k{number}": "v" for number in range(64)})
    refused("INVALID_ARGUMENT", wire.context, "exp-b", labels={f"k{number}": "v" for number in range(65)})


@pytest.mark.parametrize(
    ("key", "value", "good"),
    [
        ("k" * 64, "v" * 64, True),
        ("k" * 65, "v", False),
        ("k", "v" * 65, False),
        ("größe", "ü_-9", True),
        ("Upper", "v", False),
        ("k", "with space", False),
        ("", "v", False),
        ("k", "", True),
    ],
    ids=["longest", "long-key", "long-value", "international", "upper", "space", "no-key", "no-value"],
)
def test_labels_are_plain(wire: Wire, key: str, value: str, good: bool) -> None:
    if good:
        assert wire.context("exp-a", labels={key: value})["labels"] == {key: value}
    else:
        refused("INVALID_ARGUMENT", wire.context, "exp-a", labels={key: value})


@pytest.mark.parametrize("kilobyte", ["1000", "1024"])
@pytest.mark.parametrize(("measure", "besides"), [("proto", 15), ("json", 8)])
def test_metadata_has_200_kb(wire: Wire, kilobyte: str, measure: str, besides: int) -> None:
    """Beside a text of 200 KB, a Struct has 3 bytes of the key and 4 each of text, value and entry; JSON `{"k":""}`."""
    wire.emulator.tune(kilobyte=kilobyte, metadata_measure=measure)
    room = 200 * int(kilobyte) - besides
    assert wire.context("exp-a", metadata={"k": "x" * room})["metadata"]["k"] == "x" * room
    refused("INVALID_ARGUMENT", wire.context, "exp-b", metadata={"k": "x" * (room + 1)})
    refused("INVALID_ARGUMENT", wire.patch, f"{wire.store}/contexts/exp-a", {"metadata": {"k": "x" * (room + 1)}})


def test_keys_of_metadata_are_trimmed_at_the_top(wire: Wire) -> None:
    made = wire.context("exp-a", metadata={" a ": {" b ": 1}})
    assert made["metadata"] == {"a": {" b ": 1.0}}


def test_a_text_nan_is_a_text_and_a_number_nan_is_no_json(wire: Wire) -> None:
    assert wire.context("exp-a", metadata={"a": "NaN"})["metadata"] == {"a": "NaN"}
    answer = wire.session.post(
        f"{wire.emulator.url}/v1/{wire.store}/contexts", data='{"metadata": {"a": NaN}}', timeout=30
    )
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_an_unknown_field_is_refused(wire: Wire) -> None:
    refused("INVALID_ARGUMENT", wire.context, "exp-a", colour="red")


def test_an_unknown_parameter_is_refused(wire: Wire) -> None:
    error = refused("INVALID_ARGUMENT", wire.get, f"{wire.store}/contexts", colour="red")
    assert 'Unknown name "colour"' in error.message


def test_schemas_have_versions_and_a_default_one(wire: Wire) -> None:
    assert wire.execution("exec", schemaTitle="system.Run")["schemaVersion"] == "0.0.1"
    refused("INVALID_ARGUMENT", wire.execution, "exec-2", schemaTitle="system.Run", schemaVersion="one")


def test_a_strict_service_wants_schemas_registered(wire: Wire) -> None:
    wire.artifact("own1", schemaTitle="own.Thing")
    wire.emulator.tune(unknown_schema="refused")
    wire.artifact("theirs", schemaTitle="system.Dataset")
    refused("NOT_FOUND", wire.artifact, "own2", schemaTitle="own.Thing")
    wire.post(f"{wire.store}/metadataSchemas", {"schema": "title: own.Thing\ntype: object\n"})
    wire.artifact("own2", schemaTitle="own.Thing")


# -- updates


def test_an_update_overwrites_what_it_names(wire: Wire) -> None:
    made = wire.context("exp-a", displayName="a", description="d", metadata={"k": 1, "l": 2})
    after = wire.patch(
        f"{wire.store}/contexts/exp-a", {"metadata": {"k": 3}, "displayName": "x"}, updateMask="metadata"
    )
    assert after["metadata"] == {"k": 3.0}
    assert (after["displayName"], after["description"]) == ("a", "d")
    assert after["etag"] > made["etag"]
    assert after["updateTime"] > made["updateTime"]
    assert after["createTime"] == made["createTime"]


@pytest.mark.parametrize("mask", ["displayName", "display_name"])
def test_a_mask_names_fields_either_way(wire: Wire, mask: str) -> None:
    wire.context("exp-a", displayName="a", description="d")
    after = wire.patch(f"{wire.store}/contexts/exp-a", {"displayName": "b"}, updateMask=mask)
    assert (after["displayName"], after["description"]) == ("b", "d")


def test_a_field_that_is_named_and_empty_is_cleared(wire: Wire) -> None:
    wire.context("exp-a", description="d", labels={"k": "v"})
    after = wire.patch(f"{wire.store}/contexts/exp-a", {}, updateMask="description,labels")
    assert "description" not in after
    assert "labels" not in after


@pytest.mark.parametrize("mask", ["colour", "metadata.k", "labels.k"])
def test_a_mask_that_is_no_field_is_refused(wire: Wire, mask: str) -> None:
    wire.context("exp-a")
    refused("INVALID_ARGUMENT", wire.patch, f"{wire.store}/contexts/exp-a", {}, updateMask=mask)


def test_a_mask_may_name_keys_under_a_knob(wire: Wire) -> None:
    wire.emulator.tune(struct_paths="accepted")
    wire.context("exp-a", metadata={"_a": 1, "b": 2, "c": 3})
    after = wire.patch(f"{wire.store}/contexts/exp-a", {"metadata": {"_a": 5}}, updateMask="metadata._a,metadata.c")
    assert after["metadata"] == {"_a": 5.0, "b": 2.0}


def test_without_a_mask_what_is_populated_is_overwritten_or_all(wire: Wire) -> None:
    wire.context("exp-a", displayName="a", description="d", metadata={"k": 1})
    after = wire.patch(f"{wire.store}/contexts/exp-a", {"metadata": {"l": 2}})
    assert (after["displayName"], after["description"], after["metadata"]) == ("a", "d", {"l": 2.0})
    wire.emulator.tune(unmasked_update="all fields")
    after = wire.patch(f"{wire.store}/contexts/exp-a", {"displayName": "b"})
    assert (after["displayName"], after.get("description"), after.get("metadata")) == ("b", None, None)


def test_a_stale_etag_is_aborted_in_the_services_words(wire: Wire) -> None:
    made = wire.context("exp-a")
    after = wire.patch(f"{wire.store}/contexts/exp-a", {"description": "d", "etag": made["etag"]})
    error = refused("ABORTED", wire.patch, f"{wire.store}/contexts/exp-a", {"description": "e", "etag": made["etag"]})
    assert error.http == 409
    assert error.message == (
        f"Specified Context `etag`: `{made['etag']}` does not match server `etag`: `{after['etag']}`"
    )
    assert wire.get(f"{wire.store}/contexts/exp-a") == after


def test_an_update_without_an_etag_is_blind(wire: Wire) -> None:
    wire.context("exp-a")
    wire.patch(f"{wire.store}/contexts/exp-a", {"description": "d"})
    assert wire.patch(f"{wire.store}/contexts/exp-a", {"description": "e"})["description"] == "e"


def test_an_update_that_changes_nothing_keeps_the_etag_or_answers_one_that_is_not_stored(wire: Wire) -> None:
    made = wire.context("exp-a", description="d")
    assert wire.patch(f"{wire.store}/contexts/exp-a", {"description": "d"}) == made
    wire.emulator.tune(noop_etag="not stored")
    assert wire.patch(f"{wire.store}/contexts/exp-a", {"description": "d"})["etag"] > made["etag"]
    assert wire.get(f"{wire.store}/contexts/exp-a") == made


def test_what_is_missing_is_made_when_that_is_allowed(wire: Wire) -> None:
    refused("NOT_FOUND", wire.patch, f"{wire.store}/contexts/exp-a", {"description": "d"})
    made = wire.patch(f"{wire.store}/contexts/exp-a", {"description": "d"}, allowMissing="true")
    assert made["description"] == "d"


def test_states_and_uris_change(wire: Wire) -> None:
    wire.artifact("art1", uri="gs://b/a", state="PENDING")
    wire.execution("exec1", state="NEW")
    assert wire.patch(f"{wire.store}/artifacts/art1", {"uri": "gs://b/c", "state": "LIVE"})["uri"] == "gs://b/c"
    assert wire.patch(f"{wire.store}/executions/exec1", {"state": "COMPLETE"})["state"] == "COMPLETE"


def test_enums_are_numbers_when_they_are_asked_for_so(wire: Wire) -> None:
    made = wire.post(f"{wire.store}/executions?$alt=json;enum-encoding=int", {"state": 2}, executionId="exec1")
    assert made["state"] == 2
    assert wire.get(f"{wire.store}/executions/exec1")["state"] == "RUNNING"


# -- deletion


def test_a_deletion_is_an_operation(wire: Wire) -> None:
    wire.context("exp-a")
    operation = wire.delete(f"{wire.store}/contexts/exp-a")
    assert operation["done"]
    assert operation["response"] == {"@type": "type.googleapis.com/google.protobuf.Empty"}
    refused("NOT_FOUND", wire.get, f"{wire.store}/contexts/exp-a")
    refused("NOT_FOUND", wire.delete, f"{wire.store}/contexts/exp-a")
    wire.context("exp-a")


def test_a_deletion_by_a_stale_etag_is_a_failed_precondition(wire: Wire) -> None:
    etag = wire.context("exp-a")["etag"]
    refused("FAILED_PRECONDITION", wire.delete, f"{wire.store}/contexts/exp-a", etag="1234567890123")
    assert wire.delete(f"{wire.store}/contexts/exp-a", etag=etag)["done"]


def test_a_context_with_children_is_deleted_or_refused(wire: Wire) -> None:
    for number in ("exp-a", "exp-b", "run-a"):
        wire.context(number)
    for number in ("exp-a", "exp-b"):
        wire.post(
            f"{wire.store}/contexts/{number}:addContextChildren", {"childContexts": [f"{wire.store}/contexts/run-a"]}
        )
    wire.delete(f"{wire.store}/contexts/exp-a")
    assert wire.get(f"{wire.store}/contexts/run-a")["parentContexts"] == [f"{wire.store}/contexts/exp-b"]
    wire.emulator.tune(context_with_children="refused")
    refused("FAILED_PRECONDITION", wire.delete, f"{wire.store}/contexts/exp-b")


def test_a_purge_tells_first_and_deletes_when_forced(wire: Wire) -> None:
    for number in range(3):
        wire.context(f"exp-{number}", schemaTitle="system.Experiment" if number else "system.ExperimentRun")
    asked = {"filter": 'schema_title="system.Experiment"'}
    told = wire.post(f"{wire.store}/contexts:purge", asked)["response"]
    assert told["purgeCount"] == "2"
    assert [name.rpartition("/")[2] for name in told["purgeSample"]] == ["exp-1", "exp-2"]
    assert len(wire.listed("contexts")) == 3
    done = wire.post(f"{wire.store}/contexts:purge", {**asked, "force": True})["response"]
    assert (done["purgeCount"], "purgeSample" in done) == ("2", False)
    assert wire.listed("contexts") == ["exp-0"]
    refused("INVALID_ARGUMENT", wire.post, f"{wire.store}/artifacts:purge", {"filter": ""})


# -- lists


def test_pages_go_on_where_the_last_one_ended_whatever_happens_between(wire: Wire) -> None:
    for number in range(7):
        wire.context(f"exp-{number}")
    first = wire.get(f"{wire.store}/contexts", pageSize=3)
    assert len(first["contexts"]) == 3
    wire.delete(f"{wire.store}/contexts/exp-0")
    wire.context("exp-9")
    again = [wire.listed("contexts", pageSize=3, pageToken=first["nextPageToken"]) for _ in range(2)]
    assert again == [["exp-3", "exp-4", "exp-5"]] * 2


def test_a_token_is_good_for_the_same_question_only(wire: Wire) -> None:
    for number in range(3):
        wire.context(f"exp-{number}")
    token = wire.get(f"{wire.store}/contexts", pageSize=1)["nextPageToken"]
    refused("INVALID_ARGUMENT", wire.get, f"{wire.store}/contexts", pageToken=token, orderBy="name")
    refused("INVALID_ARGUMENT", wire.get, f"{wire.store}/contexts", pageToken="made up")


def test_a_page_has_100_where_none_is_asked_for(wire: Wire) -> None:
    for number in range(101):
        wire.artifact(f"art-{number}")
    answer = wire.get(f"{wire.store}/artifacts")
    assert len(answer["artifacts"]) == 100
    assert len(wire.get(f"{wire.store}/artifacts", pageToken=answer["nextPageToken"])["artifacts"]) == 1


@pytest.mark.parametrize("cap", ["100", "1000"])
def test_a_larger_page_is_refused_or_cut(wire: Wire, cap: str) -> None:
    wire.emulator.tune(page_cap=cap)
    for number in range(101):
        wire.artifact(f"art-{number}")
    assert len(wire.listed("artifacts", pageSize=cap)) == min(101, int(cap))
    refused("INVALID_ARGUMENT", wire.listed, "artifacts", pageSize=int(cap) + 1)
    refused("INVALID_ARGUMENT", wire.listed, "artifacts", pageSize=-1)
    wire.emulator.tune(too_large_page="coerced")
    assert len(wire.listed("artifacts", pageSize=int(cap) + 1)) == min(101, int(cap))


def test_lists_are_in_the_order_of_creation_or_in_none(wire: Wire) -> None:
    numbers = [f"exp-{number}" for number in range(12)]
    for number in numbers:
        wire.context(number)
    assert wire.listed("contexts") == numbers
    wire.emulator.tune(list_order="shuffled")
    assert wire.listed("contexts") != numbers
    assert sorted(wire.listed("contexts")) == sorted(numbers)
    assert wire.listed("contexts", orderBy="create_time desc") == numbers[::-1]


# -- projects


@pytest.mark.parametrize("project", [PROJECT, "123456789012"])
def test_a_project_is_named_by_its_number_however_it_is_asked(wire: Wire, project: str) -> None:
    wire.context("exp-a")
    wire.context("run-a")
    store = f"projects/{project}/locations/us-central1/metadataStores/default"
    wire.post(f"{store}/contexts/exp-a:addContextChildren", {"childContexts": [f"{store}/contexts/run-a"]})
    found = wire.get(f"{store}/contexts", filter=f'parent_contexts:"{store}/contexts/exp-a"')["contexts"]
    assert [one["name"] for one in found] == [f"{wire.store}/contexts/run-a"]
    assert found[0]["parentContexts"] == [f"{wire.store}/contexts/exp-a"]


def test_a_project_may_be_named_by_its_id(bare: Wire) -> None:
    bare.emulator.tune(project_names="as asked")
    location = f"projects/{PROJECT}/locations/us-central1"
    bare.post(f"{location}/metadataStores?metadataStoreId=default", {})
    made = bare.post(f"{location}/metadataStores/default/contexts?contextId=exp-a", {})
    assert made["name"] == f"{location}/metadataStores/default/contexts/exp-a"
    assert bare.get(f"{bare.store}/contexts/exp-a") == made


def test_projects_and_locations_are_apart(wire: Wire) -> None:
    wire.context("exp-a")
    refused("NOT_FOUND", wire.get, "projects/other/locations/us-central1/metadataStores/default/contexts/exp-a")
    refused("NOT_FOUND", wire.get, f"projects/{PROJECT}/locations/europe-west4/metadataStores/default/contexts/exp-a")
