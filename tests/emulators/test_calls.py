from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tracklayer.emulators.calls import Call, CallLog


def call(operation: str, service: str = "sagemaker", status: int = 200) -> Call:
    return Call(service, operation, "127.0.0.1", status, "", 0.001, 2)


def test_calls_are_kept_in_order_and_counted() -> None:
    log = CallLog()
    for one in (call("Search"), call("PutObject", "s3"), call("Search")):
        log.add(one)
    assert [one.operation for one in log.all()] == ["Search", "PutObject", "Search"]
    assert (log.count(), log.count("Search"), log.count(service="s3"), log.count("Search", "s3")) == (3, 2, 1, 0)
    assert log.counts() == {"sagemaker.Search": 2, "s3.PutObject": 1}
    log.clear()
    assert log.all() == []


def test_threads_lose_no_call() -> None:
    log = CallLog()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: log.add(call("Search")), range(1000)))
    assert log.count() == 1000
