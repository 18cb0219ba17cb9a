"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "tracklayer"
SOURCES = sorted(SRC.rglob("*.py"))
TESTS = sorted([*(ROOT / "tests").rglob("*.py"), *(ROOT / "contract_tests").rglob("*.py")])
MOST_LINES = 300


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def undocumented(tree: ast.AST, prefix: str = "") -> Iterator[str]:
    """Public classes and functions, and public methods of public classes, that say nothing of themselves."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) or node.name.startswith("_"):
            continue
        inherits = prefix != "" and not isinstance(node, ast.ClassDef)  # a method may be documented where it comes from
        if not inherits and ast.get_docstring(node) is None:
            yield f"{prefix}{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from undocumented(node, f"{node.name}.")


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_file_has_one_reason_to_exist(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    assert path.stem not in {"utils", "util", "helpers", "common", "misc"}


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_what_is_public_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module itself"
    assert list(undocumented(tree)) == []


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name == "__init__.py"], ids=named)
def test_a_package_only_re_exports(path: Path) -> None:
    assigned: set[str] = set()
    imported: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body[1:]:
        if isinstance(node, ast.ImportFrom):
            imported.update(name.asname or name.name for name in node.names)
        else:
            assert isinstance(node, ast.Assign), ast.unparse(node)
            assigned.update(target.id for target in node.targets if isinstance(target, ast.Name))
    assert assigned <= {"__all__", "__version__"}
    assert "__all__" in assigned or not imported, "say in __all__ what is re-exported"


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_a_test_neither_skips_nor_sleeps(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert used.isdisjoint(
        {"pytest.skip", "pytest.mark.skip", "pytest.mark.skipif", "pytest.importorskip", "time.sleep"}
    )


def test_each_test_file_has_its_own_subject() -> None:
    areas = {path.name for path in SRC.iterdir() if path.is_dir()} | {"meta", "docs", "contract_tests"}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders <= areas, "tests/ mirrors src/tracklayer/, and the folders beside it"


def test_changes_are_told_in_fragments() -> None:
    fragments = sorted((ROOT / "docs" / "changes").glob("*.md"))
    told = [path for path in fragments if path.name != "README.md"]
    assert told
    for path in told:
        assert re.fullmatch(r"\d+\.(added|changed|fixed|removed)(\.[a-z0-9-]+)?\.md", path.name), path.name
        text = path.read_text(encoding="utf-8")
        assert re.match(r"[A-Z`].*\.$", text.strip(), re.DOTALL), f"{path.name}: sentences, please"
        assert "#" not in text, f"{path.name}: no headings"
