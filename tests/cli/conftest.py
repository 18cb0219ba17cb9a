"""A store to look at."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import tracklayer as tl
from tracklayer.model import Dataset


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Three runs of `digits`, one of them deleted, one a child; the current folder is an empty one."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv("TRACKLAYER_URL", raising=False)
    url = f"local:{tmp_path / 'store.db'}"
    with tl.start_run(
        "digits", name="first", to=url, params={"lr": 0.1, "layers": 2}, description="of\nmany lines"
    ) as run:
        for step in range(60):
            run.log_metrics({"loss": 1 / (step + 1), "acc": step / 60}, step=step)
        run.log_metric("odd", math.nan, step=-5)
        run.log_text("hello", "notes/hello.txt")
        run.log_input(Dataset(name="digits", digest="d1g35t", source="sklearn"), context="train")
        run.set_tag("team", "red")
    with tl.start_run("digits", name="second", to=url, parent=run, params={"lr": 0.2, "layers": 2}) as child:
        child.log_metric("loss", 0.5)
    with tl.start_run("digits", name="third", to=url) as gone:
        pass
    with tl.connect(url) as client:
        client.delete(client.run(gone.id))
        client.create_experiment("letters", description="nothing yet")
    return url
