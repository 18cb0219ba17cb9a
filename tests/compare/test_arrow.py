"""A comparison as frames: every value as it was, and readable by others."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from tests.compare.runs import NOON, held, metric

from tracklayer.compare import Comparison, Held, Prices, align
from tracklayer.compare.arrow import SAID, SUMMARIES
from tracklayer.compare.param import param_column
from tracklayer.errors import DriverMissing
from tracklayer.model import Dataset, RunRef, Source

A, B = "local:/a", "mlflow+http://127.0.0.1:5000"


def comparison(*copies: Held, **fields: Any) -> Comparison:
    rows = align(copies)
    keys = dict.fromkeys(key for row in rows for key in row.run.metrics)
    fields = {"metrics": dict.fromkeys(keys), **fields}
    return Comparison(places=tuple(dict.fromkeys(copy.place for copy in copies)), rows=rows, **fields)


def said_of(table: pa.Table, column: str) -> Any:
    return json.loads(table.schema.field(column).metadata[SAID.encode()])


@pytest.fixture
def nasty() -> Comparison:
    """A missing metric, NaN, infinities, one point, names that look like columns, and a run in two places."""
    return comparison(
        held(
            "1",
            A,
            name="first",
            user="ada",
            parent=RunRef(id="0"),
            params={"lr": 0.1, "n": 2**53 + 1, "on": True, "kind": "svm", "loss.min": 1},
            tags={"team": "", "a.b": "c"},
            metrics={"loss": metric(0.5, min=0.25, max=4.0, count=60, last_step=59), "loss.min": 7.0},
            inputs=(Dataset(name="digits", digest="d1", context="train"),),
            source=Source(commit="c0ffee", dirty=True),
            approximate={"metrics.loss": "a mean"},
        ),
        held("9", B, origin=(A, "1"), name="first", params={"lr": 0.2}),
        held("2", B, name="second", params={"n": 3, "on": False, "kind": ""}, metrics={"loss": math.nan}),
        held("3", B, status="running", ended=None, metrics={"loss": -math.inf, "acc": 1.0}),
    )  # fmt: skip


def test_a_row_a_run_with_everything_in_its_type(nasty: Comparison) -> None:
    table = nasty.to_arrow()
    first, second, third = table.to_pylist()
    kinds = {field.name: str(field.type) for field in table.schema}
    assert [row["run"] for row in (first, second, third)] == ["1", "2", "3"]
    assert (first["name"], first["place"], first["experiment"], first["status"]) == ("first", A, "digits", "finished")
    assert (first["started"], first["seconds"], third["seconds"], third["ended"]) == (NOON, 60.0, None, None)
    assert (first["user"], first["parent"], first["commit"], first["dirty"]) == ("ada", "0", "c0ffee", True)
    assert first["copies"] == [f"{A}#1", f"{B}#9"]
    assert "params.lr" in first["differences"]
    assert first["inputs"] == [{"name": "digits", "digest": "d1", "context": "train"}]
    assert first["approximate"] == [{"field": "metrics.loss", "reason": "a mean"}]
    assert (kinds["params.lr"], kinds["params.n"], kinds["params.on"], kinds["params.kind"]) == (
        "double", "int64", "bool", "string",
    )  # fmt: skip
    assert (first["params.n"], third["params.n"], second["params.kind"]) == (2**53 + 1, None, "")
    assert (first["tags.team"], first["tags.a.b"], second["tags.team"]) == ("", "c", None)
    assert [first[f"{prefix}.loss"] for prefix in SUMMARIES] == [0.5, 0.25, 4.0, 60, 59]
    assert (first["params.loss.min"], first["metrics.loss.min"], first["metrics_min.loss.min"]) == (1, 7.0, None)
    assert math.isnan(second["metrics.loss"])
    assert third["metrics.loss"] == -math.inf
    assert (first["metrics.acc"], third["metrics.acc"]) == (None, 1.0)
    assert len(set(table.column_names)) == len(table.column_names)


def test_the_table_says_where_it_is_from_and_which_way_is_better(nasty: Comparison) -> None:
    ways = nasty.model_copy(update={"metrics": {"loss": "min", "acc": "max"}, "said": frozenset({"acc"})})
    table = ways.model_copy(update={"units": {"loss": "nats"}, "read_at": NOON}).to_arrow()
    assert said_of(table, "metrics.loss") == {"direction": "min", "guessed": True, "unit": "nats"}
    assert said_of(table, "metrics_max.acc") == {"direction": "max", "guessed": False}
    whole = json.loads(table.schema.metadata[SAID.encode()])
    assert (whole["places"], whole["read_at"], whole["failures"]) == ([A, B], NOON.isoformat(), [])


def test_costs_stand_in_the_table_where_there_is_a_price_list(nasty: Comparison) -> None:
    assert "cost" not in nasty.to_arrow().column_names
    priced = nasty.model_copy(update={"prices": Prices(currency="EUR", per_hour={"*": 6.0})}).to_arrow()
    assert priced["cost"].to_pylist() == [0.1, 0.1, None]
    assert priced["currency"].to_pylist() == ["EUR", "EUR", None]


@pytest.mark.parametrize(
    ("values", "kind", "held_as", "types"),
    [
        ([1, 2, None], "int64", [1, 2, None], None),
        ([1, 0.5], "double", [1.0, 0.5], {"int": 1, "float": 1}),
        ([2**53 + 1, 0.5], "string", ["9007199254740993", "0.5"], {"int": 1, "float": 1}),
        ([2**63, 1], "string", ["9223372036854775808", "1"], {"int": 2}),
        ([-(2**63)], "int64", [-(2**63)], None),
        ([True, 1], "string", ["True", "1"], {"bool": 1, "int": 1}),
        (["1", 1, None], "string", ["1", "1", None], {"str": 1, "int": 1}),
        (["1", "2"], "string", ["1", "2"], None),
        ([True, None], "bool", [True, None], None),
        ([None], "string", [None], None),
    ],
    ids=["ints", "numbers", "no float64", "beyond 64 bits", "the least", "bool", "text", "texts", "bools", "nothing"],
)
def test_a_param_keeps_its_type_or_says_which_it_had(
    values: list[Any], kind: str, held_as: list[Any], types: dict[str, int] | None
) -> None:
    column, said = param_column(values)
    assert (str(column.type), column.to_pylist()) == (kind, held_as)
    assert said == ({} if types is None else {"types": types})


def test_polars_and_pandas_hold_the_same(nasty: Comparison) -> None:
    table, polars, pandas = nasty.to_arrow(), nasty.to_polars(), nasty.to_pandas()
    assert polars.columns == list(pandas.columns) == table.column_names
    assert polars["params.n"].to_list() == [2**53 + 1, 3, None]
    assert polars["metrics.acc"].to_list() == [None, None, 1.0]
    assert (str(pandas["params.n"].dtype), str(pandas["params.on"].dtype)) == ("Int64", "boolean")
    assert int(pandas["params.n"][0]) == 2**53 + 1
    assert list(pandas["metrics_step.loss"]) == [59, 9, 9]
    assert list(pandas["metrics.loss"].isna()) == [False, True, False]
    assert str(pandas["started"].dtype).startswith("datetime64")


def test_duckdb_reads_the_table_where_it_lies(nasty: Comparison) -> None:
    table = nasty.to_arrow()
    before = pa.total_allocated_bytes()
    with duckdb.connect() as db:
        db.register("runs", table)
        found = db.sql(
            'SELECT run, "params.n", "metrics.loss", len(copies), approximate[1].reason FROM runs ORDER BY run'
        ).fetchall()
    assert pa.total_allocated_bytes() == before  # no Arrow memory of its own
    assert [row[:2] for row in found] == [("1", 2**53 + 1), ("2", 3), ("3", None)]
    assert math.isnan(found[1][2])
    assert [row[3:] for row in found] == [(2, "a mean"), (1, None), (1, None)]


def test_what_a_plugin_keeps_for_itself_is_no_column() -> None:
    tags = {"team": "vision", "mlflow.tracklayer.model.0123456789ab": "{}"}
    table = comparison(held("1", A, tags=tags)).to_arrow()
    assert [name for name in table.column_names if name.startswith("tags.")] == ["tags.team"]


def test_no_runs_are_a_table_all_the_same() -> None:
    empty = comparison()
    assert (empty.to_arrow().num_rows, empty.to_polars().height, len(empty.to_pandas())) == (0, 0, 0)


@pytest.mark.parametrize(("package", "frame"), [("pyarrow", "arrow"), ("polars", "polars"), ("pandas", "pandas")])
def test_a_package_that_is_missing_is_named_with_the_command_that_brings_it(
    package: str, frame: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DriverMissing, match=rf"'{package}'.* pip install 'tracklayer\[compare\]'"):
        getattr(comparison(), f"to_{frame}")()
