"""No run that ours writes breaks a reader of the official SDK: not itself, and not the data frame of its experiment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from contract_tests.samples import NAMES, TEXTS
from contract_tests.witnesses import cloud
from contract_tests.witnesses.sdk import Sdk
from tests.drivers.vertex.interop.conftest import Speaker, new_name

import tracklayer as tl
from tracklayer.emulators.stage import Stage
from tracklayer.model import Batch, Points, Run, RunDraft, RunRef

MOMENT = int(datetime(2026, 3, 1, tzinfo=timezone.utc).timestamp() * 1e9)
NUMBERS: dict[str, Any] = {
    "nan": math.nan, "inf": math.inf, "-inf": -math.inf, "-0.0": -0.0, "tiny": 5e-324, "huge": 1.7e308, "big": 2**70,
    "beyond a double": 2**53 + 1, "int": 7, "float": 7.0, "text": "7", "yes": True, "no": False,
}  # fmt: skip
NAMED = dict(zip(NAMES, TEXTS * 3, strict=False))
ODD = [
    Points.of("odd", [(-5, MOMENT, math.nan), (-4, MOMENT, math.inf), (0, MOMENT, -math.inf), (3, MOMENT, -0.0)]),
    Points.of("only nan", [(0, MOMENT, math.nan)]),
    Points.of("same step", [(1, MOMENT, 1.0), (1, MOMENT, 2.0), (1, MOMENT + 1, math.nan)]),
    Points.of("far", [(2**62, MOMENT, 1.0), (-(2**62), MOMENT, 2.0)]),
    Points.of("old", [(0, -1, 1.0), (1, 0, 2.0), (2, 10**18, 3.0)]),
    *(Points.of(f"{name} m", [(1, MOMENT, 0.5)]) for name in NAMES),
]
LINES = "\x00\n\t\x7f \u2028 \U0001f9ea ü"


def runs_of(client: tl.Client, experiment: str) -> dict[str, RunRef]:
    """A run for each way to be odd, by its name."""
    home = client.create_experiment(experiment, tags={"käy": "v" * 500, " ": ""}, description="of\nmany lines")
    driver = client.driver

    def made(name: str, *batches: Batch, **draft: Any) -> RunRef:
        ref = driver.create_run(home.ref, RunDraft(token=f"{experiment} {name}", name=name, **draft)).ref
        for batch in batches:
            driver.write(ref, batch)
        return ref

    runs = {status: made(status, Batch(status=status)) for status in ("finished", "failed", "killed", "running")}
    runs["scheduled"] = made("scheduled", status="scheduled")
    runs["numbers"] = made("numbers", Batch(params=NUMBERS), Batch(status="finished"))
    runs["names"] = made("names", Batch(params=NAMED, tags={f"{name}.": text for name, text in NAMED.items()}))
    runs["many"] = made("many", Batch(params={f"p{number}": float(number) for number in range(6_000)}))
    runs["long"] = made("long", Batch(params={"long": "x" * 300_000, "lines": LINES}), description=LINES)
    runs["points"] = made("points", Batch(points=tuple(ODD)))
    runs["more points"] = made("more points", *(Batch(points=(one,)) for one in ODD[:5]), Batch(status="killed"))
    runs["nothing\n at <all>"] = made("nothing\n at <all>")
    return runs


@dataclass(frozen=True)
class Odd:
    """An experiment of odd runs; to be read only."""

    url: str
    experiment: str
    runs: dict[str, RunRef]


def _odd(url: str, stage: Stage, folder: Path) -> Odd:
    name = new_name()
    with cloud.inside(stage, folder), tl.connect(url) as client:
        return Odd(url, name, runs_of(client, name))


@pytest.fixture(scope="session")
def odd_charted(stage: Stage, charted_url: str, tmp_path_factory: pytest.TempPathFactory) -> Odd:
    return _odd(charted_url, stage, tmp_path_factory.mktemp("journal"))


@pytest.fixture(scope="session")
def odd_plain(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Odd:
    return _odd(stage.places["vertex"], stage, tmp_path_factory.mktemp("journal"))


@pytest.fixture(params=["charted", "plain"])
def odd(request: pytest.FixtureRequest) -> Odd:
    """With a TensorBoard and without."""
    found: Odd = request.getfixturevalue(f"odd_{request.param}")
    return found


def told(run: Run) -> dict[str, str]:
    """All of a run, comparable: NaN is NaN, and params have no order, which a Struct does not keep."""
    given = {field: getattr(run, field) for field in type(run).model_fields}
    return {
        field: repr(sorted(value.items()) if isinstance(value, Mapping) else value) for field, value in given.items()
    }


def test_the_official_sdk_reads_every_odd_run(odd: Odd, every_sdk: Speaker) -> None:
    runs, asked = odd.runs, {"experiment": odd.experiment}
    with tl.connect(odd.url) as place:
        before = {name: told(place.run(ref.id)) for name, ref in runs.items()}
        assert len(every_sdk.ask("frame", series=False, **asked)) == len(runs)
        rows = {row["run_name"]: row for row in every_sdk.ask("frame", **asked)}
        listed = {one["id"]: one for one in every_sdk.ask("list_runs", **asked)}
        after = {name: told(place.run(ref.id)) for name, ref in runs.items()}
    assert after == before, "reading has changed nothing"
    assert set(listed) == {ref.id for ref in runs.values()}
    assert set(rows) == {one["name"] for one in listed.values()}
    states = {name: listed[ref.id]["state"] for name, ref in runs.items()}
    assert [states[name] for name in ("finished", "failed", "killed", "running", "scheduled")] == [
        "COMPLETE", "FAILED", "CANCELLED", "RUNNING", "NEW"
    ]  # fmt: skip
    numbers = listed[runs["numbers"].id]["params"]
    assert numbers["huge"] == 1.7e308
    assert (numbers["int"], numbers["text"], numbers["yes"], numbers["no"]) == (7.0, "7", True, False)
    assert {numbers["nan"], numbers["inf"], numbers["-inf"]} == {"nan", "inf", "-inf"}
    assert listed[runs["many"].id]["params"]["p0"] == 0.0


@pytest.fixture(params=["charted", "plain"])
def place(request: pytest.FixtureRequest) -> tl.Client:
    """With a TensorBoard and without."""
    found: tl.Client = request.getfixturevalue("client" if request.param == "charted" else "plain")
    return found


def test_the_official_sdk_goes_on_with_every_odd_run(place: tl.Client, vertex2: Sdk, experiment: str) -> None:
    """Over gRPC: over REST it is the same code above the transport."""
    runs = runs_of(place, experiment)
    before = {name: place.run(ref.id) for name, ref in runs.items()}
    for name, ref in runs.items():
        vertex2.ask(
            "write_run", transport="grpc", experiment=experiment, run=ref.id.removeprefix(f"{experiment}-"),
            resume=True, params={"theirs": 1.5}, metrics={"their metric": 2.5},
        )  # fmt: skip
        after, was = place.run(ref.id), before[name]
        assert (after.name, after.status, after.tags) == (name, "finished", was.tags)
        assert told(after)["params"] == repr(sorted({**was.params, "theirs": 1.5}.items()))
        assert after.metrics["their metric"].last == 2.5
        assert {key: repr(after.metrics[key]) for key in was.metrics} == {
            key: repr(one) for key, one in was.metrics.items()
        }
    assert len(vertex2.ask("frame", transport="grpc", experiment=experiment)) == len(runs)


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"_params": {"a": 1}},
        {"_params": {"a": None, "b": [1, "x"], "c": {"d": 1}, "": 2, "ok": 1.5}, "_metrics": {"m": None, "n": [1]}},
        {"_params": {}, "_metrics": {}, "_state": "FINISHED"},
        {"_state": 3, "_metrics": {"m": "text", "n": True}},
        {"_params": {"a": 1}, "_metrics": {"m": 1}, "_state": "RUNNING", "_tl": "not ours", "_tl_token": 7},
        {"_params": {"a": 1}, "_metrics": {"m": 1}, "_state": "RUNNING", "_tl": {"tags": [1], "points": {"m": "x"}}},
    ],
    ids=["empty", "params only", "null and lists", "unknown state", "number as state", "text as record", "bad record"],
)
def test_a_run_of_somebody_else_s_is_read_and_mended(
    place: tl.Client, google_api: Sdk, vertex2: Sdk, experiment: str, metadata: dict[str, Any]
) -> None:
    """Whatever a third party left: ours reads it; and once ours has written to it the official SDK can, too."""
    place.create_experiment(experiment)
    made = google_api.ask("write_run", experiment=experiment, run="odd", metadata=metadata)["name"].rpartition("/")[2]
    read = place.run(made)
    assert (read.id, read.name) == (made, "odd")
    assert [run.id for run in place.runs(experiment)] == [made]
    with place.start_run(resume=made) as run:
        run.log_param("ours", 2)
        run.log_metric("curve", 0.5, step=1)
    after = place.run(made)
    assert (after.status, after.params["ours"], after.metrics["curve"].last) == ("finished", 2, 0.5)
    assert after.params == {**read.params, "ours": 2}
    vertex2.ask(
        "write_run", transport="grpc", experiment=experiment, run="odd", resume=True, params={"theirs": 1.5},
        metrics={"their metric": 2.5},
    )  # fmt: skip
    seen = vertex2.ask("read_run", transport="grpc", experiment=experiment, run="odd")
    assert (seen["state"], seen["params"]["ours"], seen["params"]["theirs"]) == ("COMPLETE", 2.0, 1.5)
    assert len(vertex2.ask("frame", transport="grpc", experiment=experiment)) == 1
