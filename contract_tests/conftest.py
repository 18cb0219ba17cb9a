"""The suite's command line, its targets and its fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from contract_tests.marks import TARGET, processes, pytest_pyfunc_call, registered
from contract_tests.place import Place
from contract_tests.report import ContractReport
from contract_tests.targets import Target, chosen

from tracklayer.model import Experiment, Run

__all__ = ["pytest_pyfunc_call"]

TARGETS = pytest.StashKey[list[Target]]()
STARTED = pytest.StashKey[dict[str, str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("contract").addoption(
        "--target",
        action="append",
        default=[],
        metavar="NAME",
        help="a built-in target, or your.module:TARGET; may be said again; all built-in ones if it is not said",
    )
    parser.getgroup("contract").addoption(
        "--live",
        metavar="URL",
        help="a place of a real account, instead of the stand-in of the one target named: it costs what the calls cost",
    )


def pytest_configure(config: pytest.Config) -> None:
    registered(config)
    config.stash[TARGETS] = chosen(config.getoption("--target"))
    live(config.stash[TARGETS], config.getoption("--live"))
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(ContractReport(), "contract-report")


def live(targets: list[Target], url: str | None) -> None:
    """Let the one target open a real account's place. `pytest.UsageError`."""
    if url is None:
        return
    if len(targets) != 1:
        raise pytest.UsageError("--live URL: say with --target NAME which target the place is of, one only")
    targets[0].live = url


# -- targets: started by the first process, joined by every other


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if config.option.collectonly:
        return
    given = getattr(config, "workerinput", None)
    if given is None:
        started: dict[str, str] = {}
        config.stash[STARTED] = started
        for target in config.stash[TARGETS]:
            started[target.name] = "" if target.live else target.start()
    else:
        started = given["contract"]
    for target in config.stash[TARGETS]:
        target.join(started[target.name])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """With xdist: tell a worker where the targets are."""
    node.workerinput["contract"] = node.config.stash[STARTED]


def pytest_unconfigure(config: pytest.Config) -> None:
    started = config.stash.get(STARTED, {})
    for target in config.stash.get(TARGETS, []):
        if target.name in started and not target.live:
            target.stop()


# -- tests


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "target" in metafunc.fixturenames:
        targets = metafunc.config.stash[TARGETS]
        metafunc.parametrize("target", targets, ids=[target.name for target in targets], scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        target = item.callspec.params.get("target") if isinstance(item, pytest.Function) and _has_params(item) else None
        if not isinstance(target, Target):
            kept.append(item)
            continue
        item.user_properties.append((TARGET, target.name))
        for gap in target.gaps:
            if item.nodeid.partition("[")[0].endswith(gap.test):
                item.add_marker(pytest.mark.xfail(strict=True, reason=gap.why))
        alone = item.get_closest_marker(processes.name) is not None and not target.processes
        (left_out if alone else kept).append(item)
    if left_out:
        items[:] = kept
        config.hook.pytest_deselected(items=left_out)


def _has_params(item: pytest.Function) -> bool:
    return hasattr(item, "callspec")


@pytest.fixture(scope="module")
def opened(target: Target) -> Iterator[Place]:
    """A place of the target, with the stack on it: one for each file of tests, for opening one costs requests."""
    place = Place(target, target.open())
    yield place
    place.close()


@pytest.fixture
def place(opened: Place) -> Place:
    """The place of the file, for one test."""
    return opened.anew()


@pytest.fixture
def experiment(place: Place) -> Experiment:
    """A new experiment."""
    return place.experiment()


@pytest.fixture
def run(place: Place) -> Run:
    """A new run, beside those of other tests."""
    return place.run()
