"""Parts that several sections of the page are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from tracklayer.render.page import Html, element, joined


def section(name: str, title: str, *content: str, live: bool = False) -> Html:
    """A part of the page with a heading. `live`: hidden until the page's scripts run, for without them it is empty."""
    hidden = {"hidden": ""} if live else {}
    heading = element("h2", title, id_=f"{name}-title")
    return element("section", heading, *content, id_=name, aria_labelledby=f"{name}-title", **hidden)


def soft(text: str) -> Html:
    """A remark."""
    return element("p", text, class_="soft")


def listed(lines: Iterable[str]) -> Html:
    """A list with a point a line."""
    return element("ul", *(element("li", line) for line in lines))


def folded(summary: str, *content: str) -> Html:
    """What a reader opens."""
    return element("details", element("summary", summary), *content)


def sign(text: str, says: str, kind: str) -> Html:
    """A sign that is read out as what it says."""
    return element("span", text, class_=kind, role="img", aria_label=says, title=says)


def choice(name: str, label: str, options: Sequence[tuple[str, str]], chosen: str = "") -> Html:
    """A label with a list to choose from: (value, text)."""
    made = (
        element("option", text, value=value, **({"selected": ""} if value == chosen else {})) for value, text in options
    )
    return element("label", f"{label} ", element("select", *made, id_=name))


def tick(name: str, label: str) -> Html:
    """A label with a box to tick."""
    return element("label", element("input", type_="checkbox", id_=name), " ", label)


def chart(name: str, says: str) -> Html:
    """Where a script draws. `says`: what the picture is, for those who do not see it."""
    return element("div", id_=name, class_="chart", role="img", aria_label=says)


def link(url: str, text: str) -> Html:
    """A link to a page on the web, and text where the address is none: `javascript:` is an address too."""
    try:
        address = urlsplit(url)
    except ValueError:
        return element("span", text)
    if address.scheme not in {"http", "https"} or not address.hostname or address.username is not None:
        return element("span", text)
    return element("a", text, href=url, rel="noopener noreferrer")


def controls(*content: str) -> Html:
    """What a reader chooses by, in a row."""
    return element("div", joined(content), class_="controls")
