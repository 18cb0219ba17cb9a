"""MLflow's search language: what is understood, and where a mistake is shown."""

from __future__ import annotations

import pytest

from tracklayer.api.search import parse_filter, parse_order
from tracklayer.errors import InvalidInput
from tracklayer.model import Clause, Order


def clause(entity: str, key: str, operator: str, value: object = None) -> Clause:
    return Clause(entity=entity, key=key, operator=operator, value=value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metrics.loss < 0.1", clause("metric", "loss", "<", 0.1)),
        ("metric.loss>=-1e-3", clause("metric", "loss", ">=", -0.001)),
        ("params.lr > .5", clause("param", "lr", ">", 0.5)),
        ("params.lr = '0.1'", clause("param", "lr", "=", "0.1")),
        ('parameter."batch size" != "8"', clause("param", "batch size", "!=", "8")),
        ("tag.`a.b/c` ilike 'X%'", clause("tag", "a.b/c", "ILIKE", "X%")),
        ("tags.mlflow.source.type is not  null", clause("tag", "mlflow.source.type", "IS NOT NULL")),
        ("tags.x IS NULL", clause("tag", "x", "IS NULL")),
        ("tags.x = ''", clause("tag", "x", "=", "")),
        ('tags.x = "it\'s"', clause("tag", "x", "=", "it's")),
        ("tags.x = 'a AND b = 2'", clause("tag", "x", "=", "a AND b = 2")),
        ("status = 'FINISHED'", clause("attribute", "status", "=", "finished")),
        ("status LIKE 'F%'", clause("attribute", "status", "LIKE", "f%")),
        ("status not in ('Failed', \"KILLED\",)", clause("attribute", "status", "NOT IN", ("failed", "killed"))),
        ("run_id IN ('a')", clause("attribute", "id", "IN", ("a",))),
        ("attr.`run name` = 'x'", clause("attribute", "name", "=", "x")),
        ("`Run Name` = 'x'", clause("attribute", "name", "=", "x")),
        ("run.user_id LIKE '_b%'", clause("attribute", "user", "LIKE", "_b%")),
        ("created > 1795409779000", clause("attribute", "started", ">", 1_795_409_779_000)),
        ("attributes.end_time <= 1e3", clause("attribute", "ended", "<=", 1_000)),
        ("datasets.digest IN ('a', 'b')", clause("dataset", "digest", "IN", ("a", "b"))),
        ("metrics.größe > 1", clause("metric", "größe", ">", 1.0)),
        ("metrics.in > 1", clause("metric", "in", ">", 1.0)),
    ],
)
def test_one_comparison(text: str, expected: Clause) -> None:
    assert parse_filter(text) == (expected,)


def test_comparisons_are_joined_by_and_in_their_order() -> None:
    text = "metrics.a > 1 AND\n params.b = 'x'\tand tags.c IS NULL"
    assert [found.key for found in parse_filter(text)] == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_a_blank_filter_asks_for_nothing(text: str) -> None:
    assert parse_filter(text) == ()


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("metrics.loss < ", 15, "expected a number or a quoted text, found the end"),
        ("metrics.loss < 'x'", 16, "metrics.loss compares with a number"),
        ("metrics.loss LIKE 'x'", 14, "by one of = != > >= < <="),
        ("metrics.loss < 0x10", 16, "expected a number"),
        ("metrics.loss == 1", 15, "expected a number"),
        ("metrics.loss IS NULL", 14, "metrics.loss compares with a number"),
        ("params.batch-size = '8'", 13, "stands in back-quotes"),
        ("params.lr = fast", 13, "expected a number or a quoted text, found 'fast'"),
        ("params.lr > '0.1'", 11, "compares with a quoted text, by one of = != LIKE ILIKE IS NULL IS NOT NULL"),
        ("tags.x IN ('a')", 8, "tags.x compares with a quoted text"),
        ("tags.x = 3", 10, "tags.x compares with a quoted text"),
        ("tags.x = 'a' OR tags.y = 'b'", 14, "expected AND or the end, found 'OR'"),
        ("tags.x = 'a' tags.y = 'b'", 14, "expected AND or the end"),
        ("tags.x = 'a' AND", 17, "expected a field"),
        ("(tags.x = 'a')", 1, "expected a field"),
        ("tags.x = 'a", 10, "expected a number or a quoted text"),
        ("tags.`` = 'a'", 1, "the key is empty"),
        ("run_id IN ()", 12, "expected a quoted text, found ')'"),
        ("run_id IN ('a' 'b')", 16, "expected , or )"),
        ("status = 'DONE'", 10, "no status is named 'DONE': use one of running, finished"),
        ("start_time > 1.5", 14, "whole milliseconds"),
        ("start_time > 1e999", 14, "whole milliseconds"),
        ("start_time > '2026'", 14, "start_time compares with a number"),
        ("artifact_uri = 'x'", 1, "no attribute is named 'artifact_uri': use one of run_id, run_name"),
        ("dataset.schema = 'x'", 1, "no dataset is named 'schema': use one of name, digest, context"),
        ("metricses.loss < 1", 1, "'metricses' is no kind of field"),
        ("METRICS.loss < 1", 1, "'METRICS' is no kind of field"),
        ("1 < metrics.loss", 1, "expected a field"),
    ],
)
def test_a_mistake_is_shown_where_it_is(text: str, place: int, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_filter(text)
    message = str(caught.value)
    assert message.startswith(f"filter, character {place}: ")
    assert said in message
    assert message.endswith(f": {text[: place - 1]}^{text[place - 1 :]}".rstrip())
    assert "\n" not in message


def test_a_long_text_is_shown_around_the_mistake_only() -> None:
    text = " AND ".join(["tags.x = 'a'"] * 20) + " OR " + " AND ".join(["tags.x = 'a'"] * 20)
    with pytest.raises(InvalidInput) as caught:
        parse_filter(text)
    shown = str(caught.value).rpartition("'OR': ")[2]
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert "^OR" in shown
    assert len(shown) < 90


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ("metrics.loss", [Order(entity="metric", key="loss")]),
        (["metrics.`val loss` desc"], [Order(entity="metric", key="val loss", descending=True)]),
        (
            ["created DESC", "params.lr ASC"],
            [Order(entity="attribute", key="started", descending=True), Order(entity="param", key="lr")],
        ),
        (["metrics.desc"], [Order(entity="metric", key="desc")]),
        ([], []),
    ],
)
def test_orders(texts: str | list[str], expected: list[Order]) -> None:
    assert parse_order(texts) == tuple(expected)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ("", "order_by, character 1: expected a field"),
        ("metrics.a, metrics.b", "order_by, character 10: expected ASC, DESC or the end, found ','"),
        ("metrics.a DESC NULLS LAST", "order_by, character 16: expected the end"),
        ("dataset.name", "runs are not ordered by a data set"),
        (["metrics.a", "metric.a DESC"], "order_by: 'metric.a DESC' names a field that stands before"),
        ([3], "order_by: expected a text such as 'metrics.loss', found int"),
    ],
)
def test_a_wrong_order(texts: str | list[str], said: str) -> None:
    with pytest.raises(InvalidInput, match=r"^order_by") as caught:
        parse_order(texts)
    assert said in str(caught.value)


def test_a_filter_must_be_a_text() -> None:
    with pytest.raises(InvalidInput, match=r"filter: expected a text such as 'metrics\.loss', found int"):
        parse_filter(3)  # type: ignore[arg-type]
