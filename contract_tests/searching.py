"""Runs to search in, and what plain Python says of them: the answer that every provider must give."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from contract_tests.offered import offered_batch
from contract_tests.place import Place
from contract_tests.samples import MS, T0

from tracklayer.model import Batch, Dataset, ExperimentRef, ParamValue, Points, Run, Status
from tracklayer.spi import Feature

START = datetime(2026, 3, 4, 5, 6, 7, 891_000, tzinfo=timezone.utc)
LONG = "long " * 3_000 + "needle" + " long" * 3_000


@dataclass(frozen=True)
class Row:
    """One run in plain terms. `metrics`: the last value of each."""

    name: str
    status: Status = "running"
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    datasets: tuple[tuple[str, str], ...] = ()  # name, context
    made: Run | None = None

    @property
    def run(self) -> Run:
        assert self.made is not None
        return self.made

    @property
    def started(self) -> int:
        """Milliseconds since 1970 UTC."""
        assert self.run.started is not None
        return (self.run.started - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)


ROWS = [
    Row("alpha", "finished", {"model": "svm", "lr": 0.1, "n": 5}, {"stage": "dev"}, {"loss": 0.5, "acc": 0.9}),
    Row("Alpha", "failed", {"model": "SVM", "lr": 0.01, "n": 10}, {"stage": "Dev"}, {"loss": 0.25}),
    Row("beta", "finished", {"model": "forest", "lr": "0.1", "flag": True}, {"stage": "prod"}, {"loss": 0.5}),
    Row("gamma é", "killed", {"model": "f*rest", "flag": "True"}, {"stage": "é 🚀"}, {"loss": math.nan, "acc": 0.1}),
    Row("delta_1", "running", {"model": "f[o]rest", "n": "7"}, {"stage": "100%"}, {"loss": math.inf}),
    Row("delta%1", "scheduled", {"model": "", "lr": 1e-5}, {"a b": "x", "stage": ""}, {"loss": -1.0, "val/loss é": 2}),
    Row("it's", "finished", {"model": LONG, "k" * 300: "x"}, {"stage": LONG, "t" * 300: "y"}, {"m" * 300: 1.0}),
    Row("empty"),
    Row("data", "finished", {"n": 100}, {}, {"loss": 0.5, "acc": 0.95}, (("digits", "train"), ("iris", "eval"))),
    Row("data 2", "failed", {"n": 9}, {"stage": "dev "}, {"acc": -math.inf}, (("Digits", "eval"),)),
]  # fmt: skip


def written(place: Place, home: ExperimentRef) -> list[Row]:
    """The rows, as far as the provider offers what is in them, each as a run of `home`, started a minute apart."""
    rows, backdated = [], place.traits.offers(Feature.BACKDATING)
    for minute, row in enumerate(ROWS):
        batch = offered_batch(
            place.traits,
            Batch(
                params=row.params,
                tags=row.tags,
                points=tuple(Points.of(key, [(0, T0, 7.0), (1, T0 + MS, value)]) for key, value in row.metrics.items()),
                inputs=tuple(Dataset(name=name, digest="1", context=context) for name, context in row.datasets),
            ),
        )
        started = START + timedelta(minutes=minute * 7 % len(ROWS)) if backdated else None
        made = place.run(home, name=row.name, status=row.status, started=started)
        place.write(made, params=batch.params, tags=batch.tags, points=batch.points, inputs=batch.inputs)
        last = {points.key: points.values[-1] for points in batch.points}
        datasets = row.datasets if batch.inputs else ()
        rows.append(replace(row, params=batch.params, tags=batch.tags, metrics=last, datasets=datasets, made=made))
    return rows


Holds = Callable[[Row], bool]


def metric(key: str, test: Callable[[float], bool]) -> Holds:
    return lambda row: key in row.metrics and test(row.metrics[key])


def param(key: str, test: Callable[[str], bool]) -> Holds:
    """A param by its text: `0.1`, `True`."""
    return lambda row: key in row.params and test(str(row.params[key]))


def tag(key: str, test: Callable[[str], bool]) -> Holds:
    return lambda row: key in row.tags and test(row.tags[key])


def like(pattern: str, *, fold: bool = False) -> Callable[[str], bool]:
    """SQL's LIKE: `%` any text, `_` any character."""
    signs = {"%": ".*", "_": "."}
    wanted = re.compile(
        "".join(signs.get(sign, re.escape(sign)) for sign in pattern), re.DOTALL | (re.IGNORECASE if fold else 0)
    )
    return lambda text: wanted.fullmatch(text) is not None


def number(key: str, test: Callable[[float], bool]) -> Holds:
    """A param by its value, when it is a number or the text of one."""

    def holds(row: Row) -> bool:
        value = row.params.get(key)
        try:
            return value is not None and not isinstance(value, bool) and test(float(value))
        except ValueError:
            return False

    return holds


def status(test: Callable[[str], bool]) -> Holds:
    return lambda row: test(row.status)


def both(*parts: Holds) -> Holds:
    return lambda row: all(part(row) for part in parts)


#: A filter in MLflow's search language, and the same in Python.
FILTERS: dict[str, Holds] = {
    "": lambda _: True,
    "metrics.loss = 0.5": metric("loss", lambda loss: loss == 0.5),
    "metrics.loss != 0.5": metric("loss", lambda loss: loss != 0.5),
    "metrics.loss < 0.5": metric("loss", lambda loss: loss < 0.5),
    "metrics.loss <= 0.5": metric("loss", lambda loss: loss <= 0.5),
    "metrics.loss > 0.25": metric("loss", lambda loss: loss > 0.25),
    "metrics.loss >= -1": metric("loss", lambda loss: loss >= -1),
    "metrics.acc < 1e300": metric("acc", lambda acc: acc < 1e300),
    "metrics.`val/loss é` > 1": metric("val/loss é", lambda loss: loss > 1),
    f"metrics.`{'m' * 300}` = 1": metric("m" * 300, lambda value: value == 1),
    "metrics.missing < 1": lambda _: False,
    "params.model = 'svm'": param("model", lambda model: model == "svm"),
    "params.model != 'svm'": param("model", lambda model: model != "svm"),
    "params.model = ''": param("model", lambda model: model == ""),
    "params.model LIKE 'f%'": param("model", like("f%")),
    "params.model LIKE 'f*%'": param("model", like("f*%")),
    "params.model LIKE 'f[o]%'": param("model", like("f[o]%")),
    "params.model LIKE '_vm'": param("model", like("_vm")),
    "params.model LIKE '%needle%'": param("model", like("%needle%")),
    "params.model ILIKE 'sVm'": param("model", like("svm", fold=True)),
    "params.model ILIKE '%REST'": param("model", like("%rest", fold=True)),
    f"params.model = '{LONG}'": param("model", lambda model: model == LONG),
    f"params.model != '{LONG}'": param("model", lambda model: model != LONG),
    "params.lr = '0.1'": param("lr", lambda lr: lr == "0.1"),
    "params.lr != '0.1'": param("lr", lambda lr: lr != "0.1"),
    "params.lr = '1e-05'": param("lr", lambda lr: lr == "1e-05"),
    "params.lr < 0.1": number("lr", lambda lr: lr < 0.1),
    "params.lr = 0.1": number("lr", lambda lr: lr == 0.1),
    "params.n > 7": number("n", lambda n: n > 7),
    "params.n != 10": number("n", lambda n: n != 10),
    "params.flag = 'True'": param("flag", lambda flag: flag == "True"),
    "params.flag = 1": lambda _: False,
    "params.lr IS NULL": lambda row: "lr" not in row.params,
    "params.lr IS NOT NULL": lambda row: "lr" in row.params,
    f"params.{'k' * 300} = 'x'": param("k" * 300, lambda value: value == "x"),
    "tags.stage = 'dev'": tag("stage", lambda stage: stage == "dev"),
    "tags.stage != 'dev'": tag("stage", lambda stage: stage != "dev"),
    "tags.stage LIKE 'dev%'": tag("stage", like("dev%")),
    "tags.stage ILIKE 'DEV'": tag("stage", like("dev", fold=True)),
    "tags.stage LIKE 'é %'": tag("stage", like("é %")),
    "tags.stage LIKE '%needle%'": tag("stage", like("%needle%")),
    f"tags.stage = '{LONG}'": tag("stage", lambda stage: stage == LONG),
    "tags.stage IS NULL": lambda row: "stage" not in row.tags,
    "tags.`a b` = 'x'": tag("a b", lambda value: value == "x"),
    f"tags.{'t' * 300} IS NOT NULL": lambda row: "t" * 300 in row.tags,
    "status = 'FINISHED'": status(lambda status: status == "finished"),
    "attributes.status != 'finished'": status(lambda status: status != "finished"),
    "status IN ('failed', 'KILLED')": status(lambda status: status in {"failed", "killed"}),
    "status NOT IN ('failed', 'killed')": status(lambda status: status not in {"failed", "killed"}),
    "run_name = 'alpha'": lambda row: row.name == "alpha",
    "run_name != 'alpha'": lambda row: row.name != "alpha",
    "run_name LIKE 'delta_1'": lambda row: like("delta_1")(row.name),
    "run_name ILIKE 'ALPHA'": lambda row: row.name.lower() == "alpha",
    'run_name = "it\'s"': lambda row: row.name == "it's",
    "run_name IN ('alpha', 'empty')": lambda row: row.name in {"alpha", "empty"},
    "dataset.name = 'digits'": lambda row: "digits" in dict(row.datasets),
    "datasets.context = 'eval'": lambda row: any(context == "eval" for _, context in row.datasets),
    "dataset.name ILIKE 'DIG%'": lambda row: any(name.lower() == "digits" for name, _ in row.datasets),
    "metrics.loss <= 0.5 AND params.model = 'svm'": both(
        metric("loss", lambda loss: loss <= 0.5), param("model", lambda model: model == "svm")
    ),
    "tags.stage LIKE 'd%' AND status = 'finished' AND params.n < 6 AND metrics.acc > 0.5": both(
        tag("stage", like("d%")),
        status(lambda status: status == "finished"),
        number("n", lambda n: n < 6),
        metric("acc", lambda acc: acc > 0.5),
    ),
}
#: A key to order by, in MLflow's search language, and the same in Python; None where a run has no such value.
ORDERS: dict[str, Callable[[Row], float | str | None]] = {
    "metrics.loss": lambda row: row.metrics.get("loss"),
    "metrics.acc": lambda row: row.metrics.get("acc"),
    "params.model": lambda row: None if "model" not in row.params else str(row.params["model"]),
    "params.n": lambda row: None if "n" not in row.params else str(row.params["n"]),
    "tags.stage": lambda row: row.tags.get("stage"),
    "run_name": lambda row: row.name,
    "status": lambda row: row.status,
    "start_time": lambda row: row.run.started.timestamp() if row.run.started else None,
    f"params.`{'k' * 300}`": lambda row: str(row.params["k" * 300]) if "k" * 300 in row.params else None,
}


def ordered(rows: list[Row], *orders: tuple[str, bool]) -> list[Row]:
    """Rows by the first order, ties by the next, then the newest first, then by id.

    * An order is a key of `ORDERS`, and whether it descends. NaN comes after all numbers, no value after all.
    """
    done = sorted(rows, key=lambda row: (-row.run.started.timestamp() if row.run.started else 0, row.run.id))
    for name, descending in reversed(orders):
        values = {row.run.id: ORDERS[name](row) for row in done}
        nan = [row for row in done if values[row.run.id] != values[row.run.id]]
        missing = [row for row in done if values[row.run.id] is None]
        valued = [row for row in done if row not in nan and row not in missing]
        done = sorted(valued, key=lambda row: values[row.run.id], reverse=descending) + nan + missing  # type: ignore[arg-type,return-value]
    return done
