"""Configurations as public projects have them: nothing in them is a secret, and nothing is hidden."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tracklayer.api.redaction import Redactor
from tracklayer.model import ParamValue

HERE = Path(__file__).parent / "redaction"
CONFIGS = sorted(path for path in HERE.iterdir() if path.suffix in {".yaml", ".json"})
LEAST_KEYS = 900


def named(path: Path) -> str:
    return path.name


def read(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def flat(tree: Any, above: str = "") -> Iterator[tuple[str, ParamValue]]:
    """As users log them: nested keys with dots, lists as text and one by one."""
    if isinstance(tree, (dict, list)):
        if isinstance(tree, list) or not tree:
            yield above, str(tree)
        pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
        for key, value in pairs:
            yield from flat(value, f"{above}.{key}" if above else str(key))
    else:
        yield above, tree if isinstance(tree, (bool, int, float, str)) else str(tree)


def pairs(path: Path) -> dict[str, ParamValue]:
    return dict(flat(read(path)))


@pytest.mark.parametrize("path", CONFIGS, ids=named)
def test_no_param_is_hidden(path: Path) -> None:
    params = pairs(path)
    redactor = Redactor()
    assert (redactor.params(params), redactor.hidden) == (params, [])


@pytest.mark.parametrize("path", CONFIGS, ids=named)
def test_no_tag_is_hidden(path: Path) -> None:
    tags = {key: str(value) for key, value in pairs(path).items()}
    redactor = Redactor()
    assert (redactor.tags(tags), redactor.hidden) == (tags, [])


@pytest.mark.parametrize("style", ["--{}={}", "{}={}", "++{}={}"])
@pytest.mark.parametrize("path", CONFIGS, ids=named)
def test_no_word_of_a_command_line_is_hidden(path: Path, style: str) -> None:
    words = ["train.py", *(style.format(key, value) for key, value in pairs(path).items())]
    redactor = Redactor()
    assert (redactor.command(words), redactor.hidden) == (shlex.join(words), [])


@pytest.mark.parametrize("path", CONFIGS, ids=named)
def test_options_with_their_values_behind_them(path: Path) -> None:
    words = ["train.py"]
    for key, value in pairs(path).items():
        words += (f"--{key.replace('_', '-')}", str(value))
    redactor = Redactor()
    assert (redactor.command(words), redactor.hidden) == (shlex.join(words), [])


@pytest.mark.parametrize("path", sorted(HERE.iterdir()), ids=named)
def test_nothing_is_hidden_in_the_text_of_the_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    redactor = Redactor()
    assert (redactor.text("description", text), redactor.hidden) == (text, [])


@pytest.mark.parametrize("dump", [json.dumps, str, yaml.safe_dump], ids=["json", "repr", "yaml"])
@pytest.mark.parametrize("path", CONFIGS, ids=named)
def test_nothing_is_hidden_in_a_whole_configuration_in_one_value(path: Path, dump: Any) -> None:
    text = dump(read(path))
    redactor = Redactor()
    assert (redactor.params({"config": text}), redactor.hidden) == ({"config": text}, [])


def test_no_variable_is_hidden() -> None:
    lines = (HERE / "environment.env").read_text(encoding="utf-8").splitlines()
    environ = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    redactor = Redactor()
    assert (redactor.environment(environ), redactor.hidden) == (environ, [])


def test_the_corpus_is_large() -> None:
    assert len({key for path in CONFIGS for key in pairs(path)}) > LEAST_KEYS
