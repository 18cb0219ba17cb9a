"""The environment a run is made in, as a document to keep beside it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Mapping
from typing import Any

from tracklayer.api.capture.attempt import attempt, optional
from tracklayer.api.capture.gpus import Gpus
from tracklayer.api.capture.limits import memory_limit, processor_limit
from tracklayer.api.capture.packages import packages


def environment(variables: Mapping[str, str]) -> dict[str, Any]:
    """Interpreter, machine, GPUs, packages and the variables given, as a document of JSON.

    * `python`: version, implementation, executable. * `system`: platform, machine, host.
    * `processors`: count; usable, those the process may run on; limit, of its container, such as 1.5.
    * `memory`: total_bytes; limit_bytes, of its container.
    * `gpus`: each one's name and memory_bytes. * `gpu_driver`: its version.
    * `cuda`: the version that torch was built for, where the program has imported torch.
    * `packages`: version by name. * `variables`: as given: secrets are hidden before or after, not here.
    * What cannot be known is left out; nothing is raised. Takes some 50 ms, with GPUs a second or more: not for a loop.
    """
    parts: dict[str, Callable[[], Any]] = {
        "python": _python,
        "system": _system,
        "processors": _processors,
        "memory": _memory,
        "cuda": _cuda,
        "packages": packages,
        "variables": lambda: dict(variables),
    }
    found = {name: attempt(f"environment: {name}", part) for name, part in parts.items()}
    found |= attempt("environment: gpus", _gpus) or {}
    whole: dict[str, Any] = _clean({name: value for name, value in found.items() if value is not None})
    return whole


def _python() -> dict[str, str]:
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "executable": sys.executable or "",
    }


def _system() -> dict[str, str]:
    # Its fields one by one: `platform.platform()` asks for the processor too, and starts `uname -p` for it.
    system = platform.uname()
    libc = "".join(platform.libc_ver())
    names = [system.system, system.release, system.machine, libc]
    return {"platform": "-".join(name for name in names if name), "machine": system.machine, "host": system.node}


def _processors() -> dict[str, float]:
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS, nor on Windows
    told = {
        "count": os.cpu_count(),
        "usable": None if affinity is None else len(affinity(0)),
        "limit": attempt("the limit of processors", processor_limit),
    }
    return {name: value for name, value in told.items() if value is not None}


def _memory() -> dict[str, int]:
    told = {
        "total_bytes": attempt("the size of memory", _total_memory),
        "limit_bytes": attempt("the limit of memory", memory_limit),
    }
    return {name: value for name, value in told.items() if value is not None}


def _total_memory() -> int | None:
    if hasattr(os, "sysconf"):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    psutil = optional("psutil")  # Windows
    return None if psutil is None else int(psutil.virtual_memory().total)


def _gpus() -> dict[str, Any]:
    gpus = Gpus.found()
    if gpus is None:
        return {}
    told = {"gpus": gpus.described(), "gpu_driver": gpus.driver()}
    gpus.close()
    return told


def _cuda() -> str | None:
    # The module that torch reads it from: it is there only if torch was really imported, not put off by a lazy loader.
    version = getattr(sys.modules.get("torch.version"), "cuda", None)
    return None if version is None else str(version)


def _clean(value: Any) -> Any:
    """The document with every text writable as UTF-8: a path or variable may hold bytes that are none."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value
