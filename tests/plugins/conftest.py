from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.plugins.trained import Trained, trained


@pytest.fixture(scope="module")
def logged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    """What the training that the module is named after logged: `test_keras.py` reads `trainings/keras_fits.py`."""
    with trained(tmp_path_factory.getbasetemp(), request.module.TRAINING) as found:
        yield found
