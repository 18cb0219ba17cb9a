"""The suite itself: it finds what is wrong, refuses to skip, and takes a third party's target."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest
from tests.docs.snippets import blocks

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Told:
    """How a session ended."""

    code: int
    text: str

    def line(self, target: str) -> list[str]:
        """A target's line of the summary: passed, refused, gaps, failed."""
        (found,) = [line.split()[1:] for line in self.text.splitlines() if line.startswith(f"{target} ")]
        return found


class Suite:
    """Runs parts of the suite, each in a process of its own, with modules of the test's own to be found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def module(self, name: str, code: str) -> None:
        (self.folder / f"{name}.py").write_text(dedent(code), encoding="utf-8")

    def run(self, *arguments: str) -> Told:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        return Told(done.returncode, done.stdout + done.stderr)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return Suite(tmp_path)


FAKE = """
    from uuid import uuid4
    from contract_tests.targets import Target, gap
    from tracklayer.drivers.memory import MEMORY, MemoryDriver
    from tracklayer.spi import Feature, never

    class Fake(Target):
        name = "fake"
        driver = MemoryDriver
        traits = MEMORY

        def open(self):
            return self.driver(self.traits, url=f"memory://fake-{uuid4().hex}")

        def again(self, driver):
            return type(driver)(self.traits, url=driver.url, store=driver.store)
"""


def test_the_target_on_the_page_is_complete(suite: Suite) -> None:
    (example,) = [block for block in blocks(ROOT / "docs" / "contract.md") if block.language == "python"]
    suite.module("acme_contract", example.text)
    told = suite.run(
        "contract_tests/test_tags.py", "contract_tests/test_processes.py", "--target", "acme_contract:TARGET"
    )
    assert told.code == 0, told.text
    passed, refused, gaps, failed = told.line("acme")
    assert int(passed) > 10
    assert (refused, gaps, failed) == ("0", "0", "0")


def test_what_is_not_offered_must_be_refused(suite: Suite) -> None:
    suite.module(
        "fake_target",
        FAKE
        + """
    Fake.traits = MEMORY.model_copy(update={"claims": {**MEMORY.claims, Feature.DELETE: never("kept for ever")}})
    TARGET = Fake()
    """,
    )
    told = suite.run("contract_tests/test_delete.py", "--target", "fake_target:TARGET")
    assert told.code == 0, told.text
    passed, refused, _, failed = told.line("fake")
    assert (passed, failed) == ("0", "0")
    assert int(refused) > 10


def test_a_driver_that_loses_something_fails(suite: Suite) -> None:
    suite.module(
        "fake_target",
        FAKE
        + """
    class Forgetful(MemoryDriver):
        def write(self, run, batch, /):
            super().write(run, batch.model_copy(update={"tags": {k: t[:100] for k, t in batch.tags.items()}}))

    Fake.driver = Forgetful
    TARGET = Fake()
    """,
    )
    told = suite.run("contract_tests/test_tags.py", "--target", "fake_target:TARGET")
    assert told.code == 1
    assert int(told.line("fake")[3]) > 3


@pytest.mark.parametrize(
    ("name", "code"), [("test_a_run_holds_80_tags", 1), ("test_a_tag_of_the_draft_is_overwritten", 0)]
)
def test_a_gap_must_fail(suite: Suite, name: str, code: int) -> None:
    """One that passes is none any more."""
    suite.module(
        "fake_target",
        FAKE
        + f"""
    class Stubborn(MemoryDriver):
        def write(self, run, batch, /):
            if batch.tags.get("t") != "short":
                super().write(run, batch)

    Fake.driver, Fake.gaps = Stubborn, (gap("test_tags.py::{name}", "the stand-in is stubborn"),)
    TARGET = Fake()
    """,
    )
    told = suite.run(f"contract_tests/test_tags.py::{name}", "--target", "fake_target:TARGET")
    assert told.code == code, told.text
    assert told.line("fake") == (["0", "0", "1", "0"] if code == 0 else ["0", "0", "0", "1"])


def test_a_skipped_test_fails_the_session(suite: Suite) -> None:
    plugin = """
    import pytest

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(item):
        if item.name.startswith("test_a_run_holds_80_tags"):
            pytest.skip("too slow for me")
    """
    suite.module("impatient", plugin)
    told = suite.run("contract_tests/test_tags.py", "--target", "memory", "-p", "impatient")
    assert told.code == 1
    assert (
        "skipped, which the contract forbids: contract_tests/test_tags.py::test_a_run_holds_80_tags[memory]"
        in told.text
    )
    assert told.line("memory")[3] == "0"


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("nonsense", "no such target; use one of memory, "),
        ("no_such_module:TARGET", "No module named 'no_such_module'"),
        ("contract_tests.samples:TARGET", "has no attribute 'TARGET'"),
        ("contract_tests.samples:T0", "is a int, not a contract_tests.targets.Target"),
    ],
)
def test_a_target_that_is_none_is_said_so(suite: Suite, target: str, says: str) -> None:
    told = suite.run("contract_tests", "--target", target)
    assert told.code == pytest.ExitCode.USAGE_ERROR
    assert says in told.text
    assert "Traceback" not in told.text


def test_two_workers_share_what_was_started(suite: Suite) -> None:
    suite.module(
        "fake_target",
        """
        import tempfile
        from pathlib import Path
        from contract_tests.targets.local import LocalTarget

        def note(text):
            with (Path(__file__).parent / "starts").open("a") as notes:
                notes.write(text)

        class Counted(LocalTarget):
            name = "counted"

            def start(self):
                where = super().start()
                note("start ")
                return where

            def stop(self):
                note("stop ")
                super().stop()

        TARGET = Counted()
        """,
    )
    told = suite.run("contract_tests/test_nested.py", "--target", "fake_target:TARGET", "-n", "2")
    assert told.code == 0, told.text
    assert told.line("counted") == ["5", "0", "0", "0"]
    assert (suite.folder / "starts").read_text() == "start stop "
