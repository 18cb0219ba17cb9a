"""MLflow's pages in headless Chromium: what a user looks at, whichever server serves them."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

import tracklayer as tl

#: Milliseconds that a page may take on a busy machine.
LONG = 30_000
STEPS = 30
DOTS = 8
#: How many points each curve of the page has, and the last of them.
CURVES = """[...document.querySelectorAll(".js-plotly-plot")].flatMap(plot => plot.data)
    .filter(one => one.y && one.y.length > 1).map(one => [one.y.length, one.y.at(-1)])"""


def train(url: str, experiment: str, names: str, picture: Path) -> None:
    """Runs with two curves, params, a text and a picture."""
    for number, name in enumerate(names.split()):
        with tl.start_run(experiment, name=name, to=url, params={"lr": 0.1 * (number + 1), "layers": 2}) as run:
            for step in range(STEPS):
                run.log_metrics({"loss": (number + 1) / (step + 1), "accuracy": step / STEPS}, step=step)
            run.log_text("all went well\n", "notes/log.txt")
            run.log_artifact(picture)


def painted(file: Path) -> Path:
    """A picture of as many dots each way."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + bytes([0, 99, 200]) * DOTS) * DOTS)
    head = struct.pack(">IIBBBBB", DOTS, DOTS, 8, 2, 0, 0, 0)
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    return file


@contextmanager
def looking(
    browser: Browser, url: str, settings: Mapping[str, str] | None = None, lacking: str | None = None
) -> Iterator[Page]:
    """A page; at the end: no answer was an error, nothing was thrown, and nobody but the server was asked.

    * `settings`: what the browser remembers of the server. `lacking`: the end of a path that the server has not.
    """
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.add_init_script(f"Object.assign(localStorage, {json.dumps(settings or {})})")
    page = context.new_page()
    wrong: list[str] = []

    def fine(address: str) -> bool:
        return lacking is not None and address.endswith(lacking)

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and not harmless(message.text) and not fine(message.location["url"]):
            wrong.append(message.text)

    page.on("response", lambda one: wrong.append(f"{one.status} {one.url}") if one.status >= 400 else None)
    page.on("pageerror", lambda error: wrong.append(f"thrown: {error}"))
    page.on("console", said)
    page.on("request", lambda one: None if one.url.startswith((url, "data:", "blob:")) else wrong.append(one.url))
    yield page
    wrong = [one for one in wrong if not fine(one)]
    assert wrong == [], wrong
    context.close()


def seen(what: Locator) -> None:
    """It is there, sooner or later."""
    expect(what).to_be_visible(timeout=LONG)


def harmless(text: str) -> bool:
    """MLflow's own page says so when a chart is drawn."""
    return "ResizeObserver loop" in text


#: What the curves of the runs that `train` makes of three names are, as `look_at_runs` tells them.
DRAWN = {*((STEPS, one / STEPS) for one in (1, 2, 3)), (STEPS, (STEPS - 1) / STEPS)}


def look_at_runs(page: Page, url: str, experiment: str) -> set[tuple[int, float]]:
    """The table of runs, one that a search finds, and the curves: how many points each has, and the last of them."""
    runs = f"{url}/#/experiments/{experiment}/runs"
    page.goto(runs)
    for name in ("svm", "mlp", "tree"):
        seen(page.get_by_role("link", name=name, exact=True))
    page.goto(f"{runs}?compareRunsMode=CHART")
    expect(page.locator(".js-plotly-plot:has(path.js-line)")).to_have_count(2, timeout=LONG)
    page.wait_for_function(f"new Set({CURVES}.map(String)).size === 4", timeout=LONG)
    curves = {(points, last) for points, last in page.evaluate(CURVES)}
    page.goto(f"{runs}?searchFilter={quote('metrics.loss < 0.05')}")
    seen(page.get_by_text("1 matching run"))
    seen(page.get_by_role("link", name="svm", exact=True))
    return curves


def look_at_a_run(page: Page, url: str, experiment: str, run: str, picture: str) -> bytes:
    """What a run measured, its curves, its text, its picture; and the picture's bytes, as they are downloaded."""
    one = f"{url}/#/experiments/{experiment}/runs/{run}"
    page.goto(one)
    seen(page.get_by_text("0.06666666666666667"))  # the last loss
    page.goto(f"{one}/model-metrics")
    expect(page.locator(".js-plotly-plot:has(path.js-line)")).to_have_count(2, timeout=LONG)
    page.goto(f"{one}/artifacts")
    page.get_by_text("notes", exact=True).click(timeout=LONG)
    page.get_by_text("log.txt", exact=True).click(timeout=LONG)
    seen(page.get_by_text("all went well"))
    page.get_by_text(picture, exact=True).click(timeout=LONG)
    page.wait_for_function(f"[...document.images].some(one => one.naturalWidth === {DOTS})", timeout=LONG)
    with page.expect_download(timeout=LONG) as downloading:
        page.locator("main button[data-component-id*=artifactview]").first.click()  # it has a picture, and no name
    return downloading.value.path().read_bytes()
