"""What is written: a page that carries its own policy, and says what is not in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from tests.compare import nasty
from tests.compare.nasty import EXPERIMENT, Logged, even
from tests.compare.page.examples import png
from tests.compare.runs import held, metric

import tracklayer as tl
from tracklayer.compare import Comparison, align
from tracklayer.compare.page import assets, pictures, view, write_page
from tracklayer.compare.page.parts import link
from tracklayer.errors import InvalidInput


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def place(folder: Path, runs: list[Logged]) -> str:
    url = f"local:{folder / 'store.db'}"
    nasty.log(url, runs)
    return url


def payload(whole: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="report">(.*?)</script>', whole, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def test_the_library_is_the_one_that_npm_has() -> None:
    library, ours = assets.scripts()
    assert hashlib.sha256(library.encode()).hexdigest() == assets.ECHARTS_SHA256
    assert f'"{assets.ECHARTS}"' in library
    for script in (library, ours):
        assert not re.search(r"</script|<!--", script, re.IGNORECASE), "it would end where it should not"
    static = Path(assets.__file__).parent / "static"
    assert {file.stem for file in static.glob("*.js")} == {*assets.OURS, "echarts.min"}


def test_nothing_runs_but_scripts_that_the_policy_names_and_nothing_is_fetched(tmp_path: Path) -> None:
    found = tl.compare(place(tmp_path, [Logged("one", {"lr": 0.1}, {"loss": even(1.0, 0.5)})]))
    file = tmp_path / "report.html"
    written = write_page(found, file)
    whole = file.read_text(encoding="utf-8")
    assert (written.path, written.size, written.curves) == (file, len(whole.encode()), 1)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', whole)
    assert policy is not None
    said = dict(part.split(" ", 1) for part in policy[1].replace("&#x27;", "'").split("; "))
    scripts, styles = (
        re.findall(r"<script>(.*?)</script>", whole, re.DOTALL),
        re.findall(r"<style>(.*?)</style>", whole, re.DOTALL),
    )
    assert said == {
        "default-src": "'none'",
        "style-src": " ".join(f"'sha256-{digest(style)}'" for style in styles),
        "script-src": " ".join(f"'sha256-{digest(script)}'" for script in scripts),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    outside = whole.replace(assets.scripts()[0], "")
    assert not re.search(r"(?:src|href)=\"(?!data:)|url\(|@import|\son\w+=|\sstyle=|<iframe|<link", outside)
    assert list(tmp_path.glob(".*")) == []


def test_curves_are_thinned_and_the_page_says_so(tmp_path: Path) -> None:
    long = Logged("long", {}, {"loss": even(*(step / 7 for step in range(3_000))), "once": even(1.0)})
    found = tl.compare(place(tmp_path, [long]))
    write_page(found, tmp_path / "report.html")
    whole = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "1 of 1 curves are thinned to at most 1,000 points by MinMaxLTTB" in whole
    (curve,) = payload(whole)["curves"]
    assert (curve["count"], curve["thinned"], len(base64.b64decode(curve["values"]))) == (3_000, True, 8_000)


def test_what_cannot_be_read_is_told_of_and_keeps_no_page(tmp_path: Path) -> None:
    url = place(tmp_path, [Logged(name, {}, {"loss": even(1.0, 0.5)}) for name in ("one", "two")])
    found = tl.compare(url)
    (tmp_path / "store.db").unlink()
    written = write_page(found, tmp_path / "report.html")
    whole = (tmp_path / "report.html").read_text(encoding="utf-8")
    (note,) = written.notes
    assert note.startswith("2 curves could not be read: ")
    assert "Curves that could not be read" in whole
    assert "Not shown:" in whole


def test_what_is_uncertain_is_shown(tmp_path: Path) -> None:
    rough = {"metrics.loss": "aggregated by the provider"}
    copies = [
        held("1", "local:/a", name="twin", params={"lr": 0.1}, metrics={"loss": 0.5, "time_s": float("nan")}),
        held(
            "9",
            "local:/b",
            origin=("local:/a", "1"),
            name="twin",
            params={"lr": 0.2},
            metrics={"loss": 0.25},
            approximate=rough,
        ),
        held("2", "local:/b", name="other", metrics={"loss": 0.75}, approximate=rough),
    ]
    found = Comparison(
        places=("local:/a", "local:/b"),
        rows=align(copies),
        metrics={"loss": "min", "time_s": "min"},
        said=frozenset({"loss"}),
    )
    write_page(found, tmp_path / "report.html", curves=False, images=False, importance=False)
    whole = (tmp_path / "report.html").read_text(encoding="utf-8")
    for told in (
        "2 runs of 2 places",
        "A != B",
        "the copies of this run differ here",
        "not exact: aggregated by the provider",
        "A: 0.5, B: 0.25",
        "Values that are not exact",
        "Metrics that not every run has as a number",
        "min, guessed",
    ):
        assert told in whole, told
    assert "<td>loss</td><td>min</td>" in whole


def test_too_many_runs_leave_the_best_and_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "MOST_ROWS", 2)
    rows = align([held(str(number), metrics={"loss": metric(number, count=1)}) for number in (3, 1, 2)])
    found = Comparison(places=("local:/a",), rows=rows, metrics={"loss": "min"})
    written = write_page(found, tmp_path / "report.html", images=False)
    assert written.notes == ("2 of 3 runs are on the page, the best",)
    whole = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert payload(whole)["names"] == ["1", "2"]
    assert "the 2 best are shown" in whole


def test_pictures_are_bounded_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = place(tmp_path, [Logged("one", {})])
    files = {
        "a.png": png(1),
        "b.png": png(2),
        "fake.png": b"<svg/>",
        "large.gif": b"GIF89a" + b"\1" * 400_000,
        "text.txt": b"x",
    }
    with tl.connect(url) as client:
        (run,) = client.runs(EXPERIMENT)
        for path, data in files.items():
            client.driver.put_artifact(run.ref, path, BytesIO(data))
    monkeypatch.setattr(pictures, "MOST_BYTES", len(png(1)) + 1)
    found = pictures.pictures(tl.compare(url).rows, [0])
    assert [(one.path, one.is_a.media_type) for one in found.found] == [("a.png", "image/png")]
    assert sorted(line.split(": ", 1)[1] for line in found.left_out) == [
        f"b.png: the page has {len(png(1))} B of pictures already",
        "fake.png: no picture that a page can show, whatever its name says",
        "large.gif: larger than 400.0 kB",
    ]


@pytest.mark.parametrize(
    ("url", "made"),
    [
        (
            "https://ml.azure.com/x?a=1&b=2",
            '<a href="https://ml.azure.com/x?a=1&amp;b=2" rel="noopener noreferrer">here</a>',
        ),
        ("javascript:alert(1)", "<span>here</span>"),
        ("data:text/html,x", "<span>here</span>"),
        ("https://user:password@host/", "<span>here</span>"),
        ("https://[", "<span>here</span>"),
    ],
    ids=["page", "script", "data", "password", "broken"],
)
def test_only_pages_of_the_web_become_links(url: str, made: str) -> None:
    assert link(url, "here") == made


def test_where_no_file_can_be_is_said_in_one_line(tmp_path: Path) -> None:
    found = Comparison(places=(), rows=(), metrics={})
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_page(found, tmp_path / "nowhere" / "report.html")
    assert "0 runs of 0 places" in write_page(found, tmp_path / "r.html").path.read_text(encoding="utf-8")
