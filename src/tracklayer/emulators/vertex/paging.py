"""Pages of lists: a token continues the list as it was when its first page was asked for."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from tracklayer.emulators.vertex.errors import invalid

#: Tokens that are remembered. Google says nothing of how long a token is good.
REMEMBERED = 10_000


class Pages:
    """The tokens that were given out. A token may be used again, as by a client that tries again."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[str, tuple[object, list[Any], int]] = OrderedDict()

    def take(self, question: object, found: Callable[[], list[Any]], size: int, token: str) -> tuple[list[Any], str]:
        """One page and the next token, empty at the end. `question`: all else that was asked: it must stay the same."""
        if token:
            known, items, start = self._tokens.get(token, (None, [], 0))
            if known != question:
                raise invalid("The page token is invalid: all other parameters must match the call that provided it.")
        else:
            items, start = found(), 0
        end = start + size
        return items[start:end], self._remember(question, items, end) if end < len(items) else ""

    def _remember(self, question: object, items: list[Any], start: int) -> str:
        token = uuid.uuid4().hex
        self._tokens[token] = (question, items, start)
        if len(self._tokens) > REMEMBERED:
            self._tokens.popitem(last=False)
        return token


def page_size(asked: int, *, default: int, most: int, refuse: bool) -> int:
    """The size of a page. `refuse`: a larger one than `most` is an error, else it is cut."""
    if asked < 0 or (refuse and asked > most):
        raise invalid(f"The page size must be in range 1-{most}, inclusive: {asked}.")
    return min(asked or default, most)
