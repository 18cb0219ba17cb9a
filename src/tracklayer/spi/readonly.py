"""ReadOnly: a driver of a place that is read and never written, such as the files that another tool has left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO, NoReturn

from tracklayer.errors import Unsupported
from tracklayer.model import Batch, Experiment, ExperimentDraft, ExperimentRef, Owner, Run, RunDraft, RunRef
from tracklayer.spi.driver import Driver
from tracklayer.spi.features import Claim, Feature, never, sidecar

#: What only a place that is written to can be asked for.
OF_WRITING = (
    Feature.WRITING,
    Feature.DELETE,
    Feature.RESTORE,
    Feature.RESUME,
    Feature.IDEMPOTENT_CREATE,
    Feature.PARAM_OVERWRITE,
    Feature.ATOMIC_WRITE,
)


class ReadOnly(Driver):
    """Refuses to write, and keeps nothing beside what it reads.

    * A subclass has `open`, `get_experiment`, `list_experiments`, `get_run`, `list_runs`, `read_points` and `close`;
      and `open_artifact` and `list_artifacts` where there are files.
    * Its traits claim `read_only(...)`, so that `layers/gate.py` refuses long before a call comes here.
    """

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        """Refused."""
        del draft
        self._closed()

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        """Refused."""
        del experiment, draft
        self._closed()

    def write(self, run: RunRef, batch: Batch, /) -> None:
        """Refused."""
        del run, batch
        self._closed()

    def put_sidecar(self, owner: Owner, key: str, data: bytes, /) -> None:
        """Refused."""
        del owner, key, data
        self._closed()

    def get_sidecars(self, owner: Owner, prefix: str = "", /) -> Mapping[str, bytes]:
        """None: nobody put any there."""
        del owner, prefix
        return {}

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        """Refused."""
        del run, path, data
        self._closed()

    def _closed(self) -> NoReturn:
        feature = Feature.WRITING
        raise Unsupported(self.traits.provider, feature.value, self.traits.claims[feature].why)


def read_only(why: str, claims: Mapping[Feature, Claim], source: str = "") -> Mapping[Feature, Claim]:
    """The claims of a place that is only read: what needs writing is `never`, because of `why`; the others as given.

    Filters and orders are tracklayer's, if nothing else is claimed: such a place is read run by run.
    """
    sifted = sidecar("its runs are read one by one; tracklayer filters and orders them")
    refused = dict.fromkeys(OF_WRITING, never(why, source))
    return {Feature.FILTER: sifted, Feature.ORDER: sifted, **claims, **refused}
