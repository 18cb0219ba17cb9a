"""What runs were made with: what is the same in all, and what differs."""

from __future__ import annotations

from tests.compare.runs import held

from tracklayer.compare import align
from tracklayer.compare.config import config
from tracklayer.model import Dataset, Source


def test_only_what_differs_is_laid_out_and_the_most_telling_first() -> None:
    rows = align(
        [
            held(
                "1",
                params={"lr": 0.1, "big": True, "rare": 1, "id": "a", "text": "0.5"},
                source=Source(commit="c1", branch="main"),
                inputs=(Dataset(name="digits", digest="d1"), Dataset(name="digits", digest="d0", context="eval")),
            ),
            held(
                "2",
                params={"lr": 0.2, "big": True, "id": "b", "text": 0.5},
                source=Source(commit="c2", branch="main"),
                inputs=(Dataset(name="digits", digest="d2"),),
            ),
            held("3", params={"lr": "0.1", "big": "True", "id": "c", "text": 0.5}, source=Source(branch="main")),
        ]
    )
    found = config(rows)
    assert found.same == {"params.big": True, "params.text": "0.5", "source.branch": "main"}
    assert dict(found.differing) == {
        "params.lr": (0.1, 0.2, "0.1"),
        "params.id": ("a", "b", "c"),
        "params.rare": (1, None, None),
        "inputs.digits": ("d0, d1", "d2", None),
        "source.commit": ("c1", "c2", None),
    }
    assert list(found.differing) == ["params.lr", "params.id", "params.rare", "inputs.digits", "source.commit"]


def test_no_runs_have_no_config() -> None:
    assert config(()) == config(align([held("1")]))
