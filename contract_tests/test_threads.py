"""Threads: one stack, used by many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from contract_tests.marks import needs
from contract_tests.place import Place, unique
from contract_tests.samples import MS, T0

from tracklayer.errors import AlreadyExists, Conflict
from tracklayer.model import Experiment, Points, Run
from tracklayer.spi import Feature

A = TypeVar("A")
R = TypeVar("R")
THREADS = 6


def together(task: Callable[[A], R], arguments: Sequence[A]) -> list[R]:
    """Each argument in a thread of its own, all let go at once."""
    barrier = Barrier(len(arguments))

    def begin(argument: A) -> R:
        barrier.wait(timeout=60)
        return task(argument)

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(begin, arguments))


def test_threads_write_params_and_tags_to_one_run(place: Place, run: Run) -> None:
    def write(number: int) -> None:
        for part in range(5):
            name = f"{number}.{part}"
            place.write(run, params={name: "p" * (1 + part * 2_000)}, tags={name: "t" * (1 + part * 3_000)})

    together(write, range(THREADS))
    read, names = place.read(run), [(f"{number}.{part}", part) for number in range(THREADS) for part in range(5)]
    assert read.params == {name: "p" * (1 + part * 2_000) for name, part in names}
    assert read.tags == {name: "t" * (1 + part * 3_000) for name, part in names}


@needs(Feature.METRIC_HISTORY, Feature.METRIC_SAME_STEP)
def test_threads_write_points_of_one_metric(place: Place, run: Run) -> None:
    def part(number: int) -> Points:
        return Points.of("m", [(step, T0 + number * MS, number + step / 1000) for step in range(200)])

    together(lambda number: place.write(run, points=(part(number),)), range(THREADS))
    assert set(place.points(run, "m").rows()) == {row for number in range(THREADS) for row in part(number).rows()}


def test_threads_overwrite_one_tag(place: Place, run: Run) -> None:
    """Any of the last values may stand, whole."""
    values = [str(number) * (1 + number % 2 * 9_000) for number in range(THREADS)]

    def write(number: int) -> None:
        for _ in range(5):
            place.write(run, tags={"t": values[number]})

    together(write, range(THREADS))
    assert place.read(run).tags["t"] in values


def test_of_several_values_of_one_param_one_wins(place: Place, run: Run) -> None:
    def write(number: int) -> int | None:
        try:
            place.write(run, params={"p": str(number)})
        except Conflict:
            return None
        return number

    winners = [number for number in together(write, range(THREADS)) if number is not None]
    assert [str(number) for number in winners] == [place.read(run).params["p"]]


def test_threads_make_runs(place: Place, experiment: Experiment) -> None:
    made = together(lambda number: place.run(experiment.ref, name=f"run {number}"), range(THREADS))
    assert len({run.id for run in made}) == THREADS
    assert {run.id: run.name for run in place.runs(experiment.ref)} == {run.id: run.name for run in made}


def test_of_several_experiments_of_one_name_one_is_made(place: Place) -> None:
    name = unique("contested")

    def make(_: int) -> str | None:
        try:
            return place.experiment(name).id
        except AlreadyExists:
            return None

    winners = [made for made in together(make, range(THREADS)) if made is not None]
    assert winners == [place.driver.get_experiment(name).id]


@needs(Feature.ARTIFACTS)
def test_threads_write_files(place: Place, run: Run) -> None:
    data = {f"folder/{number}.bin": bytes([number]) * 200_000 for number in range(THREADS)}
    together(lambda path: place.put(run, path, data[path]), list(data))
    assert together(lambda path: place.get(run, path), list(data)) == list(data.values())
    assert place.files(run).keys() == data.keys()
