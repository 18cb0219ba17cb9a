"""Deleting: the source's runs that are proven to be at the target, and only those."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tracklayer.api import Client, connect
from tracklayer.errors import MigrationError, TracklayerError
from tracklayer.layers.gate import lacking
from tracklayer.migrate.identity import fingerprint
from tracklayer.migrate.ledger import opened
from tracklayer.migrate.summary import Failure, MigrationSummary
from tracklayer.migrate.trouble import Trouble
from tracklayer.model import RunRef
from tracklayer.spi import Feature, every


def check_deletable(source: str) -> None:
    """Can runs be deleted there? `Unsupported` if not: better said before the work than behind it."""
    with connect(source) as client:
        refused = lacking(client.traits, [Feature.DELETE])
    if refused is not None:
        raise refused


def delete_source(source: str | Client, summary: MigrationSummary) -> tuple[int, tuple[Failure, ...]]:
    """Delete the runs that a migration has copied and proven; says how many, and which were left, and why.

    * Nothing is deleted without a clean certificate: `MigrationError`.
    * A run that has changed since it was copied is left, and so is one of which something differs for a reason, and one
      that cannot be deleted. Experiments stay.
    * Children go before their parents.
    """
    certificate = summary.certificate
    if certificate is None or not summary.ok or not certificate.clean or summary.ledger is None:
        message = "nothing is deleted: not every run is proven to be at the target"
        raise MigrationError(message)
    client = connect(source) if isinstance(source, str) else source
    try:
        driver = client.driver
        kept: list[Failure] = []
        with opened(Path(summary.ledger), summary.source, summary.target) as ledger:
            for proven in reversed(certificate.runs):
                if not proven.exact:
                    kept.append(Failure(run=proven.run, name=proven.name, reason="its copy is not exact"))
                    continue
                try:
                    run = driver.get_run(RunRef(id=proven.run))
                    files = every(partial(driver.list_artifacts, run.ref)) if _files(client) else ()
                    if not ledger.stands(run.id, fingerprint(run, files)):
                        kept.append(Failure(run=run.id, name=run.name, reason="it has changed since it was copied"))
                        continue
                    driver.delete(run.ref)
                except TracklayerError as error:
                    kept.append(Failure(run=proven.run, name=proven.name, reason=Trouble.of(error).reason))
        return len(certificate.runs) - len(kept), tuple(kept)
    finally:
        if isinstance(source, str):
            client.close()


def _files(client: Client) -> bool:
    return client.traits.offers(Feature.ARTIFACTS)
