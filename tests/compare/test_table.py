"""The comparison on a terminal: it fits, it marks, and what users named stays text."""

from __future__ import annotations

import math
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.compare.runs import held, metric

from tracklayer.compare import Comparison, Failure, Held, align, direction
from tracklayer.compare.columns import letter
from tracklayer.compare.table import table

A, B = "local:/a", "mlflow+http://127.0.0.1:5000"


def comparison(*copies: Held, failures: tuple[Failure, ...] = ()) -> Comparison:
    rows = align(copies)
    keys = dict.fromkeys(key for row in rows for key in row.run.metrics)
    places = dict.fromkeys(copy.place for copy in copies)
    return Comparison(places=tuple(places), rows=rows, failures=failures, metrics={key: direction(key) for key in keys})


def drawn(shown: Comparison, width: int = 200) -> str:
    out = StringIO()
    Console(file=out, width=width, markup=True, emoji=True, force_terminal=False).print(table(shown, width))
    return out.getvalue()


def line(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(start))


def test_the_best_value_of_a_metric_is_marked_and_the_direction_shown() -> None:
    shown = drawn(
        comparison(
            held("1", name="one", metrics={"loss": 0.5, "acc": 0.9}),
            held("2", name="two", metrics={"loss": 0.25, "acc": 0.8}),
        )
    )
    assert "0.9 *" in line(shown, "one")
    assert "0.5 *" not in shown
    assert "0.25 *" in line(shown, "two")
    assert "min" in shown
    assert "max" in shown
    assert "guessed from its name" in shown


def test_what_cannot_be_best_is_not() -> None:
    alone = comparison(held("1", metrics={"loss": 0.5}))
    level = comparison(held("1", metrics={"loss": 0.5}), held("2", metrics={"loss": 0.5}))
    unknown = comparison(held("1", metrics={"x": 0.5}), held("2", metrics={"x": 0.7}))
    broken = comparison(held("1", metrics={"loss": math.nan}), held("2", metrics={"loss": 0.5}), held("3"))
    assert [made.best(key) for made, key in ((alone, "loss"), (level, "loss"), (unknown, "x"), (broken, "loss"))] == [
        frozenset()
    ] * 4


def test_all_that_are_best_are_marked_and_infinity_is_a_value() -> None:
    made = comparison(
        *(held(str(at), metrics={"acc": last}) for at, last in enumerate([1.0, -math.inf, 1.0, math.nan]))
    )
    assert made.best("acc") == {0, 2}
    assert comparison(held("0", metrics={"loss": -math.inf}), held("1", metrics={"loss": 0.0})).best("loss") == {0}


def test_params_that_are_the_same_in_all_runs_are_told_once() -> None:
    shown = drawn(comparison(held("1", params={"lr": 0.1, "epochs": 60}), held("2", params={"lr": 0.2, "epochs": 60})))
    assert "the same in all runs: epochs=60" in shown
    assert "lr" in shown.splitlines()[0]
    assert "epochs" not in shown.splitlines()[0]


def test_params_that_tell_runs_apart_come_first() -> None:
    runs = [
        {"epochs": 60, "seed": 1, "kind": "a"},
        {"epochs": 60, "seed": 2},
        {"epochs": 60, "seed": 3, "kind": "b"},
        {},
    ]
    shown = drawn(comparison(*(held(str(at), params=params) for at, params in enumerate(runs))))
    heading = shown.splitlines()[0]
    assert heading.index("seed") < heading.index("kind") < heading.index("epochs")
    assert "the same in all runs" not in shown


def test_a_number_and_a_text_that_look_alike_are_not_the_same() -> None:
    shown = drawn(comparison(held("1", params={"lr": 1}), held("2", params={"lr": "1"})))
    assert "the same in all runs" not in shown


@pytest.mark.parametrize("width", [40, 60, 80, 120, 250])
def test_it_fits_the_width(width: int) -> None:
    many = [
        held(
            str(at),
            name=f"a name that goes on and on and on {at} 🧪🧪🧪🧪🧪🧪",
            params={f"param_{number}": f"value {at} " * 9 for number in range(20)},
            metrics={f"metric_{number}": at / 7 for number in range(20)},
        )
        for at in range(3)
    ]
    shown = drawn(comparison(*many), width)
    assert max(map(cell_len, shown.splitlines())) <= width
    assert "no room for: " in shown or width == 250


def test_what_has_no_room_is_named() -> None:
    wide = [held(str(at), params={"a" * 30: at, "b" * 30: at, "c": at}) for at in range(2)]
    shown = " ".join(drawn(comparison(*wide), 70).split())
    assert f"no room for: {'b' * 30}" in shown or "no room for: " + "a" * 30 in shown
    assert "--json" in shown


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("[bold]loud[/bold]", "[bold]loud[/bold]"),
        ("[/nothing]", "[/nothing]"),
        ("[link=http://x]y", "[link=http://x]y"),
        (":smile:", ":smile:"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("two\nlines\r", r"two\nlines\r"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
    ],
)
def test_names_are_text_wherever_they_stand(name: str, written: str) -> None:
    one = held("1", place="local:/a", name=name, params={name: name}, metrics={name: 0.5})
    other = held("9", place=B, origin=(A, "1"), name=name, params={name: f"{name}!"}, metrics={name: 0.75})
    shown = drawn(comparison(one, other, failures=(Failure(place=name, reason=name),)))
    assert "\x1b" not in shown
    assert "\r" not in shown
    assert "\u202e" not in shown
    assert shown.count(written) >= 6  # the row, two headings, two differences, the failure


def test_copies_of_a_run_stand_in_one_row() -> None:
    shown = drawn(
        comparison(
            held("1", name="alike", metrics={"loss": 0.5}),
            held("9", B, origin=(A, "1"), name="alike", metrics={"loss": 0.5}),
            held("2", name="apart", metrics={"loss": 0.5}),
            held("8", B, origin=(A, "2"), name="apart", metrics={"loss": 0.75}),
            held("3", name="rough", metrics={"loss": 0.5}),
            held(
                "7",
                B,
                origin=(A, "3"),
                name="rough",
                metrics={"loss": 0.75},
                approximate={"metrics.loss": "aggregated"},
            ),
            held("6", B, name="alone"),
        )
    )
    assert "A = B" in line(shown, "alike")
    assert "A != B" in line(shown, "apart")
    assert "0.5 !=" in line(shown, "apart")
    assert "A ~= B" in line(shown, "rough")
    assert "differs: apart: metrics.loss.last: A 0.5, B 0.75\n" in shown
    assert "differs: rough: metrics.loss.last: A 0.5, B 0.75 (aggregated)\n" in shown
    assert f"A: {A} (3 runs)" in shown
    assert f"B: {B} (4 runs)" in shown


def test_many_differences_are_counted() -> None:
    pairs = [
        copy
        for at in range(20)
        for copy in (held(str(at), params={"n": at}), held(f"c{at}", B, origin=(A, str(at)), params={"n": -at}))
    ]
    shown = drawn(comparison(*pairs))
    assert shown.count("differs: ") == 12
    assert "... and 7 more differences: see --json" in shown  # 0 is -0


def test_a_value_that_is_not_exact_has_a_sign_and_a_reason() -> None:
    rough = {"metrics.loss": "the mean of a minute", "started": "whole seconds"}
    shown = drawn(comparison(held("1", name="one", metrics={"loss": metric(0.5)}, approximate=rough)))
    assert "~0.5" in line(shown, "one")
    assert "~1m 00s" in line(shown, "one")
    assert "~: not exact: the mean of a minute; whole seconds" in shown


def test_the_experiment_is_shown_when_there_are_several() -> None:
    one, two = held("1", name="one"), held("2", name="two")
    assert "experiment" not in drawn(comparison(one, two))
    other = two.model_copy(update={"experiment": "letters"})
    assert "letters" in line(drawn(comparison(one, other)), "two")


def test_nothing_to_show() -> None:
    shown = drawn(comparison(failures=(Failure(place=B, reason="mlflow: not reachable"),)))
    assert f"not read: {B}: mlflow: not reachable" in shown


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (25, "Z"), (26, "A1"), (53, "B2")])
def test_letters(index: int, name: str) -> None:
    assert letter(index) == name
