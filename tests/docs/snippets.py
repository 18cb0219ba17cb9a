"""Runs the fenced blocks of a page, from top to bottom, as a reader would.

* `python` blocks share one namespace a page; `pycon` blocks (`>>>`) too, and what they print is compared.
* In `console` blocks, lines that begin with `$ ` are commands for one bash; what stands below one, if anything, is
  what it must print (`...` stands for any text). A command must end with 0, unless the next one is `echo $?`.
* `<!-- not run: REASON -->` before a block leaves it out. Blocks of other languages are only shown.
"""

from __future__ import annotations

import doctest
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

LANGUAGES = frozenset({"python", "pycon", "console"})
NOT_RUN = re.compile(r"<!-- not run: (\S.*) -->")
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
#: Printed after each command, followed by its exit code.
MARK = "=-=-= exit "


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, in which language, and why it is not run, if it says so."""

    page: Path
    line: int
    language: str
    text: str
    left_out: str | None

    @property
    def where(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    for before, token in pairwise([Token("start", "", 0), *tokens]):
        if token.type == "fence" and token.map is not None:
            said = NOT_RUN.search(before.content) if before.type == "html_block" else None
            yield Block(
                page, token.map[0] + 2, token.info.split()[0] if token.info else "", token.content, said and said[1]
            )


def run(block: Block, names: dict[str, Any], environment: Mapping[str, str], replaced: Mapping[str, str]) -> None:
    """Run one block; fails when it raises, or prints something else than it shows."""
    text = block.text
    for shown, real in replaced.items():
        text = text.replace(shown, real)
    if block.language == "console":
        _console(block, text, environment)
    elif block.language == "pycon":
        test = doctest.DocTestParser().get_doctest(text, names, block.where, str(block.page), block.line)
        told: list[str] = []
        doctest.DocTestRunner(optionflags=LENIENT).run(test, out=told.append, clear_globs=False)
        assert not told, "".join(told)
        names.update(test.globs)
    else:
        code = compile("\n" * (block.line - 1) + text, str(block.page), "exec", dont_inherit=True)
        exec(code, names)  # noqa: S102 -- running what the page shows is the point


def _console(block: Block, text: str, environment: Mapping[str, str]) -> None:
    commands, wanted = [], []
    for entry in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, shown = re.match(r"((?:.*\\\n)*.*)\n?((?s:.*))", entry).groups()  # type: ignore[union-attr] # always
        commands.append(command)
        wanted.append(shown)
    assert commands, f"{block.where}: no line begins with '$ '"
    script = "".join(f"{command}\ncode=$?; echo; echo '{MARK}'$code; (exit $code)\n" for command in commands)
    done = subprocess.run(
        ["bash", "-c", script],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    parts = re.split(rf"\n{MARK}(\d+)\n", done.stdout)
    following = [*commands[1:], ""]
    for command, shown, got, code, after in zip(commands, wanted, parts[::2], parts[1::2], following, strict=False):
        assert code == "0" or after == "echo $?", f"{block.where}: $ {command}\nended with {code}:\n{got}"
        if shown.strip() and not doctest.OutputChecker().check_output(shown.strip(), got.strip(), LENIENT):
            raise AssertionError(f"{block.where}: $ {command}\nmust print:\n{shown}\nprinted:\n{got}")
    assert len(parts) == 2 * len(commands) + 1, f"{block.where}: bash stopped early:\n{done.stdout}"
