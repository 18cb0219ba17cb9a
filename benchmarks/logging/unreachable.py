"""How long a program stands still when its server is gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import Any

from benchmarks.logging.bench import Bench, Subject
from benchmarks.logging.inside.gone import LOGGING
from benchmarks.logging.processes import BrokenError, Message, TooLongError
from benchmarks.logging.servers import KINDS, Servers

#: Subjects that speak to a server.
WITH_SERVER = ("tracklayer", "mlflow", "mlflow-async")
#: A run is started when the server is gone already; or it was started before, and is logged to and ended.
PARTS = ("start", "log")
#: Seconds to import, and to start a run at a server that is there: all of them at once.
PREPARING = 300.0


def unreachable(bench: Bench, subjects: dict[str, Subject], request: Message) -> dict[str, dict[str, Any]]:
    """Every subject with every server at once, since all they do is wait; each of their parts is cut off at `cap`."""
    found: dict[str, dict[str, Any]] = {name: {} for name in subjects}
    for name, subject in subjects.items():
        if subject.failed is not None or name not in WITH_SERVER:
            found[name] = {"none": "has no server"} if subject.failed is None else {"failed": subject.failed}
    jobs = [(name, kind, part) for name, one in found.items() if not one for kind in KINDS for part in PARTS]
    if not jobs:
        return found
    try:
        with Servers(bench) as servers, ThreadPoolExecutor(len(jobs)) as pool:
            together = Barrier(len(jobs), action=servers.vanish)
            told = [
                pool.submit(
                    _one, bench, subjects[name], {"part": part, "url": servers.url(kind)}, request["cap"], together
                )
                for name, kind, part in jobs
            ]
            try:
                for (name, kind, _), told_by in zip(jobs, told, strict=True):
                    found[name] |= {f"{kind} {part}": said for part, said in told_by.result().items()}
            except BaseException:  # also Ctrl-C: the threads end when their processes have
                together.abort()
                bench.tidy(0)
                raise
    except (BrokenError, BrokenBarrierError) as error:
        found |= {name: {"failed": str(error) or "the servers could not be taken away"} for name, _, _ in jobs}
    bench.tidy(0)
    return found


def _one(bench: Bench, subject: Subject, ask: Message, cap: float, together: Barrier) -> dict[str, Any]:
    """What one process says of one server: seconds and what was raised, for each of its parts."""
    found: dict[str, Any] = {}
    with bench.space() as folder:
        child = bench.start(subject, "gone", ask, folder)
        doing = ask["part"]
        try:
            try:
                child.hear(PREPARING)
            finally:
                together.wait(2 * PREPARING)  # whoever failed comes too: the servers vanish when all are there
            child.say({})
            if doing == "log":
                found["log"] = child.hear(cap + LOGGING)["log"]
                doing = "finish"
            found |= child.hear(cap)["done"]
        except TooLongError:
            found[doing] = {"over": cap}
        except BrokenError as error:
            found[doing] = {"broken": str(error)}
        finally:
            child.kill()
            child.close()
    return found
