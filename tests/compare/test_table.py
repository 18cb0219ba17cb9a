"""The comparison on a terminal: it fits, it marks, and what users named stays text."""

from __future__ import annotations

import math
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.compare.runs import NOON, held, metric

import tracklayer as tl
from tracklayer.compare import Comparison, Failure, Held, Histories, Prices, align, direction, sparks
from tracklayer.compare.signs import letter
from tracklayer.compare.table import ranked, table
from tracklayer.errors import InvalidInput
from tracklayer.model import Dataset, Source

A, B = "local:/a", "mlflow+http://127.0.0.1:5000"


def comparison(*copies: Held, failures: tuple[Failure, ...] = ()) -> Comparison:
    rows = align(copies)
    keys = dict.fromkeys(key for row in rows for key in row.run.metrics)
    places = dict.fromkeys(copy.place for copy in copies)
    return Comparison(places=tuple(places), rows=rows, failures=failures, metrics={key: direction(key) for key in keys})


def drawn(shown: Comparison, width: int = 200, **how: Any) -> str:
    out = StringIO()
    Console(file=out, width=width, markup=True, emoji=True, force_terminal=False).print(table(shown, width, **how))
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


def test_a_number_and_the_text_of_a_place_that_has_texts_only_are_the_same_and_other_texts_are_not() -> None:
    shown = drawn(comparison(held("1", params={"lr": 0.1, "n": 1}), held("2", params={"lr": "0.10", "n": "one"})))
    assert "the same in all runs: lr=0.1\n" in shown
    assert line(shown, "1").split()[-1] == "1"
    assert line(shown, "2").split()[-1] == "one"


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


def test_curves_stand_behind_their_metrics_where_there_is_room(tmp_path: Path) -> None:
    place = f"local:{tmp_path / 'store.db'}"
    with tl.start_run("digits", name="long", to=place) as run:
        run.log_points(tl.Points.of("loss", [(step, step, 20.0 - step) for step in range(20)]))
        run.log_points(tl.Points.of("acc", [(step, step, float(step)) for step in range(20)]))
    with tl.start_run("digits", name="short", to=place) as run:
        run.log_metric("loss", 0.5)
    compared = tl.compare(place, metrics=["loss", "acc"])
    wide, middling, narrow = (drawn(compared, width, curves=True) for width in (200, 62, 45))
    assert [shown.splitlines()[1].count("curve") for shown in (wide, middling, narrow)] == [2, 1, 0]
    assert "███▇▆▆▅▅▄▄▃▃▂▂▁▁" in line(wide, "long")
    assert "▁▁▁▂▃▃▄▄▅▅▆▆▇▇██" in line(wide, "long")
    assert "▁" not in line(wide, "short")
    assert "^^^^~~~---..____" in line(drawn(compared, 200, curves=True, blocks=False), "long")
    assert "curve" not in drawn(compared, 200).splitlines()[1]


def test_curves_are_read_again_only_where_something_was_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, known = f"local:{tmp_path / 'store.db'}", dict[Any, str]()
    runs = [tl.start_run("digits", name=name, to=place) for name in ("one", "two")]
    for run in runs:
        run.log_points(tl.Points.of("loss", [(0, 0, 1.0), (1, 1, 0.5)]))
        run.flush()
    read: list[list[str]] = []
    histories = Comparison.histories

    def counted(self: Comparison, metrics: list[str], rows: list[int], *, most: int | None) -> Histories:
        read.append([self.rows[row].name for row in rows])
        return histories(self, metrics, rows, most=most)

    monkeypatch.setattr(Comparison, "histories", counted)
    for _ in range(2):
        shown = drawn(tl.compare(place), curves=True, known=known)
    runs[0].log_metric("loss", 2.0, step=2)
    runs[0].flush()
    later = drawn(tl.compare(place), curves=True, known=known)
    for run in runs:
        run.end()
    assert sorted(read[0]) == ["one", "two"]
    assert read[1:] == [[], ["one"]]
    assert "█▁" in line(shown, "one")
    assert "▃▁█" in line(later, "one")
    assert "█▁" in line(later, "two")
    assert len(known) == 2


def test_curves_that_cannot_be_read_are_told_and_the_table_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = comparison(held("1", "local:/nowhere/store.db", metrics={"loss": metric(0.5, count=9)}))
    shown = drawn(lost, curves=True)
    assert "0.5" in shown
    assert "1 curve could not be read: local: " in shown
    monkeypatch.setattr(sparks, "find_spec", lambda _: None)
    endless = comparison(held("1", "local:/nowhere/store.db", metrics={"loss": metric(0.5, count=10**6)}))
    shown = drawn(endless, curves=True)
    assert "no curves of more than 50,000 points: pip install" in shown
    assert "could not be read" not in shown


def test_rows_by_a_metric_the_best_first_and_no_more_than_asked_for() -> None:
    values = [0.5, math.nan, None, 0.1, math.inf]
    runs = [held(str(at), metrics={} if one is None else {"loss": one}) for at, one in enumerate(values)]
    made = comparison(*runs)
    assert ranked(made, "loss") == [3, 0, 4, 1, 2]
    assert ranked(made.model_copy(update={"metrics": {"loss": "max"}}), "loss", 3) == [4, 0, 3]
    assert ranked(made, None, 2) == [0, 1]
    shown = drawn(made, rows=ranked(made, "loss", 2))
    assert "2 of 5 runs; --limit shows more" in shown
    assert "0.1 *" in line(shown, "3")
    with pytest.raises(InvalidInput, match="no metric 'los'; it has: loss"):
        ranked(made, "los")
    with pytest.raises(InvalidInput, match="--minimize or --maximize loss"):
        ranked(made.model_copy(update={"metrics": {"loss": None}}), "loss")


def test_directions_and_units_are_shown_and_whether_they_are_guessed() -> None:
    made = comparison(held("1", metrics={"loss": 0.5, "latency": 3.0, "x": 1.0}))
    update = {"metrics": {"loss": "max", "latency": "min", "x": None}, "said": {"loss"}, "units": {"latency": "m\ns"}}
    shown = drawn(made.model_copy(update=update))
    under = shown.splitlines()[1].split()
    assert under == ["max", "min?", "m\\ns", "metric"]
    assert "max: which way a metric is better; min?: which way it is better, guessed from its name" in shown


def test_a_run_that_runs_has_its_time_and_its_cost_so_far() -> None:
    made = comparison(held("1", name="going", status="running", ended=None), held("2", name="done"))
    priced = {"read_at": NOON + timedelta(hours=1), "prices": Prices(currency="EUR", per_hour={"*": 60.0})}
    shown = drawn(made.model_copy(update=priced))
    assert line(shown, "going").split()[-2:] == ["00m+", "60.00+"]
    assert line(shown, "done").split()[-1] == "1.00"
    assert "+: so far; the run still runs" in shown
    assert "cost: 61.00 EUR in all\n" in shown


def test_what_was_mapped_and_what_could_be_is_told() -> None:
    made = comparison(held("1", metrics={"val_acc": 0.5}), held("2", metrics={"validation/accuracy": 0.5}))
    shown = drawn(made.model_copy(update={"map": {"a": "b"}, "clashes": ("'c' stays",)}))
    assert "perhaps the same metric: --map val_acc=validation/accuracy (1 and 1 run: " in shown
    assert "mapped: a is b\n" in shown
    assert "not mapped: 'c' stays\n" in shown


def test_code_and_data_that_differ_are_columns_too() -> None:
    shown = drawn(
        comparison(
            held(
                "1", source=Source(commit="a" * 40, command="train.py"), inputs=(Dataset(name="digits", digest="d1"),)
            ),
            held(
                "2", source=Source(commit="b" * 40, command="train.py"), inputs=(Dataset(name="digits", digest="d2"),)
            ),
        )
    )
    assert shown.splitlines()[1].split() == ["data", "source"] or shown.splitlines()[1].split() == ["source", "data"]
    assert "a" * 10 in line(shown, "1")
    assert "a" * 11 not in shown
    assert "d2" in line(shown, "2")
    assert "the same in all runs: command=train.py" in shown
