"""A certificate as a page for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracklayer.migrate.proof.certificate import Certificate, Proven
from tracklayer.migrate.proof.difference import Difference
from tracklayer.render.page import Html, element, facts, joined, page, table
from tracklayer.render.text import counted, duration, moment, size

#: Rows of a table: a browser lays out many more only slowly, and `migration.json` has them all.
MOST = 1_000
#: Letters of a digest that are shown where there are many.
SHORT = 16
HOW = (
    "Both places were read anew after the copying, run by run. Each run was found at the target by a token that hangs"
    " on the source's address and the run's id, so that a missing run, a doubled one and one that nobody copied come to"
    " light. Of each run were compared: name, status, start, end, parent, description, user, source code, data sets,"
    " where it was first logged, every param with its type, every tag, every point of every metric (step, time to the"
    " nanosecond, value) and every byte of every file."
)
DIGESTS = (
    "A run's digest is SHA-256 over all of that in one agreed order, but for ids, which each place gives itself. It is"
    " the same wherever the run is copied to. The root digest is SHA-256 over those and over who is whose parent."
)


def certificate_page(certificate: Certificate) -> str:
    """The whole page: the verdict and what differs first."""
    verdict = "Certificate: clean" if certificate.clean else "Certificate: not clean"
    return page(verdict, *_sections(certificate))


def verdict(certificate: Certificate) -> str:
    """What was found, in a sentence."""
    runs = counted(len(certificate.runs), "run")
    if certificate.clean:
        return f"{runs} compared, and every copy is its run: no unexplained difference."
    found = [counted(certificate.unexplained, "unexplained difference")] if certificate.unexplained else []
    if certificate.unread:
        found.append(f"{counted(len(certificate.unread), 'run')} that could not be compared")
    return f"{runs} compared: {' and '.join(found)}."


def _sections(certificate: Certificate) -> Iterator[Html]:
    tone = "good" if certificate.clean else "bad"
    yield element("p", verdict(certificate), class_=f"verdict {tone}")
    yield facts(_facts(certificate))
    if certificate.differences:
        yield from _section("Unexplained differences", _differences(certificate.differences, certificate.unexplained))
    if certificate.unread:
        rows = [(one.name or "", one.run, one.reason) for one in certificate.unread]
        yield from _section("Not compared", _rows("Runs that could not be read", ("name", "run", "why"), rows))
    yield from _section("What was compared, and how", element("p", HOW), _counts(certificate))
    if certificate.explained:
        found = certificate.explained
        yield from _section("Differences that are explained", _differences(found, len(found)))
    if certificate.approximate:
        rows = [(one.field, one.why, f"{one.runs:,}") for one in certificate.approximate]
        caption = "What a place says it does not hold exactly, be it different or not"
        yield from _section("Approximate", _rows(caption, ("field", "why", "runs"), rows, right=("runs",)))
    if certificate.notes:
        yield from _section("Notes", element("ul", *(element("li", note) for note in certificate.notes)))
    yield from _section("Runs", element("p", DIGESTS), _runs(certificate.runs))


def _facts(certificate: Certificate) -> Iterator[tuple[str, str]]:
    asked = certificate.asked
    yield "source", certificate.source
    yield "target", certificate.target
    said = [(name, getattr(asked, name)) for name in ("experiment", "run", "filter")]
    limits = [f"{name} {value}" for name, value in said if value]
    limits += [f"since {moment(asked.since)}"] if asked.since else []
    yield "asked for", ", ".join(limits) or "all runs"
    yield "by", certificate.who
    yield "when", f"{moment(certificate.began)}, in {duration(certificate.took)}"
    yield "with", f"tracklayer {certificate.tracklayer}"
    yield "root digest", element("code", certificate.root)


def _section(heading: str, *content: Html) -> Iterator[Html]:
    yield element("section", element("h2", heading), *content)


def _counts(certificate: Certificate) -> Html:
    counts = certificate.counts
    rows = [("experiments", f"{certificate.experiments:,}"), ("runs", f"{len(certificate.runs):,}")]
    rows += [(name, f"{getattr(counts, name):,}") for name in ("params", "tags", "metrics", "points", "files")]
    return table("How much was compared", ("what", "count"), [*rows, ("bytes", size(counts.bytes))], right=("count",))


def _differences(found: Sequence[Difference], count: int) -> Html:
    headings = ("run", "what", "where", "source", "target", "reason")
    rows = [(one.name or one.run or "", one.what, one.where, one.source, one.target, one.reason) for one in found]
    return _rows(counted(count, "difference"), headings, rows)


def _runs(runs: Sequence[Proven]) -> Html:
    headings = ("name", "run", "copy", "params", "points", "files", "bytes", "digest", "")
    rows = [
        (
            run.name or "",
            run.run,
            run.target,
            f"{run.counts.params:,}",
            f"{run.counts.points:,}",
            f"{run.counts.files:,}",
            size(run.counts.bytes),
            element("code", run.digest[:SHORT]),
            _outcome(run),
        )
        for run in runs[:MOST]
    ]
    caption = f"{counted(len(runs), 'run')}, with the first {SHORT} letters of each digest"
    return _cut(table(caption, headings, rows, right=("params", "points", "files", "bytes")), len(runs))


def _outcome(run: Proven) -> Html:
    if not run.clean:
        return element("span", "differs", class_="bad")
    return element("span", "same", class_="good") if run.exact else element("span", "as explained", class_="warn")


def _rows(caption: str, headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> Html:
    return _cut(table(caption, headings, rows[:MOST], right=right), len(rows))


def _cut(shown: Html, count: int) -> Html:
    """A table, and a word on what of it is not shown."""
    if count <= MOST:
        return shown
    rest = f"The first {MOST:,} of {count:,} are shown; the certificate's JSON has all that it holds."
    return joined((shown, element("p", rest, class_="soft")))
