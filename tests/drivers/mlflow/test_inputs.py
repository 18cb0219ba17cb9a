from __future__ import annotations

import msgspec
import pytest
from contract_tests.servers.recorder import Answer, Before, Recorder
from hypothesis import given
from hypothesis import strategies as st
from tests.drivers.mlflow.conftest import NewRun

from tracklayer.drivers._http import encoded
from tracklayer.drivers.mlflow import MlflowDriver, inputs
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.shapes import DatasetInput
from tracklayer.errors import Conflict, InvalidInput, Rejected
from tracklayer.model import Batch, Dataset, RunRef

PLAIN = Dataset(
    name="digits", digest="ab1", kind="sklearn", source="s3://x", columns="{}", profile="1", context="train"
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
some = texts.filter(bool)
datasets = st.builds(
    Dataset,
    name=some,
    digest=some,
    kind=texts,
    source=texts,
    columns=st.none() | texts,
    profile=st.none() | texts,
    context=st.none() | texts,
)


def back(sent: dict[str, object]) -> Dataset:
    """What is read of what is sent, through JSON and a server that drops empty schemas and profiles."""
    given = msgspec.json.decode(encoded(sent), type=DatasetInput)
    given.dataset.schema = given.dataset.schema or None
    given.dataset.profile = given.dataset.profile or None
    return inputs.dataset(given)


@given(datasets)
def test_a_data_set_comes_back_either_way(dataset: Dataset) -> None:
    assert back(inputs.as_its_own(dataset)) == dataset
    if inputs.holds(dataset):
        assert back(inputs.as_it_is(dataset)) == dataset


@given(datasets, datasets)
def test_data_sets_of_their_own_have_digests_of_their_own(one: Dataset, other: Dataset) -> None:
    digests = [inputs.as_its_own(each)["dataset"]["digest"] for each in (one, other)]
    assert (digests[0] == digests[1]) == (one == other)
    assert all(len(digest) <= 36 for digest in digests)


@pytest.mark.parametrize(
    ("change", "held"),
    [
        ({}, True),
        ({"kind": "k" * 36, "context": "c" * 500}, True),
        ({"kind": "k" * 37}, False),
        ({"context": "c" * 501}, False),
        ({"columns": ""}, False),
        ({"profile": ""}, False),
        ({"columns": None, "profile": None, "context": None}, True),
    ],
)
def test_what_mlflow_holds_as_it_is(change: dict[str, str], *, held: bool) -> None:
    assert inputs.holds(PLAIN.model_copy(update=change)) == held


def test_a_data_set_that_mlflow_has_no_room_for_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'digits': its profile"):
        inputs.as_its_own(PLAIN.model_copy(update={"profile": "p" * inputs.LONGEST_PROFILE}))


def test_a_tag_of_ours_on_another_profile_is_no_fault() -> None:
    given = msgspec.convert(
        {
            "dataset": {"name": "n", "digest": "d", "source_type": "k", "source": "s", "profile": "{}"},
            "tags": [{"key": inputs.WHOLE, "value": "1"}],
        },
        DatasetInput,
    )
    assert inputs.dataset(given) == Dataset(name="n", digest="d", kind="k", source="s", profile="{}")


def test_what_bare_rest_left_without_a_name_has_one() -> None:
    given = msgspec.convert({"dataset": {}}, DatasetInput)
    assert inputs.dataset(given) == Dataset(name="unnamed", digest="unknown", kind="", source="")


# -- with a server


def stored(rest: Rest, run: RunRef) -> list[dict[str, str]]:
    found = rest.call("GET", "runs/get", dict, query={"run_id": run.id})["run"]["inputs"].get("dataset_inputs", [])
    return [one["dataset"] for one in found]


def test_a_server_drops_a_second_context_and_a_second_description(rest: Rest, new_run: NewRun) -> None:
    """Why `inputs.py` is more than a call."""
    first, second = new_run(), new_run()
    log = [inputs.as_it_is(one) for one in (PLAIN, PLAIN.model_copy(update={"context": "test"}))]
    rest.call("POST", "runs/log-inputs", dict, body={"run_id": first.id, "datasets": log})
    assert len(stored(rest, first)) == 1
    other = inputs.as_it_is(PLAIN.model_copy(update={"source": "elsewhere"}))
    rest.call("POST", "runs/log-inputs", dict, body={"run_id": second.id, "datasets": [other]})
    assert stored(rest, second)[0]["source"] == "s3://x"


def test_a_plain_data_set_stands_as_it_is(driver: MlflowDriver, rest: Rest, run: RunRef) -> None:
    driver.write(run, Batch(inputs=(PLAIN,)))
    assert stored(rest, run) == [
        {
            "name": "digits",
            "digest": "ab1",
            "source_type": "sklearn",
            "source": "s3://x",
            "schema": "{}",
            "profile": "1",
        }
    ]


def test_every_data_set_of_every_run_is_its_own(driver: MlflowDriver, new_run: NewRun) -> None:
    told = [
        PLAIN,
        PLAIN.model_copy(update={"context": "test"}),
        PLAIN.model_copy(update={"context": None}),
        PLAIN.model_copy(update={"source": "elsewhere"}),
        PLAIN.model_copy(update={"profile": ""}),
        PLAIN.model_copy(update={"kind": "k" * 300, "context": "c" * 600}),
        PLAIN.model_copy(update={"name": 'it\'s "both"'}),
        PLAIN.model_copy(update={"digest": "é🎉"}),
    ]
    one, other = new_run(), new_run()
    for _ in range(2):
        driver.write(one, Batch(inputs=tuple(told)))
        for dataset in reversed(told):
            driver.write(other, Batch(inputs=(dataset,)))
    for run in (one, other):
        read = driver.get_run(run).inputs
        assert len(read) == len(told)
        assert set(read) == set(told)


def test_data_sets_cost_a_look_at_the_run_one_each_and_a_call(
    driver: MlflowDriver, recorder: Recorder, run: RunRef
) -> None:
    several = tuple(PLAIN.model_copy(update={"name": f"n{number}"}) for number in range(3))
    driver.write(run, Batch(inputs=several))
    calls = [seen.path.rpartition("/")[2] for seen in recorder.seen]
    assert calls == ["get", "search", "search", "search", "log-inputs"]
    recorder.clear()
    driver.write(run, Batch(inputs=several))
    assert [seen.path.rpartition("/")[2] for seen in recorder.seen] == ["get"]


def test_a_data_set_beyond_a_limit_is_refused_by_the_server(driver: MlflowDriver, run: RunRef) -> None:
    with pytest.raises(Rejected, match="exceeds the maximum length of 36"):
        driver.write(run, Batch(inputs=(PLAIN.model_copy(update={"digest": "d" * 37}),)))


def test_a_deleted_run_takes_none_not_even_those_it_has(driver: MlflowDriver, run: RunRef) -> None:
    driver.write(run, Batch(inputs=(PLAIN,)))
    driver.delete(run)
    with pytest.raises(Conflict, match="is deleted"):
        driver.write(run, Batch(inputs=(PLAIN,)))


def test_a_run_that_is_deleted_meanwhile_takes_none(driver: MlflowDriver, recorder: Recorder, run: RunRef) -> None:
    recorder.inject("POST", "runs/log-inputs", Before(lambda: driver.delete(run)))
    with pytest.raises(Conflict):
        driver.write(run, Batch(inputs=(PLAIN,)))


def test_a_data_set_that_another_run_logs_at_the_same_moment_is_logged_again(
    driver: MlflowDriver, recorder: Recorder, run: RunRef
) -> None:
    refused = (
        b'{"error_code": "BAD_REQUEST", "message": "(sqlite3.IntegrityError) UNIQUE constraint failed: datasets.name"}'
    )
    recorder.inject("POST", "runs/log-inputs", Answer(400, refused), times=2)
    driver.write(run, Batch(inputs=(PLAIN,)))
    assert driver.get_run(run).inputs == (PLAIN,)
    assert [seen.path.rpartition("/")[2] for seen in recorder.seen].count("log-inputs") == 3


def test_a_data_set_that_is_refused_for_another_reason_is_not(
    driver: MlflowDriver, recorder: Recorder, run: RunRef
) -> None:
    recorder.inject("POST", "runs/log-inputs", Answer(400, b'{"error_code": "BAD_REQUEST", "message": "no"}'))
    with pytest.raises(Rejected, match="no"):
        driver.write(run, Batch(inputs=(PLAIN,)))
