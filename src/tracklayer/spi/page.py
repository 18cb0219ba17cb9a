"""Paging, in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")

#: Where the next page begins: the provider's own token, opaque to everybody else.
Cursor: TypeAlias = str


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items, and where the next page begins; `after` is None at the end. A page may be empty and not the last."""

    items: tuple[T, ...]
    after: Cursor | None = None


def every(fetch: Callable[[Cursor | None], Page[T]]) -> Iterator[T]:
    """All items of all pages, each page fetched when needed: `every(partial(driver.list_runs, query))`."""
    after: Cursor | None = None
    while True:
        page = fetch(after)
        yield from page.items
        after = page.after
        if after is None:
            return
