"""`tracklayer archive`: what it prints, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.command import answer, command

import tracklayer as tl
from tracklayer.drivers.archive import ArchiveDriver
from tracklayer.model import Batch


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An archive with one run."""
    with tl.start_run("digits", to=f"archive:{tmp_path / 'a'}", params={"lr": 0.1}) as run:
        run.log_text("hello", "a.txt")
    return tmp_path / "a"


def test_a_whole_archive_is_told_with_its_head_and_0(root: Path) -> None:
    done = command("archive", "check", str(root))
    assert done.exit_code == 0
    first, head = done.stdout.splitlines()
    assert first.startswith(f"{root}: ")
    assert first.endswith("all is as it was written")
    found = answer("archive", "check", f"archive:{root}")
    assert head == f"head: {found['head']}"
    assert (found["ok"], found["findings"], found["version"]) == (True, [], 1)
    assert answer("archive", "check", str(root), "--head", found["head"])["ok"]


def test_what_is_not_as_it_was_written_is_named_with_3(root: Path) -> None:
    (root / "README.md").write_text("other")
    (root / "new\n\x1b[31m").write_text("")
    done = command("archive", "check", str(root))
    assert done.exit_code == 3
    assert done.stdout.splitlines()[0].startswith("README.md: it was altered: it has 5 bytes, not ")
    assert "\x1b" not in done.stdout
    found = answer("archive", "check", str(root), code=3)
    assert [finding["path"] for finding in found["findings"]] == ["README.md", "new\n\x1b[31m"]
    assert command("archive", "check", str(root), "--head", "0" * 64).exit_code == 3


def test_what_a_killed_process_left_is_told_and_sealed(root: Path) -> None:
    driver = ArchiveDriver(root)
    run = driver.list_runs(tl.model.Query(experiments=(driver.get_experiment("digits").ref,))).items[0]
    driver.write(run.ref, Batch(tags={"a": "b"}))
    driver._connections.close()
    done = command("archive", "check", str(root))
    assert done.exit_code == 0
    assert "not in the tables yet: 1 run, 0 points" in done.stderr
    assert command("archive", "seal", str(root)).exit_code == 0
    assert answer("archive", "check", str(root))["open"] == {"experiments": 0, "runs": 0, "points": 0}


def test_no_archive_is_one_line(tmp_path: Path) -> None:
    for arguments, code in (("check", 2), ("seal", 1)):
        done = command("archive", arguments, str(tmp_path / "none"))
        assert (done.exit_code, len(done.stderr.splitlines())) == (code, 1)
    assert command("archive").exit_code == 2
