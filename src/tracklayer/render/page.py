"""A page: HTML in one file that opens anywhere, offline.

* Whatever a user named is escaped, and control characters are written out. By the page's own policy nothing is fetched,
  and nothing runs but scripts whose digest it names: none, unless they are given.
* It follows the reader's choice of light or dark, and prints.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Mapping, Sequence

from tracklayer.render.text import plain

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #ffffff; --band: #f6f8fa;
  --good: #116329; --bad: #a40e26; --warn: #7d4e00 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b1; --line: #3d444d; --paper: #0d1117;
  --band: #161b22; --good: #56d364; --bad: #ff7b72; --warn: #e3b341 } }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 0 .5rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
p { max-width: 46rem } .soft { color: var(--soft) } .good { color: var(--good) } .bad { color: var(--bad) }
.warn { color: var(--warn) } .verdict { font-size: 1.15rem; font-weight: 600 }
code, td, dd { overflow-wrap: anywhere } code { font: .9em ui-monospace, monospace }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0 }
dt { color: var(--soft) } dd { margin: 0; min-width: 0 }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
caption { text-align: left; color: var(--soft); padding: .3rem 0 }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line) }
th { color: var(--soft); font-weight: 600 } .right { text-align: right; white-space: nowrap }
td > :is(.good, .warn, .bad) { white-space: nowrap }
tbody tr:nth-child(even) { background: var(--band) }
@media (max-width: 40rem) { dl { grid-template-columns: minmax(0, 1fr); gap: 0 } dd { margin-bottom: .4rem }
  .wide table { width: max-content; min-width: 100% } .wide td { max-width: 18rem; overflow-wrap: break-word } }
@media print { body { max-width: none; padding: 0; font-size: 11px } .wide { overflow: visible }
  tr { break-inside: avoid } thead { display: table-header-group } }
"""
#: Elements that have no content and no end.
VOID = frozenset({"meta", "br", "hr", "input", "img"})


class Html(str):
    """Text that is HTML already: only this module makes it of what others wrote."""

    __slots__ = ()


def escaped(text: str) -> Html:
    """Any text as HTML that shows it; what is HTML already stays as it is."""
    return text if isinstance(text, Html) else Html(html.escape(plain(text)))


def joined(parts: Iterable[str]) -> Html:
    """Parts one behind the other, each escaped unless it is HTML."""
    return Html("".join(map(escaped, parts)))


def element(name: str, *content: str, **attributes: str) -> Html:
    """An element: `element("p", "3 < 4", class_="soft")`.

    * The underscore that ends an attribute's name is dropped, any other is a hyphen: `http_equiv`, `aria_label`.
    """
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{given}>" if name in VOID else f"<{name}{given}>{joined(content)}</{name}>")


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[str] = ()) -> Html:
    """A table with a caption. `right`: the headings of columns that stand to the right, such as numbers."""
    wanted = set(right)
    sides = [{"class_": "right"} if heading in wanted else {} for heading in headings]
    head = (element("th", text, scope="col", **side) for text, side in zip(headings, sides, strict=True))
    body = (
        element("tr", *(element("td", cell, **side) for cell, side in zip(row, sides, strict=True))) for row in rows
    )
    whole = (element("caption", caption), element("thead", element("tr", *head)), element("tbody", *body))
    # A table that is too wide scrolls by itself, so it must be reached by the keyboard too.
    return element("div", element("table", *whole), class_="wide", tabindex="0", role="region", aria_label=caption)


def facts(pairs: Iterable[tuple[str, str]]) -> Html:
    """Names and what they stand for, one below the other."""
    return element("dl", *(part for name, value in pairs for part in (element("dt", name), element("dd", value))))


def page(
    title: str,
    *content: str,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    data: Mapping[str, str] | None = None,
    pictures: bool = False,
) -> str:
    """The whole document, with the title as its heading.

    * `styles`, `scripts`: what comes with tracklayer, and nobody else's text; let in by its digest.
    * `data`: id -> JSON for the scripts. `pictures`: are there any, as `data:` URLs?
    """
    sheets = (STYLE, *styles)
    policy = ["default-src 'none'", f"style-src {_digests(sheets)}"]
    policy += [f"script-src {_digests(scripts)}"] if scripts else []
    policy += ["img-src data:"] if pictures else []
    head = joined(
        (
            element("meta", charset="utf-8"),
            element(
                "meta",
                http_equiv="Content-Security-Policy",
                content="; ".join([*policy, "base-uri 'none'", "form-action 'none'"]),
            ),
            element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
            element("title", title),
            *(Html(f"<style>{sheet}</style>") for sheet in sheets),
        )
    )
    body = joined(
        (
            element("main", element("h1", title), *content),
            *(_block(name, text) for name, text in (data or {}).items()),
            *(Html(f"<script>{script}</script>") for script in scripts),
        )
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _block(name: str, text: str) -> Html:
    """JSON that nothing in it can end: `<` occurs in JSON only inside texts, where it may be written otherwise."""
    harmless = text.replace("<", "\\u003c")
    return Html(f'<script type="application/json" id="{escaped(name)}">{harmless}</script>')


def _digests(texts: Iterable[str]) -> str:
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts)
