"""Names that differ between teams: mapped as a user says, suggested, and never mapped unasked."""

from __future__ import annotations

import pytest
from tests.compare.runs import held

import tracklayer as tl
from tracklayer.compare import align, parsed_map
from tracklayer.compare.names import mapped, sound, suggestions
from tracklayer.compare.units import unit

A, B = "local:/a", "memory://b"


def test_a_map_is_read_from_the_command_line() -> None:
    assert parsed_map(["val_acc=validation/accuracy", "a=b=c"]) == {"val_acc": "validation/accuracy", "a": "b=c"}


@pytest.mark.parametrize("lines", [["val_acc"], ["=x"], ["x="], ["a=b", "a=c"]])
def test_a_map_that_says_nothing_or_two_things_is_refused(lines: list[str]) -> None:
    with pytest.raises(tl.InvalidInput, match=r"OLD=NEW|mapped twice"):
        parsed_map(lines)


def test_metrics_and_params_are_renamed_with_what_is_said_of_them() -> None:
    copies = [
        held(
            "1",
            metrics={"val_acc": 0.5, "loss": 1.0},
            params={"learning_rate": 0.1},
            approximate={"metrics.val_acc": "few"},
        ),
        held("2", metrics={"accuracy": 0.6}),
    ]
    done = mapped(copies, {"val_acc": "accuracy", "learning_rate": "lr"})
    assert done.clashes == ()
    run = done.copies[0].run
    assert (list(run.metrics), dict(run.params)) == (["accuracy", "loss"], {"lr": 0.1})
    assert run.approximate == {"metrics.accuracy": "few"}
    assert done.copies[0].renamed == {"metrics.accuracy": "val_acc", "params.lr": "learning_rate"}
    assert done.copies[1] is copies[1]


def test_copies_of_one_run_that_name_a_metric_differently_do_not_differ_once_it_is_mapped() -> None:
    copies = [held("1", metrics={"acc": 0.5}), held("9", B, origin=(A, "1"), metrics={"accuracy": 0.5})]
    (plain,) = align(copies)
    (row,) = align(mapped(copies, {"acc": "accuracy"}).copies)
    assert (len(plain.differences), row.differences) == (2, ())


def test_a_run_that_has_both_names_keeps_both_and_it_is_said() -> None:
    done = mapped([held("1", metrics={"acc": 0.5, "accuracy": 0.6})], {"acc": "accuracy"})
    assert {key: summary.last for key, summary in done.copies[0].run.metrics.items()} == {"acc": 0.5, "accuracy": 0.6}
    assert done.clashes == ("'acc' stays beside 'accuracy': both are metrics in 1 of the runs",)


@pytest.mark.parametrize(
    ("names", "says"),
    [({"nosuch": "x"}, "no run has the metric or param 'nosuch'"), ({"acc": "b", "b": "c"}, "which is mapped itself")],
)
def test_a_map_that_cannot_be_meant_is_refused(names: dict[str, str], says: str) -> None:
    with pytest.raises(tl.InvalidInput, match=says):
        mapped([held("1", metrics={"acc": 0.5, "b": 1.0})], names)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("val_acc", "validation/accuracy"),
        ("valAcc", "accuracy.val"),
        ("learning_rate", "lr"),
        ("bs", "batch-size"),
        ("random_state", "seed"),
        ("latency_ms", "latency_seconds"),
        ("Train Loss", "train_loss"),
    ],
)
def test_names_that_sound_alike(left: str, right: str) -> None:
    assert sound(left) == sound(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("top1", "top5"),
        ("val_loss", "train_loss"),
        ("loss", "loss_std"),
        ("precision", "recall"),
        ("x", "y"),
        ("🙂", "?"),
    ],
)
def test_names_that_do_not(left: str, right: str) -> None:
    assert sound(left) != sound(right)


def test_a_suggestion_says_what_to_map_to_what_and_why() -> None:
    rows = align(
        [
            held("1", metrics={"val_acc": 0.5, "loss": 1.0}, params={"lr": 1}),
            held("2", B, metrics={"validation/accuracy": 0.5, "loss": 1.0}, params={"lr": 1}),
            held("3", B, metrics={"validation/accuracy": 0.5, "loss": 1.0}, params={"learning_rate": 1}),
        ]
    )
    told = {(one.kind, one.option, one.old_runs, one.new_runs) for one in suggestions(rows)}
    assert told == {
        ("metric", "--map val_acc=validation/accuracy", 1, 2),
        ("param", "--map learning_rate=lr", 1, 2),
    }


def test_two_names_of_one_run_are_no_suggestion() -> None:
    rows = align([held("1", metrics={"acc": 0.5, "accuracy": 0.5}), held("2", metrics={"acc": 0.5})])
    assert list(suggestions(rows)) == []


def test_names_in_two_units_are_suggested_with_a_caution() -> None:
    rows = align([held("1", metrics={"latency_ms": 5.0}), held("2", metrics={"latency_s": 0.005})])
    (one,) = suggestions(rows)
    assert one.units_differ
    assert "in ms and s: a map changes no value" in one.why


@pytest.mark.parametrize(
    ("metric", "says"),
    [
        ("latency_ms", "ms"),
        ("fit_time_seconds", "s"),
        ("tokens_per_second", "tokens/s"),
        ("gpu_memory_GiB", "GiB"),
        ("accuracy_pct", "%"),
        ("cpu %", "%"),
        ("loss", None),
        ("ms", None),
        ("", None),
    ],
)
def test_a_unit_is_told_by_the_end_of_the_name(metric: str, says: str | None) -> None:
    assert unit(metric) == says


def test_nothing_is_mapped_unasked(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = f"local:{tmp_path_factory.mktemp('names') / 'store.db'}"
    for name, key in (("one", "val_acc"), ("two", "validation/accuracy")):
        with tl.start_run("e", name=name, to=place) as run:
            run.log_metrics({key: 0.5})
    found = tl.compare(place)
    assert set(found.metrics) == {"val_acc", "validation/accuracy"}
    assert len(found.suggestions()) == 1
    asked = tl.compare(place, map={"val_acc": "validation/accuracy"}, directions={"validation/accuracy": "min"})
    assert asked.metrics == {"validation/accuracy": "min"}
    assert asked.said == {"validation/accuracy"}
    assert asked.suggestions() == ()
    histories = asked.histories()
    assert [list(series.values) for series in histories.series] == [[0.5], [0.5]]
