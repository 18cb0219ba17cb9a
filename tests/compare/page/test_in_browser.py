"""The page in headless Chromium: it works, keeps what users wrote as text, asks for nothing, and all can use it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.compare.nasty import nasty
from tests.compare.page import axe, examples
from tests.compare.page.examples import SHOWN
from tests.compare.page.looking import Scheme, chromium, opened

from tracklayer.compare import Comparison
from tracklayer.compare.page import write_page

#: A picture is drawn when many of its points are; looked at in small.
DRAWN = """
ids => ids.map(id => {
  const small = Object.assign(document.createElement("canvas"), { width: 200, height: 100 });
  small.getContext("2d").drawImage(document.querySelector(`#${id} canvas`), 0, 0, 200, 100);
  const { data } = small.getContext("2d").getImageData(0, 0, 200, 100);
  return data.filter((value, at) => at % 4 === 3 && value > 0).length > 500;
})
"""
CHARTS = ["curve-0", "curve-1", "parallel-chart", "scatter-chart", "group-chart"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Path]:
    folder = tmp_path_factory.mktemp("page")
    found = examples.small(folder)
    file = folder / "report.html"
    written = write_page(found, file, importance=False)
    assert (written.pictures, written.notes) == (6, ())
    return found, file


def texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def names(page: Page) -> list[str]:
    return texts(page, "#runs-table tbody th")


@pytest.mark.parametrize(("width", "scheme"), [(1600, "light"), (320, "dark")])
def test_it_opens_at_every_width_in_light_and_dark_and_axe_finds_nothing_serious(
    browser: Browser, small: tuple[Comparison, Path], width: int, scheme: Scheme
) -> None:
    with opened(browser, small[1], width=width, scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(DRAWN, CHARTS) == [True] * len(CHARTS)
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        page.evaluate(axe.script())
        found = page.evaluate("axe.run()")["violations"]
        serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]
        assert serious == []


def test_what_users_wrote_stays_text_in_tables_lists_charts_and_beside_the_pointer(
    browser: Browser, small: tuple[Comparison, Path]
) -> None:
    with opened(browser, small[1]) as page:
        assert f"{SHOWN}0" in names(page)
        assert page.evaluate("[document.scripts.length, typeof top.hit]") == [3, "undefined"]
        sources = page.evaluate("[...document.images].map(image => image.src.slice(0, 15))")
        assert set(sources) == {"data:image/png;"}
        assert page.evaluate("[...document.images].every(image => image.naturalWidth === 40)")
        assert page.locator("#curves figcaption").filter(has_text=SHOWN[:40]).count() == 1
        page.fill("#filter", "gnp")
        expect(page.locator("#filter-count")).to_have_text("3 of 16 runs")
        page.click("#tick-all")
        at = texts(page, "#curves figcaption").index("acc max")
        page.locator(f"#curve-{at} canvas").hover(position={"x": 300, "y": 150})
        page.wait_for_selector(".tip")
        assert SHOWN in page.locator(".tip").inner_text()
        assert page.locator(".tip img, .tip script").count() == 0
        page.select_option("#group-metric", label="acc")
        page.select_option("#scatter-x", label=SHOWN)
        assert page.evaluate("typeof top.hit") == "undefined"


def test_the_table_is_sorted_by_its_headings_with_nothing_and_nan_last(
    browser: Browser, small: tuple[Comparison, Path]
) -> None:
    lasts = {
        "svm-0": 0.25,
        "svm-1": 0.75,
        "svm-text": 0.5,
        "mlp-0": 0.25,
        "mlp-1": -0.0,
        "mlp-2": 0.125,
        "mlp-3": 0.375,
    }
    lasts |= {"lost": math.inf, "level": 0.5, "bare": 0.9}
    with opened(browser, small[1]) as page:
        heading = page.locator("#runs-table thead th[data-field='metrics.loss'] button")
        heading.focus()
        page.keyboard.press("Enter")
        ranked = [lasts[name] for name in names(page)[: len(lasts)]]
        assert ranked == sorted(lasts.values())
        heading.click()
        assert heading.locator("..").get_attribute("aria-sort") == "descending"
        assert [lasts[name] for name in names(page)[: len(lasts)]] == sorted(lasts.values(), reverse=True)
        assert set(names(page)[len(lasts) :]).isdisjoint(lasts)
        page.locator("#runs-table thead th[data-name='run'] button").click()
        assert names(page)[-2:] == ["svm-3", "svm-text"]


def test_the_filter_takes_words_and_conditions(browser: Browser, small: tuple[Comparison, Path]) -> None:
    expected = {
        "svm-": {"svm-0", "svm-1", "svm-2", "svm-3", "svm-text"},
        "svm- -text loss<0.6": {"svm-0"},
        "params.model=MLP units>=64": {"lost", "level"},
        "acc>0.89 status=finished place!=B": {"svm-0", "svm-1", "mlp-0", "lost", "level"},
        "loss<0.1 acc<1": {"mlp-1"},
        "nothing-like-it": set(),
    }
    with opened(browser, small[1]) as page:
        for wanted, kept in expected.items():
            page.fill("#filter", wanted)
            expect(page.locator("#runs-table tbody th")).to_have_count(len(kept))
            assert set(names(page)) == kept
            assert page.locator("#filter-count").inner_text() == f"{len(kept)} of 16 runs"


def test_ticking_chooses_curves_and_what_is_side_by_side(browser: Browser, small: tuple[Comparison, Path]) -> None:
    with opened(browser, small[1]) as page:
        page.click("#tick-none")
        assert texts(page, "#legend li") == ["No run is ticked in the table."]
        page.get_by_label("draw svm-0").check()
        page.get_by_label("draw mlp-2").check()
        assert set(texts(page, "#legend li")) == {"svm-0", "mlp-2"}
        table = pd.DataFrame(texts(page, "#side-by-side tbody th"))
        assert set(table[0]) == {"params.model", "params.C", "params.units", "params.seed"}
        page.locator("#curve-table").locator("..").locator("summary").click()
        expect(page.locator("#curve-table tbody tr")).to_have_count(4)
        rows = [re.split(r"\s*\t\s*", row) for row in texts(page, "#curve-table tbody tr")]
        assert sorted(rows) == [
            ["mlp-2", "acc", "2", "0.2", "NaN", "0.2", "0.2"],
            ["mlp-2", "loss", "2", "Infinity", "0.125", "0.125", "0.125"],
            ["svm-0", "acc", "3", "0.5", "0.9", "0.5", "0.9"],
            ["svm-0", "loss", "3", "1", "0.25", "0.25", "1"],
        ]
        for axis in ("relative", "times", "steps"):
            page.select_option("#curve-axis", axis)
        page.check("#curve-log")
        page.evaluate("byId('smoothing').value = 0.5; byId('smoothing').dispatchEvent(new Event('input'))")
        page.select_option("#colour", "group")
        assert page.evaluate(DRAWN, CHARTS[:2]) == [True, True]
        assert page.locator("#smoothing-says").inner_text() == "0.5"


def test_the_numbers_are_those_that_were_logged(browser: Browser, small: tuple[Comparison, Path]) -> None:
    """Worked out apart, by pandas: the last point of a series is that at the highest step, then time."""
    logged = [
        {"run": run.name, "metric": key, "step": step, "time": time, "value": value}
        for run in nasty()
        for key, rows in run.metrics.items()
        for step, time, value in rows
    ]
    last = (
        pd.DataFrame(logged).sort_values(["step", "time"], kind="stable").groupby(["run", "metric"], sort=False).tail(1)
    )
    expected = {(row.run, row.metric): row.value for row in last.itertuples()}
    with opened(browser, small[1]) as page:
        found = page.evaluate(
            """() => rows.flatMap(row => headings.map((heading, at) => [report.names[row.dataset.row],
              heading.dataset.name, row.cells[at].dataset.v ?? row.cells[at].textContent.replace("★", "")])
              .filter(([, key]) => ["acc", "loss"].includes(key)))"""
        )
    shown = {(run, key): float(value) for run, key, value in found if value != "-" and not run.startswith("<")}
    assert shown == pytest.approx(expected, rel=0, abs=0, nan_ok=True)


def test_the_front_is_what_python_found_and_the_groups_too(browser: Browser, small: tuple[Comparison, Path]) -> None:
    comparison = small[0]
    front = {comparison.rows[row].name for row in comparison.pareto(("acc", "loss")).rows}
    group = next(one for one in comparison.grouping().groups if len(one.rows) > 3 and one.params.get("model") == "svm")
    with opened(browser, small[1]) as page:
        assert page.locator("#scatter-y").input_value() == "metrics.acc"
        page.select_option("#scatter-x", "metrics.loss")
        told = page.locator("#front").inner_text()
        assert set(told.removeprefix("On the Pareto front, over all runs: ").rstrip(".").split(", ")) == front
        spread = page.evaluate("n => report.spreads.metrics['metrics.acc'].find(one => one.n === n)", len(group.rows))
    acc = group.metrics["acc"]
    assert spread == {"n": acc.n, "mean": acc.mean, "low": acc.low, "high": acc.high}


def test_it_prints_all_rows_in_light(browser: Browser, small: tuple[Comparison, Path]) -> None:
    with opened(browser, small[1], scheme="dark") as page:
        assert page.pdf().startswith(b"%PDF")
        assert page.evaluate("[printing, theme().paper]") == [False, "#161b22"]


def test_without_scripts_the_tables_are_whole(browser: Browser, small: tuple[Comparison, Path]) -> None:
    with opened(browser, small[1], scripts=False) as page:
        assert len(names(page)) == 16
        assert page.get_by_text("Without JavaScript there are no charts").is_visible()
        assert not page.locator("#curves").is_visible()


def test_a_thousand_runs_with_curves_are_one_small_page_that_works(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "large.html"
    whole = examples.large()
    file.write_text(whole, encoding="utf-8")
    assert len(whole.encode()) < 15_000_000
    with opened(browser, file) as page:
        assert len(names(page)) == 50
        page.click("#page-on")
        assert page.locator("#page-number").inner_text() == "page 2 of 20"
        page.fill("#filter", "lr=1 model=svm")
        expect(page.locator("#filter-count")).to_have_text("100 of 1,000 runs")
        page.click("#tick-all")
        counts: list[Any] = page.evaluate("report.panels.map(metric => curvesOf(metric).length)")
        assert counts == [100, 100]
        assert page.evaluate(DRAWN, CHARTS) == [True] * len(CHARTS)


def test_runs_within_a_mark_on_an_axis_can_be_ticked(browser: Browser, small: tuple[Comparison, Path]) -> None:
    with opened(browser, small[1]) as page:
        page.evaluate(
            "for (const box of byId('axes').querySelectorAll('input')) box.checked = /acc|loss/.test(box.value)"
        )
        page.locator("#axes").dispatch_event("change")
        page.locator("#parallel-chart").scroll_into_view_if_needed()
        at = page.evaluate(
            "charts.find(one => one.drawn?.getDom().id === 'parallel-chart').drawn.getModel().getComponent('parallel')"
            ".coordinateSystem.getRect()"
        )
        corner = page.locator("#parallel-chart canvas").bounding_box()
        assert corner is not None
        page.mouse.move(corner["x"] + at["x"], corner["y"] + at["y"] - 5)
        page.mouse.down()
        page.mouse.move(corner["x"] + at["x"], corner["y"] + at["y"] + at["height"] / 4, steps=4)
        page.mouse.up()
        expect(page.locator("#parallel-says")).to_contain_text("within the marks")
        page.click("#parallel-tick")
        values = page.evaluate("tickedInOrder().map(run => parallelAxes()[0].values[run])")
        highest = page.evaluate("Math.max(...parallelAxes()[0].values)")
        assert max(values) == highest
        assert 0 < len(values) < 16
