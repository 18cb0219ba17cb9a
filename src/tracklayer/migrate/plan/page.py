"""A plan as a page, to be read before anything is done."""

from __future__ import annotations

from tracklayer.migrate.plan import telling
from tracklayer.migrate.plan.plan import Plan
from tracklayer.render import page
from tracklayer.render.page import Html, element

#: Runs that the page lists; `--json` has them all.
MOST_RUNS = 1_000


def plan_page(plan: Plan) -> str:
    """The whole document."""
    parts = [
        element("p", telling.verdict(plan), class_="verdict " + ("good" if plan.ok else "bad")),
        element("p", "This is a plan: both places were read, and nothing was written to either.", class_="soft"),
        page.facts([("from", plan.source), ("to", f"{plan.target} ({plan.provider})"), *telling.facts(plan)]),
    ]
    problems = list(telling.attention(plan))
    if problems:
        parts += _section("To be looked at", page.table("What would not be copied whole", ("what", "why"), problems))
    changes = list(telling.changed(plan.changes))
    if changes:
        headings = ("what becomes of it", "how many", "why", "such as")
        parts += _section("What the target holds otherwise", page.table("By kind and reason", headings, changes))
        parts.append(element("p", "Read through tracklayer, all of it comes back as it was.", class_="soft"))
    inexact = [(where, why, f"{count:,}") for where, why, count in telling.inexact(plan)]
    if inexact:
        table = page.table("It is copied as the source gives it", ("field", "why", "runs"), inexact, right=("runs",))
        parts += _section("What the source does not hold exactly", table)
    rows = [telling.row(run) for run in plan.runs[:MOST_RUNS]]
    said = "All runs, in the order they would be copied"
    if len(plan.runs) > MOST_RUNS:
        said = f"The first {MOST_RUNS:,} of {len(plan.runs):,} runs: the JSON has them all"
    parts += _section("Runs", page.table(said, telling.HEADINGS, rows, right=telling.NUMBERS))
    return page.page("Plan of a migration", *parts)


def _section(title: str, content: Html) -> list[Html]:
    return [element("h2", title), content]
