"""The page of a plan: all of it, in words, and nothing in it that runs."""

from __future__ import annotations

import re

import pytest

from tracklayer.migrate.plan import telling
from tracklayer.migrate.plan.page import MOST_RUNS, plan_page
from tracklayer.migrate.plan.plan import Pace, Plan, RunPlan
from tracklayer.migrate.plan.tally import Change, Kept
from tracklayer.migrate.summary import Failure

EVIL = "<script>alert(1)</script>\x1b[31m"


def made(**changes: object) -> Plan:
    runs = (
        RunPlan(
            run="1",
            name=EVIL,
            state="new",
            kept={"point": Kept(exact=1_000, approximate=20, beside=3, shown=2), "param": Kept(exact=5)},
            changes=(Change(kind="renamed", what="param", why=EVIL, count=2, example=f"{EVIL} -> x"),),
            approximate={"metrics.loss": "aggregated"},
            calls=40,
            sidecars=2,
            bytes_beside=1_500,
            files=3,
            bytes=2_000_000,
            unsized=1,
        ),
        RunPlan(run="2", name=None, state="there"),
    )
    whole: dict[str, object] = {
        "source": "memory://a",
        "target": "vertex://p/l",
        "provider": "vertex",
        "runs": runs,
        "experiments": ("one",),
        "kept": runs[0].kept,
        "changes": runs[0].changes,
        "calls": {"CreateContext": 30, "put": 10},
        "pace": Pace(seconds=90.0, calls=30, per_second=10.0, source="https://x.example"),
        "orphans": 1,
        "deleted": 2,
    }
    return Plan(**{**whole, **changes})


def test_the_page_says_it_all_and_lets_nothing_run() -> None:
    page = plan_page(made())

    assert "<script" not in page
    assert "\x1b" not in page
    assert "default-src 'none'" in page or "default-src &#x27;none&#x27;" in page
    text = re.sub(r"<[^>]+>", " ", page)
    for said in (
        "1 run would be copied whole; nothing was written",
        "1 new, 1 there already",
        "1,000 as they are, 20 nearly, 3 beside the run (the console shows 2 of these)",
        "3 (2.0 MB, and 1 whose size the source does not say)",
        "2 sidecars (1.5 kB)",
        "40: CreateContext 30, put 10",
        "at least 1m 30s: 30 calls at 10 a second (https://x.example)",
        "1 run, because theirs was not selected",
        "named otherwise",
        "aggregated",
    ):
        assert said in text


def test_a_page_of_many_runs_lists_the_first() -> None:
    runs = tuple(RunPlan(run=f"run {number}", name=None, state="there") for number in range(MOST_RUNS + 1))
    page = plan_page(made(runs=runs, changes=(), kept={}))

    assert f"run {MOST_RUNS - 1}<" in page
    assert f"run {MOST_RUNS}<" not in page
    assert "nothing to be done: all is there already" in page
    assert f"The first {MOST_RUNS:,} of {MOST_RUNS + 1:,} runs" in page


def test_what_would_not_be_copied_whole_comes_first() -> None:
    refused = RunPlan(run="3", name="three", state="new", refused=("memory: no artifacts",))
    planned = made(runs=(refused,), failed=(Failure(run=None, reason="its name is taken"),))

    assert not planned.ok
    assert telling.verdict(planned) == "not as it is: 1 run would not be copied whole, 1 could not be planned"
    assert list(telling.attention(planned)) == [
        ("an experiment", "its name is taken"),
        ("run 3 (three)", "refused: memory: no artifacts"),
    ]
    page = plan_page(planned)
    assert page.index("its name is taken") < page.index("named otherwise")


@pytest.mark.parametrize(
    ("pace", "said"),
    [
        (Pace(unknown=40), "not known: no rate is published for 40 of 40 calls"),
        (Pace(seconds=5.0, calls=30, per_second=6.0, unknown=10), "not known: no rate is published for 10 of 40 calls"),
        (Pace(), "none: nothing is asked for"),
    ],
    ids=["no call", "some calls", "nothing"],
)
def test_a_time_that_nobody_knows_is_not_made_up(pace: Pace, said: str) -> None:
    assert telling.pace(made(pace=pace)) == said
