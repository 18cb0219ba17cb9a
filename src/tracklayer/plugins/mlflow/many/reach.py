"""Reach: whether a place can be read. It needs no MLflow, and tries nothing twice."""

from __future__ import annotations

from contextlib import closing

from tracklayer.errors import InvalidInput, TracklayerError
from tracklayer.layers.retry import RetryPolicy
from tracklayer.layers.stack import stack
from tracklayer.spi import open_driver


def unreachable(url: str) -> TracklayerError | OSError | None:
    """Why the place cannot be read; None where it can. `InvalidInput` and `DriverMissing` for what is no place."""
    driver = stack(open_driver(url), retry=RetryPolicy(attempts=1))
    try:
        with closing(driver):
            driver.list_experiments()
    except InvalidInput:
        raise
    except (TracklayerError, OSError) as error:
        return error
    return None
