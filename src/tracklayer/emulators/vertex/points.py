"""The data of time series: written, read in samples, exported whole."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracklayer.emulators.vertex.core import Core, Handler
from tracklayer.emulators.vertex.errors import ApiError, invalid, missing
from tracklayer.emulators.vertex.matching import ordered, test_of
from tracklayer.emulators.vertex.messages import Message, kind, make, set_time, time_of
from tracklayer.emulators.vertex.names import split
from tracklayer.emulators.vertex.paging import page_size

#: "The upper limit of data points per write request is 5000." types/tensorboard_service.py
WRITTEN = 5000
#: "The data point number limit is 1000 for scalars, 100 for tensors and blob references."
SAMPLE = {"scalar": 1000, "tensor": 100, "blobs": 100}
#: "This value can be changed by changing max_data_points, which can't be greater than 10k."
MOST_READ = 10_000
#: "Maximum of 20 TensorboardTimeSeries to read." https://github.com/googleapis/python-aiplatform/issues/3394
BATCH = 20
#: "The default page_size is 1000 ... Values above 10000 are coerced to 10000."
PAGE, LARGEST_PAGE = 1000, 10_000
#: TensorboardTimeSeries.ValueType -> the field of a point.
FIELDS = {1: "scalar", 2: "tensor", 3: "blobs"}
_UNITS = {"milliseconds": 1_000_000, "microseconds": 1_000, "nanoseconds": 1}


def _write_run(core: Core, asked: Message) -> Message:
    _put(core, _checked(core, asked))
    return make("WriteTensorboardRunDataResponse")


def _write_experiment(core: Core, asked: Message) -> Message:
    experiment = core.get(asked.tensorboard_experiment, "TensorboardExperiment").name
    total = sum(_size(request) for request in asked.write_run_data_requests)
    if core.knobs.experiment_write_cap != "none" and total > WRITTEN:
        raise _too_many(total)
    written: list[tuple[Message, Message]] = []
    for request in asked.write_run_data_requests:
        if core.name(request.tensorboard_run).rpartition("/runs/")[0] != experiment:
            raise invalid(f"TensorboardRun {request.tensorboard_run} is not in {experiment}.")
        written += _checked(core, request)
    _put(core, written)
    return make("WriteTensorboardExperimentDataResponse")


def _size(asked: Message) -> int:
    return sum(len(data.values) for data in asked.time_series_data)


def _too_many(size: int) -> ApiError:
    return invalid(f"The upper limit of data points per write request is {WRITTEN}: there are {size}.")


def _checked(core: Core, asked: Message) -> list[tuple[Message, Message]]:
    """(the series, what is written to it)."""
    run = core.get(asked.tensorboard_run, "TensorboardRun").name
    if _size(asked) > WRITTEN:
        raise _too_many(_size(asked))
    found = []
    for data in asked.time_series_data:
        series = core.get(f"{run}/timeSeries/{data.tensorboard_time_series_id}", "TensorboardTimeSeries")
        if data.value_type != series.value_type:
            raise invalid(
                f"The value_type {data.value_type} does not match the one of {series.name}: {series.value_type}."
            )
        field = FIELDS[series.value_type]
        if not all(point.HasField(field) for point in data.values):
            raise invalid(f"A data point of {series.name} has no {field}, which is its type.")
        found.append((series, data))
    return found


def _put(core: Core, written: Iterable[tuple[Message, Message]]) -> None:
    """Write: "repeated writes to the same step will overwrite the existing value for that step"."""
    unit = _UNITS[core.knobs.time_kept]
    for series, data in written:
        field, about, held = FIELDS[series.value_type], series.metadata, core.points[series.name]
        times = [time_of(about.max_wall_time)] if about.HasField("max_wall_time") else []
        for point in data.values:
            moment = time_of(point.wall_time) // unit * unit if point.HasField("wall_time") else None
            value: Any = point.scalar.value if field == "scalar" else type(getattr(point, field))()
            if field != "scalar":
                value.CopyFrom(getattr(point, field))
                _store_blobs(core, series.name, value)
                about.max_blob_sequence_length = max(about.max_blob_sequence_length, len(getattr(value, "values", ())))
            held[point.step] = (moment, value)
            times += [] if moment is None else [moment]
        about.max_step = max(held, default=0)
        if times:
            set_time(about.max_wall_time, max(times))


def _store_blobs(core: Core, series: str, value: Message) -> None:
    """Blobs go elsewhere, and the point keeps their ids."""
    for blob in getattr(value, "values", ()):
        blob.id = blob.id or uuid.uuid4().hex
        core.blobs[series, blob.id] = blob.data
        blob.ClearField("data")


def _point(field: str, step: int, moment: int | None, value: Any) -> Message:
    point = kind("TimeSeriesDataPoint")(step=step)
    if moment is not None:
        set_time(point.wall_time, moment)
    if field == "scalar":
        point.scalar.SetInParent()
        point.scalar.value = value
    else:
        getattr(point, field).CopyFrom(value)
    return point


def _sampled(core: Core, series: Message, most: int) -> Message:
    """A series, thinned to a random sample where it is longer than `most`, by step."""
    field, held = FIELDS[series.value_type], core.points.get(series.name, {})
    steps = sorted(held)
    if len(steps) > most:
        source = core.drawn("sample", series.name, len(steps))
        chosen = set(source.sample(range(len(steps)), most))
        if core.knobs.sample_keeps_last == "yes" and len(steps) - 1 not in chosen:
            chosen.remove(min(chosen))
            chosen.add(len(steps) - 1)
        steps = [steps[place] for place in sorted(chosen)]
    return make(
        "TimeSeriesData",
        tensorboard_time_series_id=split(series.name)[2],
        value_type=series.value_type,
        values=[_point(field, step, *held[step]) for step in steps],
    )


def _batch_read(core: Core, asked: Message) -> Message:
    board = core.get(asked.tensorboard, "Tensorboard").name
    if not 1 <= len(asked.time_series) <= BATCH:
        raise invalid(f"Maximum of {BATCH} TensorboardTimeSeries to read.")
    found = [core.get(name, "TensorboardTimeSeries") for name in asked.time_series]
    for series in found:
        if not series.name.startswith(f"{board}/"):
            raise invalid(f"TensorboardTimeSeries {series.name} is not in {board}.")
    data = [_sampled(core, series, SAMPLE[FIELDS[series.value_type]]) for series in found]
    return make("BatchReadTensorboardTimeSeriesDataResponse", time_series_data=data)


def _read(core: Core, asked: Message) -> Message:
    series = core.get(asked.tensorboard_time_series, "TensorboardTimeSeries")
    most = asked.max_data_points or SAMPLE["scalar"]
    if most < -1 or most > MOST_READ:
        raise invalid(f"max_data_points is -1 or a positive integer up to {MOST_READ}: not {most}.")
    if most == -1:
        most = 2**63 if core.knobs.read_all == "all" else MOST_READ
    data = _sampled(core, series, most)
    if asked.filter:
        test = test_of(core, "points", asked.filter)
        kept = [point for point in data.values if test(point)]
        del data.values[:]
        data.values.extend(kept)
    return make("ReadTensorboardTimeSeriesDataResponse", time_series_data=data)


def _export(core: Core, asked: Message) -> Message:
    """All points, "in a pseudo random order" where order_by does not say."""
    series = core.get(asked.tensorboard_time_series, "TensorboardTimeSeries")
    size = page_size(asked.page_size, default=PAGE, most=LARGEST_PAGE, refuse=False)
    field, held = FIELDS[series.value_type], core.points.get(series.name, {})

    def found() -> Sequence[tuple[int, int | None, Any]]:
        return _exported(core, asked, series.name, [(step, *held[step]) for step in held])

    question = ("export", series.name, asked.filter, asked.order_by)
    page, token = core.pages.take(question, lambda: list(found()), size, asked.page_token)
    points = [_point(field, *row) for row in page]
    return make("ExportTensorboardTimeSeriesDataResponse", time_series_data_points=points, next_page_token=token)


class _Row:
    """A point as filters and order_by see it."""

    def __init__(self, row: tuple[int, int | None, Any]) -> None:
        self.row = row
        self.step = row[0]
        self.wall_time = kind("TimeSeriesDataPoint")().wall_time
        if row[1] is not None:
            set_time(self.wall_time, row[1])


def _exported(
    core: Core, asked: Message, name: str, rows: list[tuple[int, int | None, Any]]
) -> Sequence[tuple[int, int | None, Any]]:
    core.drawn("export", name, len(rows)).shuffle(rows)
    if asked.filter.strip() or "wall_time" in asked.order_by:
        test = test_of(core, "points", asked.filter)
        kept = ordered("points", asked.order_by, [one for one in map(_Row, rows) if test(one)])
        return [one.row for one in kept]
    if asked.order_by.split() in (["step"], ["step", "asc"]):
        return sorted(rows, key=lambda row: row[0])
    return [one.row for one in ordered("points", asked.order_by, list(map(_Row, rows)))] if asked.order_by else rows


def _read_blobs(core: Core, asked: Message) -> Iterable[Message]:
    """A stream of one answer."""
    series = core.get(asked.time_series, "TensorboardTimeSeries").name
    blobs = []
    for number in asked.blob_ids:
        if (series, number) not in core.blobs:
            raise missing("ReadTensorboardBlobData", "TensorboardBlob", number)
        blobs.append(make("TensorboardBlob", id=number, data=core.blobs[series, number]))
    return [make("ReadTensorboardBlobDataResponse", blobs=blobs)]


def _usage(core: Core, asked: Message) -> Message:
    core.get(asked.tensorboard, "Tensorboard")
    return make("ReadTensorboardUsageResponse")


def _stored(core: Core, asked: Message) -> Message:
    """8 bytes of step, 8 of time and 8 of value for each point: Google does not say what it counts."""
    board = core.get(asked.tensorboard, "Tensorboard").name
    size = sum(24 * len(held) for name, held in core.points.items() if name.startswith(f"{board}/"))
    return make("ReadTensorboardSizeResponse", storage_size_byte=size)


HANDLERS: Mapping[str, Handler] = {
    "WriteTensorboardRunData": _write_run,
    "WriteTensorboardExperimentData": _write_experiment,
    "BatchReadTensorboardTimeSeriesData": _batch_read,
    "ReadTensorboardTimeSeriesData": _read,
    "ExportTensorboardTimeSeriesData": _export,
    "ReadTensorboardBlobData": _read_blobs,
    "ReadTensorboardUsage": _usage,
    "ReadTensorboardSize": _stored,
}
