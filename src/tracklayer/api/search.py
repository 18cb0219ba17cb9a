"""MLflow's search language to the model's clauses and orders.

* `filter`: comparisons joined by `AND`; no `OR`, no parentheses.
* Metrics compare with numbers (`= != > >= < <=`); tags with quoted text (`= != LIKE ILIKE`, `IS [NOT] NULL`).
* Params compare with quoted text as tags do; and, beyond MLflow, with numbers as metrics do.
* `start_time` (also `created`) and `end_time` compare with whole milliseconds since 1970 UTC.
* `run_id`, `run_name`, `status`, `user_id` and `dataset.name`, `.digest`, `.context` compare with quoted text, and with
  lists (`[NOT] IN ('a', 'b')`): beyond MLflow, for all of them and not for `run_id` and data sets alone.
* A status is written in any case: `status = 'FINISHED'`.
* A key of other signs than letters, digits, `_` and `.` is quoted: params.`batch size`.
* `order_by`: a field, and `ASC` (the default) or `DESC`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NoReturn, TypeAlias, cast, get_args

from lark import Token

from tracklayer.api.grammar import Kind, Part, parse, refuse
from tracklayer.errors import InvalidInput
from tracklayer.model import Clause, Entity, Operator, Order, Status

Value: TypeAlias = float | int | str | tuple[str, ...] | None

ENTITIES: dict[str, Entity] = {
    **dict.fromkeys(("metric", "metrics"), "metric"),
    **dict.fromkeys(("parameter", "parameters", "param", "params"), "param"),
    **dict.fromkeys(("tag", "tags"), "tag"),
    **dict.fromkeys(("attribute", "attributes", "attr", "run"), "attribute"),
    **dict.fromkeys(("dataset", "datasets"), "dataset"),
}
#: MLflow's names of attributes -> ours.
ATTRIBUTES = {
    "run_id": "id",
    "run_name": "name",
    "status": "status",
    "start_time": "started",
    "end_time": "ended",
    "user_id": "user",
}
ALIASES = {
    **dict.fromkeys(("run name", "Run name", "Run Name"), "run_name"),
    **dict.fromkeys(("created", "Created"), "start_time"),
}
DATASETS = {key: key for key in ("name", "digest", "context")}
TIMES = frozenset({"started", "ended"})
STATUSES: tuple[str, ...] = get_args(Status)

NUMERIC = ("=", "!=", ">", ">=", "<", "<=")
TEXTUAL = ("=", "!=", "LIKE", "ILIKE")
MEMBERSHIP = ("IN", "NOT IN")
NULLNESS = ("IS NULL", "IS NOT NULL")

FIELD = re.compile(r"(?s)(?:(?:`(?P<quoted>\w+)`|(?P<plain>\w+))\.)?(?P<key>.+)")


def parse_filter(text: str) -> tuple[Clause, ...]:
    """The clauses of a filter; none for a blank one. `InvalidInput`."""
    if text == "":  # the common one, for which no parser is made
        return ()
    reader = _Reader("filter", text)
    return tuple(reader.clause(part) for part in parse(text, "filter"))


def parse_order(order_by: str | Sequence[str]) -> tuple[Order, ...]:
    """The orders of a list such as `["metrics.loss DESC", "start_time"]`; one text is a list of one. `InvalidInput`."""
    orders: dict[tuple[Entity, str], Order] = {}
    for text in [order_by] if isinstance(order_by, str) else order_by:
        (order,) = map(_Reader("order_by", text).order, parse(text, "order_by"))
        if (order.entity, order.key) in orders:
            message = f"order_by: {text!r} names a field that stands before: name it once"
            raise InvalidInput(message)
        orders[order.entity, order.key] = order
    return tuple(orders.values())


class _Reader:
    """Gives the tokens of one text their meaning."""

    def __init__(self, kind: Kind, text: str) -> None:
        self.kind = kind
        self.text = text

    def clause(self, part: Part) -> Clause:
        entity, key = self._field(part.field)
        said = cast("Token", part.said)
        operator = " ".join(said.upper().split())
        operators, terminal = _comparable(entity, key, part.values)
        misfit = said if operator not in operators else next((v for v in part.values if v.type != terminal), None)
        if misfit is not None:
            kind = "a number" if terminal == "NUMBER" else "a quoted text"
            self._refuse(misfit, f"{part.field} compares with {kind}, by one of {' '.join(operators)}")
        values = [self._value(entity, key, operator, token) for token in part.values]
        value: Value = cast("tuple[str, ...]", tuple(values)) if operator in MEMBERSHIP else next(iter(values), None)
        return Clause(entity=entity, key=key, operator=cast("Operator", operator), value=value)

    def order(self, part: Part) -> Order:
        entity, key = self._field(part.field)
        if entity == "dataset":
            self._refuse(part.field, "runs are not ordered by a data set: a run may have several")
        return Order(entity=entity, key=key, descending=part.said is not None and part.said.upper() == "DESC")

    def _field(self, token: Token) -> tuple[Entity, str]:
        found = cast("re.Match[str]", FIELD.fullmatch(token))
        kind = found["quoted"] or found["plain"] or "attribute"
        key = found["key"][1:-1] if found["key"][0] in "`\"'" else found["key"]
        entity = ENTITIES.get(kind)
        if entity is None:
            self._refuse(token, f"{kind!r} is no kind of field: use metrics, params, tags, attributes or dataset")
        if not key:
            self._refuse(token, "the key is empty")
        names = {"attribute": ATTRIBUTES, "dataset": DATASETS}.get(entity)
        key = ALIASES.get(key, key) if entity == "attribute" else key
        if names is not None and key not in names:
            self._refuse(token, f"no {entity} is named {key!r}: use one of {', '.join(names)}")
        return entity, names[key] if names else key

    def _value(self, entity: Entity, key: str, operator: str, token: Token) -> float | int | str:
        if token.type == "NUMBER" and entity == "attribute":
            if not float(token).is_integer():
                self._refuse(token, "times are whole milliseconds since 1970 UTC")
            return int(token) if token.lstrip("-").isdecimal() else int(float(token))
        if token.type == "NUMBER":
            return float(token)
        text = str(token)[1:-1]
        if entity != "attribute" or key != "status":
            return text
        if operator not in {"LIKE", "ILIKE"} and text.lower() not in STATUSES:
            self._refuse(token, f"no status is named {text!r}: use one of {', '.join(STATUSES)}")
        return text.lower()

    def _refuse(self, token: Token, fault: str) -> NoReturn:
        refuse(self.kind, self.text, token.start_pos or 0, fault)


def _comparable(entity: Entity, key: str, values: Sequence[Token]) -> tuple[tuple[str, ...], str]:
    """The operators that a field takes, and the terminal it compares with."""
    if entity == "metric" or (entity == "attribute" and key in TIMES):
        return NUMERIC, "NUMBER"
    if entity == "param" and any(value.type == "NUMBER" for value in values):
        return NUMERIC, "NUMBER"
    if entity in {"param", "tag"}:
        return (*TEXTUAL, *NULLNESS), "TEXT"
    return (*TEXTUAL, *MEMBERSHIP), "TEXT"
