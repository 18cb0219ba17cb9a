"""Bill: the provider's calls that a driver's calls would have come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tracklayer.spi import Part, Rates


@dataclass
class Account:
    """What was charged for one run (or for one experiment, or the process) already, by the charge's number."""

    charged: Counter[int] = field(default_factory=Counter)


class Bill:
    """Adds up calls, by the provider's names of them; by the driver's where the rates charge nothing."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._process = Account()

    def add(
        self,
        rates: Rates,
        method: str,
        parts: Mapping[Part, int],
        *,
        run: Account | None = None,
        experiment: Account | None = None,
    ) -> None:
        """One call of a driver. `method`: its name; `parts`: what it brings about. Accounts: whose call it is."""
        if not rates.charges:
            self.calls[method] += 1
        accounts = {"run": run, "experiment": experiment, "process": self._process}
        for number, charge in enumerate(rates.charges):
            count = sum(parts.get(part, 0) for part in charge.on)
            if not count:
                continue
            account = accounts[charge.once or "run"]
            before = 0 if account is None else account.charged[number]
            if before and (charge.once is not None or (charge.most is not None and before >= charge.most)):
                continue
            if account is not None:
                account.charged[number] += 1
            self.calls[charge.operation] += count if charge.each else 1
