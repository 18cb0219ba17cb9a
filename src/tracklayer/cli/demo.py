"""`tracklayer demo`: train, log, move to a real MLflow server, compare."""

from __future__ import annotations

import json
import shlex
import time
from contextlib import ExitStack, suppress
from dataclasses import asdict
from datetime import datetime, timezone
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracklayer.cli.boundary import FAILED
from tracklayer.cli.options import AsJson
from tracklayer.cli.output import document, emit, note, progress

if TYPE_CHECKING:
    from tracklayer.cli.demo_server import DemoServer
    from tracklayer.cli.demo_training import Trained

EXPERIMENT = "tracklayer demo: digits"
FOLDER = Path(".tracklayer")


def demo(
    *,
    folder: Annotated[
        Path, typer.Option("--dir", help="Where the store and the server's database go, and stay.")
    ] = FOLDER,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the MLflow server running until Ctrl-C.")] = False,
    server: Annotated[bool, typer.Option("--server/--no-server", help="Without: train and log only.")] = True,
    as_json: AsJson = False,
) -> None:
    """Train scikit-learn models on real digits, log them, move the runs to a real MLflow server, compare both.

    It takes about a minute and needs the extra 'demo'. What it logged stays, and it says what to try with it.
    """
    from tracklayer.errors import InvalidInput  # noqa: PLC0415

    if keep and not server:
        message = "--keep keeps the server that --no-server leaves out: give one of them"
        raise InvalidInput(message)
    _require(["numpy", "sklearn", "matplotlib", *(["mlflow"] if server else [])])
    began = time.perf_counter()
    tag = f"{datetime.now(tz=timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    with ExitStack() as stack:
        running = _start(stack, folder) if server else None
        store, trained = _train(folder, tag)
        note(f"{len(trained.runs)} models trained and logged to {store}, the best with {trained.best_accuracy:.1%}")
        facts = {"experiment": EXPERIMENT, "store": store, **asdict(trained)}
        if running is not None:
            facts |= _move(store, running, tag, quiet=as_json)
        facts["next"] = tries = _tries(store, trained, running)
        facts["seconds"] = round(time.perf_counter() - began, 1)
        if as_json:
            emit(facts)
        else:
            print("\nTry next:", *tries, sep="\n")
        if keep and running is not None:
            note(f"the MLflow server is at {running.page}; Ctrl-C stops it")
            with suppress(KeyboardInterrupt):
                running.process.wait()


def _require(packages: list[str]) -> None:
    from tracklayer.errors import DriverMissing  # noqa: PLC0415

    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        message = f"the demo needs what is not installed: {', '.join(missing)}"
        raise DriverMissing(message, "pip install 'tracklayer[demo]'")


def _start(stack: ExitStack, folder: Path) -> DemoServer:
    """The server starts now, and while it does the models are trained."""
    from tracklayer.cli.demo_server import demo_server  # noqa: PLC0415

    note("starting an MLflow server, training meanwhile")
    return stack.enter_context(demo_server(folder / "mlflow"))


def _train(folder: Path, tag: str) -> tuple[str, Trained]:
    """The URL of the store, and what was logged to it."""
    from tracklayer.api import connect  # noqa: PLC0415
    from tracklayer.cli.demo_training import count, train  # noqa: PLC0415

    with connect("local:" if folder == FOLDER else f"local:{(folder / 'store.db').absolute()}") as client:
        store = client.url
    with progress() as bars:
        task = bars.add_task("training", total=count())
        return store, train(
            store, EXPERIMENT, {"demo": tag}, lambda name: bars.update(task, advance=1, description=name)
        )


def _move(store: str, running: DemoServer, tag: str, *, quiet: bool) -> dict[str, Any]:
    """Migrate what was logged, compare both places, and show it."""
    from tracklayer.cli import compare as side_by_side  # noqa: PLC0415
    from tracklayer.cli import migrate as moving  # noqa: PLC0415
    from tracklayer.compare import compare  # noqa: PLC0415

    running.wait()
    only = f"tags.demo = '{tag}'"
    summary = moving.migrated(store, running.url, experiment=EXPERIMENT, filter=only)
    comparison = compare([store, running.url], experiment=EXPERIMENT, filter=only)
    if not quiet:
        moving.report(summary)
        side_by_side.report(comparison)
    if not summary.ok or comparison.failures:
        raise typer.Exit(FAILED)
    return {"server": running.url, "migration": document(summary), "comparison": json.loads(comparison.to_json())}


def _tries(store: str, trained: Trained, running: DemoServer | None) -> list[str]:
    """Commands that work on what the demo leaves."""
    from tracklayer.api.urls import run_url  # noqa: PLC0415

    tries = [
        f"tracklayer runs {shlex.quote(store)} --filter 'metrics.val_accuracy > 0.95'",
        f"tracklayer show {shlex.quote(run_url(store, trained.best))}",
    ]
    if running is None:
        return tries
    both = f"{shlex.quote(store)} {running.url}"
    return [*tries, f"{running.again}  # starts the server again: {running.page}", f"tracklayer compare {both}"]
