"""JSON and queries to Google's messages, and back.

* https://google.aip.dev/127 and https://protobuf.dev/programming-guides/json/
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from tracklayer.emulators.vertex import pace
from tracklayer.emulators.vertex.errors import ApiError, invalid
from tracklayer.emulators.vertex.messages import Message, library
from tracklayer.emulators.vertex.rules import Match

#: Parameters that every Google API takes: https://cloud.google.com/apis/docs/system-parameters
SYSTEM = frozenset({"$alt", "alt", "key", "access_token", "fields", "prettyPrint", "quotaUser", "$.xgafv", "callback"})
_EXPORT = "ExportTensorboardTimeSeriesDataResponse"


def asked(kind: Any, way: Match, query: str, body: bytes) -> Message:
    """The request's message. Raises INVALID_ARGUMENT."""
    json_format = library("google.protobuf.json_format")

    message = kind()
    content = _content(body) if way.body else {}
    if not way.body and body.strip():
        raise invalid("Invalid JSON payload received. A request of this kind has no body.")
    given = _query(kind.DESCRIPTOR, query)
    if way.body == "*":
        given |= content
    elif way.body:
        given[way.body] = content
    points = pace.taken(way.operation, given) if way.body == "*" else []
    masks = _taken_masks(kind.DESCRIPTOR, given)
    try:
        json_format.ParseDict(given, message)
    except (json_format.ParseError, TypeError, ValueError, RecursionError) as error:
        raise invalid(f"Invalid JSON payload received. {error}") from None
    for field, paths in masks.items():
        getattr(message, field).paths.extend(paths)
    if points:
        pace.put(way.operation, message, points)
    _put(message, way.field, way.name)
    return message


def whole_numbers_for_enums(query: str) -> bool:
    """Whether the answer's enums are to be numbers: `$alt=json;enum-encoding=int`."""
    return any(
        key in {"$alt", "alt"} and "enum-encoding=int" in value for key, value in parse_qsl(query, separator="&")
    )


def answered(answer: Any, *, numbers: bool) -> bytes:
    """An answer as JSON: an object, an array for a stream. Raises INTERNAL: JSON cannot hold it (NaN in a Struct)."""
    json_format = library("google.protobuf.json_format")

    def plain(message: Message) -> Any:
        quick = pace.exported(message) if message.DESCRIPTOR.name == _EXPORT else None
        return quick or json_format.MessageToDict(message, use_integers_for_enums=numbers)

    try:
        content = (
            [plain(one) for one in answer] if isinstance(answer, list) else {} if answer is None else plain(answer)
        )
    except (json_format.SerializeToJsonError, ValueError) as error:
        raise ApiError("INTERNAL", f"Internal error encountered. {error}") from None
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _content(body: bytes) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise ValueError(f"Unexpected token {constant}")

    try:
        content = json.loads(body or b"{}", parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise invalid(f"Invalid JSON payload received. {error}") from None
    if not isinstance(content, dict):
        raise invalid("Invalid JSON payload received. Unexpected token: Root element must be a message.")
    return content


def _query(descriptor: Any, query: str) -> dict[str, Any]:
    """The parameters as the JSON they stand for."""
    given: dict[str, Any] = {}
    for key, value in parse_qsl(query, keep_blank_values=True, separator="&"):
        if key in SYSTEM or key.startswith("$"):
            continue
        here, about = given, descriptor
        *above, last = key.split(".")
        for part in above:
            field = _field(about, part, key)
            if field.message_type is None:
                raise _unbound(key, part)
            here, about = here.setdefault(field.name, {}), field.message_type
        field = _field(about, last, key)
        text: Any = value.lower() == "true" if field.type == field.TYPE_BOOL else value
        if field.is_repeated:
            here.setdefault(field.name, []).append(text)
        else:
            here[field.name] = text
    return given


def _field(descriptor: Any, name: str, key: str) -> Any:
    found = descriptor.fields_by_name.get(name) or descriptor.fields_by_camelcase_name.get(name)
    if found is None:
        raise _unbound(key, name)
    return found


def _unbound(key: str, name: str) -> ApiError:
    return invalid(
        f'Invalid JSON payload received. Unknown name "{key}": Cannot bind query parameter. '
        f"Field '{name}' could not be found in request message."
    )


def _taken_masks(descriptor: Any, given: dict[str, Any]) -> Mapping[str, list[str]]:
    """Field masks out of the JSON: protobuf's own reading refuses `display_name`, which Google's servers take."""
    found = {}
    for field in descriptor.fields:
        if field.message_type is not None and field.message_type.full_name == "google.protobuf.FieldMask":
            text = given.pop(field.name, None) or given.pop(field.camelcase_name, None)
            if text is not None and not isinstance(text, str):
                raise invalid(f"Invalid JSON payload received. Invalid value at '{field.name}' (FieldMask).")
            found[field.name] = [_snake(path) for path in (text or "").split(",") if path]
    return found


def _snake(path: str) -> str:
    head, dot, rest = path.partition(".")
    return re.sub(r"([A-Z])", lambda letter: f"_{letter[1].lower()}", head) + dot + rest


def _put(message: Message, field: str, value: str) -> None:
    *above, last = field.split(".")
    for part in above:
        message = getattr(message, part)
    setattr(message, last, value)
