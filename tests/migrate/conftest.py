"""What tests of migration share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from contract_tests.witnesses.places import Places


@pytest.fixture(scope="module")
def urls(everywhere: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The URL of each place by its name (see `places.py`), for a process that is led there."""
    with everywhere.entered(tmp_path_factory.mktemp("places")) as urls:
        yield urls
