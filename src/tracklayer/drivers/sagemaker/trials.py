"""The trials that an experiment's runs are in: as many as it takes, since one holds 50.

The first is the official SDK's own, so that it finds our runs. The next ones are made as AWS refuses: what its quota
is in this account only AWS knows.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from tracklayer.drivers.sagemaker import names
from tracklayer.drivers.sagemaker.calls import PROVIDER, Calls
from tracklayer.errors import AlreadyExists, NotFound, QuotaExceeded

#: Trials of an experiment (quota L-E1A153C2), and their numbers.
MOST_TRIALS = 300


class Trials:
    """Puts trial components into trials. Remembers the trial of each experiment that last took one."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._lock = threading.Lock()
        self._open: dict[str, tuple[int, str]] = {}

    def prepare(self, experiment: str) -> None:
        """See to it that the experiment has a trial. `NotFound` without the experiment."""
        if experiment not in self._open:
            self._note(experiment, 1, self._made(experiment, 1))

    def join(self, experiment: str, component: str) -> None:
        """Put a trial component into a trial with room. `QuotaExceeded` when the experiment has no more."""
        searched = False
        for _ in range(2 * MOST_TRIALS):
            self.prepare(experiment)
            number, trial = self._open[experiment]
            try:
                self._calls("AssociateTrialComponent", TrialComponentName=component, TrialName=trial)
            except QuotaExceeded:
                newest = number if searched else max(number, self._newest(experiment))
                searched = True
                self._next(experiment, number, newest)
            except NotFound:  # the trial is gone; if the experiment is too, `prepare` says so
                self.forget(experiment)
            else:
                return
        self._full(experiment)

    def joined(self, component: str) -> bool:
        """Is it in any trial?"""
        return bool(self._calls("ListTrials", TrialComponentName=component, MaxResults=1).get("TrialSummaries"))

    def forget(self, experiment: str) -> None:
        """The experiment's trials are no longer what they were."""
        with self._lock:
            self._open.pop(experiment, None)

    def _next(self, experiment: str, full: int, newest: int) -> None:
        """Go on with the newest trial, or behind it. Another thread may have been faster."""
        with self._lock:
            if self._open.get(experiment, (full, ""))[0] > full:
                return
        number = newest if newest > full else full + 1
        if number > MOST_TRIALS:
            self._full(experiment)
        self._note(experiment, number, self._made(experiment, number))

    def _made(self, experiment: str, number: int) -> str:
        """The trial of that number, made if need be. A name that another experiment has is spelt otherwise."""
        for apart in (False, True):
            trial = names.trial(experiment, number, apart=apart)
            try:
                self._calls("CreateTrial", TrialName=trial, ExperimentName=experiment)
            except AlreadyExists:
                with suppress(NotFound):  # deleted in between: then its name is free again
                    home = self._calls("DescribeTrial", TrialName=trial)["ExperimentName"]
                    if home.lower() != experiment.lower():
                        continue
            return trial
        message = f"the names of trial {number} of experiment {experiment!r} are taken by other experiments"
        raise AlreadyExists(message, provider=PROVIDER, operation="CreateTrial")

    def _newest(self, experiment: str) -> int:
        """The highest number among the experiment's newest trials."""
        page = self._calls(
            "ListTrials", ExperimentName=experiment, SortBy="CreationTime", SortOrder="Descending", MaxResults=100
        )
        found = (names.trial_number(one["TrialName"], experiment) for one in page.get("TrialSummaries", ()))
        return max((number for number in found if number is not None), default=1)

    def _note(self, experiment: str, number: int, trial: str) -> None:
        with self._lock:
            if self._open.get(experiment, (0, ""))[0] < number:
                self._open[experiment] = (number, trial)

    def _full(self, experiment: str) -> None:
        message = (
            f"experiment {experiment!r} is full: all its trials ({MOST_TRIALS} at most) hold as many runs as AWS's"
            " quota allows; ask for more under Service Quotas, or begin another experiment"
        )
        raise QuotaExceeded(message, provider=PROVIDER, operation="AssociateTrialComponent")
