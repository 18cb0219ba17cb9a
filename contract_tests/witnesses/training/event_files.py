"""What TensorBoard's and tensorboardX's writers leave, and what TensorBoard's own reader finds there."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.histogram import summary_v2 as histogram
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
from tensorboard.plugins.hparams import summary_v2 as hparams
from tensorboard.plugins.scalar import summary_v2 as scalar
from tensorboard.plugins.text import summary_v2 as text
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util
from tensorboardX import SummaryWriter

#: Seconds: the time of the first event that has one of its own.
BEGAN = 1_700_000_000.25


def write(folder: Path) -> None:
    """A folder of logs: runs by either writer, one below another, in one file and in two."""
    with SummaryWriter(str(folder / "plain")) as writer:
        for step in range(200):
            writer.add_scalar("train/loss", 1 / (step + 1), step, walltime=BEGAN + step)
        writer.add_scalar("odd", math.nan, 0, walltime=BEGAN)
        writer.add_scalar("odd", math.inf, 3, walltime=BEGAN)
        writer.add_scalar("odd", -math.inf, 3, walltime=BEGAN)
        writer.add_scalar("ünïcode", 2.5, -4, walltime=BEGAN)
        writer.add_text("note", "**bold** text", 0, walltime=BEGAN)
        writer.add_text("said", "first", 0, walltime=BEGAN)
        writer.add_text("said", "second", 1, walltime=BEGAN + 1)
        writer.add_histogram("weights", np.arange(10), 0)
        writer.add_image("picture", np.zeros((3, 4, 4), dtype=np.uint8), 0)
        writer.add_hparams(
            {"lr": 0.1, "batch": 32, "model": "svm", "shuffle": True}, {"hparam/accuracy": 0.9}, name="tried"
        )
    writer = SummaryWriter(str(folder / "plain" / "validation"))
    writer.add_scalar("loss", 0.5, 1, walltime=BEGAN)
    writer.close()
    for part in range(2):
        modern = EventFileWriter(str(folder / "modern"), filename_suffix=f".{part}")
        if not part:
            start = hparams.hparams_pb({"units": 64, "activation": "relu", "bias": False}, "trial", BEGAN)
            _add(modern, start, 0, BEGAN)
        for step in range(part * 50, part * 50 + 50):
            made = scalar.scalar_pb("loss", 0.1 * step)
            if step:  # the writer says once what a tag is
                made.value[0].ClearField("metadata")
            _add(modern, made, step, BEGAN + step)
        if part:
            end = plugin_data_pb2.SessionEndInfo(status=api_pb2.STATUS_SUCCESS, end_time_secs=BEGAN + 100)
            data = plugin_data_pb2.HParamsPluginData(session_end_info=end)
            _add(modern, hparams._summary_pb("_hparams_/session_end_info", data), 0, BEGAN + 100)
        else:
            _add(modern, text.text_pb("config", "a: 1"), 0, BEGAN)
            _add(modern, histogram.histogram_pb("h", np.arange(5.0)), 0, BEGAN)
        doubled = Summary(value=[Summary.Value(tag="double", tensor=tensor_util.make_tensor_proto(np.float64(0.1)))])
        doubled.value[0].metadata.CopyFrom(scalar.scalar_pb("double", 1).value[0].metadata)
        _add(modern, doubled, part, BEGAN)
        modern.close()
    (folder / "modern" / "hparams.yaml").write_text("units: 64\n")


def _add(writer: EventFileWriter, summary: Summary, step: int, time: float) -> None:
    writer.add_event(Event(summary=summary, step=step, wall_time=time))


def read(folder: Path) -> dict[str, Any]:
    """The scalars of each run, as TensorBoard's own reader gives them: run -> tag -> step, seconds, value."""
    found = {}
    for place in sorted({path.parent for path in folder.rglob("*tfevents*")}):
        given = EventAccumulator(str(place), size_guidance={"scalars": 0, "tensors": 0})
        given.Reload()
        series = {tag: [[e.step, e.wall_time, e.value] for e in given.Scalars(tag)] for tag in given.Tags()["scalars"]}
        for tag in given.Tags()["tensors"]:
            if given.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
                series[tag] = [
                    [e.step, e.wall_time, float(tensor_util.make_ndarray(e.tensor_proto))] for e in given.Tensors(tag)
                ]
        found[place.relative_to(folder).as_posix()] = series
    return found
