from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass

from tracklayer.plugins.nested import flat


@dataclass
class Size:
    width: int


def test_nested_params_have_their_paths_as_keys() -> None:
    params = {"a": {"b": 1, "c": {}}, "d": Namespace(e=2), "f": Size(3), "g": [{"h": 4}, {"h": 5}], "i": [6], 7: []}
    assert flat(params) == {"a/b": 1, "d/e": 2, "f/width": 3, "g/0/h": 4, "g/1/h": 5, "i": [6], "7": []}
    assert flat({"a": {"b": 1}}, ".") == {"a.b": 1}
