"""Which operation a REST request is: the http rules of the package's own gapic REST transports.

* https://google.aip.dev/127. Nothing is typed off: a rule that Google changes changes here with the package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

from tracklayer.emulators.vertex.api import SERVICES
from tracklayer.emulators.vertex.messages import library

_MODULES = {"MetadataService": "metadata_service", "TensorboardService": "tensorboard_service"}
_VARIABLE = re.compile(r"\{([^=}]+)=([^}]+)\}")
#: Long-running operations are below many kinds of resources, more than these services have.
#: The gapic REST transports ask for them below `/ui`: the first of the http rules that they have for operations.
_OPERATION = re.compile(
    r"/(?:v1|ui)/(projects/[^/:]+/locations/[^/:]+(?:/[^/:]+)*?/operations(?:/[^/:]+)?)(:wait|:cancel)?"
)
_OPERATIONS = {
    ("GET", None): "GetOperation",
    ("DELETE", None): "DeleteOperation",
    ("POST", ":wait"): "WaitOperation",
    ("POST", ":cancel"): "CancelOperation",
}


@dataclass(frozen=True)
class Rule:
    """One http rule. `field`: what the path's variable fills (`context.name`). `body`: `*`, a field, or nothing."""

    operation: str
    verb: str
    pattern: re.Pattern[str]
    field: str
    body: str


@dataclass(frozen=True)
class Match:
    """The rule of a request, and what its path says. `name`: decoded."""

    operation: str
    field: str
    name: str
    body: str


def match(verb: str, path: str) -> Match | None:
    """The operation of a request; None: there is no such path."""
    found = _OPERATION.fullmatch(path)
    if found is not None:
        name, verb_of = unquote(found[1]), found[2]
        if name.endswith("/operations"):
            name = name.removesuffix("/operations")
            return Match("ListOperations", "name", name, "") if verb == "GET" and verb_of is None else None
        operation = _OPERATIONS.get((verb, verb_of))
        return None if operation is None else Match(operation, "name", name, "*" if verb == "POST" else "")
    for rule in _rules().get(verb, ()):
        found = rule.pattern.fullmatch(path)
        if found is not None:
            return Match(rule.operation, rule.field, unquote(found[1]), rule.body)
    return None


@cache
def _rules() -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for service in SERVICES:
        for rule in _of(service):
            found.setdefault(rule.verb, []).append(rule)
    return found


def _of(service: str) -> Iterator[Rule]:
    module = library(f"google.cloud.aiplatform_v1.services.{_MODULES[service]}.transports.rest_base")
    transport: Any = getattr(module, f"_Base{service}RestTransport")
    for operation in SERVICES[service]:
        for option in getattr(transport, f"_Base{operation}")._get_http_options():  # noqa: SLF001 -- the one place where they are
            variable = _VARIABLE.search(option["uri"])
            if variable is None:
                raise AssertionError(option)
            before, after = option["uri"][: variable.start()], option["uri"][variable.end() :]
            inside = re.escape(variable[2]).replace(r"\*", "[^/:]+")
            pattern = re.compile(f"{re.escape(before)}({inside}){re.escape(after)}")
            yield Rule(operation, option["method"].upper(), pattern, variable[1], option.get("body", ""))
