"""The comparison as Markdown: tables that GitHub shows, in which what users wrote is text and calls nobody."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from tests.compare import nasty
from tests.compare.nasty import Logged, even
from tests.compare.runs import held

import tracklayer as tl
from tracklayer.compare import Comparison, Failure, align, extra
from tracklayer.compare.markdown import write_markdown
from tracklayer.errors import DriverMissing, InvalidInput

HOSTILE = (
    "<img src=x onerror=alert(1)> | [here](javascript:alert(1)) `x` **b**"
    " @all #1 https://evil.example www.evil.example\n# h"
)


class Seen(HTMLParser):
    """Elements, cells and text of what Markdown becomes."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.cells: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 -- its base's
        self.elements.add(tag)
        if tag in {"td", "th"}:
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


def rendered(text: str) -> Seen:
    return Seen(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


def test_what_users_wrote_is_text_and_links_to_nothing(tmp_path: Path) -> None:
    parts = [HOSTILE[at : at + 50] for at in range(0, len(HOSTILE), 25)]
    runs = [held(str(at), name=part, params={"p": part}, metrics={"loss": at / 10}) for at, part in enumerate(parts)]
    failure = Failure(place=HOSTILE, reason=HOSTILE)
    found = Comparison(places=("local:/a",), rows=align(runs), failures=(failure,), metrics={"loss": "min"})
    (file,) = write_markdown(found, tmp_path / "report.md", picture=False)
    text = file.read_text(encoding="utf-8")
    seen = rendered(text)
    assert seen.elements == {"h3", "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td", "br"}
    assert {part.replace("\n", "\\n").strip() for part in parts} <= {cell.strip() for cell in seen.cells}
    # what GitHub makes links of beyond CommonMark
    assert not re.search(r"@\w|#\d|://\w|www\.\w", text.replace("\\", ""))


def test_it_has_the_best_first_the_groups_the_tests_and_a_picture(tmp_path: Path) -> None:
    url = f"local:{tmp_path / 'store.db'}"
    nasty.log(
        url,
        [
            Logged(f"lr={rate} s{seed}", {"lr": rate, "seed": seed}, {"acc": even(0.1, rate + seed / 100)})
            for rate in (0.5, 0.25)
            for seed in range(12)
        ],
    )
    found = tl.compare(url)
    page, picture = write_markdown(found, tmp_path / "report.md", tests=["acc"], picture_url="https://host/a<b.svg")
    text = page.read_text(encoding="utf-8")
    assert "\n| lr=0.5 s11 | A | finished | 1m 00s | **0.61** ★ | " in text
    assert "20 of 24 runs, the best, are shown." in text
    assert "| lr=0.5 | 12 | 0.555<br>0.532091 to 0.577909, n=12 |" in text
    assert "Holm" in text
    assert "![Curves of the best runs](<https://host/a%3Cb.svg>)" in text
    drawn = ET.fromstring(picture.read_bytes())  # noqa: S314 -- we have just made it
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert "lr=0.5 s11" in "".join(drawn.itertext())
    assert picture.stat().st_size < 100_000
    again = write_markdown(found, tmp_path / "again.md")[1]
    assert again.read_bytes() == picture.read_bytes(), "a report that is kept in git changes with its runs only"


def test_a_picture_draws_what_is_no_formula_as_it_stands(tmp_path: Path) -> None:
    url = f"local:{tmp_path / 'store.db'}"
    nasty.log(url, [Logged("$\\bad{ <&", {}, {"$x_{": even(1.0, float("nan"), 2.0)})])
    _, picture = write_markdown(tl.compare(url), tmp_path / "report.md")
    texts = "".join(ET.fromstring(picture.read_bytes()).itertext())  # noqa: S314 -- likewise
    assert "$\\bad{ <&" in texts
    assert "$x_{" in texts


def test_without_matplotlib_the_pip_command_is_named_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"local:{tmp_path / 'store.db'}"
    nasty.log(url, [Logged("one", {}, {"loss": even(1.0, 0.5)})])
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(DriverMissing, match="matplotlib") as missing:
        write_markdown(tl.compare(url), tmp_path / "report.md")
    assert extra.PIP in str(missing.value)
    assert not (tmp_path / "report.md").exists()
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_markdown(tl.compare(url), tmp_path / "nowhere" / "report.md")
