"""Copies that were begun and never finished, at a place that keeps a part of them beside what it makes."""

from __future__ import annotations

from itertools import count
from uuid import uuid4

import pytest
from tests.migrate.nasty import fill, portrait
from tests.migrate.unruly import failing

import tracklayer as tl


@pytest.mark.parametrize("like", ["mlflow", "sagemaker"])
def test_killed_at_any_sidecar_the_next_migration_brings_what_is_missing(like: str) -> None:
    with tl.connect(f"memory://{uuid4().hex}") as source:
        fill(source)
        expected = portrait(source)
        for killed in count(1):
            target = f"memory://{uuid4().hex}?like={like}"
            left = iter(range(killed - 1))
            unruly = failing(
                target,
                lambda called, _, left=left: (  # type: ignore[misc] # a default of the loop's own
                    KeyboardInterrupt() if called == "put_sidecar" and next(left, None) is None else None
                ),
            )
            try:
                tl.migrate(source, unruly, workers=1)
                break
            except KeyboardInterrupt:
                pass
            with tl.connect(target) as client:
                again = tl.migrate(source, client)
                assert again.certificate is not None
                assert again.ok, [one.line() for one in again.certificate.differences]
                assert portrait(client) == expected
        assert killed > 10
