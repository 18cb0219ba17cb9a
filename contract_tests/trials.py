"""How each limit of a provider is tried: something of a given size is written, and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from uuid import uuid4

from contract_tests.place import Place, unique
from contract_tests.samples import T0, curve

from tracklayer.model import Batch, Dataset, ExperimentDraft, Points, Query, Run, RunDraft, canonical
from tracklayer.spi import Driver, Feature, every

#: Given a driver (bare, or the stack) and a size: what was written, and what was read back.
Trial = Callable[[Place, Driver, int], tuple[object, object]]


@dataclass(frozen=True)
class Limit:
    """A field of `Limits` or, with a dot, of `Names`; how it is tried; and what it takes to try it."""

    name: str
    trial: Trial
    needs: tuple[Feature, ...] = ()
    #: What to try where no limit is known.
    large: int = 50_000


def _run(place: Place, driver: Driver, **fields: object) -> Run:
    return driver.create_run(place.shared, RunDraft(**{"token": uuid4().hex} | fields))


def _written(place: Place, driver: Driver, batch: Batch) -> tuple[Batch, Run]:
    run = _run(place, driver)
    driver.write(run.ref, batch)
    return batch, driver.get_run(run.ref)


def _param_value(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    batch, read = _written(place, driver, Batch(params={"p": "x" * size}))
    return batch.params["p"], read.params["p"]


def _tag_value(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    batch, read = _written(place, driver, Batch(tags={"t": "x" * size}))
    return batch.tags["t"], read.tags["t"]


def _description(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    batch, read = _written(place, driver, Batch(description="x" * size))
    return batch.description, read.description


def _experiment_description(_: Place, driver: Driver, size: int) -> tuple[object, object]:
    made = driver.create_experiment(ExperimentDraft(name=unique("limit"), description="x" * size))
    return "x" * size, driver.get_experiment(made.ref).description


def _experiment_tag_value(_: Place, driver: Driver, size: int) -> tuple[object, object]:
    made = driver.create_experiment(ExperimentDraft(name=unique("limit"), tags={"t": "x" * size}))
    return "x" * size, driver.get_experiment(made.ref).tags["t"]


def _experiment_tags(_: Place, driver: Driver, size: int) -> tuple[object, object]:
    tags = {f"t{number}": "x" for number in range(size)}
    made = driver.create_experiment(ExperimentDraft(name=unique("limit"), tags=tags))
    return tags, driver.get_experiment(made.ref).tags


def _dataset(field: str, place: Place, driver: Driver, size: int) -> tuple[object, object]:
    dataset = Dataset(**{"name": unique("limit"), "digest": "1", field: "x" * size})
    _, read = _written(place, driver, Batch(inputs=(dataset,)))
    return "x" * size, getattr(read.inputs[0], field)


def _params(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    batch, read = _written(place, driver, Batch(params={f"p{number}": "x" for number in range(size)}))
    return batch.params, read.params


def _tags(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    batch, read = _written(place, driver, Batch(tags={f"t{number}": "x" for number in range(size)}))
    return batch.tags, read.tags


def _one_by_one(kind: str, place: Place, driver: Driver, size: int) -> tuple[object, object]:
    bound = getattr(place.traits.limits, f"{kind}_per_write")
    run, step = _run(place, driver), 50 if bound is None else bound.most
    for start in range(0, size, step):
        part = {f"k{number}": "x" for number in range(start, min(size, start + step))}
        driver.write(run.ref, Batch(**{kind: part}))
    return {f"k{number}": "x" for number in range(size)}, getattr(driver.get_run(run.ref), kind)


def _bytes_per_run(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    """Params of 100 bytes each, and one that fills up what is left: `size` bytes in all."""
    keys, text = (f"p{number:07}" for number in range(size)), "x" * (100 - 32 - 8)
    whole, rest = divmod(size - 100, 100)
    params = {next(keys): text for _ in range(whole)} | {next(keys): text + "x" * rest}
    bound, run = place.traits.limits.params_per_write, _run(place, driver)
    step, names = 50 if bound is None else bound.most, list(params)
    for start in range(0, len(names), step):
        driver.write(run.ref, Batch(params={name: params[name] for name in names[start : start + step]}))
    return params, driver.get_run(run.ref).params


def _points(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    run = _run(place, driver)
    driver.write(run.ref, Batch(points=(curve("m", size),)))
    return curve("m", size), canonical("m", list(every(partial(driver.read_points, run.ref, "m"))))


def _items(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    few = min(20, size // 3)
    params, tags = {f"p{number}": "x" for number in range(few)}, {f"t{number}": "x" for number in range(few)}
    batch, read = _written(place, driver, Batch(params=params, tags=tags, points=(curve("m", size - 2 * few),)))
    points = canonical("m", list(every(partial(driver.read_points, read.ref, "m"))))
    return (batch.params, batch.tags, *batch.points), (read.params, read.tags, points)


def _runs_page(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    made = {driver.create_run(place.home, RunDraft(token=uuid4().hex)).id for _ in range(3)}
    query = Query(experiments=(place.home,), page_size=size)
    return made, {run.id for run in every(partial(driver.list_runs, query))} & made


def _points_page(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    run, whole = _run(place, driver), curve("m", size)
    bound = place.traits.limits.points_per_write
    step = 500 if bound is None else bound.most
    for start in range(0, size, step):
        driver.write(run.ref, Batch(points=(whole.cut(start, start + step),)))
    return whole, canonical("m", list(every(partial(driver.read_points, run.ref, "m"))))


def _experiment_name(_: Place, driver: Driver, size: int) -> tuple[object, object]:
    name = unique("").ljust(size, "x")
    return name, driver.get_experiment(driver.create_experiment(ExperimentDraft(name=name)).ref).name


def _run_name(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    return "x" * size, driver.get_run(_run(place, driver, name="x" * size).ref).name


def _experiment_tag(_: Place, driver: Driver, size: int) -> tuple[object, object]:
    tags = {"x" * size: "v"}
    made = driver.create_experiment(ExperimentDraft(name=unique("limit"), tags=tags))
    return tags, driver.get_experiment(made.ref).tags


def _key(kind: str, place: Place, driver: Driver, size: int) -> tuple[object, object]:
    batch, read = _written(place, driver, Batch(**{kind: {"x" * size: "v"}}))
    return getattr(batch, kind), getattr(read, kind)


def _metric(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    _, read = _written(place, driver, Batch(points=(curve("x" * size, 1),)))
    return {"x" * size}, set(read.metrics)


def _point_time(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    run, points = _run(place, driver), Points.of("m", [(0, T0 + size, 0.5)])
    driver.write(run.ref, Batch(points=(points,)))
    return points, canonical("m", list(every(partial(driver.read_points, run.ref, "m"))))


def _run_time(place: Place, driver: Driver, size: int) -> tuple[object, object]:
    started = datetime(2026, 3, 4, tzinfo=timezone.utc) + timedelta(microseconds=size // 1_000)
    return started, driver.get_run(_run(place, driver, started=started).ref).started


LIMITS = [
    Limit("param_value", _param_value),
    Limit("tag_value", _tag_value),
    Limit("experiment_tag_value", _experiment_tag_value),
    Limit("description", _description, (Feature.DESCRIPTION,)),
    Limit("experiment_description", _experiment_description, (Feature.DESCRIPTION,)),
    Limit("dataset_name", partial(_dataset, "name"), (Feature.DATASETS,)),
    Limit("dataset_digest", partial(_dataset, "digest"), (Feature.DATASETS,)),
    Limit("dataset_source", partial(_dataset, "source"), (Feature.DATASETS,)),
    Limit("dataset_columns", partial(_dataset, "columns"), (Feature.DATASETS,)),
    Limit("tags_per_experiment", _experiment_tags, large=300),
    Limit("params_per_run", partial(_one_by_one, "params"), large=300),
    Limit("tags_per_run", partial(_one_by_one, "tags"), large=300),
    Limit("bytes_per_run", _bytes_per_run, large=100_000),
    Limit("params_per_write", _params, large=2_000),
    Limit("tags_per_write", _tags, large=2_000),
    Limit("points_per_write", _points, (Feature.METRIC_HISTORY,), large=20_000),
    Limit("items_per_write", _items, (Feature.METRIC_HISTORY,), large=5_000),
    Limit("runs_per_page", _runs_page, large=100_000),
    Limit("points_per_page", _points_page, (Feature.METRIC_HISTORY,), large=2_000),
    Limit("experiment.longest", _experiment_name, large=2_000),
    Limit("run.longest", _run_name, large=2_000),
    Limit("param.longest", partial(_key, "params"), large=2_000),
    Limit("tag.longest", partial(_key, "tags"), large=2_000),
    Limit("experiment_tag.longest", _experiment_tag, large=2_000),
    Limit("metric.longest", _metric, large=2_000),
]
CLOCKS = [
    Limit("point_time_unit", _point_time, (Feature.METRIC_HISTORY, Feature.METRIC_TIME)),
    Limit("run_time_unit", _run_time, (Feature.BACKDATING,)),
]
