"""The page of a certificate: the verdict and what differs first, all that a reader needs, and nothing that runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.render.test_page import Reader

from tracklayer.migrate.proof.certificate import Approximate, Asked, Certificate, Proven, Unread
from tracklayer.migrate.proof.difference import Difference
from tracklayer.migrate.proof.page import MOST, certificate_page, verdict
from tracklayer.migrate.proof.proof import Counts

BEGAN = datetime(2026, 11, 23, 4, 28, 45, tzinfo=timezone.utc)
DIFFERENCE = Difference(
    what="param", where="<lr>", source="0.1 (float)", target="0.2 (float)", reason="it differs", run="r1", name="first"
)


def proven(number: int) -> Proven:
    counts = Counts(params=3, points=1_234, files=1, bytes=5_000)
    return Proven(f"r{number}", f"run {number}", f"local:x#c{number}", "d" * 64, counts, clean=True, exact=True)


def certificate(**fields: Any) -> Certificate:
    given = {
        "tracklayer": "1.2.3",
        "who": "ada@host",
        "began": BEGAN,
        "ended": BEGAN + timedelta(minutes=2),
        "source": "sagemaker://us-east-1",
        "target": "local:x",
        "clean": True,
        "root": "f" * 64,
        "experiments": 2,
        "runs": (proven(1), proven(2)),
        "counts": Counts(params=6, points=2_468, files=2, bytes=10_000),
    }
    return Certificate(**{**given, **fields})


def test_a_clean_one_says_so_and_all_that_it_rests_on() -> None:
    asked = Asked(experiment="digits", filter="metrics.loss < 1", since=BEGAN)
    texts = Reader(certificate_page(certificate(asked=asked, notes=("2 runs came from elsewhere",)))).texts
    assert "2 runs compared, and every copy is its run: no unexplained difference." in texts
    for told in (
        "sagemaker://us-east-1", "local:x", "ada@host", "2026-11-23 04:28:45Z, in 2m 00s", "tracklayer 1.2.3", "f" * 64,
        "experiment digits, filter metrics.loss < 1, since 2026-11-23 04:28:45Z", "2,468", "10.0 kB", "r1",
        "local:x#c1", "d" * 16, "same", "2 runs came from elsewhere",
    ):  # fmt: skip
        assert told in texts
    assert "Unexplained differences" not in texts


def test_what_differs_stands_before_all_else() -> None:
    why = "the service keeps a mean a minute"
    found = certificate(
        clean=False,
        unexplained=1,
        differences=(DIFFERENCE,),
        explained=(DIFFERENCE.model_copy(update={"reason": why}),),
        approximate=(Approximate(field="metrics.loss", why=why, runs=2),),
        unread=(Unread(run="r3", reason="local: no answer"),),
    )
    assert verdict(found) == "2 runs compared: 1 unexplained difference and 1 run that could not be compared."
    texts = Reader(certificate_page(found)).texts
    headings = [
        "Unexplained differences", "Not compared", "What was compared, and how", "Differences that are explained",
        "Approximate", "Runs",
    ]  # fmt: skip
    assert [text for text in texts if text in headings] == headings
    at = texts.index("<lr>")
    assert texts[at - 2 : at + 4] == ["first", "param", "<lr>", "0.1 (float)", "0.2 (float)", "it differs"]
    assert texts.count(why) == 2
    outcomes = {(True, True): "same", (True, False): "as explained", (False, False): "differs"}
    for (clean, exact), told in outcomes.items():
        run = replace(proven(1), clean=clean, exact=exact)
        assert told in Reader(certificate_page(certificate(runs=(run,)))).texts
    assert "local: no answer" in texts


def test_of_very_many_rows_the_first_are_shown() -> None:
    runs = tuple(proven(number) for number in range(MOST + 1))
    texts = Reader(certificate_page(certificate(runs=runs))).texts
    assert texts.count("same") == MOST
    assert "The first 1,000 of 1,001 are shown; the certificate's JSON has all that it holds." in texts
