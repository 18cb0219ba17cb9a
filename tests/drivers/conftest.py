from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

NOBODY = 65_534


@pytest.fixture
def without_mlflow_s_log_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """urllib3's log as it is where MLflow is not imported: it hides signatures there too, before we can."""
    logger = logging.getLogger("urllib3.connectionpool")
    ours = [one for one in logger.filters if type(one).__module__.startswith("tracklayer.")]
    monkeypatch.setattr(logger, "filters", ours)


@pytest.fixture
def unprivileged(tmp_path: Path) -> Callable[[], AbstractContextManager[None]]:
    """A block in which the rights of files count, for root too: root becomes nobody, and `tmp_path` is nobody's."""

    @contextmanager
    def block() -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        for folder in (tmp_path, *tmp_path.parents):
            if not folder.stat().st_mode & 0o001:  # pytest, and xdist below it, keep theirs to their owner
                folder.chmod(0o755)
        for found in (tmp_path, *tmp_path.rglob("*")):
            os.chown(found, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)

    return block
