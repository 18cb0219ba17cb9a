"""Paging: every item once, and no page before it is needed."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from tracklayer.spi import Cursor, Page, every


class Book:
    """Pages by number, and a note of which were asked for."""

    def __init__(self, pages: list[list[int]]) -> None:
        self.pages = pages
        self.asked: list[Cursor | None] = []

    def fetch(self, after: Cursor | None) -> Page[int]:
        self.asked.append(after)
        number = int(after or 0)
        last = number + 1 >= len(self.pages)
        return Page(tuple(self.pages[number]), None if last else str(number + 1))


@given(st.lists(st.lists(st.integers(), max_size=4), min_size=1, max_size=6))
def test_every_item_of_every_page_is_given_in_order(pages: list[list[int]]) -> None:
    book = Book(pages)
    assert list(every(book.fetch)) == [item for page in pages for item in page]
    assert book.asked == [None, *map(str, range(1, len(pages)))]


def test_a_page_is_fetched_when_it_is_needed() -> None:
    book = Book([[1, 2], [3], [4]])
    items = every(book.fetch)
    assert book.asked == []
    assert list(islice(items, 2)) == [1, 2]
    assert book.asked == [None]
    assert next(items) == 3
    assert book.asked == [None, "1"]


def test_an_empty_cursor_is_a_cursor() -> None:
    """The end is None, and nothing else is."""
    pages = {None: Page((1,), ""), "": Page((2,), None)}
    assert list(every(pages.__getitem__)) == [1, 2]
