"""Account: one run as texts and tables, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.text import Text

from tracklayer.api.urls import run_url
from tracklayer.cli.output import table
from tracklayer.model import Artifact, MetricSummary, Run
from tracklayer.model.records import readable
from tracklayer.render import text

#: Stands before a value that is not exact.
ROUGH = "~"


def account(
    run: Run, *, place: str, home: str, files: Sequence[Artifact], curves: Mapping[str, str]
) -> Iterator[RenderableType]:
    """Who and when, then a table each for params, metrics, tags, data sets and files; empty ones are left out.

    * `home`: the experiment's name. `curves`: metric -> its sparkline.
    """
    yield table(("run", text.plain(run.name or run.id)), _facts(run, place, home))
    yield from _section("params", ("param", "value", "type"), _params(run))
    yield from _section("metrics", ("metric", "last", "step", "min", "max", "points", "curve"), _metrics(run, curves))
    tags = sorted(readable(run.tags).items())
    yield from _section("tags", ("tag", "value"), [(_marked(run, "tags", key), value) for key, value in tags])
    datasets = [(one.name, one.digest, one.context or "-", one.kind, one.source) for one in run.inputs]
    yield from _section("data sets", ("data set", "digest", "context", "kind", "source"), datasets)
    yield from _section("files", ("file", "size", "digest"), [_file(file) for file in files])
    for field, why in run.approximate.items():
        yield Text(f"{ROUGH} {text.plain(field)} is not exact: {text.plain(why)}")


def _section(name: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[RenderableType]:
    if rows:
        yield Text(f"\n{name}", style="bold")
        yield table(headings, rows, right={"last", "step", "min", "max", "points", "size"})


def _facts(run: Run, place: str, home: str) -> Iterator[tuple[str, str]]:
    took = (run.ended - run.started).total_seconds() if run.started and run.ended else None
    yield "url", run_url(place, run.id)
    yield "experiment", home
    yield "status", f"{run.status}, deleted" if run.deleted else run.status
    yield _marked(run, "", "started"), text.moment(run.started)
    yield _marked(run, "", "ended"), f"{text.moment(run.ended)} ({text.duration(took)})" if run.ended else "-"
    if run.parent is not None:
        yield "parent", run_url(place, run.parent.id)
    if run.user is not None:
        yield "user", run.user
    if run.source is not None:
        code = run.source
        dirty = {True: "with changes", False: "clean", None: None}[code.dirty]
        version = [part for part in (code.remote, code.branch, code.commit, dirty) if part]
        yield from (
            (label, shown) for label, shown in (("code", ", ".join(version)), ("command", code.command)) if shown
        )
    if run.origin is not None:
        yield "first logged", f"{run_url(run.origin.url, run.origin.run)} in {run.origin.experiment}"
    if run.description:
        yield "description", run.description


def _params(run: Run) -> list[tuple[str, str, str]]:
    return [
        (_marked(run, "params", key), text.value(run.params[key]), type(run.params[key]).__name__)
        for key in sorted(run.params)
    ]


def _metrics(run: Run, curves: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [_metric(run, key, run.metrics[key], curves.get(key, "")) for key in sorted(run.metrics)]


def _metric(run: Run, key: str, summary: MetricSummary, curve: str) -> tuple[str, ...]:
    least, most = (("-" if one is None else text.number(one)) for one in (summary.min, summary.max))
    count = "-" if summary.count is None else str(summary.count)
    return (_marked(run, "metrics", key), text.number(summary.last), str(summary.last_step), least, most, count, curve)


def _file(file: Artifact) -> tuple[str, str, str]:
    return file.path, text.size(file.size), file.digest or "-"


def _marked(run: Run, kind: str, key: str) -> str:
    """The key, with a sign before it when its value, or all of its kind, is not exact."""
    field = f"{kind}.{key}" if kind else key
    rough = any(name in {field, kind} or name.startswith(f"{field}.") for name in run.approximate)
    return f"{ROUGH}{key}" if rough else key
