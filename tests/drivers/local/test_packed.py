"""A run that has ended is listed from one row: it is the same run, and stays it whatever is changed afterwards."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tracklayer.drivers.local import LocalDriver, schema
from tracklayer.model import Batch, ParamValue, Points, Query, RunRef

PARAMS: Mapping[str, ParamValue] = {
    "bool": True,
    "int": 1,
    "large": 2**63 - 1,
    "float": 1.0,
    "minus": -0.0,
    "nan": math.nan,
    "infinite": math.inf,
    "text": "1",
    "nul": "a\0b",
}
POINTS = (
    Points.of("loss", [(0, 5, 0.25), (1, 6, math.nan)]),
    Points.of("only nan", [(0, 5, math.nan)]),
    Points.of("-0", [(3, 5, -0.0)]),
    Points.of("infinite", [(-1, 5, -math.inf)]),
)


def packed(path: Path) -> bool:
    """Is the one run of the store read from its row?"""
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT packed FROM runs").fetchone()[0] is not None


def seen(driver: LocalDriver, run: RunRef) -> str:
    """The run as it is listed, which is as it is got."""
    found = driver.get_run(run)
    (listed,) = driver.list_runs(Query(experiments=(found.experiment,))).items
    assert repr(listed) == repr(found)
    return repr(listed)


def from_tables(driver: LocalDriver, run: RunRef, path: Path) -> str:
    """The same, read from the tables."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE runs SET packed = NULL")
        db.commit()
    return seen(driver, run)


def test_it_is_as_its_tables_say(driver: LocalDriver, run: RunRef, path: Path) -> None:
    driver.write(run, Batch(params=PARAMS, points=POINTS, tags={"a": "b"}))
    assert not packed(path)
    driver.write(run, Batch(status="finished"))
    assert packed(path)
    assert seen(driver, run) == from_tables(driver, run, path)


@pytest.mark.parametrize(
    "late",
    [
        Batch(params={"late": 1}),
        Batch(params={"int": 2}, overwrite=True),
        Batch(points=(Points.of("late", [(0, 1, 1.0)]),)),
        Batch(points=(Points.of("loss", [(7, 8, 9.0)]),)),
        Batch(points=(Points.of("loss", [(0, 6, -9.0)]),)),
    ],
)
def test_what_comes_later_is_seen(driver: LocalDriver, run: RunRef, path: Path, late: Batch) -> None:
    driver.write(run, Batch(params=PARAMS, points=POINTS, status="failed"))
    before = seen(driver, run)
    driver.write(run, late)
    assert not packed(path)
    after = seen(driver, run)
    assert after != before
    driver.write(run, Batch(status="finished"))
    assert packed(path)
    assert seen(driver, run) == after.replace("'failed'", "'finished'") == from_tables(driver, run, path)


def test_what_changes_neither_params_nor_metrics_leaves_it(driver: LocalDriver, run: RunRef, path: Path) -> None:
    driver.write(run, Batch(params=PARAMS, points=POINTS, status="finished"))
    driver.write(run, Batch(name="another", tags={"late": "x"}, points=POINTS[1:]))
    driver.write(run, Batch(status="running"))
    driver.delete(run)
    driver.restore(run)
    assert "another" in seen(driver, run)
    assert seen(driver, run) == from_tables(driver, run, path)


def test_an_integer_beyond_64_bits_is_read_from_its_table(driver: LocalDriver, run: RunRef, path: Path) -> None:
    driver.write(run, Batch(params={"huge": 2**70}, status="finished"))
    assert not packed(path)
    assert str(2**70) in seen(driver, run)


def test_a_store_from_before_is_brought_forward(driver: LocalDriver, run: RunRef, path: Path) -> None:
    driver.write(run, Batch(params=PARAMS, points=POINTS, status="finished"))
    before = seen(driver, run)
    driver.close()
    with closing(sqlite3.connect(path)) as db:
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute("ALTER TABLE runs DROP COLUMN packed")
        db.execute("PRAGMA user_version=1")
    with closing(LocalDriver.open(f"local:{path}")) as again:
        assert seen(again, run) == before
        assert not packed(path)
        again.write(run, Batch(status="finished"))
        assert packed(path)
        assert seen(again, run) == before
    assert len(schema.MIGRATIONS) == 2
