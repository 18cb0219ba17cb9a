"""Groups, the front, importance and tests on a terminal: what they say, and what to be careful of."""

from __future__ import annotations

import math
from io import StringIO
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.compare.runs import held

from tracklayer.compare import Comparison, align, findings, importance
from tracklayer.compare.findings import Finding
from tracklayer.compare.importance import Importance, ParamImportance


def comparison(*runs: dict[str, Any], **fields: Any) -> Comparison:
    rows = align([held(str(at), name=f"run-{at}", **run) for at, run in enumerate(runs)])
    keys = dict.fromkeys(key for row in rows for key in row.run.metrics)
    return Comparison(places=("local:/a",), rows=rows, **{"metrics": dict.fromkeys(keys, "min"), **fields})


def drawn(finding: Finding | None, width: int = 200) -> str:
    assert finding is not None
    out = StringIO()
    Console(file=out, width=width, markup=True).print(finding.shown(width))
    return out.getvalue()


def line(text: str, start: str) -> list[str]:
    return next(line for line in text.splitlines() if line.startswith(start)).split()


SEEDED: list[dict[str, Any]] = [
    {"params": {"lr": lr, "seed": seed}, "metrics": {"loss": lr + seed / 100}} for lr in (0.1, 0.5) for seed in (1, 2)
]


def test_groups_show_the_mean_its_interval_and_how_many_values() -> None:
    runs = [*SEEDED, {"params": {"lr": 0.5, "seed": 3}, "metrics": {"loss": math.nan}, "status": "failed"}]
    shown = drawn(findings.groups(comparison(*runs)))
    # Student's t of one degree of freedom at 95 %: 12.706; of two values 0.01 apart, 12.706 * 0.005 = 0.064
    assert line(shown, "lr=0.1") == ["lr=0.1", "2", "seed=1,2", "0.115", "±", "0.064", "*"]
    assert line(shown, "lr=0.5") == ["lr=0.5", "3", "seed=1,2,3", "0.515", "±", "0.064", "(2)"]
    assert "95% confidence interval (Student's t" in shown
    assert "by all params but those whose name says that they are seeds; seed left out" in shown
    assert "lr=0.5: 1 of 3 have not finished" in shown


def test_groups_come_unasked_only_where_there_are_some() -> None:
    runs = [{"params": {"lr": at}, "metrics": {"loss": 0.5}} for at in range(3)]
    assert findings.groups(comparison(*runs)) is None
    asked = drawn(findings.groups(comparison(*runs, group_by=("lr",))))
    assert "grouped as you said" in asked
    assert line(asked, "lr=2") == ["lr=2", "1", "0.5"]


def test_groups_without_room_are_cut_at_whole_columns() -> None:
    runs = [{"params": {"seed": at}, "metrics": {f"metric_{key}": at / 7 for key in range(20)}} for at in range(3)]
    shown = drawn(findings.groups(comparison(*runs)), 70)
    assert max(map(cell_len, shown.splitlines())) <= 70
    assert "no room for: metric_" in shown


def test_the_front_and_who_cannot_be_on_it() -> None:
    runs = [{"metrics": {"loss": loss, "ms": 1 / loss}} for loss in (0.2, 0.1)]
    shown = drawn(findings.pareto(comparison(*runs, {"metrics": {"loss": 0.5, "ms": 90.0}}, {}), ["loss", "ms"]))
    assert line(shown, "run-1") == ["run-1", "A", "0.1", "10"]
    assert line(shown, "run-0") == ["run-0", "A", "0.2", "5"]
    assert "run-2" not in shown
    assert "left out, for a value is missing or NaN: 1 run" in shown


def test_importance_says_how_far_to_trust_it(monkeypatch: pytest.MonkeyPatch) -> None:
    params = (ParamImportance("lr", 1.25, 0.125), ParamImportance("noise", -0.001, 0.01))
    found = Importance("loss", n=42, score=0.9, params=params, left_out={"same": "one value"}, notes=("few runs",))
    monkeypatch.setattr(importance, "importance", lambda _rows, _metric: found)
    shown = drawn(findings.importance(comparison(*SEEDED), "loss"))
    assert line(shown, "lr") == ["lr", "1.250", "0.125"]
    assert line(shown, "noise") == ["noise", "-0.001", "0.010"]
    assert "a random forest of 42 runs, whose out-of-bag R2 is 0.90" in shown
    assert "few runs\n" in shown
    assert "left out: same: one value\n" in shown


def test_tests_between_groups_name_what_they_assume() -> None:
    shown = drawn(findings.significance(comparison(*SEEDED), "loss"))
    pair = line(shown, "lr=0.1  lr=0.5")
    assert pair[:3] == ["lr=0.1", "lr=0.5", "-0.4"]
    assert float(pair[3]) < 0.001
    assert "adjusted: Holm's" in shown
    assert shown.count("assumed: ") >= 4


@pytest.mark.parametrize("name", ["[bold]x[/bold]", "\x1b[31m", "\u202ex", "a\nb"], ids=ascii)
def test_what_users_named_stays_text(name: str) -> None:
    runs = [{"params": {name: name, "seed": seed}, "metrics": {name: 0.5}} for seed in range(2)]
    made = comparison(*runs, {"params": {name: 0.5}, "metrics": {name: 0.5}}, units={name: name})
    shown = drawn(findings.groups(made)) + drawn(findings.significance(made, name))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "bold]" in shown or "[bold" not in name
    assert all("b=" not in line[:2] for line in shown.splitlines())
