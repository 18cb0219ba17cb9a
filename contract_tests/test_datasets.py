"""Datasets: what a run read."""

from __future__ import annotations

from contract_tests.many import write_each
from contract_tests.marks import needs
from contract_tests.place import Place

from tracklayer.model import Batch, Dataset, Run
from tracklayer.spi import Feature

pytestmark = needs(Feature.DATASETS)

DIGITS = Dataset(
    name="digits",
    digest="ab12",
    kind="sklearn",
    source='{"path": "digits.csv"}',
    columns='{"mlflow_colspec": []}',
    profile='{"rows": 1797}',
    context="train",
)
ODD = [
    Dataset(name="digits", digest="f" * 64),
    Dataset(name="digits", digest="sha256:" + "0" * 64, context="eval"),
    Dataset(name="🚀/../x", digest="é", kind="", source="", context="", columns="", profile=""),
    Dataset(name="n" * 700, digest="1", source="s" * 100_000, columns="c" * 100_000, profile="p" * 100_000),
    Dataset(name="a", digest="1", kind="k" * 300, context="x" * 600),
]


def test_a_dataset_comes_back(place: Place, run: Run) -> None:
    place.write(run, inputs=(DIGITS,))
    assert place.read(run).inputs == (DIGITS,)
    assert place.read(run).tags == {}


def test_any_part_may_be_missing_empty_long_or_odd(place: Place, run: Run) -> None:
    written = {f"{number}": dataset for number, dataset in enumerate(ODD)}
    write_each(place, run, {f"ODD[{key}]": Batch(inputs=(dataset,)) for key, dataset in written.items()})
    read = place.read(run).inputs
    assert [key for key, dataset in written.items() if dataset not in read] == []
    assert len(read) == len(ODD)


def test_the_same_dataset_again_is_one(place: Place, run: Run) -> None:
    place.write(run, inputs=(DIGITS,))
    place.write(run, inputs=(DIGITS,))
    assert place.read(run).inputs == (DIGITS,)


def test_a_run_has_many_datasets(place: Place, run: Run) -> None:
    datasets = [DIGITS, *(Dataset(name=f"part {number}", digest=str(number)) for number in range(17))]
    place.write(run, inputs=tuple(datasets[:9]))
    place.write(run, inputs=tuple(datasets[9:]))
    read = place.read(run).inputs
    assert len(read) == len(datasets)
    assert set(read) == set(datasets)


def test_one_dataset_of_several_runs_is_each_runs_own(place: Place) -> None:
    """Some providers keep one dataset for each name and digest, as it was first described."""
    told = [
        DIGITS.model_copy(update={"source": f"source {number}", "context": f"use {number}", "columns": str(number)})
        for number in range(3)
    ]
    runs = [place.run() for _ in told]
    for run, dataset in zip(runs, told, strict=True):
        place.write(run, inputs=(dataset,))
    assert [place.read(run).inputs for run in runs] == [(dataset,) for dataset in told]


def test_datasets_are_on_the_run_in_a_list_too(place: Place) -> None:
    run = place.run(place.home)
    place.write(run, inputs=(DIGITS, ODD[0]))
    (listed,) = place.runs(place.home)
    assert set(listed.inputs) == {DIGITS, ODD[0]}
