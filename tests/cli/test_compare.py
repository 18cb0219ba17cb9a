"""`compare` with all that it can be asked for."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from tests.cli.command import answer, command

import tracklayer as tl
from tracklayer.cli.findings import fronts


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two settings with two seeds each; one run calls its metric otherwise."""
    url = f"local:{tmp_path_factory.mktemp('seeded') / 'store.db'}"
    for at, (rate, seed) in enumerate([(0.1, 1), (0.1, 2), (0.5, 1), (0.5, 2)]):
        with tl.start_run("digits", name=f"run-{at}", to=url, params={"lr": rate, "seed": seed}) as run:
            key = "val_acc" if at == 3 else "validation/accuracy"
            run.log_points(tl.Points.of("loss", [(step, step, rate * (9 - step) + at) for step in range(9)]))
            run.log_metrics({key: 1 - rate - seed / 100, "score": float(at)})
    return url


def test_names_are_mapped_and_directions_are_said(seeded: str) -> None:
    found = answer(
        "compare", seeded, "--map", "val_acc=validation/accuracy", "--minimize", "score", "--metric", "score"
    )
    assert found["map"] == {"val_acc": "validation/accuracy"}
    assert found["metrics"]["score"] == {"direction": "min", "guessed": False, "unit": None, "best": [3]}
    assert all("validation/accuracy" in row["metrics"] for row in found["rows"])
    shown = command("compare", seeded).stdout
    assert "perhaps the same metric: --map val_acc=validation/accuracy" in shown


def test_what_is_asked_for_stands_under_the_table_and_in_the_document(seeded: str) -> None:
    asked = ("compare", seeded, "--pareto", "loss,score", "--test", "loss", "--group-by", "lr", "--seed-param", "seed")
    shown = command(*asked).stdout
    for title in ("groups", "Pareto front of loss, score", "do groups differ in loss?"):
        assert f"\n{title}\n" in shown
    found = answer(*asked)
    assert [found["rows"][index]["name"] for index in found["pareto"][0]["rows"]] == [
        "run-0",
        "run-1",
        "run-2",
        "run-3",
    ]
    assert [len(group["rows"]) for group in found["groups"]["groups"]] == [2, 2]
    assert found["groups"]["said"] is True
    assert len(found["significance"]["pairs"]) == 1


def test_the_table_is_sorted_limited_and_drawn(seeded: str) -> None:
    lines = command("compare", seeded, "--sort", "loss", "--limit", "2").stdout.splitlines()
    assert [line.split()[0] for line in lines[3:5]] == ["run-0", "run-1"]
    assert "▇" in lines[3]
    assert any(line.startswith("2 of 4 runs") for line in lines)
    assert "▇" not in command("compare", seeded, "--no-curves").stdout


def test_prices_make_a_column(seeded: str, tmp_path: Path) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text(json.dumps({"currency": "EUR", "per_hour": {"*": 3.6e9}}), encoding="utf-8")
    shown = command("compare", seeded, "--prices", str(prices)).stdout
    assert "cost" in shown.splitlines()[0]
    assert "EUR in all" in shown
    assert answer("compare", seeded, "--prices", str(prices))["rows"][0]["cost"]["currency"] == "EUR"


def test_the_page_and_the_markdown_are_written_with_their_picture(seeded: str, tmp_path: Path) -> None:
    page, text = tmp_path / "report.html", tmp_path / "report.md"
    address = "https://example.org/curves.svg"
    done = command(
        "compare", seeded, "--html", str(page), "--md", str(text), "--test", "loss", "--picture-url", address
    )
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[-3:] == [f"html: {page}", f"md: {text}", f"md: {text.with_suffix('.svg')}"]
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    written = text.read_text(encoding="utf-8")
    assert "Mann-Whitney" in written
    assert address in written
    plain = tmp_path / "plain"
    plain.mkdir()
    assert command("compare", seeded, "--md", str(plain / "report.md"), "--no-curves").exit_code == 0
    assert [file.name for file in plain.iterdir()] == ["report.md"]


def test_files_are_written_and_named(seeded: str, tmp_path: Path) -> None:
    names = {"parquet": "runs.parquet", "csv": "runs.csv", "points": "points.parquet"}
    options = [part for kind, name in names.items() for part in (f"--{kind}", str(tmp_path / name))]
    done = command("compare", seeded, *options)
    assert done.exit_code == 0, done.stderr
    for kind, name in names.items():
        assert f"{kind}: {tmp_path / name}\n" in done.stdout
    assert pl.read_parquet(tmp_path / "runs.parquet").height == 4
    assert pl.read_csv(tmp_path / "runs.csv")["params.lr"].to_list() == [0.5, 0.5, 0.1, 0.1]
    points = pl.read_parquet(tmp_path / "points.parquet")
    assert points.filter(pl.col("metric") == "loss").height == 36
    quiet = command("compare", seeded, "--json", "--csv", str(tmp_path / "again.csv"))
    assert json.loads(quiet.stdout)["places"] == [seeded]
    assert (tmp_path / "again.csv").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--csv", "nowhere/runs.csv"], "nowhere/runs.csv cannot be written: give a file in a folder that is there"),
        (["--map", "loss"], "a map is OLD=NEW"),
        (["--minimize", "loss", "--maximize", "loss"], "'loss' cannot be better both ways"),
        (["--sort", "nosuch"], "no metric 'nosuch'"),
        (["--pareto", "loss"], "a Pareto front is over two metrics or more"),
        (["--test", "nosuch"], "no metric 'nosuch'"),
        (["--importance", "loss"], "needs 20 runs or more"),
        (["--group-by", "nosuch"], "no run has the param 'nosuch'"),
        (["--prices", "nosuch.toml"], "the price list nosuch.toml cannot be read"),
        (["--live", "--csv", "runs.csv"], "--live shows the table alone"),
        (["--live", "--pareto", "loss,score"], "--live shows the table alone"),
    ],
    ids=lambda part: part[0] if isinstance(part, list) else "",
)
def test_wrong_input_is_one_line_and_the_code_is_2(
    options: list[str], says: str, seeded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = command("compare", seeded, *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_front_is_of_metrics_even_if_they_have_commas() -> None:
    metrics = ["loss", "a,b", "a", "b,c,d"]
    assert fronts(["loss,a,b", "a, loss", "b,c,d,a", "x,y"], metrics) == [
        ["loss", "a,b"],
        ["a", "loss"],
        ["b,c,d", "a"],
        ["x", "y"],
    ]
