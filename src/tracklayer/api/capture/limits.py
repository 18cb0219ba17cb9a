"""What a container may use of its machine: the limits of Linux' control groups.

* Version 2: `cpu.max` and `memory.max`, https://docs.kernel.org/admin-guide/cgroup-v2.html
* Version 1: `cpu.cfs_quota_us`, https://docs.kernel.org/scheduler/sched-bwc.html, and `memory.limit_in_bytes`,
  https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
* A group is bound by the groups above it too: the smallest limit on the way up counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

#: Where control groups are mounted, and where a process reads which ones it is in: man 7 cgroups.
ROOT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
#: Version 1 writes "no limit" as the largest multiple of a page below 2**63: nothing real comes near.
UNLIMITED = 2**60


def processor_limit() -> float | None:
    """How many processors' time the process may use, such as 1.5; None: as much as there is."""
    limits = []
    for folder in _folders("cpu"):
        quota, _, period = _text(folder / "cpu.max").partition(" ")
        quota = quota or _text(folder / "cpu.cfs_quota_us")
        period = period or _text(folder / "cpu.cfs_period_us")
        if quota.isdecimal() and period.isdecimal() and int(period) > 0:  # else `max`, or -1
            limits.append(int(quota) / int(period))
    return min(limits, default=None)


def memory_limit() -> int | None:
    """How many bytes of memory the process may use; None: as many as there are."""
    limits = []
    for folder in _folders("memory"):
        limit = _text(folder / "memory.max") or _text(folder / "memory.limit_in_bytes")
        if limit.isdecimal() and int(limit) < UNLIMITED:
            limits.append(int(limit))
    return min(limits, default=None)


def _folders(controller: str) -> Iterator[Path]:
    """The folders of the process's groups, from its own up to the root.

    Inside a container the path may be the one that the machine knows, which is not there: then its root is what counts.
    """
    for line in _text(MEMBERSHIP).splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and controller not in controllers.split(","):
            continue
        mount = ROOT / controller if controllers else ROOT
        group = mount / path.lstrip("/")
        yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(mount))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
