"""A run of the benchmark: its folder, the subjects' environments in it, and their processes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from types import TracebackType
from typing import TYPE_CHECKING

from benchmarks.logging.peers import PEERS, Peer
from benchmarks.logging.processes import BrokenError, Child, Message, TooLongError, end_marked, marked
from benchmarks.logging.surroundings import ROOT, surroundings

if TYPE_CHECKING:
    from typing_extensions import Self

#: Seconds that installing an environment may take.
INSTALLING = 600


@dataclass
class Subject:
    """A peer that is ready to be measured, or the reason why it is not."""

    peer: Peer
    python: Path
    failed: str | None = None
    #: Every package of its environment, with its version.
    packages: dict[str, str] = field(default_factory=dict)

    @property
    def about(self) -> str:
        """One line."""
        module = self.peer.requirement or "this environment"
        return f"{self.peer.title} ({module})" + (f": failed: {self.failed}" if self.failed else "")


class Bench:
    """All that is removed and ended when the benchmark leaves the `with`, however it does."""

    def __init__(self, *, quick: bool) -> None:
        self.quick = quick
        self.folder = Path()
        self._pythons: dict[str | None, Path] = {None: Path(sys.executable)}
        #: On all processes that this run starts.
        self.mark = uuid.uuid4().hex

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="tracklayer-logging-"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end_marked(self.mark, 0)
        rmtree(self.folder, ignore_errors=True)

    def prepare(self, names: list[str]) -> dict[str, Subject]:
        """Install and try every subject: this also compiles and caches what it imports."""
        subjects = {}
        for name in names:
            peer = PEERS[name]
            subject = subjects[name] = Subject(peer, Path())
            try:
                subject.python = self.python(peer.requirement)
                with self.space() as folder:
                    subject.packages = self.ask(subject, "packages", {}, folder, limit=120)["packages"]
            except (BrokenError, TooLongError) as error:
                subject.failed = str(error)
        return subjects

    def python(self, requirement: str | None) -> Path:
        """The Python of an environment, made when it is asked for the first time."""
        if requirement not in self._pythons:
            self._pythons[requirement] = self._install(str(requirement))
        return self._pythons[requirement]

    def space(self) -> tempfile.TemporaryDirectory[str]:
        """An empty folder for one measurement."""
        return tempfile.TemporaryDirectory(dir=self.folder, ignore_cleanup_errors=True)

    def start(self, subject: Subject, measure: str, request: Message, folder: str) -> Child:
        """The process of a subject, at work on a measure."""
        module, name = subject.peer.subject
        command = [str(subject.python), "-m", "benchmarks.logging.inside.child", module, name, measure]
        child = Child(command, Path(folder), surroundings(Path(folder), self.mark))
        child.say(request)
        return child

    def ask(
        self,
        subject: Subject,
        measure: str,
        request: Message,
        folder: str,
        *,
        limit: float,
        paused: Callable[[Child], Message] = lambda _: {},
    ) -> Message:
        """What a subject has measured. Where it pauses, `paused` may look at it, and adds to what it says."""
        child = self.start(subject, measure, request, folder)
        added: Message = {}
        try:
            while "done" not in (message := child.hear(limit)):
                added |= paused(child)
                child.say({})
        except BaseException:
            child.kill()
            raise
        finally:
            child.close()
            self.tidy()
        done: Message = message["done"]
        return done | added

    def helpers(self, child: Child) -> list[int]:
        """Processes that a subject started."""
        return [process for process in marked(self.mark) if process != child.process.pid]

    def tidy(self, patience: float = 5) -> None:
        """No process of a subject is left when the next has its turn."""
        end_marked(self.mark, patience)

    def _install(self, requirement: str) -> Path:
        """The Python of a new environment with a package in it; `BrokenError` when there is none."""
        home = self.folder / f"environment-{requirement.partition('=')[0]}"
        python = home / "bin" / "python"
        uv = ["bash", str(ROOT / ".ci" / "uv")]
        commands = (
            [*uv, "venv", "--quiet", "--python", sys.executable, str(home)],
            [*uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), requirement],
        )
        try:
            for command in commands:
                subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALLING, cwd=self.folder)
        except subprocess.CalledProcessError as error:
            raise BrokenError(f"not installed: {' '.join(error.stderr.split())[:300]}") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BrokenError(f"not installed: {error}") from None
        return python
