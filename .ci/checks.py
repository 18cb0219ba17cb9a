"""Runs every check of CI side by side, each into its own log, and prints the logs as they end.

* A check is some commands, one after the other; the first that fails ends it. One failed check fails the whole.
* The order below is the order of starting: what takes longest comes first.
* The last lines printed are the combined coverage, a line a check, and the closing lines of pytest as it wrote them.
* `python .ci/checks.py mypy docs` runs only those two.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / ".ci" / "out"
#: Seconds a check may take: what CI may take as a whole, less what it takes to install. A slow machine is no failure.
LIMIT = 80 * 60
#: One more than the cores: the contract tests wait for servers much of the time.
SIDE_BY_SIDE = (os.cpu_count() or 2) + 1

Command = tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """Commands that are judged together under one name."""

    name: str
    commands: tuple[Command, ...]

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return OUT / f"{self.name}.log"


@dataclass(frozen=True)
class Outcome:
    """How a check ended, and the seconds it took."""

    check: Check
    passed: bool
    seconds: float

    def __str__(self) -> str:
        return f"{self.check.name}: {'passed' if self.passed else 'FAILED'} in {self.seconds:.0f} s"


def py(module: str, *arguments: str) -> Command:
    """`python -m module arguments`, by the Python that runs this."""
    return (sys.executable, "-m", module, *arguments)


def pytest(*arguments: str, covered: bool = True) -> Command:
    """A pytest run, whose coverage is kept for the sum at the end: to take it costs as much as the run itself."""
    return py("pytest", *arguments, *(("--cov", "--cov-report=") if covered else ()), "--durations=15")


#: The contract's targets that need no server.
TARGETS = (
    "memory",
    "memory-like-mlflow",
    "memory-like-local",
    "memory-like-sagemaker",
    "memory-like-vertex",
    "lean",
    "tight",
    "local",
    "archive",
)
#: Those that have one. Each in one process: what one test deletes there would shift the pages of another.
SERVED = ("azureml", "oci", "databricks", "sagemaker-mlflow", "mlflow", "sagemaker", "vertex")
#: Of those, the ones whose coverage is taken: the others stand on the same driver.
COVERED = ("mlflow", "sagemaker", "vertex")
#: The same services, set up otherwise or with what is not known of them decided otherwise: more tests, no more code.
VARIANTS = ("sagemaker-otherwise", "vertex-plain", "vertex-otherwise")
NO_SERVER = tuple(word for target in TARGETS for word in ("--target", target))

#: Those whose plugins are tested in environments of their own.
FRAMEWORKS = ("accelerate", "keras", "lightgbm", "lightning", "optuna", "sklearn", "transformers", "xgboost")
#: Unit tests, below `tests`, that take long and do so in other processes: their coverage is not taken.
LONG = (
    "cli/test_demo.py",
    "cli/test_emulate*.py",
    "cli/test_ui.py",
    "docs/*",
    "drivers/*/interop/*",
    "layers/journal/test_kill.py",
    "meta/test_sdks.py",
    "migrate/test_engines.py",
    "migrate/test_every_pair.py",
    "migrate/test_half_made.py",
    "migrate/test_kills.py",
    "migrate/test_real_data.py",
    "migrate/test_three_hops.py",
    "plugins/mlflow/test_autologging.py",
    "plugins/mlflow/test_versions.py",
    *(f"plugins/test_{name}.py" for name in FRAMEWORKS),
)
LONG_PATHS = tuple(
    sorted(str(path.relative_to(ROOT)) for one in LONG for path in (ROOT / "tests").glob(one) if "test_" in path.name)
)

CHECKS = (
    Check("unit", (pytest("tests", "-n", "2", *(f"--ignore-glob={ROOT}/tests/{path}" for path in LONG)),)),
    Check("unit-long", (pytest(*LONG_PATHS, "-n", "2", covered=False),)),
    *(Check(f"contract-{one}", (pytest("contract_tests", "--target", one, covered=one in COVERED),)) for one in SERVED),
    *(Check(f"contract-{one}", (pytest("contract_tests", "--target", one, covered=False),)) for one in VARIANTS),
    Check("contract", (pytest("contract_tests", "-n", "2", *NO_SERVER),)),
    Check("mypy", (py("mypy"),)),
    Check("docs", (py("sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html", "docs", str(OUT / "html")),)),
    Check(
        "wheel",
        (
            ("bash", ".ci/uv", "build", "--quiet", "--wheel", "--out-dir", str(OUT / "dist")),
            (sys.executable, ".ci/wheel.py", str(OUT / "dist")),
        ),
    ),
    Check("ruff", (py("ruff", "format", "--check"), py("ruff", "check"))),
    Check("imports", (("lint-imports", "--no-cache"),)),
)


def run(check: Check) -> Outcome:
    """Run the commands of a check until one fails."""
    began = time.monotonic()
    with check.log.open("w", encoding="utf-8") as log:
        passed = all(succeeds(command, check, log.fileno(), began) for command in check.commands)
    return Outcome(check, passed, time.monotonic() - began)


def succeeds(command: Command, check: Check, log: int, began: float) -> bool:
    """Does a command end well, and in time? It takes its children with it when it does not."""
    os.write(log, f"$ {' '.join(command).replace(sys.executable, 'python').replace(f'{ROOT}/', '')}\n".encode())
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"COVERAGE_FILE": str(OUT / f"coverage.{check.name}")},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return process.wait(timeout=max(1.0, began + LIMIT - time.monotonic())) == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.write(log, f"stopped: took more than {LIMIT} s\n".encode())
        return False


def coverage() -> str:
    """The table of what all pytest runs together have covered, branches included."""
    files = sorted(str(file) for file in OUT.glob("coverage.*"))
    if not files:
        return "no coverage: pytest did not run"
    environment = os.environ | {"COVERAGE_FILE": str(OUT / "all.coverage")}
    told = []
    for arguments in (("combine", "--keep", "--quiet", *files), ("report", "--skip-covered", "--skip-empty")):
        done = subprocess.run(
            py("coverage", *arguments), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        told.append(done.stdout + done.stderr)
    return "".join(told).strip()


def closing(check: Check) -> list[str]:
    """The last line pytest wrote of a check that ran it."""
    lines = check.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if line.startswith("=") and line.endswith("=") and " in " in line][-1:]


def main(wanted: Sequence[str]) -> int:
    """Run the checks named, or all; 0 when every one passed."""
    checks = [check for check in CHECKS if not wanted or check.name in wanted]
    if unknown := set(wanted) - {check.name for check in CHECKS}:
        print(f"no such check: {', '.join(sorted(unknown))}; there are {', '.join(check.name for check in CHECKS)}")
        return 2
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    outcomes = []
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for done in as_completed([pool.submit(run, check) for check in checks]):
            outcome = done.result()
            outcomes.append(outcome)
            print(
                f"\n######## {outcome}\n{outcome.check.log.read_text(encoding='utf-8', errors='replace').rstrip()}",
                flush=True,
            )
    print(f"\n######## coverage\n{coverage()}\n\n######## all")
    for outcome in sorted(outcomes, key=lambda outcome: checks.index(outcome.check)):
        print(str(outcome))
    for line in (line for check in checks for line in closing(check)):
        print(line)
    return 0 if all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
