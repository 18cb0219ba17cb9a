"""Each number and each alphabet of the traits, tried on a real server: what it does at the limit, and one beyond."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from tracklayer.drivers.mlflow import MLFLOW
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.traits import narrowed
from tracklayer.errors import ProviderError, Rejected
from tracklayer.model import Clause, Order, RunRef
from tracklayer.spi import Bound, Feature

LIMITS, NAMES = MLFLOW.limits, MLFLOW.names


def most(bound: Bound | None) -> int:
    assert bound is not None
    assert bound.source
    return bound.most


def log(rest: Rest, run: RunRef, **lists: object) -> None:
    rest.call("POST", "runs/log-batch", dict, body={"run_id": run.id, **lists})


def data(rest: Rest, run: RunRef) -> dict[str, Any]:
    found: dict[str, Any] = rest.call("GET", "runs/get", dict, query={"run_id": run.id})["run"]["data"]
    return found


def many(number: int, value: float | str) -> list[dict[str, object]]:
    extra = {} if isinstance(value, str) else {"timestamp": 1, "step": 1}
    return [{"key": f"k{index}", "value": value, **extra} for index in range(number)]


@pytest.mark.parametrize(
    ("kind", "bound", "value"),
    [
        ("params", LIMITS.params_per_write, "x"),
        ("tags", LIMITS.tags_per_write, "x"),
        ("metrics", LIMITS.points_per_write, 0.5),
    ],
)
def test_how_many_a_write_carries(rest: Rest, run: RunRef, kind: str, bound: Bound | None, value: float | str) -> None:
    log(rest, run, **{kind: many(most(bound), value)})
    with pytest.raises(Rejected, match=f"at most {most(bound)}"):
        log(rest, run, **{kind: many(most(bound) + 1, value)})


def test_how_many_things_a_write_carries_together(rest: Rest, run: RunRef) -> None:
    whole = most(LIMITS.items_per_write)
    log(rest, run, params=many(100, "x"), tags=many(100, "x"), metrics=many(whole - 200, 0.5))
    with pytest.raises(Rejected, match=f"at most {whole}"):
        log(rest, run, params=many(100, "x"), tags=many(100, "x"), metrics=many(whole - 199, 0.5))


@pytest.mark.parametrize(
    ("kind", "bound"), [("params", LIMITS.param_value), ("tags", LIMITS.tag_value)], ids=["params", "tags"]
)
def test_a_value_that_is_too_long_is_cut_without_a_word(
    rest: Rest, run: RunRef, kind: str, bound: Bound | None
) -> None:
    whole = "é" * most(bound)
    log(rest, run, **{kind: [{"key": "whole", "value": whole}, {"key": "cut", "value": f"{whole}x"}]})
    kept = {one["key"]: one["value"] for one in data(rest, run)[kind]}
    assert (kept["whole"], kept["cut"]) == (whole, whole)


def test_how_long_a_tag_of_an_experiment_is(rest: Rest) -> None:
    for extra, refused in ((0, False), (1, True)):
        tags = [{"key": "t", "value": "x" * (most(LIMITS.experiment_tag_value) + extra)}]
        assert is_refused(rest, "experiments/create", {"name": uuid4().hex, "tags": tags}) == refused


def test_a_description_fits_both_a_run_and_an_experiment() -> None:
    assert most(LIMITS.description) == min(most(LIMITS.tag_value), most(LIMITS.experiment_tag_value))


@pytest.mark.parametrize(
    ("field", "bound"),
    [
        ("name", LIMITS.dataset_name),
        ("digest", LIMITS.dataset_digest),
        ("source", LIMITS.dataset_source),
        ("schema", LIMITS.dataset_columns),
    ],
)
def test_how_long_a_data_set_is(rest: Rest, run: RunRef, field: str, bound: Bound | None) -> None:
    for extra, refused in ((0, False), (1, True)):
        dataset = {"name": "n", "digest": uuid4().hex, "source_type": "s", "source": "s"}
        dataset[field] = "x" * (most(bound) + extra)
        body = {"run_id": run.id, "datasets": [{"dataset": dataset}]}
        assert is_refused(rest, "runs/log-inputs", body) == refused


def is_refused(rest: Rest, path: str, body: Mapping[str, object]) -> bool:
    try:
        rest.call("POST", path, dict, body=body)
    except Rejected:
        return True
    return False


def test_a_request_may_be_larger_here_than_elsewhere(rest: Rest, run: RunRef) -> None:
    """The bound is other servers': this one has the number, and does not hold to it."""
    tags = [{"key": f"t{number}", "value": "🎉" * 4_000} for number in range(100)]
    assert len("🎉".encode()) * 4_000 * 100 > most(LIMITS.bytes_per_write)
    assert not is_refused(rest, "runs/log-batch", {"run_id": run.id, "tags": tags})


@pytest.mark.parametrize(
    ("path", "bound"),
    [("runs/search", LIMITS.runs_per_page), ("experiments/search", LIMITS.experiments_per_page)],
)
def test_how_much_an_answer_carries(rest: Rest, path: str, bound: Bound | None) -> None:
    body = {"experiment_ids": ["0"]} if path == "runs/search" else {}
    for extra, refused in ((0, False), (1, True)):
        assert is_refused(rest, path, {**body, "max_results": most(bound) + extra}) == refused


@pytest.mark.parametrize(("timestamp", "refused"), [(0, False), (-1, True), (2**63 - 1, False)])
def test_the_earliest_time_of_a_point(rest: Rest, run: RunRef, timestamp: int, *, refused: bool) -> None:
    metric = {"key": "m", "value": 0.5, "step": 0, "timestamp": timestamp}
    assert is_refused(rest, "runs/log-batch", {"run_id": run.id, "metrics": [metric]}) == refused
    assert LIMITS.point_time_earliest == 0


def test_a_time_finer_than_the_clock_breaks_a_batch_without_a_word(rest: Rest, run: RunRef) -> None:
    metrics = [
        {"key": "m", "value": 0.5, "step": 0, "timestamp": 2.5},
        {"key": "n", "value": 1, "step": 0, "timestamp": 3},
    ]
    log(rest, run, metrics=metrics)
    assert "n" not in {one["key"] for one in data(rest, run).get("metrics", [])}
    assert LIMITS.point_time_unit == LIMITS.run_time_unit == 1_000_000


# -- names

PARTS = ["a", ".", "..", "/", " ", ":", "-", "_", "é", "0", "\n", "$", "\\", "\t", "🎉"]


def keys() -> Iterator[str]:
    """All short keys of odd parts, and the longest."""
    for length in (1, 2, 3):
        yield from ("".join(parts) for parts in product(PARTS, repeat=length))
    longest = most(NAMES.param.longest)
    yield from ("x" * longest, "x" * (longest + 1), "é" * longest, "é" * (longest + 1))


@pytest.mark.parametrize("kind", ["params", "tags", "metrics"])
def test_a_legal_key_is_taken_and_another_is_refused(rest: Rest, run: RunRef, kind: str) -> None:
    """Legal ones are sent together, others one by one in a sample."""
    naming = {"params": NAMES.param, "tags": NAMES.tag, "metrics": NAMES.metric}[kind]
    extra = {"timestamp": 1, "step": 1} if kind == "metrics" else {}
    value = 0.5 if kind == "metrics" else "x"
    every = sorted(set(keys()))
    legal = [key for key in every if naming.legal(key)]
    for start in range(0, len(legal), 100):
        log(rest, run, **{kind: [{"key": key, "value": value, **extra} for key in legal[start : start + 100]]})
    kept = {one["key"] for one in data(rest, run)[kind]} - {"mlflow.runName", "tracklayer.token"}
    assert kept == set(legal)
    illegal = [key for key in every if not naming.legal(key) and key != "\n"][::40]
    # A line's end after a legal key is let through by the server's `$`; what it means there, nobody has promised.
    taken = [key for key in illegal if not refuses(rest, run, kind, {"key": key, "value": value, **extra})]
    assert [key for key in taken if not key.endswith("\n")] == []


def refuses(rest: Rest, run: RunRef, kind: str, one: dict[str, object]) -> bool:
    try:
        log(rest, run, **{kind: [one]})
    except ProviderError:
        return True
    return False


@pytest.mark.parametrize("kind", ["experiment", "run"])
def test_titles_are_any_text(rest: Rest, kind: str) -> None:
    naming = NAMES.experiment if kind == "experiment" else NAMES.run
    unique = uuid4().hex
    for text in (
        f" {unique} ",
        f"{unique}\n\t",
        f"../{unique}",
        f"{unique}🎉#?%41",
        unique.ljust(most(naming.longest), "x"),
    ):
        assert naming.legal(text)
        if kind == "experiment":
            made = rest.call("POST", "experiments/create", dict, body={"name": text})["experiment_id"]
            found = rest.call("GET", "experiments/get", dict, query={"experiment_id": made})["experiment"]["name"]
        else:
            body = {"experiment_id": "0", "start_time": 1, "run_name": text}
            found = rest.call("POST", "runs/create", dict, body=body)["run"]["info"]["run_name"]
        assert found == text
    assert not naming.legal("nul\0")
    assert not naming.legal("x" * (most(naming.longest) + 1))


# -- the whole


def test_every_claim_has_a_source_or_a_reason() -> None:
    silent = [feature for feature, claim in MLFLOW.claims.items() if not (claim.source or claim.why)]
    assert silent == []


def test_what_is_searched_for_is_claimed() -> None:
    answers = MLFLOW.search.answers
    assert answers(Clause(entity="tag", key="any", operator="=", value="x"))
    assert answers(Clause(entity="attribute", key="started", operator="<=", value=1))
    assert not answers(Clause(entity="metric", key="loss", operator="<", value=1.0))
    assert not answers(Clause(entity="attribute", key="user", operator="=", value="ada"))
    assert MLFLOW.sorts(Order(entity="attribute", key="started"))
    assert not MLFLOW.sorts(Order(entity="metric", key="loss"))


@pytest.mark.parametrize(
    ("version", "param", "tag", "colon", "datasets"),
    [
        ((3, 15), 6_000, 8_000, True, True),
        ((2, 17), 6_000, 8_000, True, True),
        ((2, 16), 6_000, 5_000, True, True),
        ((2, 15), 6_000, 5_000, False, True),
        ((2, 8), 6_000, 5_000, False, True),
        ((2, 7), 500, 5_000, False, True),
        ((2, 3), 500, 5_000, False, False),
        ((1, 30), 500, 5_000, False, False),
    ],
)
def test_an_older_server_can_less(
    version: tuple[int, int], param: int, tag: int, *, colon: bool, datasets: bool
) -> None:
    older = narrowed(MLFLOW, version)
    assert (most(older.limits.param_value), most(older.limits.tag_value)) == (param, tag)
    for naming in (older.names.param, older.names.metric, older.names.tag, older.names.experiment_tag):
        assert naming.legal("a:b") == colon
        assert naming.legal("a b/c.d-e_1")
        assert naming.read(naming.spell("a:b")) == "a:b"
    assert older.native(Feature.DATASETS) == datasets
    assert older.names.tag.reserved == MLFLOW.names.tag.reserved
    assert {feature for feature in Feature if older.native(feature)} <= {f for f in Feature if MLFLOW.native(f)}
