from __future__ import annotations

from tracklayer.migrate.plan.bill import Account, Bill
from tracklayer.spi import Charge, Rates


def test_a_charge_is_made_as_often_as_it_says() -> None:
    rates = Rates(
        charges=(
            Charge.of("once a call", "params", "tags"),
            Charge.of("each", "data sets", each=True),
            Charge.of("once a run", "points", once="run"),
            Charge.of("once an experiment", "points", once="experiment"),
            Charge.of("once a process", "points", once="process"),
            Charge.of("twice a run at most", "file", most=2),
        )
    )
    bill, home, others = Bill(), Account(), Account()

    bill.add(rates, "write", {"params": 300, "tags": 5, "data sets": 4})
    for run, experiment in ((Account(), home), (Account(), home), (Account(), others)):
        for _ in range(3):
            bill.add(rates, "write", {"points": 10}, run=run, experiment=experiment)
            bill.add(rates, "put_artifact", {"file": 1}, run=run)

    assert bill.calls == {
        "once a call": 1,
        "each": 4,
        "once a run": 3,
        "once an experiment": 2,
        "once a process": 1,
        "twice a run at most": 6,
    }


def test_where_nothing_is_charged_a_drivers_calls_are_counted() -> None:
    bill = Bill()
    bill.add(Rates(), "write", {"params": 300})
    bill.add(Rates(), "write", {"nothing": 1})
    assert bill.calls == {"write": 2}
