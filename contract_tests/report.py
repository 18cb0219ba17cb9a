"""The last word of a session: what passed, what was refused, what is a gap; and that nothing was skipped."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from contract_tests.marks import REFUSED, TARGET


class ContractReport:
    """Counts outcomes by target. A skipped test fails the session: what cannot be had is refused, not left out."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        said = dict(report.user_properties)
        outcomes = self.outcomes[str(said[TARGET])] if TARGET in said else Counter[str]()
        if report.skipped:
            if hasattr(report, "wasxfail"):
                outcomes["gaps"] += 1
            else:
                self.skipped.append(report.nodeid)
        elif report.failed:
            outcomes["failed"] += 1
        elif report.when == "call":
            outcomes["refused" if REFUSED in said else "passed"] += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        columns = ("passed", "refused", "gaps", "failed")
        if self.outcomes:
            terminalreporter.section("contract")
            terminalreporter.line("".join(["target".ljust(32), *(column.rjust(9) for column in columns)]))
            for target, outcomes in self.outcomes.items():
                terminalreporter.line(
                    "".join([target.ljust(32), *(str(outcomes[column]).rjust(9) for column in columns)])
                )
        for nodeid in self.skipped:
            terminalreporter.line(f"skipped, which the contract forbids: {nodeid}", red=True)
