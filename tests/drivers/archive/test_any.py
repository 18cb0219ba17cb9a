"""Any sequence of writes, seals and lost indexes leaves what a plain memory has, in the tables too."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.drivers.archive import outside

from tracklayer.drivers.archive import ArchiveDriver, check, points, staging
from tracklayer.drivers.local import chunks, series
from tracklayer.drivers.memory import MemoryDriver
from tracklayer.model import Batch, ExperimentDraft, Points, RunDraft, RunRef
from tracklayer.spi import Driver

#: What is done, to which of the runs, with what.
Doing = tuple[str, int, Any]

WHICH = st.integers(0, 2)
ROWS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 1), st.sampled_from([0.0, 1.0, math.nan])), max_size=25)
DOINGS = st.lists(
    st.one_of(
        st.tuples(st.just("points"), WHICH, ROWS),
        st.tuples(st.just("tag"), WHICH, st.text("ab", max_size=2)),
        st.tuples(st.just("file"), WHICH, st.binary(max_size=1)),
        st.tuples(st.sampled_from(["delete", "restore"]), WHICH, st.none()),
        st.tuples(st.sampled_from(["seal", "seal", "lose"]), WHICH, st.none()),
    ),
    max_size=16,
)


def made(driver: Driver) -> list[RunRef]:
    home = driver.create_experiment(ExperimentDraft(name="e"))
    return [driver.create_run(home.ref, RunDraft(token=str(number))).ref for number in range(3)]


def do(driver: Driver, run: RunRef, what: str, given: Any) -> None:
    """Do one thing, unless the run is deleted."""
    if what in {"delete", "restore"}:
        getattr(driver, what)(run)
    elif driver.get_run(run).deleted:
        return
    elif what == "points":
        driver.write(run, Batch(points=(Points.of("loss", given),)))
    elif what == "tag":
        driver.write(run, Batch(tags={"t": given}))
    else:
        driver.put_artifact(run, "f", BytesIO(given))


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    """Sizes that a few points overstep."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, size in (
            (staging, "PART", 2),
            (staging, "FILE", 40),
            (points, "GROUP", 16),
            (points, "KEPT", 2),
            (series, "SMALL", 3),
            (chunks, "MOST", 8),
        ):
            patch.setattr(module, name, size)
        yield


@given(doings=DOINGS)
@settings(max_examples=15, deadline=None)
def test_the_tables_have_what_a_plain_memory_has(doings: list[Doing]) -> None:
    with TemporaryDirectory() as folder:
        ours, plain = ArchiveDriver(Path(folder) / "a"), MemoryDriver()
        runs = {driver: made(driver) for driver in (ours, plain)}
        for what, which, given_ in doings:
            if what in {"seal", "lose"}:
                ours.close()
                if what == "lose" and ours.layout.manifest.exists():
                    shutil.rmtree(ours.layout.working, ignore_errors=True)
            else:
                for driver in (ours, plain):
                    do(driver, runs[driver][which], what, given_)
        assert outside.told(ours, "token") | {"runs": []} == outside.told(plain, "token") | {"runs": []}
        ours.close()
        assert outside.seen(ours.path) == outside.told(ours)
        ours.close()
        assert check(ours.path).findings == ()
