"""The points of a logged model: those that MLflow's own store has of it, however they came to be the model's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from mlflow.entities import Metric

from tracklayer.plugins.mlflow.store import TracklayerStore

NOW = 1_700_000_000_000
Store: TypeAlias = Any
#: A step, and the model whose point it is.
Said: TypeAlias = tuple[int, str | None]


def of(model: str | None, *steps: int) -> Iterator[Said]:
    return ((step, model) for step in steps)


#: What is logged, in this order.
ORDERS: dict[str, list[Said]] = {
    "a point twice": [*of("a", 0, 1, 0, 1)],
    "all points, and one of them again": [*of("a", *range(9), 4)],
    "points of none, which become a model's": [*of(None, *range(9)), *of("a", 3, 8)],
    "a point of one model again, of another": [*of("a", *range(9)), *of("b", 4), *of("a", *range(9, 20))],
    "a point again, of another that goes on": [*of("a", *range(9)), *of("b", 4, *range(9, 20))],
    "a point again, of none": [*of("a", *range(9)), *of(None, 4), *of("a", *range(9, 20))],
    "models that take turns": [said for step in range(0, 20, 2) for said in (*of("a", step), *of("b", step + 1))],
    "a model, none, the model": [*of("a", *range(3)), *of(None, *range(3, 6)), *of("a", *range(6, 20))],
}


def points(store: Store, order: list[Said]) -> dict[str, list[Any]]:
    home = store.create_experiment(f"measured {id(order)}")
    run = store.create_run(home, "u", NOW, [], None).info.run_id
    models = {name: store.create_logged_model(home, name, run).model_id for name in ("a", "b")}
    for step, name in order:
        store.log_metric(run, Metric("loss", 1 / (step + 1), NOW + step, step, model_id=name and models[name]))
    store.update_run_info(run, 3, NOW, None)
    found = {name: store.get_logged_model(model).metrics or [] for name, model in models.items()}
    return {name: sorted((one.step, one.timestamp, one.value) for one in rows) for name, rows in found.items()}


@pytest.mark.parametrize("order", ORDERS)
def test_a_model_has_the_points_that_it_has_in_mlflow_s_own_store(
    sqlite: Store, store: TracklayerStore, order: str
) -> None:
    assert points(store, ORDERS[order]) == points(sqlite, ORDERS[order])
