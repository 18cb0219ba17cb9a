"""The load of the machine and of the process, measured while a run trains."""

from __future__ import annotations

import os
from typing import Any

from tracklayer.api.capture.attempt import attempt, optional
from tracklayer.api.capture.gpus import MEGA, Gpus

#: MLflow shows metrics under it on a page of their own:
#: https://mlflow.org/docs/latest/ml/tracking/system-metrics/
PREFIX = "system/"


class SystemSampler:
    """Measures the load, by MLflow's own names; needs psutil, and nvidia-ml-py for GPUs.

    * Megabytes are 1e6 bytes. The processor's percentages are averages since the sample before, the first one since the
      sampler was made; a process on two processors uses up to 200 %. Network megabytes count from there too.
    * Of a machine with containers, its own numbers, not the container's.
    * Not for a forked child: psutil and NVML answer for the process that asked first.
    """

    def __init__(self) -> None:
        self._psutil: Any = optional("psutil")
        self._gpus: Gpus | None = None
        self._asked_for_gpus = False
        self._times: tuple[float, float] | None = None
        self._process: Any = None
        self._network: Any = None
        if self._psutil is not None:
            self._times = attempt("the processor's time", self._busy_and_total)
            self._process = attempt("the process", self._psutil.Process)
            self._network = attempt("the network", self._psutil.net_io_counters)
        if self._process is not None:
            attempt("the process's time", self._process.cpu_percent)  # the next answer is the average since now

    @staticmethod
    def available() -> bool:
        """Is psutil there? Without it a sample holds GPUs at most."""
        return optional("psutil") is not None

    def sample(self) -> dict[str, float]:
        """Every metric that can be measured now; nothing is raised.

        * Takes below 1 ms, and some more a GPU; the first sample starts NVIDIA's driver, which may take seconds.
        """
        if not self._asked_for_gpus:  # not before: whoever makes the sampler does not wait for a driver
            self._asked_for_gpus = True
            self._gpus = Gpus.found()
        found: dict[str, float] = {}
        if self._psutil is not None:
            for part in (self._processors, self._memory, self._disk, self._traffic, self._own):
                found.update(attempt(f"system metrics: {part.__name__[1:]}", part) or {})
        if self._gpus is not None:
            found.update(self._gpus.sample())
        return {PREFIX + name: value for name, value in found.items()}

    def _processors(self) -> dict[str, float]:
        before, now = self._times, self._busy_and_total()
        self._times = now
        if before is None or now[1] <= before[1]:  # no tick of the clock, 10 ms on Linux, since the sample before
            return {}
        share = (now[0] - before[0]) / (now[1] - before[1])
        return {"cpu_utilization_percentage": min(100.0, max(0.0, share * 100))}

    def _busy_and_total(self) -> tuple[float, float]:
        # Not psutil's own cpu_percent, which remembers by the thread: the first sample of a monitor's would be 0.
        times = self._psutil.cpu_times()._asdict()
        guests = times.get("guest", 0.0) + times.get("guest_nice", 0.0)  # Linux counts them in user and nice as well
        total = sum(times.values()) - guests
        return total - times["idle"] - times.get("iowait", 0.0), total

    def _memory(self) -> dict[str, float]:
        memory = self._psutil.virtual_memory()
        return {
            "system_memory_usage_megabytes": memory.used / MEGA,
            "system_memory_usage_percentage": memory.used / memory.total * 100,  # MLflow's: not psutil's `percent`
        }

    def _disk(self) -> dict[str, float]:
        disk = self._psutil.disk_usage(os.sep)
        return {
            "disk_usage_percentage": disk.percent,
            "disk_usage_megabytes": disk.used / MEGA,
            "disk_available_megabytes": disk.free / MEGA,
        }

    def _traffic(self) -> dict[str, float]:
        now, begin = self._psutil.net_io_counters(), self._network
        return {
            "network_receive_megabytes": (now.bytes_recv - begin.bytes_recv) / MEGA,
            "network_transmit_megabytes": (now.bytes_sent - begin.bytes_sent) / MEGA,
        }

    def _own(self) -> dict[str, float]:
        return {
            "process_cpu_percentage": self._process.cpu_percent(),
            "process_memory_megabytes": self._process.memory_info().rss / MEGA,
        }
