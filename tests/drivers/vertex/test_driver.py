"""Experiments and runs: made, found, adopted; counted in calls."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

import pytest
from tests.drivers.vertex.conftest import STORE, Opener, Raw, experiment, fresh_name, run, whole

from tracklayer.drivers.vertex.driver import VertexDriver
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.vertex import NUMBER, PROJECT, VertexEmulator
from tracklayer.errors import AlreadyExists, Conflict, InvalidInput, NotFound
from tracklayer.model import Batch, Clause, ExperimentDraft, ExperimentRef, Points, Query, Run, RunDraft, RunRef
from tracklayer.spi import every


def runs(driver: VertexDriver, home: ExperimentRef, **fields: object) -> list[Run]:
    query = Query(**{"experiments": (home,), "page_size": 100} | fields)
    return list(every(partial(driver.list_runs, query)))


def test_making_a_run_costs_three_calls(driver: VertexDriver, emulator: VertexEmulator) -> None:
    home = experiment(driver)
    emulator.calls.clear()
    run(driver, home, name="Run 1")
    assert emulator.calls.counts() == {
        "aiplatform.ListContexts": 1,
        "aiplatform.CreateContext": 1,
        "aiplatform.AddContextChildren": 1,
    }


def test_a_run_is_found_by_its_token_under_any_name(driver: VertexDriver, opened: Opener) -> None:
    home = experiment(driver)
    made = run(driver, home, token="t1", name="first", tags={"a": "1"})
    for other in (driver, opened("")):
        for name in ("first", "second", None):
            again = other.create_run(home.ref, RunDraft(token="t1", name=name, tags={"b": "2"}))
            assert again == made
    assert run(driver, home, token="t2").id != made.id
    assert run(driver, experiment(driver), token="t1").id != made.id
    assert [one.id for one in runs(driver, home.ref)] == [made.id, run(driver, home, token="t2").id]


def test_a_run_whose_answer_was_lost_is_made_once(driver: VertexDriver, emulator: VertexEmulator) -> None:
    home, layers = experiment(driver), whole(driver)
    for number, operation in enumerate(["CreateContext", "AddContextChildren", "ListContexts"]):
        emulator.fault(Fault(operation, "drop-after"))
        layers.create_run(home.ref, RunDraft(token=f"t{number}", name="n"))
    assert len(runs(driver, home.ref)) == 3


def test_a_run_that_a_crash_left_alone_is_adopted(
    driver: VertexDriver, emulator: VertexEmulator, opened: Opener
) -> None:
    home = experiment(driver)
    emulator.fault(Fault("AddContextChildren", "answer", status=503, code="UNAVAILABLE"))
    with pytest.raises(Exception, match="AddContextChildren"):
        run(driver, home, token="t", name="orphan")
    assert runs(driver, home.ref) == []
    made = opened("").create_run(home.ref, RunDraft(token="t", name="renamed since"))
    assert made.name == "orphan"
    assert [one.id for one in runs(driver, home.ref)] == [made.id]


def test_a_context_of_others_with_a_runs_id_is_not_taken_for_it(driver: VertexDriver, raw: Raw) -> None:
    home = experiment(driver, name="abcd")
    made = run(driver, home, token="t", name="run")
    driver.delete(made.ref)
    raw("POST", f"{STORE}/contexts", {"schemaTitle": "system.ExperimentRun"}, contextId=made.id)
    with pytest.raises(AlreadyExists):
        driver.create_run(home.ref, RunDraft(token="t", name="run"))


def test_a_run_is_not_left_behind_in_an_experiment_that_is_gone(driver: VertexDriver, opened: Opener, raw: Raw) -> None:
    home = experiment(driver)
    run(driver, home)
    opened("").delete(home.ref)
    with pytest.raises(NotFound):
        run(driver, home)
    assert "contexts" not in raw("GET", f"{STORE}/contexts")


def test_runs_b_c_and_c_of_two_experiments_do_not_meet(driver: VertexDriver) -> None:
    long, short = experiment(driver, name="a-team-b"), experiment(driver, name="a-team")
    first, second = run(driver, long, token="t", name="c"), run(driver, short, token="t", name="b-c")
    assert first.id != second.id
    assert (driver.get_run(first.ref).experiment, driver.get_run(second.ref).experiment) == (long.ref, short.ref)


def test_the_console_and_the_sdk_see_the_rest_behind_the_experiment(driver: VertexDriver, raw: Raw) -> None:
    home = experiment(driver, name="abcd")
    made = run(driver, home, name="Ünïcödé Run 🚀 1")
    context = raw.context(made.id)
    assert made.id == f"abcd-{context['displayName']}"
    assert context["displayName"].startswith("unicode-run-1-")
    assert context["parentContexts"] == [raw.context("abcd")["name"]]


@pytest.mark.parametrize("project_names", ["number", "as asked"])
def test_it_does_not_matter_how_the_service_names_the_project(
    driver: VertexDriver, emulator: VertexEmulator, raw: Raw, project_names: str
) -> None:
    emulator.tune(project_names=project_names)
    home = experiment(driver)
    made = run(driver, home)
    driver.write(made.ref, Batch(params={"p": 1}))
    assert [one.id for one in runs(driver, home.ref)] == [made.id]
    assert driver.get_run(made.ref).experiment == home.ref
    project = raw.context(made.id)["name"].split("/")[1]
    assert project == (NUMBER if project_names == "number" else PROJECT)


def test_listing_1000_runs_costs_at_most_12_calls(driver: VertexDriver, emulator: VertexEmulator, raw: Raw) -> None:
    home = experiment(driver, name="abcd")
    made = run(driver, home, name="ours", tags={"t": "x"})
    driver.write(made.ref, Batch(params={"p": 1}, points=(Points.of("m", [(0, 0, 0.5)]),)))
    names = [raw.context("abcd")["name"].replace("/abcd", f"/abcd-run-{number}") for number in range(999)]
    for number in range(999):
        body = {
            "displayName": f"run-{number}",
            "schemaTitle": "system.ExperimentRun",
            "metadata": {"_params": {"n": number}, "_metrics": {"m": 0.5}, "_state": "COMPLETE"},
        }
        raw("POST", f"{STORE}/contexts", body, contextId=f"abcd-run-{number}")
    raw("POST", f"{STORE}/contexts/abcd:addContextChildren", {"childContexts": names})
    emulator.calls.clear()
    other = whole(driver)
    listed = list(every(partial(other.list_runs, Query(experiments=(home.ref,)))))
    assert emulator.calls.count() <= 12
    assert len({one.id for one in listed}) == 1_000
    (ours,) = [one for one in listed if one.token is not None]
    assert ours == other.get_run(made.ref)


@pytest.mark.parametrize("knobs", [{}, {"list_order": "shuffled"}, {"page_cap": "1000", "too_large_page": "coerced"}])
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_give_each_run_once_with_those_of_the_preview(
    driver: VertexDriver, emulator: VertexEmulator, raw: Raw, knobs: dict[str, str], size: int
) -> None:
    emulator.tune(**knobs)
    home = experiment(driver, name="abcd")
    made = {run(driver, home).id for _ in range(3)}
    for name in ("abcd-old-1", "abcd-old-2"):
        body = {"displayName": name[5:], "schemaTitle": "system.Run", "state": "COMPLETE", "metadata": {"lr": 0.1}}
        execution = raw("POST", f"{STORE}/executions", body, executionId=name)
        path = f"{STORE}/contexts/abcd:addContextArtifactsAndExecutions"
        raw("POST", path, {"executions": [execution["name"]]})
    listed = [one.id for one in runs(driver, home.ref, page_size=size)]
    assert len(listed) == 5
    assert set(listed) == made | {"executions/abcd-old-1", "executions/abcd-old-2"}


def test_runs_of_a_token_are_asked_for_by_it(driver: VertexDriver, emulator: VertexEmulator) -> None:
    home = experiment(driver)
    made = [run(driver, home, token=f"t{number}") for number in range(3)]
    emulator.calls.clear()
    clause = Clause(entity="attribute", key="token", operator="=", value="t1")
    assert [one.id for one in runs(driver, home.ref, where=(clause,))] == [made[1].id]
    assert emulator.calls.count() == 1


def test_experiments_that_are_none_are_hidden(driver: VertexDriver, raw: Raw) -> None:
    shown = experiment(driver)
    bodies = {
        "deleted": {"schemaTitle": "system.Experiment", "metadata": {"experiment_deleted": True}},
        "uploaded": {"schemaTitle": "system.Experiment", "metadata": {"tensorboard_link": "x"}},
        "pipeline": {"schemaTitle": "system.Pipeline"},
    }
    for name, body in bodies.items():
        raw("POST", f"{STORE}/contexts", body, contextId=name)
    assert [one.id for one in driver.list_experiments().items] == [shown.id]
    for name in ("uploaded", "pipeline"):
        with pytest.raises(NotFound):
            driver.get_experiment(name)
    assert driver.get_experiment("deleted").deleted


def test_an_experiment_of_the_sdk_takes_our_runs(driver: VertexDriver, raw: Raw) -> None:
    body = {"displayName": "theirs", "schemaTitle": "system.Experiment", "metadata": {"experiment_deleted": False}}
    raw("POST", f"{STORE}/contexts", body, contextId="theirs")
    home = driver.get_experiment("theirs")
    assert driver.get_run(run(driver, home).ref).experiment == home.ref


def test_a_long_experiment_of_the_sdk_takes_our_runs_too(driver: VertexDriver, raw: Raw) -> None:
    name = "x" * 120
    raw("POST", f"{STORE}/contexts", {"schemaTitle": "system.Experiment"}, contextId=name)
    home = driver.get_experiment(name)
    made = run(driver, home, name="run")
    assert [one.id for one in runs(driver, home.ref)] == [made.id]


def test_a_run_is_no_experiment_and_an_experiment_no_run(driver: VertexDriver) -> None:
    home = experiment(driver)
    made = run(driver, home)
    with pytest.raises(NotFound, match="no experiment"):
        driver.get_experiment(made.id)
    with pytest.raises(NotFound, match="no run"):
        driver.get_run(RunRef(id=home.name))
    with pytest.raises(NotFound):
        driver.write(RunRef(id=home.name), Batch(params={"p": 1}))


def test_runs_of_pipelines_and_of_the_preview_are_read_and_not_written(driver: VertexDriver, raw: Raw) -> None:
    home = experiment(driver, name="abcd")
    raw("POST", f"{STORE}/contexts", {"schemaTitle": "system.PipelineRun"}, contextId="pipe-1")
    raw("POST", f"{STORE}/executions", {"schemaTitle": "system.Run", "state": "RUNNING"}, executionId="abcd-old")
    assert driver.get_run(RunRef(id="executions/abcd-old")).experiment == home.ref
    for ref in (RunRef(id="pipe-1"), RunRef(id="executions/abcd-old")):
        with pytest.raises(Conflict, match="can be read, not written"):
            driver.write(ref, Batch(params={"p": 1}))


def test_a_name_is_taken_once_by_whatever_has_it(driver: VertexDriver, raw: Raw) -> None:
    name = fresh_name()
    raw("POST", f"{STORE}/contexts", {"schemaTitle": "system.Pipeline"}, contextId=name)
    with pytest.raises(AlreadyExists):
        driver.create_experiment(ExperimentDraft(name=name))


@pytest.mark.parametrize("cursor", ["", "x", "[1]", '{"t": 1}'])
def test_a_cursor_of_another_list_is_refused(driver: VertexDriver, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        driver.list_experiments(cursor)


def test_a_token_may_be_any_text(driver: VertexDriver) -> None:
    home = experiment(driver)
    for token in ('"quoted" AND x', "🚀" * 200, uuid4().hex, "a\\b\n"):
        made = run(driver, home, token=token)
        assert (made.token, run(driver, home, token=token).id) == (token, made.id)
