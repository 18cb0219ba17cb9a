"""A page shows what it is given as text, lets nothing run, and stands alone."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from tracklayer.render.page import VOID, Html, element, escaped, facts, joined, page, table

HOSTILE = "<script>alert('x')</script> & \"quoted\" \x1b[2J \u202egnp"


class Reader(HTMLParser):
    """What a browser would make of it: elements that are closed in order, and texts."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(document)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.texts.append(data)


def document() -> str:
    rows = [(HOSTILE, element("code", "1 < 2"))]
    return page(HOSTILE, facts([(HOSTILE, HOSTILE)]), table(HOSTILE, ("name", "n"), rows, right=("n",)))


def test_what_a_user_named_is_text() -> None:
    read = Reader(document())
    assert "script" not in read.seen
    shown = "<script>alert('x')</script> & \"quoted\" \\x1b[2J \\u202egnp"
    assert read.texts.count(shown) == 6  # title, heading, a fact and its name, caption, cell
    assert "1 < 2" in read.texts
    assert ("aria-label", shown) in read.attributes


def test_nothing_runs_and_nothing_is_fetched() -> None:
    whole = document()
    style = re.search(r"<style>(.*)</style>", whole, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    read = Reader(whole)
    (policy,) = (value for _, value in read.attributes if value is not None and "default-src" in value)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    names = {name for name, _ in read.attributes}
    assert names.isdisjoint({"src", "href", "style"})
    assert not any(name.startswith("on") for name in names)
    assert not re.search(r"url\(|@import|https?:", whole)


def test_it_can_be_read_by_all() -> None:
    read = Reader(document())
    assert whole_language(document())
    assert read.seen.count("h1") == read.seen.count("main") == 1
    assert {("scope", "col"), ("tabindex", "0"), ("role", "region")} <= set(read.attributes)
    assert "caption" in read.seen
    assert "prefers-color-scheme: dark" in document()
    assert "@media print" in document()


def whole_language(whole: str) -> bool:
    return whole.startswith('<!doctype html>\n<html lang="en">')


@pytest.mark.parametrize(
    ("made", "html"),
    [
        (element("p", "a & b", class_="soft"), '<p class="soft">a &amp; b</p>'),
        (element("p", element("code", "x"), "<"), "<p><code>x</code>&lt;</p>"),
        (element("meta", http_equiv="x", content='"'), '<meta http-equiv="x" content="&quot;">'),
        (escaped(Html("<b>")), "<b>"),
        (joined(["<", Html("<hr>")]), "&lt;<hr>"),
    ],
    ids=range(5),
)
def test_elements(made: Html, html: str) -> None:
    assert made == html
    assert isinstance(made, Html)
