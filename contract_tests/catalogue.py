"""The list of the tests in `docs/contract.md`, by noun: `python -m contract_tests.catalogue` writes it anew."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from tracklayer.spi import Feature

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "contract.md"
#: All behind this line is generated.
MARK = "<!-- Below: written by `python -m contract_tests.catalogue` -->\n"


def page(text: str) -> str:
    """A page with the list behind the mark made anew."""
    written, mark, _ = text.partition(MARK)
    if not mark:
        message = f"{PAGE.name} has lost the line {MARK.strip()}"
        raise ValueError(message)
    return written + mark + "".join(catalogue())


def catalogue() -> Iterator[str]:
    """The list: a heading and a table for each file."""
    for file in sorted(HERE.glob("test_*.py")):
        module = ast.parse(file.read_text(encoding="utf-8"))
        yield f"\n### {file.stem.removeprefix('test_').capitalize()}\n\n{ast.get_docstring(module)}\n\n"
        yield "| test | needs |\n| --- | --- |\n"
        general = _features(node for node in module.body if _assigns(node, "pytestmark"))
        for node in module.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                features = dict.fromkeys([*general, *_features(node.decorator_list)])
                yield f"| {node.name.removeprefix('test_').replace('_', ' ')} | {', '.join(features)} |\n"


def _features(nodes: Iterable[ast.AST]) -> list[str]:
    """The features that are named in a piece of code, as users know them."""
    return [
        Feature[part.attr].value
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "Feature"
    ]


def _assigns(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.Assign) and any(isinstance(at, ast.Name) and at.id == name for at in node.targets)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
