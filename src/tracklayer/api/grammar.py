"""The shape of MLflow's search language: text to tokens, or one line that says where the text is wrong.

What the tokens mean is the business of `search.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NoReturn

from lark import Lark, Token, UnexpectedInput

from tracklayer.errors import InvalidInput

Kind = Literal["filter", "order_by"]

# Quoted keys and texts are lexed as MLflow does (the rules are those of sqlparse's `keywords.py`), and as with MLflow
# nothing is unescaped: the text is what stands between the quotes, and a text with one kind of quote takes the other.
GRAMMAR = r"""
filter: (clause (_AND clause)*)?
clause: FIELD (COMPARISON (TEXT | NUMBER) | MEMBERSHIP "(" TEXT ("," TEXT)* ","? ")" | NULLNESS)
order_by: FIELD DIRECTION?

FIELD: /(`\w+`|\w+)\.(`(``|[^`])*`|"(""|[\\]"|[^"])*"|'(''|[\\]'|[^'])*'|\w+(\.\w+)*)|`[^`]*`|"[^"]*"|[^\W\d]\w*/
TEXT: /'(''|[\\]'|[^'])*'|"(""|[\\]"|[^"])*"/
NUMBER: /-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?(?![\w.])/i
COMPARISON: /[!<>]=|[=<>]|I?LIKE\b/i
MEMBERSHIP: /(NOT\s+)?IN\b/i
NULLNESS: /IS\s+(NOT\s+)?NULL\b/i
DIRECTION: /(ASC|DESC)\b/i
_AND: /AND\b/i
%ignore /\s+/
"""

#: What a terminal is called in an error.
WORDS = {
    "FIELD": "a field such as metrics.loss, params.lr, tags.`a b` or status",
    "COMPARISON": "one of = != > >= < <= LIKE ILIKE IN IS (a key with signs other than letters, digits, _ and . stands"
    " in back-quotes)",
    "NUMBER": "a number",
    "TEXT": "a quoted text",
    "DIRECTION": "ASC, DESC",
    "_AND": "AND",
    "LPAR": "(",
    "COMMA": ",",
    "RPAR": ")",
}
#: Terminals in whose place a text may end: the parser does not say so.
ENDS = ("_AND", "DIRECTION")
#: Characters of the text that an error shows on each side of the fault.
SHOWN = 40


@dataclass(frozen=True)
class Part:
    """One clause of a filter, or one order: a field, what is said of it, and the values it is compared with."""

    field: Token
    said: Token | None = None
    values: tuple[Token, ...] = ()


def parse(text: str, kind: Kind) -> list[Part]:
    """The parts of a text. `InvalidInput` names the place and what was expected there."""
    if not isinstance(text, str):
        message = f"{kind}: expected a text such as 'metrics.loss', found {type(text).__name__}"
        raise InvalidInput(message)
    try:
        tree = _parser().parse(text, start=kind)
    except UnexpectedInput as error:
        place = error.pos_in_stream
        if place is None or getattr(getattr(error, "token", None), "type", None) == "$END":
            place = len(text.rstrip())
        terminals = getattr(error, "expected", None) or getattr(error, "allowed", None) or ()
        expected = [words for terminal, words in WORDS.items() if terminal in terminals]
        if not expected or not set(ENDS).isdisjoint(terminals):
            expected.append("the end")
        found = re.match(r"\S{1,20}", text[place:])
        refuse(kind, text, place, f"expected {' or '.join(expected)}, found {repr(found[0]) if found else 'the end'}")
    clauses = tree.find_data("clause") if kind == "filter" else [tree]
    parts = []
    for clause in clauses:
        field, *rest = clause.scan_values(lambda token: isinstance(token, Token))
        parts.append(Part(field, rest[0] if rest else None, tuple(rest[1:])))
    return sorted(parts, key=lambda part: part.field.start_pos or 0)


def refuse(kind: Kind, text: str, place: int, fault: str) -> NoReturn:
    """Raise `InvalidInput` in one line: the place (counted from 1), the fault, and the text with `^` at the place."""
    before, after = text[max(0, place - SHOWN) : place], text[place : place + SHOWN]
    shown = f"{'…' if place > SHOWN else ''}{before}^{after}{'…' if len(text) > place + SHOWN else ''}"
    message = f"{kind}, character {place + 1}: {fault}: {' '.join(shown.split())}"
    raise InvalidInput(message) from None


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", start=["filter", "order_by"])
