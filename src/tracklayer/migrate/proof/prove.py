"""Prove: one run and its copy, both read anew and compared in all they have."""

from __future__ import annotations

from tracklayer.errors import NotFound
from tracklayer.layers.fitting.reading import one_look
from tracklayer.migrate.proof.files import compare_files
from tracklayer.migrate.proof.findings import Findings
from tracklayer.migrate.proof.pair import Pair
from tracklayer.migrate.proof.points import compare_series
from tracklayer.migrate.proof.proof import Counts, Proof
from tracklayer.migrate.proof.record import compare_record, digest
from tracklayer.migrate.proof.shown import NOTHING
from tracklayer.model import ENDED, Run, RunRef
from tracklayer.spi import Driver


def prove(source: Driver, target: Driver, pair: Pair) -> Proof:
    """Read a run and its copy, every point and every byte, and say in what they differ.

    * Memory does not grow with the run: series and files are summed up as they are read.
    * What a place raises is raised; but a copy that is not there, or deleted, is a difference.
    """
    ours = source.get_run(RunRef(id=pair.source))
    try:
        theirs = target.get_run(RunRef(id=pair.target))
    except NotFound:
        return _without(pair, ours, "its copy is gone")
    if theirs.deleted:
        return _without(pair, ours, "its copy is deleted")
    findings = Findings(ours, theirs)
    compare_record(findings, source, target, pair, (ours, theirs))
    with one_look(enough=ours.status in ENDED and theirs.status in ENDED):
        series = compare_series(findings, (source, ours), (target, theirs))
    files = compare_files(findings, (source, ours), (target, theirs))
    return Proof(
        run=ours.id,
        target=theirs.id,
        name=ours.name,
        digest=digest(source.url, ours, series, files),
        counts=Counts(
            params=len(ours.params),
            tags=len(ours.tags),
            metrics=len(series),
            points=sum(summed.count for summed in series.values()),
            files=len(files),
            bytes=sum(file.size for file in files.values()),
        ),
        differences=findings.differences,
        explained=findings.explained,
        approximate=findings.approximate,
    )


def _without(pair: Pair, ours: Run, reason: str) -> Proof:
    findings = Findings(ours, ours)
    findings.add("run", "", ours.id, NOTHING, reason)
    return Proof(run=ours.id, target=pair.target, name=ours.name, differences=findings.differences)
