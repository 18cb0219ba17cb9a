"""Runs that the official SDKs logged into each emulated cloud and a server, and ours here, are one page."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from contract_tests.witnesses.everywhere import EXPERIMENT, Training, everywhere
from contract_tests.witnesses.places import CLOUDS
from PIL import Image
from tests.compare.page.looking import chromium, opened

import tracklayer as tl
from tracklayer.compare.page import write_page

#: Where a run has a page of its provider's, and how its address begins.
CONSOLES = {
    "mlflow": "http://127.0.0.1:",
    "vertex": "https://console.cloud.google.com/vertex-ai/experiments/",
    "azureml": "https://ml.azure.com/runs/",
    "databricks": "https://",
}


def training(number: int) -> Training:
    """Its values tell which it is."""
    drawn = BytesIO()
    Image.new("RGB", (40, 40), (number * 30, 0, 0)).save(drawn, "PNG")
    curves = {"loss": [number + 0.5, number + 0.25, number + 0.125], "accuracy": [0.1, 0.2, number / 10]}
    return Training(f"run {number}", {"learning_rate": number / 8, "seed": 1}, curves, drawn.getvalue())


def test_they_stand_side_by_side_with_every_value_curve_and_picture(tmp_path: Path) -> None:
    places = ("local", "mlflow", *CLOUDS)
    given = {place: training(number) for number, place in enumerate(places, 1)}
    with everywhere(tmp_path) as them:
        for place, one in given.items():
            them.log[place](one)
        found = tl.compare([them.urls[place] for place in places])
        assert found.failures == ()
        rows = {row.copies[0].provider: index for index, row in enumerate(found.rows)}
        assert len(found.rows) == len(rows) == len(places), sorted(rows)
        histories = found.histories()
        assert histories.failures == ()
        for place, one in given.items():
            index = next(at for at, row in enumerate(found.rows) if row.name in {one.name, one.slug})
            row = found.rows[index]
            assert float(row.run.params["learning_rate"]) == one.params["learning_rate"]
            for key, values in one.curves.items():
                assert row.run.metrics[key].last == values[-1], (place, key)
                (series,) = (each for each in histories.series if (each.row, each.metric) == (index, key))
                assert list(series.values) == values, (place, key)
            assert EXPERIMENT in row.copies[0].experiment
            assert (row.copies[0].console or "").startswith(CONSOLES.get(place, "")), place
        file = tmp_path / "report.html"
        written = write_page(found, file, importance=False)
        assert written.curves == 2 * len(places)
        assert written.pictures == 5  # those of the best six runs, of which Vertex AI's SDK logged no file
    with chromium() as browser, opened(browser, file) as page:
        shown = {name.strip() for name in page.locator("#runs-table tbody th").all_inner_texts()}
        assert len(shown) == len(places)
        links = page.locator("#runs-table tbody th a")
        hrefs = [str(link.get_attribute("href")) for link in links.all()]
        assert len(hrefs) == len([place for place in places if place in CONSOLES]), hrefs
