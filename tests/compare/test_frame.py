"""Several places, read side by side."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from threading import Barrier

import pytest

import tracklayer as tl
from tracklayer.api import connect
from tracklayer.compare import reading


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A store with two runs of `digits` and one of `letters`."""
    url = f"local:{tmp_path / 'store.db'}"
    for name, rate, loss in (("slow", 0.01, 0.5), ("quick", 0.1, math.nan)):
        with tl.start_run("digits", name=name, to=url, params={"lr": rate}) as run:
            run.log_metrics({"loss": loss, "acc": rate})
    with tl.start_run("letters", name="other", to=url):
        tl.log_metric("loss", 1.0)
    return url


def test_rows_of_all_places(place: str, tmp_path: Path) -> None:
    copy = f"local:{tmp_path / 'copy.db'}"
    tl.migrate(place, copy, experiment="digits")
    found = tl.compare([place, copy])
    assert found.places == (place, copy)
    assert found.failures == ()
    assert {row.run.name: len(row.copies) for row in found.rows} == {"slow": 2, "quick": 2, "other": 1}
    assert not any(row.differences for row in found.rows)
    assert found.metrics == {"loss": "min", "acc": "max"}


def test_only_what_is_asked_for(place: str) -> None:
    found = tl.compare([place], experiment="digits", filter="params.lr = '0.1'", metrics=["acc"])
    assert [row.run.name for row in found.rows] == ["quick"]
    assert found.metrics == {"acc": "max"}


def test_single_runs(place: str) -> None:
    with tl.connect(place) as client:
        slow, quick = (next(iter(client.runs(filter=f"run_name = '{name}'"))).id for name in ("slow", "quick"))
    found = tl.compare([tl.run_url(place, slow), tl.run_url(place, quick)])
    assert [row.run.name for row in found.rows] == ["slow", "quick"]
    assert found.places == (place,)
    assert {held.experiment for row in found.rows for held in row.copies} == {"digits"}


def test_a_place_that_fails_keeps_no_other(place: str, tmp_path: Path) -> None:
    gone = f"local:{tmp_path / 'gone.db'}"
    found = tl.compare([gone, place, f"{place}#nosuch"])
    assert found.places == (place,)
    assert len(found.rows) == 3
    assert [failure.place for failure in found.failures] == [gone, f"{place}#nosuch"]
    assert "there is no store" in found.failures[0].reason
    assert "nosuch" in found.failures[1].reason
    assert "\n" not in "".join(failure.reason for failure in found.failures)


def test_all_places_fail(tmp_path: Path) -> None:
    found = tl.compare([f"local:{tmp_path / name}.db" for name in "ab"])
    assert (found.places, found.rows, len(found.failures)) == ((), (), 2)


@pytest.mark.parametrize(
    ("urls", "arguments", "says"),
    [
        ([], {}, "nothing to compare"),
        (["nosuch:x"], {}, "unknown URL scheme 'nosuch'"),
        (["local:?"], {"filter": "loss <"}, "filter"),
        (["local:?"], {"metrics": ["los"]}, "no run has the metric 'los'; there are: acc, loss"),
    ],
)
def test_a_mistake_that_no_place_makes_good(
    place: str, urls: list[str], arguments: dict[str, object], says: str
) -> None:
    with pytest.raises(tl.InvalidInput, match=re.escape(says)):
        tl.compare([place if url == "local:?" else url for url in urls], **arguments)  # type: ignore[arg-type] # a mix


def test_places_are_read_at_the_same_time(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = f"local:{tmp_path / 'copy.db'}"
    tl.migrate(place, copy)
    together = Barrier(2, timeout=60)

    def meeting(url: str) -> tl.Client:
        together.wait()  # breaks when the second place waits for the first
        return connect(url)

    monkeypatch.setattr(reading, "connect", meeting)
    assert tl.compare([place, copy]).failures == ()


def test_json_holds_everything_and_is_json(place: str, tmp_path: Path) -> None:
    copy = f"local:{tmp_path / 'copy.db'}"
    tl.migrate(place, copy)
    with tl.connect(copy) as client:
        target = next(iter(client.runs("digits", filter="run_name = 'slow'")))
    with tl.start_run(resume=target.id, to=copy) as run:
        run.set_tag("later", "1")
    document = json.loads(tl.compare([place, copy, f"local:{tmp_path / 'gone.db'}"], experiment="digits").to_json())
    assert set(document) >= {"places", "rows", "metrics", "failures"}
    rows = {row["name"]: row for row in document["rows"]}
    assert rows["quick"]["metrics"]["loss"]["last"] == "NaN"
    assert rows["slow"]["params"] == {"lr": 0.01}
    assert [held["place"] for held in rows["slow"]["copies"]] == [place, copy]
    assert {"field": "tags.later", "values": [None, "1"], "approximate": None} in rows["slow"]["differences"]
    assert document["metrics"]["acc"]["direction"] == "max"
    best = document["metrics"]["acc"]["best"]
    assert [document["rows"][index]["name"] for index in best] == ["quick"]
    assert [failure["place"] for failure in document["failures"]] == [f"local:{tmp_path / 'gone.db'}"]
