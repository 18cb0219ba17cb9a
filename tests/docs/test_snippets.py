from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract_tests.servers.mlflow_server import MlflowServer, shared_server
from tests.docs.snippets import LANGUAGES, Block, blocks, run

import tracklayer as tl

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCKS = {page: list(blocks(page)) for page in PAGES}
RUNNABLE = {
    page: [block for block in found if block.language in LANGUAGES and block.left_out is None]
    for page, found in BLOCKS.items()
}


#: Where pages say that an MLflow server is. One runs elsewhere while a page is run, if the page needs it.
SERVER = "127.0.0.1:5000"


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with shared_server(tmp_path_factory.getbasetemp()) as server:
        yield server


@pytest.mark.parametrize("page", [page for page in PAGES if RUNNABLE[page]], ids=named)
def test_what_a_page_shows_can_be_run(
    page: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced = {}
    if any(SERVER in block.text for block in RUNNABLE[page]):
        replaced[SERVER] = request.getfixturevalue("mlflow_server").url.removeprefix("http://")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRACKLAYER_URL", raising=False)
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    names: dict[str, object] = {"__name__": "__main__"}
    for block in RUNNABLE[page]:
        run(block, names, os.environ, replaced)
    assert tl.current_run() is None


def test_pages_show_code_that_runs_in_languages_that_are_run() -> None:
    shells = [block.where for found in BLOCKS.values() for block in found if block.language in {"bash", "sh", "shell"}]
    assert shells == [], "write ```console and `$ ` before each command"


def test_hardly_a_block_is_left_out() -> None:
    left_out = [(block.where, block.left_out) for found in BLOCKS.values() for block in found if block.left_out]
    assert len(left_out) <= 3, left_out
    assert any(RUNNABLE.values())


@pytest.mark.parametrize(
    ("language", "text", "says"),
    [
        ("python", "1 / 0", "division by zero"),
        ("pycon", ">>> 1 + 1\n3\n", "Got:\n    2"),
        ("console", "$ echo one\ntwo\n", "printed:\none"),
        ("console", "$ false\n", "ended with 1"),
        ("console", "echo one\n", "no line begins"),
        ("console", "$ exit 0\n", "stopped early"),
    ],
)
def test_a_block_that_is_wrong_fails(language: str, text: str, says: str) -> None:
    block = Block(Path("page.md"), 1, language, text, None)
    with pytest.raises(Exception, match=says):
        run(block, {}, os.environ, {})


def test_a_console_block_may_show_a_failure_and_its_code() -> None:
    text = "$ (echo no; \\\n   exit 3)\nn...\n$ echo $?\n3\n"
    run(Block(Path("page.md"), 1, "console", text, None), {}, os.environ, {})
    with pytest.raises(AssertionError, match="must print:\n4"):
        run(Block(Path("page.md"), 1, "console", text.replace("3\n", "4\n"), None), {}, os.environ, {})
