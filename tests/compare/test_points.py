"""Points as a table, and tables as files."""

from __future__ import annotations

import csv
import json
import math
from array import array
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.compare.runs import NOON, held

import tracklayer as tl
from tracklayer.compare import Comparison, Histories, Series, SeriesFailure, align, export
from tracklayer.compare.arrow import SAID
from tracklayer.compare.points import points_table
from tracklayer.errors import TracklayerError

A = "local:/a"
START = int(NOON.timestamp()) * 10**9


def comparison(**fields: Any) -> Comparison:
    return Comparison(places=(A,), rows=align([held("1", name="one", **fields), held("2")]), metrics={"loss": "min"})


def series(row: int, values: list[float], **fields: Any) -> Series:
    steps = array("q", range(len(values)))
    times = array("q", (START + 10**9 * (step + 1) for step in steps))
    count = fields.pop("count", len(values))
    return Series(row, "loss", steps, times, array("d", values), count, len(values) < count, START, **fields)


def test_points_of_a_place_are_rows_in_order(tmp_path: Path) -> None:
    place = f"local:{tmp_path / 'store.db'}"
    with tl.start_run("digits", name="long", to=place) as run:
        run.log_points(tl.Points.of("loss", [(-1, START, 1.0), (3, START + 1, math.nan), (3, START + 2, math.inf)]))
        run.log_metric("acc", 0.5)
    with tl.start_run("digits", name="short", to=place) as run:
        run.log_points(tl.Points.of("loss", [(0, START + 5, 0.25)]))
    found = tl.compare(place)
    table = found.points(["loss"])
    with duckdb.connect() as db:
        db.register("points", table)
        rows = db.sql("SELECT name, metric, step, epoch_ns(time), value::VARCHAR FROM points").fetchall()
    short, long = sorted(rows, key=lambda row: row[0] == "long")[:1], [row for row in rows if row[0] == "long"]
    assert short == [("short", "loss", 0, START + 5, "0.25")]
    assert long == [
        ("long", "loss", -1, START, "1.0"),
        ("long", "loss", 3, START + 1, "nan"),
        ("long", "loss", 3, START + 2, "inf"),
    ]
    only = found.points(["loss", "acc"], rows=[index for index, row in enumerate(found.rows) if row.name == "long"])
    assert set(only["metric"].to_pylist()) == {"loss", "acc"}
    assert set(only["name"].to_pylist()) == {"long"}


def test_the_columns_lie_in_the_memory_of_the_series() -> None:
    one, two = series(0, [0.5, 0.25]), series(1, [1.0])
    table = points_table(Histories((one, two), (), None), comparison())
    held_in: dict[str, tuple[array[Any], ...]] = {
        "step": (one.steps, two.steps),
        "value": (one.values, two.values),
    }
    for name, arrays in held_in.items():
        addresses = [chunk.buffers()[1].address for chunk in table[name].chunks]
        assert addresses == [part.buffer_info()[0] for part in arrays]
    assert table["seconds"].to_pylist() == [1.0, 2.0, 1.0]
    assert table["row"].to_pylist() == [0, 0, 1]
    assert table["name"].to_pylist() == ["one", "one", None]


def test_what_is_thinned_rough_or_not_read_is_said() -> None:
    thinned = series(0, [0.5], count=9, approximate="means of minutes")
    failed = SeriesFailure(1, "loss", "not reachable")
    table = points_table(Histories((thinned,), (failed,), 1), comparison())
    assert (table["thinned"].to_pylist(), table["approximate"].to_pylist()) == ([True], ["means of minutes"])
    said = json.loads(table.schema.metadata[SAID.encode()])
    assert said["failures"] == [{"run": f"{A}#2", "metric": "loss", "reason": "not reachable"}]
    assert said["note"].startswith("1 of 1 curves are thinned")


def test_no_points_are_a_table_of_the_same_columns() -> None:
    empty = points_table(Histories((), (), None), comparison())
    full = points_table(Histories((series(0, [1.0]),), (), None), comparison())
    assert empty.num_rows == 0
    assert [(field.name, field.type) for field in empty.schema] == [(field.name, field.type) for field in full.schema]


def test_parquet_comes_back_with_all_that_was_said(tmp_path: Path) -> None:
    file = tmp_path / "runs.parquet"
    runs = [held("1", params={"n": 1}, metrics={"loss": math.nan}), held("2", metrics={"loss": 0.5})]
    table = comparison().model_copy(update={"rows": align(runs)}).to_arrow()
    export.write_parquet(table, file)
    back = pq.read_table(file)
    assert [(field.name, field.type) for field in back.schema] == [(field.name, field.type) for field in table.schema]
    assert back.drop("metrics.loss").equals(table.drop("metrics.loss"))  # for NaN is not itself
    assert back.schema.metadata[SAID.encode()] == table.schema.metadata[SAID.encode()]
    assert json.loads(back.schema.field("metrics.loss").metadata[SAID.encode()])["direction"] == "min"
    assert pl.read_parquet(file)["params.n"].to_list() == [1, None]
    with duckdb.connect() as db:
        # what is not a number is above all numbers to DuckDB: with statistics of floats it would find nothing
        found = db.execute('SELECT run FROM read_parquet(?) WHERE "metrics.loss" > 1', [str(file)]).fetchall()
    assert found == [("1",)]
    assert list(tmp_path.iterdir()) == [file]


def test_csv_tells_missing_from_nan_and_from_an_empty_text(tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    params = {"text": "", "hostile": '=1+1,"\n', "n": 1}
    export.write_csv(comparison(params=params, metrics={"loss": math.nan}, approximate={"n": "é"}).to_arrow(), file)
    content = file.read_text(encoding="utf-8")
    first, second = csv.DictReader(content.splitlines(keepends=True))
    assert (first["metrics.loss"], second["metrics.loss"]) == ("nan", "")
    assert (first["params.hostile"], first["params.n"], second["params.n"]) == ('=1+1,"\n', "1", "")
    assert '""' in content
    assert json.loads(first["approximate"]) == [{"field": "n", "reason": "é"}]
    assert json.loads(first["copies"]) == [f"{A}#1"]


@pytest.mark.parametrize("name", ["points.parquet", "points.CSV"])
def test_points_are_written_by_the_ending_of_the_name(name: str, tmp_path: Path) -> None:
    table = points_table(Histories((series(0, [0.5, math.nan]),), (), None), comparison())
    export.write_table(table, tmp_path / name)
    read = pl.read_csv if name.endswith("CSV") else pl.read_parquet
    back = read(tmp_path / name)
    assert back["step"].to_list() == [0, 1]
    assert [str(value) for value in back["value"].to_list()] == ["0.5", "nan"]
    assert list(map(str, back["run"].to_list())) == ["1", "1"]


def test_a_file_that_cannot_be_written_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TracklayerError, match="gone"):
        export.write_parquet(pa.table({"a": [1]}), tmp_path / "gone" / "runs.parquet")
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(TracklayerError, match="cannot be written"):
        export.write_csv(pa.table({"a": [1]}), folder)
    assert list(tmp_path.iterdir()) == [folder]
