"""MLflow's own search and ours find the same runs, in the same order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracklayer.api.search import parse_filter, parse_order
from tracklayer.errors import InvalidInput
from tracklayer.layers.fitting.texts import spelt
from tracklayer.layers.match import matches
from tracklayer.layers.sift import in_order
from tracklayer.model import Dataset, ExperimentRef, MetricSummary, Run

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
Ask = Callable[[Sequence[Run], str, Sequence[str]], dict[str, Any]]


@pytest.fixture(scope="module")
def mlflow() -> Iterator[Ask]:
    """Asks MLflow: the ids of the runs it finds, or its error."""
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("mlflow_search.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        lines_in, lines_out = process.stdin, process.stdout

        def ask(runs: Sequence[Run], filter: str, order_by: Sequence[str] = ()) -> dict[str, Any]:
            print(
                json.dumps({"runs": list(map(plain, runs)), "filter": filter, "order_by": order_by}),
                file=lines_in,
                flush=True,
            )
            found: dict[str, Any] = json.loads(lines_out.readline())
            return found

        yield ask
        lines_in.close()


def plain(run: Run) -> dict[str, Any]:
    """A run as MLflow would hold it: params are text, times whole milliseconds."""
    return {
        "id": run.id,
        "name": run.name,
        "user": run.user,
        "status": run.status,
        "started": milliseconds(run.started),
        "ended": milliseconds(run.ended),
        "params": {key: spelt(value) for key, value in run.params.items()},
        "tags": dict(run.tags),
        "metrics": {key: str(summary.last) for key, summary in run.metrics.items()},
        "inputs": [one.model_dump(include={"name", "digest", "context"}) for one in run.inputs],
    }


def milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - EPOCH) // timedelta(milliseconds=1)


def ours(runs: Sequence[Run], filter: str, order_by: Sequence[str] = ()) -> list[str]:
    where = parse_filter(filter)
    found = [run for run in runs if all(matches(run, clause) for clause in where)]
    return [run.id for run in in_order(found, parse_order(order_by))]


# -- any filter of the grammar, on any runs

texts = st.sampled_from(["", "a", "A", "ab", "aB%", "a_b", "0.1", "true", "x.y", "é", "É"])
patterns = st.text("aAbB%_.0é", max_size=4)
numbers = st.sampled_from(["0", "1", "-1", "0.1", ".5", "2.", "1e3", "1E-2"])
whole = st.sampled_from(["0", "-1", "1000", "1001", "5000"])
values = st.sampled_from([0.0, 1.0, -1.0, 0.1, 0.5, 1000.0, float("nan"), float("inf"), float("-inf")])
keys = st.sampled_from(["a", "b c", "d.e", "min"])
moments = st.integers(0, 5).map(lambda seconds: EPOCH + timedelta(seconds=seconds))
runs = st.lists(
    st.builds(
        Run,
        id=st.text("0123456789abcdef", min_size=1, max_size=3).map(lambda text: f"a{text}"),
        experiment=st.just(ExperimentRef(id="0")),
        name=texts.filter(bool),
        user=texts,
        status=st.sampled_from(["running", "finished", "failed", "killed", "scheduled"]),
        started=moments,
        ended=st.none() | moments,
        params=st.dictionaries(keys, texts | st.booleans() | st.integers(-2, 2) | st.floats(), max_size=3),
        tags=st.dictionaries(keys, texts, max_size=3),
        metrics=st.dictionaries(
            keys, values.map(lambda v: MetricSummary(last=v, last_step=0, last_time=0)), max_size=3
        ),
        inputs=st.lists(
            st.builds(
                Dataset,
                name=texts.filter(bool),
                digest=texts.filter(bool),
                context=st.none() | st.just("train") | texts,
            ),
            max_size=2,
        ).map(tuple),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda run: run.id,
)


def quoted(text: str) -> str:
    return f"'{text}'"


def listed(given: list[str]) -> str:
    return f"({', '.join(map(quoted, given))})"


fields = st.builds("{}.`{}`".format, st.sampled_from(["params", "param", "tags", "tag", "parameters"]), keys)
metrics = st.builds('{}."{}"'.format, st.sampled_from(["metrics", "metric"]), keys)
names = st.sampled_from(["run_id", "run_name", "attributes.`run name`", "attr.user_id", "run.user_id"])
sets = st.sampled_from(["dataset.name", "datasets.digest", "dataset.context"])
compared = st.sampled_from(["=", "!=", ">", ">=", "<", "<="])
equal, like = st.sampled_from(["=", "!="]), st.sampled_from(["LIKE", "ILIKE", "like", "ILike"])
clauses = st.one_of(
    st.tuples(metrics, compared, numbers),
    st.tuples(st.sampled_from(["start_time", "created", "attributes.end_time"]), compared, whole),
    st.tuples(fields | names | sets, equal, texts.map(quoted)),
    st.tuples(fields | names | sets, like, patterns.map(quoted)),
    st.tuples(fields, st.sampled_from(["IS NULL", "is not null"])),
    st.tuples(
        st.just("run_id"),
        st.sampled_from(["IN", "NOT IN"]),
        st.lists(st.text("01", max_size=2).map("a{}".format), min_size=1).map(listed),
    ),
    st.tuples(sets, st.sampled_from(["IN", "NOT IN"]), st.lists(texts.filter(str.islower), min_size=1).map(listed)),
    st.tuples(st.just("status"), equal, st.sampled_from(["'RUNNING'", "'FINISHED'", "'KILLED'"])),
    st.tuples(st.just("status"), st.just("LIKE"), st.sampled_from(["'F%'", "'%ED'", "'_______'"])),
).map(" ".join)
filters = st.lists(clauses, min_size=1, max_size=3).map(" AND ".join)
orders = st.lists(
    st.builds(
        "{} {}".format,
        fields.filter(lambda text: not text.startswith("parameters"))
        | metrics
        | st.sampled_from(["start_time", "end_time", "run_id", "run_name", "status", "user_id"]),
        st.sampled_from(["ASC", "DESC", "asc", "desc"]),
    ),
    max_size=2,
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=runs, filter=filters)
def test_the_same_runs_are_found(mlflow: Ask, runs: list[Run], filter: str) -> None:
    assert mlflow(runs, filter, ()) == {"ids": ours(runs, filter)}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    runs=runs,
    order_by=orders.filter(lambda texts: len({text.split(" ")[0].split(".")[-1] for text in texts}) == len(texts)),
)
def test_they_come_in_the_same_order(mlflow: Ask, runs: list[Run], order_by: list[str]) -> None:
    assert mlflow(runs, "", order_by) == {"ids": ours(runs, "", order_by)}


# -- what MLflow takes and we do not, and the other way round

RUN = Run(
    id="a1",
    experiment=ExperimentRef(id="0"),
    status="finished",
    name="n",
    user="u",
    started=EPOCH,
    params={"a": "x", "lr": 0.5},
    tags={"a": "x", "b": "y"},
    metrics={"a": MetricSummary(last=2.0, last_step=0, last_time=0)},
)
BOTH_REFUSE = [
    "params.a-b = 'x'",
    "params.a/b = 'x'",
    "metrics.a > '1'",
    "metrics.a > 0x10",
    "metrics.a > +1",
    "metrics.a == 2",
    "metrics.a <> 2",
    "metrics.a > 1_000",
    "metrics.a IS NULL",
    "status IS NULL",
    "params.a = x",
    "params.a = `x`",
    "params.a NOT LIKE 'x'",
    "params.a IN ('x')",
    "params.a > 'x'",
    "tags.a = 1",
    "run_id IN ()",
    "start_time LIKE '0'",
    "dataset.schema = 'x'",
    "experiment_id = '0'",
    "unknown = 'x'",
    "unknown.a = 'x'",
    "METRICS.a > 1",
    "\"params\".a = 'x'",
    "1 < metrics.a",
    "metrics.a < metrics.a",
    "(tags.a = 'x')",
    "tags.a = 'x' OR tags.b = 'y'",
    "tags.a = 'x', tags.b = 'y'",
    "tags.a = 'x';",
    "tags.a = 'x",
]
WE_TAKE = [
    "params.lr > 0.1",
    "params.lr = 0.5",
    "status IN ('FINISHED', 'KILLED')",
    "run_name NOT IN ('m')",
    "metrics.a < 1e+5",
    "tags.a IS  NOT  NULL",
]
MLFLOW_TAKES = [
    "tags.a = 'x' tags.b = 'y'",
    "tags.a = 'x' AND",
    "AND tags.a = 'x'",
    "params. a = 'x'",
    "artifact_uri = 'x'",
    "status = 'DONE'",
]


def refused(filter: str) -> bool:
    try:
        ours([RUN], filter)
    except InvalidInput:
        return True
    return False


@pytest.mark.parametrize("filter", BOTH_REFUSE)
def test_both_refuse(mlflow: Ask, filter: str) -> None:
    assert "error" in mlflow([RUN], filter, ())
    assert refused(filter)


@pytest.mark.parametrize("filter", WE_TAKE)
def test_we_take_more(mlflow: Ask, filter: str) -> None:
    assert "error" in mlflow([RUN], filter, ())
    assert ours([RUN], filter) == ["a1"]


@pytest.mark.parametrize("filter", MLFLOW_TAKES)
def test_we_are_stricter_where_mlflow_guesses(mlflow: Ask, filter: str) -> None:
    assert "ids" in mlflow([RUN], filter, ())
    assert refused(filter)
