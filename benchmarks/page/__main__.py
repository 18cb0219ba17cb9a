"""The page of 1,000 runs with curves: how large it is, and how soon Chromium can be used with it.

    python -m benchmarks.page [FOLDER]

* 1,000 runs of 20 metrics, two of them with 200 points, in `local:`; read, compared, and written as a page.
* The bars: below 15 MB, and interactive within 3 s: from opening the file until its scripts have run and the table, the
  filter and the curves answer. The best, median and worst of five.
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from playwright.sync_api import sync_playwright

import tracklayer as tl
from tracklayer.compare.page import write_page
from tracklayer.model import Batch, Points, RunDraft

RUNS, POINTS, SINGLE, TIMES = 1_000, 200, 18, 5
NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
NANOS = 1_000_000_000
LARGEST, SLOWEST = 15_000_000, 3_000


def fill(url: str) -> None:
    """The runs, as they would have been logged."""
    with tl.connect(url) as client:
        home = client.create_experiment("page")
        for number in range(RUNS):
            began = NOON + timedelta(minutes=number)
            run = client.driver.create_run(home.ref, RunDraft(token=str(number), name=f"run {number}", started=began))
            batch = Batch(
                params={"lr": 10.0 ** -(number % 5), "model": ("svm", "mlp")[number % 2], "seed": number % 10},
                points=(
                    *(curve(key, number, began) for key in ("loss", "val_acc")),
                    *(Points.of(f"metric_{at}", [(0, 0, math.sin(number * (at + 1)))]) for at in range(SINGLE)),
                ),
                status="finished",
                ended=began + timedelta(minutes=1),
            )
            client.driver.write(run.ref, batch)


def curve(key: str, number: int, began: datetime) -> Points:
    """It falls or rises, a point a second."""
    start = round(began.timestamp()) * NANOS
    sign = 1 if key == "loss" else -1
    return Points.of(
        key, [(step, start + step * NANOS, sign * math.exp(-step / 30) + number / RUNS) for step in range(POINTS)]
    )


def opened(file: Path) -> list[tuple[float, float]]:
    """Milliseconds until the page can be used, and until the curves of its first ten runs are drawn, each time."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        for _ in range(TIMES):
            page = browser.new_page(viewport={"width": 1600, "height": 1000})
            page.goto(file.as_uri())
            page.wait_for_selector("html[data-ready]")
            ready = page.evaluate("performance.now()")
            drawn = page.evaluate("(() => { charts[0].show(); charts[1].show(); return performance.now(); })()")
            found.append((ready, drawn))
            page.close()
        browser.close()
    return found


def main(folder: Path) -> int:
    """Print the figures; 1 when a bar is missed."""
    url = f"local:{folder / 'store.db'}"
    if not (folder / "store.db").exists():
        fill(url)
    began = time.perf_counter()
    compared = tl.compare(url)
    read = time.perf_counter()
    written = write_page(compared, folder / "report.html", importance=False)
    print(f"compared {len(compared.rows):,} runs in {read - began:.1f} s")
    print(f"page: {written.size / 1e6:.1f} MB, {written.curves:,} curves, in {time.perf_counter() - read:.1f} s")
    times = opened(written.path)
    for what, values in (("usable", [ready for ready, _ in times]), ("with curves", [drawn for _, drawn in times])):
        ranked = sorted(values)
        print(f"{what}: {ranked[0]:.0f} / {ranked[TIMES // 2]:.0f} / {ranked[-1]:.0f} ms after opening")
    return int(written.size >= LARGEST or sorted(drawn for _, drawn in times)[TIMES // 2] > SLOWEST)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main(Path(sys.argv[1]).resolve()))
    with tempfile.TemporaryDirectory() as made:
        sys.exit(main(Path(made)))
