"""NVIDIA's library as a machine with two GPUs has it: the second one is a slice, which does not tell everything."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

MIB = 2**20


class NVMLError(Exception):
    """What every call of NVML raises."""


class Nvml(ModuleType):
    """The functions that are used, by their real names, with the real units: bytes, percent, milliwatts."""

    NVMLError = NVMLError

    def __init__(self, *, gpus: int = 2, driver: bool = True) -> None:
        super().__init__("pynvml")
        self.gpus, self.has_driver, self.users = gpus, driver, 0

    def nvmlInit(self) -> None:  # noqa: N802
        if not self.has_driver:
            message = "NVML Shared Library Not Found"
            raise NVMLError(message)
        self.users += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.users -= 1

    def nvmlSystemGetDriverVersion(self) -> str:  # noqa: N802
        return "535.104.05"

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return self.gpus

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlDeviceGetName(self, handle: int) -> str | bytes:  # noqa: N802
        return "NVIDIA A100-SXM4-80GB" if handle == 0 else b"NVIDIA A100 MIG 1g.10gb"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:  # noqa: N802
        total = 81920 * MIB if handle == 0 else 9728 * MIB
        return SimpleNamespace(total=total, used=total // 4, free=total - total // 4)

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> SimpleNamespace:  # noqa: N802
        if handle == 1:
            message = "Not Supported"
            raise NVMLError(message)
        return SimpleNamespace(gpu=93, memory=41)

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:  # noqa: N802
        return 100_000 + handle

    def nvmlDeviceGetEnforcedPowerLimit(self, handle: int) -> int:  # noqa: N802
        if handle == 1:
            message = "Not Supported"
            raise NVMLError(message)
        return 400_000
