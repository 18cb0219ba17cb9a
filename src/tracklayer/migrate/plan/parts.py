"""What of a driver's call brings calls of the provider about: see `spi/rates.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tracklayer.model import Batch, Run
from tracklayer.spi import Part, Rates, Traits


def of_write(traits: Traits, batch: Batch, run: Run) -> Mapping[Part, int]:
    """Of a write to a run, as it was before."""
    own = sum(traits.names.tag.read_own(key) is not None for key in batch.tags)
    parts: dict[Part, int] = {
        "params": len(batch.params),
        "own tags": own,
        "tags": len(batch.tags) - own,
        "points": sum(map(len, batch.points)),
        "new metrics": len({points.key for points in batch.points} - run.metrics.keys()),
        "data sets": len(batch.inputs),
        "description": int(batch.description is not None),
        "state": int(any(field is not None for field in (batch.name, batch.status, batch.ended))),
    }
    return parts if any(parts.values()) else {"nothing": 1}


def of_sidecar(rates: Rates, key: str, data: bytes, kept: Collection[str]) -> Mapping[Part, int]:
    """Of a sidecar of a run that has those of `kept` in its record already."""
    kind = key[:1]
    if key in kept:
        return {"same sidecar": 1}
    if kind in {"v", "p"} and len(data) <= rates.kept and len(kept) < rates.most_kept:
        return {"kept sidecar": 1}
    named: dict[str, Part] = {"v": "stored v", "p": "stored p", "b": "stored b", "m": "stored m"}
    return {"stored sidecar": 1, **({named[kind]: 1} if kind in named else {})}


def of_file(rates: Rates, size: int | None) -> Mapping[Part, int]:
    """Of a file. One whose size is not known counts as small."""
    if not rates.part or size is None or size < rates.part:
        return {"file": 1, "small file": 1}
    return {"file": 1, "large file": 1, "parts": -(-size // rates.part)}
