"""Places that are only read: what they claim, and that no run is started there."""

from __future__ import annotations

from pathlib import Path

import pytest

import tracklayer as tl
from tracklayer.errors import Unsupported
from tracklayer.spi import Feature, Support, driver_class, native, read_only, schemes
from tracklayer.spi.readonly import OF_WRITING, ReadOnly

READERS = ("mlflow+sqlite", "mlruns", "tensorboard", "wandb")


def test_what_needs_writing_is_refused_for_one_reason_and_the_rest_is_as_claimed() -> None:
    claims = read_only("it is a book", {Feature.ARTIFACTS: native("pages"), Feature.DELETE: native("a fire")}, "page 1")
    assert claims[Feature.ARTIFACTS] == native("pages")
    for feature in OF_WRITING:
        claim = claims[feature]
        assert (claim.support, claim.why, claim.source) == (Support.NEVER, "it is a book", "page 1")
    assert claims[Feature.FILTER].offered
    assert claims[Feature.ORDER].offered


def test_every_other_place_can_be_written() -> None:
    closed = {scheme for scheme in schemes() if not driver_class(scheme).traits.offers(Feature.WRITING)}
    assert closed == set(READERS)
    assert {issubclass(driver_class(scheme), ReadOnly) for scheme in closed} == {True}


@pytest.mark.parametrize("to", ["mlruns:{0}", ["local:{0}/store.db", "mlruns:{0}"]], ids=["alone", "beside another"])
def test_no_run_is_started_where_nothing_can_be_written(tmp_path: Path, to: str | list[str]) -> None:
    places = to.format(tmp_path) if isinstance(to, str) else [place.format(tmp_path) for place in to]
    with pytest.raises(Unsupported, match="mlruns does not offer writing"):
        tl.start_run("x", to=places)
    assert list(tmp_path.iterdir()) == []
