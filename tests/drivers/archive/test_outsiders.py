"""Readers with no tracklayer: DuckDB and Polars read what was logged, with its types."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

import tracklayer as tl
from tracklayer.migrate import migrate
from tracklayer.model import Dataset

#: A value of each type that a param can have, by the column that holds it.
PARAMS = {"lr": 0.1, "never": math.nan, "epochs": 3, "huge": 10**30, "deep": True, "model": "mlp"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that was logged to as users do, by one run; and that a run was moved to from elsewhere."""
    root = tmp_path_factory.mktemp("outside") / "archive"
    with tl.start_run("vision", name="first", to=f"archive:{root}", params=PARAMS) as run:
        for step, value in enumerate([1.5, math.nan, -math.inf]):
            run.log_metric("loss", value, step=step - 1)
        run.log_text("weights", "a/b.txt")
        run.log_input(Dataset(name="train", digest="d1g35t"), context="train")
        run.set_tag("team", "blue")
    elsewhere = f"local:{root.parent}/store.db"
    with tl.start_run("moved", name="second", to=elsewhere) as run:
        run.log_metric("loss", 0.5)
    migrate(elsewhere, f"archive:{root}")
    with tl.connect(f"archive:{root}") as client:
        gone = client.driver.create_run(client.experiment("vision").ref, tl.model.RunDraft(token="gone"))
        client.delete(gone)
    return root


def sql(root: Path, query: str) -> list[tuple[Any, ...]]:
    """What DuckDB answers; `{name}` is a table."""
    tables = {folder.name: f"read_parquet('{folder}/*.parquet')" for folder in root.iterdir() if folder.is_dir()}
    return duckdb.connect().execute(query.format(**tables)).fetchall()


def test_duckdb_reads_runs_with_their_times(root: Path) -> None:
    rows = sql(
        root,
        "SELECT e.name, r.name, r.status, r.deleted, r.ended >= r.started, r.started > now() - INTERVAL 1 DAY"
        " FROM {runs} r JOIN {experiments} e USING (experiment_id) ORDER BY r.name NULLS LAST",
    )
    assert rows == [
        ("vision", "first", "finished", False, True, True),
        ("moved", "second", "finished", False, True, True),
        ("vision", None, "running", True, None, True),
    ]


def test_duckdb_reads_params_with_their_types(root: Path) -> None:
    rows = sql(root, "SELECT key, type, text, int_value, float_value, bool_value FROM {params} ORDER BY key")
    assert [(key, kind) for key, kind, *_ in rows] == sorted(
        (key, type(value).__name__) for key, value in PARAMS.items()
    )
    found = {key: (text, *values) for key, _, text, *values in rows}
    assert math.isnan(found.pop("never")[2])
    assert found == {
        "lr": ("0.1", None, 0.1, None),
        "epochs": ("3", 3, None, None),
        "huge": ("1" + 30 * "0", None, None, None),
        "deep": ("True", None, None, True),
        "model": ("mlp", None, None, None),
    }


def test_duckdb_finds_nan_and_infinity_among_points(root: Path) -> None:
    """Statistics in a file that leave NaN out would make it say that there is none."""
    (counts,) = sql(root, "SELECT count(*), sum(isnan(value)::INT), sum(isinf(value)::INT), min(step) FROM {points}")
    assert counts == (4, 1, 1, -1)


def test_polars_reads_points_with_both_their_times(root: Path) -> None:
    points = pl.read_parquet(root / "points")
    assert points.schema == {
        "run_id": pl.String,
        "key": pl.String,
        "step": pl.Int64,
        "time": pl.Datetime("us", "UTC"),
        "time_ns": pl.Int64,
        "value": pl.Float64,
    }
    loss = points.sort("run_id", "step").head(3)
    assert loss["step"].to_list() == [-1, 0, 1]
    assert str(loss["value"].to_list()) == "[1.5, nan, -inf]"
    assert (points["time"].dt.epoch("us") == points["time_ns"] // 1_000).all()
    assert abs(datetime.now(timezone.utc) - loss["time"][0]).days == 0


def test_polars_reads_the_other_tables(root: Path) -> None:
    runs = pl.read_parquet(root / "runs")
    of_first = pl.col("run_id") == runs.filter(pl.col("name") == "first")["run_id"][0]
    (artifact,) = pl.read_parquet(root / "artifacts").filter(of_first, path="a/b.txt").to_dicts()
    assert (root / artifact["file"]).read_text() == "weights"
    assert (artifact["size"], artifact["media_type"]) == (7, "text/plain")
    (source,) = pl.read_parquet(root / "inputs").select("name", "digest", "context").rows()
    assert source == ("train", "d1g35t", "train")
    assert pl.read_parquet(root / "tags").filter(of_first, key="team")["value"].to_list() == ["blue"]
    (loss,) = pl.read_parquet(root / "metrics").filter(of_first, key="loss").to_dicts()
    assert (loss["count"], loss["last"], loss["min"], loss["max"]) == (3, -math.inf, -math.inf, 1.5)


def test_where_a_moved_run_came_from_is_said(root: Path) -> None:
    assert sql(root, "SELECT name, origin.url, origin.experiment FROM {runs} WHERE NOT deleted ORDER BY name") == [
        ("first", None, None),
        ("second", f"local:{root.parent}/store.db", "moved"),
    ]


def test_the_manifest_is_json(root: Path) -> None:
    lines = [json.loads(line) for line in (root / "manifest.jsonl").read_text().splitlines()]
    assert (lines[0]["archive"], lines[0]["version"]) == ("tracklayer archive", 1)
    assert [line["previous"] for line in lines[1:]] == [line["sha256"] for line in lines[:-1]]
