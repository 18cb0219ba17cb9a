"""The driver with all its layers: what does not fit Vertex comes back exactly, and no reader of the SDK's breaks."""

from __future__ import annotations

import json
import math
import random
from array import array
from datetime import datetime, timezone
from functools import partial
from typing import Any

import pytest
from tests.drivers.vertex.conftest import URL, Opener, Raw, experiment, run, whole

from tracklayer.drivers.vertex.driver import VertexDriver
from tracklayer.emulators.vertex import Knobs, VertexEmulator
from tracklayer.model import Batch, Dataset, Points, Run, Source, canonical, same
from tracklayer.spi import Driver, every

T0 = 1_772_600_767_000_000_000


def series(key: str, size: int) -> Points:
    """With NaN among its values, steps that occur twice, and negative ones."""
    noise = random.Random(key)  # noqa: S311 -- no secret
    values = array("d", (math.nan if number % 997 == 5 else noise.gauss(0, 1) for number in range(size)))
    steps = array("q", (number - number % 10 // 9 - 50 for number in range(size)))
    times = array("q", (T0 + number * 1_234_567 for number in range(size)))
    return Points(key=key, steps=steps, times=times, values=values)


def read(driver: Driver, made: Run, key: str) -> Points:
    return canonical(key, list(every(partial(driver.read_points, made.ref, key))))


@pytest.mark.parametrize("board", [True, False], ids=["with a TensorBoard", "without"])
def test_a_run_beyond_all_that_vertex_holds_comes_back_exactly(
    charted: VertexDriver, opened: Opener, board: bool
) -> None:
    driver = charted if board else opened("")
    layers = whole(driver)
    home = experiment(layers, name="Beyond 🚀")
    made = run(
        layers,
        home,
        name="All at once 🚀",
        started=datetime(1999, 12, 31, 23, 59, 59, 123_456, tzinfo=timezone.utc),
        source=Source(commit="4f1c", branch="main", dirty=True, command="python train.py " + "--x=1 " * 4_000),
        description="two\nlines" * 2_000,
        user="ada",
    )
    params: dict[str, Any] = {f"layer/{number}/units": number for number in range(5_994)}
    params |= {"long": "x" * 10_000, "flag": True, "rate": 0.1, "none": math.nan, "huge": 10**400, "minus": -0.0}
    tags = {"note": "a (b), {c}", "lines": "a\nb", **{f"t{number}": "x" * 400 for number in range(300)}}
    inputs = (Dataset(name="digits", digest="ab12", source="s3://b/digits", context="train"),)
    curves = {f"m{number}": series(f"m{number}", 10_000) for number in range(20)}
    layers.write(made.ref, Batch(params=params, tags=tags, inputs=inputs))
    layers.write(made.ref, Batch(points=tuple(curves.values())))
    layers.write(made.ref, Batch(status="finished"))
    other = whole(opened(driver.url))
    found = other.get_run(made.ref)
    assert len(found.params) == 6_000
    assert all(same(found.params[key], value) for key, value in params.items())
    assert str(found.params["minus"]) == "-0.0"
    assert found.tags == tags
    assert found.inputs == inputs
    assert (found.name, found.started, found.source, found.description, found.user) == (
        made.name, made.started, made.source, made.description, made.user,
    )  # fmt: skip
    for key, points in curves.items():
        assert read(other, made, key) == points


NASTY: dict[str, Any] = {
    "nan": math.nan, "inf": math.inf, "minus": -math.inf, "int": 3, "big": 2**80, "text": "NaN", "bool": True,
    "empty": "", " key ": " text ", "a.b/c[0]": '"quoted"', "é🚀": "\u202e", "nul": "a\x00b", "long": "x" * 20_000,
    "k" * 400: 1, "_params": 1, "_state": "x",
}  # fmt: skip


def finite(value: object) -> bool:
    """Is there no number in it that JSON does not have?"""
    json.dumps(value, allow_nan=False)
    return True


@pytest.mark.parametrize("status", ["running", "scheduled", "finished", "failed", "killed"])
def test_no_reader_of_the_sdk_breaks_over_a_run_of_ours(
    charted: VertexDriver, raw: Raw, emulator: VertexEmulator, status: Any
) -> None:
    emulator.tune(struct_nan="accepted")
    layers = whole(charted)
    made = run(layers, name="Nasty \n 🚀", status=status, tags={"t": "\x00"}, description="\n")
    layers.write(made.ref, Batch(params=NASTY))
    odd = [(step, T0, value) for step, value in enumerate((math.nan, math.inf, -math.inf))]
    layers.write(made.ref, Batch(points=(Points.of("odd", odd), Points.of("é🚀" * 50, [(-1, -1, 1.5)]))))
    layers.write(made.ref, Batch(status=status))
    context = raw.context(made.id)
    metadata = context["metadata"]
    assert finite(metadata)
    assert metadata.keys() >= {"_params", "_metrics", "_state"}
    assert metadata["_state"] in {"NEW", "RUNNING", "COMPLETE", "FAILED", "CANCELLED"}
    assert all(isinstance(value, (str, bool, int, float)) for value in metadata["_params"].values())
    assert all(isinstance(value, (int, float)) for value in metadata["_metrics"].values())
    assert context["displayName"] == made.id.removeprefix(f"{context['parentContexts'][0].rpartition('/')[2]}-")
    found = layers.get_run(made.ref)
    assert all(same(found.params[key], value) for key, value in NASTY.items())
    assert read(layers, made, "odd") == Points.of("odd", odd)


@pytest.mark.parametrize("knob", sorted({name for name, value in Knobs.otherwise() if getattr(Knobs(), name) != value}))
def test_whatever_google_leaves_open_may_be_either_way(
    emulator: VertexEmulator, raw: Raw, opened: Opener, knob: str
) -> None:
    emulator.reset()
    emulator.tune(**{knob: getattr(Knobs.otherwise(), knob)})
    url = f"{URL}&tensorboard={raw.board().rpartition('/')[2]}"
    layers = whole(opened(url))
    home = experiment(layers, tags={"t": "x" * 9_000})
    made = [run(layers, home, name=f"run {number}") for number in range(3)]
    batch = Batch(params={"p": 1, "q": "x" * 9_000}, points=(series("m", 3_000),), tags={"t": "1"}, status="finished")
    layers.write(made[0].ref, batch)
    layers.write(made[0].ref, batch)
    other = whole(opened(url))
    found = other.get_run(made[0].ref)
    assert (found.params, found.tags, found.status) == (batch.params, batch.tags, "finished")
    assert read(other, made[0], "m") == series("m", 3_000)
    layers.delete(made[1].ref)
    layers.delete(home.ref)
    assert other.list_experiments().items == ()
