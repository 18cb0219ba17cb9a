from __future__ import annotations

import threading

import pytest

from tracklayer.drivers.aws import Pace


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def paced(rates: dict[str, float], burst: float) -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace(rates, burst, clock=clock.time, sleep=clock.sleep), clock


def test_a_full_bucket_goes_at_once_and_then_at_its_rate() -> None:
    pace, clock = paced({"Associate": 2.0}, burst=5)
    for _ in range(10):
        assert pace.wait("Associate") == 0.0
    assert clock.slept == []
    assert [pace.wait("Associate") for _ in range(3)] == [pytest.approx(0.5)] * 3
    assert clock.now == pytest.approx(1001.5)


def test_a_pause_fills_the_bucket_again_and_never_over_its_brim() -> None:
    pace, clock = paced({"Associate": 1.0}, burst=3)
    for _ in range(3):
        pace.wait("Associate")
    clock.now += 2
    assert [pace.wait("Associate") for _ in range(3)] == [0.0, 0.0, pytest.approx(1.0)]
    clock.now += 1000
    assert [pace.wait("Associate") for _ in range(4)] == [0.0, 0.0, 0.0, pytest.approx(1.0)]


def test_a_slow_operation_goes_once_at_once_however_small_the_burst() -> None:
    pace, _ = paced({"Delete": 0.1}, burst=0)
    assert [pace.wait("Delete"), pace.wait("Delete")] == [0.0, pytest.approx(10.0)]


def test_operations_do_not_wait_for_each_other() -> None:
    pace, clock = paced({"Associate": 1.0, "default": 1.0}, burst=1)
    for operation in ("Associate", "Search", "Describe"):
        pace.wait(operation)
    assert clock.slept == []
    pace.wait("Search")
    assert clock.slept == [pytest.approx(1.0)]


def test_what_has_no_rate_never_waits() -> None:
    pace, clock = paced({"Associate": 1.0}, burst=1)
    assert [pace.wait("Search") for _ in range(100)] == [0.0] * 100
    assert clock.slept == []


def test_threads_share_one_bucket() -> None:
    pace = Pace({"Associate": 1.0}, burst=5, clock=lambda: 0.0, sleep=lambda _: None)
    waited: list[float] = []
    threads = [threading.Thread(target=lambda: waited.append(pace.wait("Associate"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waited) == [0.0] * 5 + [float(second) for second in range(1, 16)]
