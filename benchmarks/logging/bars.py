"""The bars that tracklayer sets itself, held against the figures of one run."""

from __future__ import annotations

from benchmarks.logging.table import OURS, figure
from benchmarks.logging.turns import Results

FLOOR = "jsonl"
MICROSECONDS = 2.0
RATE = 300_000.0
WORKER = 5.0
#: Our call takes at most this part of the fastest peer's that loses nothing.
PART = 1 / 5


def bars(results: Results) -> list[str]:
    """A line for each bar: yes, no, or why it cannot be said."""

    def of(measure: str, subject: str, column: str, which: str = "median") -> float | None:
        return figure(results.get(measure, {}).get(subject, []), column, which)

    ours = of("scalar", OURS, "p50")
    floor = of("scalar", FLOOR, "p50")
    kept = {
        name: p50
        for name in results.get("kill", {})
        if of("kill", name, "percent", "min") == 100 and (p50 := of("scalar", name, "p50")) is not None
    }
    peers = {name: p50 for name, p50 in kept.items() if name not in {OURS, FLOOR}}
    fastest = min(peers, key=peers.__getitem__, default=None)
    rate = of("sustained", OURS, "rate")
    recovered = of("kill", OURS, "percent", "min")
    return [
        _bar(
            "p50 of a scalar call is below that of a JSON line with flush",
            None
            if ours is None or floor is None
            else (ours < floor, f"{ours:.2f} us, {ours / floor:.2f} of {floor:.2f} us"),
        ),
        _bar(
            "p50 of a scalar call is at most 1/5 of the fastest peer's that survives kill -9 with all points",
            None
            if ours is None or fastest is None
            else (ours <= peers[fastest] * PART, f"{ours / peers[fastest]:.3f} of {fastest}'s {peers[fastest]:.2f} us"),
        ),
        _bar(
            f"p50 of a scalar call is at most {MICROSECONDS:.0f} us",
            None if ours is None else (ours <= MICROSECONDS, f"{ours:.2f} us"),
        ),
        _bar(
            f"at least {RATE:,.0f} points a second sustained into local:",
            None if rate is None else (rate >= RATE, f"{rate:,.0f}"),
        ),
        _worker(of("loop", OURS, "worker"), of("loop", OURS, "worker_median"), of("loop", FLOOR, "worker")),
        _bar(
            "every point whose call had returned is there after kill -9",
            None if recovered is None else (recovered == 100, f"{recovered:.2f} %"),
        ),
    ]


def _bar(what: str, verdict: tuple[bool, str] | None) -> str:
    if verdict is None:
        return f"?    {what}: not measured"
    met, why = verdict
    return f"{'yes' if met else 'NO':<5}{what}: {why}"


def _worker(best: float | None, middle: float | None, idle: float | None) -> str:
    """The bar of the loop; not said when the machine was so noisy that nothing can be."""
    what = f"the worker costs the loop less than {WORKER:.0f} %"
    if best is None or middle is None or idle is None:
        return _bar(what, None)
    why = f"{best:.1f} % (by medians {middle:.1f} %; jsonl, which has no worker: {idle:.1f} %)"
    if abs(idle) >= WORKER or (best < WORKER) != (middle < WORKER):
        return f"?    {what}: the machine is too noisy to say: {why}"
    return _bar(what, (best < WORKER, why))
