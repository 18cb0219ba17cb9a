"""Another process that writes to a run: `python -m contract_tests.writer URL RUN NUMBER`."""

from __future__ import annotations

import sys

from contract_tests.samples import MS, T0

from tracklayer.layers.stack import stack
from tracklayer.model import Batch, Points, RunRef
from tracklayer.spi import open_driver

WRITES = 6


def batches(number: int) -> list[Batch]:
    """What writer `number` writes, in this order."""
    return [
        Batch(
            params={f"{number}.{part}": "p" * (1 + part * 2_000)},
            tags={f"{number}.{part}": "t" * (1 + part * 3_000), "last": f"{number}" * (1 + part % 2 * 9_000)},
            points=(Points.of("m", [(part, T0 + number * MS, number / 4)]),),
        )
        for part in range(WRITES)
    ]


def main(url: str, run: str, number: int) -> None:
    driver = stack(open_driver(url))
    for batch in batches(number):
        driver.write(RunRef(id=run), batch)
    driver.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
