"""Lists: few calls, and nothing missed that the index has not seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.drivers.sagemaker.conftest import fresh_name, new_run

from tracklayer.drivers.sagemaker.driver import SagemakerDriver
from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.errors import InvalidInput
from tracklayer.model import Batch, Clause, Experiment, ExperimentDraft, ExperimentRef, Query, Run, RunRef
from tracklayer.spi import every

Others = Callable[[str], Any]


def listed(driver: SagemakerDriver, *experiments: ExperimentRef, page_size: int = 100) -> list[Run]:
    query = Query(experiments=experiments, page_size=page_size)
    return list(every(lambda after: driver.list_runs(query, after)))


def test_1000_runs_are_listed_in_at_most_12_calls(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment
) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = {run.id: run for run in pool.map(lambda _: new_run(driver, experiment, tags={"t": "x"}), range(1_000))}
    emulator.calls.clear()
    found = listed(driver, experiment.ref)
    assert emulator.calls.count() <= 12
    assert len(found) == 1_000
    assert {run.id: run for run in found} == made


@pytest.mark.parametrize("page_size", [1, 2, 7, 100])
def test_what_the_index_has_not_seen_is_listed_too(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment, page_size: int
) -> None:
    old = [new_run(driver, experiment) for _ in range(5)]
    emulator.tune(search_lag=3_600)
    new = [new_run(driver, experiment, name=f"n{number}") for number in range(4)]
    driver.write(new[0].ref, Batch(params={"p": "x"}, tags={"t": "y"}))
    found = listed(driver, experiment.ref, page_size=page_size)
    assert Counter(run.id for run in found) == Counter(run.id for run in old + new)
    (fresh,) = [run for run in found if run.id == new[0].id]
    assert (fresh.params, fresh.tags, fresh.name) == ({"p": "x"}, {"t": "y"}, "n0")


def test_more_than_a_page_that_the_index_has_not_seen(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment
) -> None:
    emulator.tune(search_lag=3_600)
    made = Counter(new_run(driver, experiment).id for _ in range(210))
    assert Counter(run.id for run in listed(driver, experiment.ref)) == made
    assert emulator.calls.count("ListTrialComponents") == 3


def test_what_came_long_before_is_not_looked_at_again(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment
) -> None:
    made = Counter(new_run(driver, experiment).id for _ in range(230))
    emulator.calls.clear()
    assert Counter(run.id for run in listed(driver, experiment.ref, page_size=10)) == made
    assert emulator.calls.count("DescribeTrialComponent") == 0


def test_a_token_is_looked_up_without_the_index(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment
) -> None:
    emulator.tune(search_lag=3_600)
    made = new_run(driver, experiment, token="wanted")
    new_run(driver, experiment, token="other")
    emulator.calls.clear()
    for token, found in (("wanted", (made,)), ("nobody", ())):
        where = (Clause(entity="attribute", key="token", operator="=", value=token),)
        assert driver.list_runs(Query(experiments=(experiment.ref,), where=where, page_size=100)).items == found
    assert emulator.calls.count("Search") == 0


def test_an_experiment_is_listed_before_the_index_has_seen_it(
    driver: SagemakerDriver, emulator: SagemakerEmulator
) -> None:
    emulator.tune(search_lag=3_600)
    made = [driver.create_experiment(ExperimentDraft(name=fresh_name(), tags={"t": "x"})) for _ in range(3)]
    found = {one.id: one for one in every(driver.list_experiments)}
    assert [found.get(one.id) for one in made] == made


def test_a_run_that_is_deleted_while_it_is_listed_is_left_out(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment
) -> None:
    emulator.tune(search_lag=3_600)
    made = [new_run(driver, experiment) for _ in range(4)]
    query = Query(experiments=(experiment.ref,), page_size=2)
    page = driver.list_runs(query)
    driver.delete(made[3].ref)
    rest = driver.list_runs(query, page.after)
    assert [run.id for run in page.items + rest.items] == [run.id for run in made[:3]]


def test_runs_of_others_are_listed(driver: SagemakerDriver, others: Others, experiment: Experiment) -> None:
    sagemaker = others("sagemaker")
    sagemaker.create_trial(TrialName=f"{experiment.name}-t", ExperimentName=experiment.name)
    sagemaker.create_trial_component(
        TrialComponentName=f"{experiment.name}-theirs", Parameters={"lr": {"NumberValue": 0.1}}
    )
    sagemaker.associate_trial_component(
        TrialComponentName=f"{experiment.name}-theirs", TrialName=f"{experiment.name}-t"
    )
    (found,) = listed(driver, experiment.ref)
    assert (found.name, found.params, found.experiment) == ("theirs", {"lr": 0.1}, experiment.ref)
    assert driver.get_run(found.ref) == found


def test_a_trial_component_that_is_in_no_experiment_can_be_read(driver: SagemakerDriver, others: Others) -> None:
    name = fresh_name()
    others("sagemaker").create_trial_component(TrialComponentName=name)
    read = driver.get_run(RunRef(id=name))
    assert (read.name, read.experiment.id) == (name, "experiment/unassigned")


def test_deleted_runs_are_not_kept_and_not_listed(driver: SagemakerDriver, experiment: Experiment, run: Run) -> None:
    assert driver.list_runs(Query(experiments=(experiment.ref,), view="deleted")).items == ()
    assert listed(driver, experiment.ref) == [run]


@pytest.mark.parametrize("wrong", ["", "x", "[]", '{"s": 1}'])
def test_what_is_no_cursor_is_refused(driver: SagemakerDriver, experiment: Experiment, wrong: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        driver.list_runs(Query(experiments=(experiment.ref,)), wrong)


def pages(driver: SagemakerDriver, query: Query) -> Iterator[int]:
    """How many runs each page has."""
    after = None
    while True:
        page = driver.list_runs(query, after)
        yield len(page.items)
        after = page.after
        if after is None:
            return


def test_a_list_without_news_ends_with_its_last_page(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment
) -> None:
    for _ in range(4):
        new_run(driver, experiment)
    emulator.calls.clear()
    assert list(pages(driver, Query(experiments=(experiment.ref,), page_size=2))) == [2, 2]
    assert dict(emulator.calls.counts()) == {"sagemaker.Search": 2, "sagemaker.ListTrialComponents": 1}


def test_what_was_deleted_is_listed_no_more_though_the_index_still_has_it(
    driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment
) -> None:
    gone, kept = new_run(driver, experiment, token="gone"), new_run(driver, experiment)
    other = driver.create_experiment(ExperimentDraft(name=fresh_name()))
    emulator.tune(search_lag=3_600)
    driver.delete(gone.ref)
    driver.delete(other.ref)
    assert listed(driver, experiment.ref) == [kept]
    assert other.id not in {one.id for one in every(driver.list_experiments)}
    again = new_run(driver, experiment, token="gone")
    assert again.id == gone.id
    assert {run.id for run in listed(driver, experiment.ref)} == {kept.id, again.id}
