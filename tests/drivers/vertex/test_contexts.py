"""Contexts under their etag: nobody's writing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.drivers.vertex.conftest import Opener, Raw, experiment, run, whole

from tracklayer.drivers.vertex.driver import VertexDriver
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.vertex import VertexEmulator
from tracklayer.errors import Conflict, NotFound, RateLimited, Unavailable
from tracklayer.model import Batch, Points

Change = Callable[[VertexEmulator, Raw, str], Any]


def test_what_others_wrote_in_between_is_kept(driver: VertexDriver, raw: Raw) -> None:
    made = run(driver)
    driver.write(made.ref, Batch(params={"a": 1}))
    raw.change(made.id, _params={"theirs": 2.0}, _metrics={"acc": 0.5}, custom="kept")
    driver.write(made.ref, Batch(params={"b": "x"}, tags={"t": "1"}))
    found = driver.get_run(made.ref)
    assert found.params == {"a": 1, "b": "x", "theirs": 2.0}
    assert found.tags == {"t": "1"}
    assert raw.context(made.id)["metadata"]["custom"] == "kept"


def test_what_we_keep_survives_what_the_sdk_writes(driver: VertexDriver, raw: Raw) -> None:
    made = run(driver, name="Run 1", tags={"t": "1"})
    driver.write(made.ref, Batch(params={"n": 1}, points=(Points.of("m", [(3, 4, 0.5)]),)))
    before = driver.get_run(made.ref)
    raw.change(made.id, _params={"theirs": "x"})
    after = driver.get_run(made.ref)
    assert after == before.model_copy(update={"params": {**before.params, "theirs": "x"}})


def test_an_unchanged_etag_costs_one_call_a_write(driver: VertexDriver, emulator: VertexEmulator) -> None:
    made = run(driver)
    emulator.calls.clear()
    for number in range(5):
        driver.write(made.ref, Batch(params={f"p{number}": number}))
    assert emulator.calls.counts() == {"aiplatform.UpdateContext": 5}


def test_what_is_there_already_is_not_written_again(driver: VertexDriver, emulator: VertexEmulator) -> None:
    made = run(driver)
    driver.write(made.ref, Batch(params={"p": 1}, tags={"t": "x"}, status="finished"))
    emulator.calls.clear()
    driver.write(made.ref, Batch(params={"p": 1}, tags={"t": "x"}, status="finished"))
    assert emulator.calls.counts() == {"aiplatform.GetContext": 1}


def test_an_etag_that_the_service_did_not_store_is_no_trouble(driver: VertexDriver, emulator: VertexEmulator) -> None:
    emulator.tune(noop_etag="not stored")
    made = run(driver)
    for number in range(3):
        driver.write(made.ref, Batch(tags={"t": "same"}))
        driver.write(made.ref, Batch(params={f"p{number}": number}))
    assert driver.get_run(made.ref).params == {"p0": 0, "p1": 1, "p2": 2}


def test_threads_of_several_processes_write_to_one_run(opened: Opener) -> None:
    made = run(opened(""))
    drivers = [opened("") for _ in range(4)]

    def write(number: int) -> None:
        for part in range(6):
            drivers[number].write(made.ref, Batch(params={f"{number}.{part}": part}, tags={f"{number}.{part}": "x"}))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = drivers[0].get_run(made.ref)
    assert found.params == {f"{number}.{part}": part for number in range(4) for part in range(6)}
    assert found.tags.keys() == found.params.keys()


def test_of_two_values_of_one_param_the_second_is_refused_by_what_is_there(opened: Opener) -> None:
    first, second = opened(""), opened("")
    made = run(first)
    second.get_run(made.ref)
    first.write(made.ref, Batch(params={"p": 1}))
    with pytest.raises(Conflict, match="p"):
        second.write(made.ref, Batch(params={"p": 2}))
    first.write(made.ref, Batch(params={"p": 2}, overwrite=True))
    second.write(made.ref, Batch(params={"p": 2}))
    with pytest.raises(Conflict):
        second.write(made.ref, Batch(params={"p": 1}))


def test_a_run_that_is_changed_all_the_time_is_given_up_in_the_end(
    driver: VertexDriver, emulator: VertexEmulator
) -> None:
    driver._contexts._sleep = lambda _: None
    made = run(driver)
    emulator.fault(Fault("UpdateContext", "answer", times=None, status=409, code="ABORTED", message="etag"))
    with pytest.raises(Conflict) as caught:
        driver.write(made.ref, Batch(params={"p": 1}))
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (
            Fault("UpdateContext", "answer", status=429, code="RESOURCE_EXHAUSTED", message="Quota exceeded"),
            RateLimited,
        ),
        (Fault("UpdateContext", "answer", status=503, code="UNAVAILABLE", message="The service is down."), Unavailable),
        (Fault("UpdateContext", "drop-before"), Unavailable),
        (Fault("UpdateContext", "drop-after"), Unavailable),
        (Fault("UpdateContext", "reset"), Unavailable),
    ],
    ids=["rate", "down", "drop-before", "drop-after", "reset"],
)
def test_a_write_whose_answer_was_lost_is_written_once(
    driver: VertexDriver, emulator: VertexEmulator, fault: Fault, error: type[Exception]
) -> None:
    made = run(driver)
    batch = Batch(params={"p": 1}, points=(Points.of("m", [(0, 0, 1.0), (1, 0, 2.0)]),))
    emulator.fault(fault)
    with pytest.raises(error):
        driver.write(made.ref, batch)
    driver.write(made.ref, batch)
    found = driver.get_run(made.ref)
    assert found.params == {"p": 1}
    assert found.metrics["m"].count == 2


def test_the_stack_carries_on_through_all_that(driver: VertexDriver, emulator: VertexEmulator) -> None:
    layers = whole(driver)
    made = run(layers)
    for kind in ("drop-after", "drop-before", "reset"):
        emulator.fault(Fault("UpdateContext", kind), Fault("CreateContext", kind))
        layers.write(made.ref, Batch(params={kind: 1}))
        assert run(layers, name=kind).name == kind
    assert layers.get_run(made.ref).params == {"drop-after": 1, "drop-before": 1, "reset": 1}


def test_the_first_experiment_of_a_project_makes_the_store(driver: VertexDriver, emulator: VertexEmulator) -> None:
    emulator.reset()
    emulator.tune(operation_delay=0.1)
    assert driver.list_experiments().items == ()
    made = experiment(driver, description="the first")
    assert emulator.calls.count("CreateMetadataStore") == 1
    assert driver.get_experiment(made.ref) == made
    assert [one.id for one in driver.list_experiments().items] == [made.id]


def test_what_is_gone_is_not_found_by_who_remembers_it(opened: Opener) -> None:
    first, second = opened(""), opened("")
    made = run(first)
    second.write(made.ref, Batch(params={"p": 1}))
    first.delete(made.ref)
    for batch in (Batch(params={"q": 1}), Batch(params={"p": 1}), Batch()):
        with pytest.raises(NotFound):
            second.write(made.ref, batch)
