"""What pages say of code and of each other is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import tracklayer
import tracklayer.errors
import tracklayer.model

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: `folder/file.py` of the sources or of the repository, as pages write it.
FILES = re.compile(r"`((?:[a-z_]+/)+(?:[a-z_0-9-]+\.(?:py|md))?|[a-z_]+\.py)`")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    inline = [child for token in MarkdownIt().parse(page.read_text(encoding="utf-8")) for child in token.children or []]
    links = [str(child.attrGet("href")) for child in inline if child.type == "link_open"]
    files = [link.partition("#")[0] for link in links if "://" not in link and not link.startswith("#")]
    assert [file for file in files if not (page.parent / file).exists()] == []


@pytest.mark.parametrize("page", [page for page in PAGES if FILES.search(page.read_text(encoding="utf-8"))], ids=named)
def test_files_that_a_page_names_exist(page: Path) -> None:
    roots = [ROOT, ROOT / "src" / "tracklayer", *(ROOT / "src" / "tracklayer" / "drivers").iterdir()]
    wanted = set(FILES.findall(page.read_text(encoding="utf-8")))
    missing = [name for name in wanted if not any((root / name).exists() for root in roots)]
    assert missing == []


def test_every_public_name_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "api" / "tracklayer.md").read_text(encoding="utf-8")
    here = set(re.findall(r":: tracklayer\.(\w+)$", page, re.MULTILINE))
    modelled, raised = set(tracklayer.model.__all__), set(vars(tracklayer.errors))
    assert set(tracklayer.__all__) - modelled - raised == here


def test_the_support_page_is_what_the_command_writes() -> None:
    told = subprocess.run(
        [Path(sys.executable).with_name("tracklayer"), "support", "--markdown"],
        capture_output=True,
        text=True,
        check=True,
    )
    page = (ROOT / "docs" / "support.md").read_text(encoding="utf-8")
    assert page == told.stdout, "write it anew: tracklayer support --markdown > docs/support.md"
