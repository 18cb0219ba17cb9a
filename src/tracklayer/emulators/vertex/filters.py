"""The language of filters: https://google.aip.dev/160, as far as the services document it.

* OR binds tighter than AND. Parentheses nest 5 deep (types/metadata_service.py). NOT, `-` and implicit AND are
  refused: the docs name AND and OR only.
* A value is quoted, or a bare word up to a space or a parenthesis: `update_time <= 2020-11-19T11:30:00-04:00`.
* `parsed(text)` gives a tree of `And`, `Or`, `Comparison` and `Call`; `matching.py` says what they mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from tracklayer.emulators.vertex.errors import ApiError, invalid

#: "Maximum nested expression depth allowed is 5."
DEPTH = 5
_SPACE = re.compile(r"\s*")
_QUOTED = r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'"
_PART = re.compile(rf"""{_QUOTED}|[^\s()=!<>:"',.]+""")
_VALUE = re.compile(rf"""({_QUOTED})|[^\s()"',]+""")
_COMPARATOR = re.compile(r"<=|>=|!=|=|<|>|:")


@dataclass(frozen=True)
class Comparison:
    """`path comparator value`. `quoted`: the value was in quotes."""

    path: tuple[str, ...]
    comparator: str
    value: str
    quoted: bool


@dataclass(frozen=True)
class Call:
    """`name(argument)`."""

    name: str
    argument: str


@dataclass(frozen=True)
class And:
    """All of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """Any of them."""

    parts: tuple[Node, ...]


Node: TypeAlias = Comparison | Call | And | Or


def parsed(text: str) -> Node | None:
    """The tree of a filter; None for an empty one. Raises INVALID_ARGUMENT."""
    return _Parser(text).whole() if text.strip() else None


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def whole(self) -> Node:
        found = self.expression(0)
        self.space()
        if self.at < len(self.text):
            raise self.wrong()
        return found

    def expression(self, depth: int) -> Node:
        parts = [self.factor(depth)]
        while self.word("AND"):
            parts.append(self.factor(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def factor(self, depth: int) -> Node:
        parts = [self.term(depth)]
        while self.word("OR"):
            parts.append(self.term(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def term(self, depth: int) -> Node:
        if self.word("NOT") or self.taken("-"):
            raise invalid(f"Invalid filter: only AND and OR are supported: {self.text}")
        if not self.taken("("):
            return self.restriction()
        if depth == DEPTH:
            raise invalid(f"Invalid filter: the maximum nested expression depth allowed is {DEPTH}.")
        found = self.expression(depth + 1)
        self.demand(")")
        return found

    def restriction(self) -> Node:
        path = [self.part()]
        while self.at < len(self.text) and self.text[self.at] == ".":
            self.at += 1
            path.append(self.part())
        if len(path) == 1 and self.taken("("):
            argument, _ = self.value()
            self.demand(")")
            return Call(path[0], argument)
        self.space()
        comparator = _COMPARATOR.match(self.text, self.at)
        if comparator is None:
            raise self.wrong()
        self.at = comparator.end()
        value, quoted = self.value()
        return Comparison(tuple(path), comparator[0], value, quoted)

    def part(self) -> str:
        if self.text[self.at - 1 : self.at] != ".":
            self.space()
        found = _PART.match(self.text, self.at)
        if found is None:
            raise self.wrong()
        self.at = found.end()
        return _bare(found[0])

    def value(self) -> tuple[str, bool]:
        self.space()
        found = _VALUE.match(self.text, self.at)
        if found is None:
            raise self.wrong()
        self.at = found.end()
        return _bare(found[0]), found[1] is not None

    def word(self, word: str) -> bool:
        """Whether the next word is this one; if so it is behind us."""
        self.space()
        end = self.at + len(word)
        if self.text[self.at : end] != word or not re.match(r"[\s(]", self.text[end : end + 1] or "x"):
            return False
        self.at = end
        return True

    def taken(self, sign: str) -> bool:
        self.space()
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def demand(self, sign: str) -> None:
        if not self.taken(sign):
            raise self.wrong()

    def space(self) -> None:
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr] # it always matches

    def wrong(self) -> ApiError:
        return invalid(f"Invalid filter: syntax error at position {self.at}: {self.text}")


def _bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] in {'"', "'"} else text
