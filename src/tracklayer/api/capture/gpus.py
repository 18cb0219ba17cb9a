"""NVIDIA's GPUs of the machine, as their driver describes and measures them."""

from __future__ import annotations

from typing import Any

from tracklayer.api.capture.attempt import attempt, optional

#: Bytes of a megabyte, and milliwatts of a watt, as MLflow's metrics count them.
MEGA = 1e6
MILLI = 1e3


class Gpus:
    """The GPUs that NVML sees, which are all of the machine, whatever CUDA_VISIBLE_DEVICES says.

    * Made by `Gpus.found()`. What a GPU does not tell (a slice of one has no utilization) is left out.
    """

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        self._handles: list[Any] = [
            nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())
        ]

    def __len__(self) -> int:
        return len(self._handles)

    @classmethod
    def found(cls) -> Gpus | None:
        """The GPUs; None where the package nvidia-ml-py, the driver or a GPU is missing.

        * May take a second a GPU on a machine where no program keeps the driver awake:
          https://docs.nvidia.com/deploy/driver-persistence/
        """
        nvml = optional("pynvml")
        return None if nvml is None else attempt("GPUs", cls._of, nvml)

    @classmethod
    def _of(cls, nvml: Any) -> Gpus | None:
        nvml.nvmlInit()
        gpus = attempt("GPUs", cls, nvml)
        if not gpus:
            nvml.nvmlShutdown()
        return gpus or None

    def close(self) -> None:
        """Leave the driver; NVML counts who came, so others of the program keep it."""
        attempt("the end of NVML", self._nvml.nvmlShutdown)

    def driver(self) -> str | None:
        """The version of the driver."""
        version = attempt("the driver's version", self._nvml.nvmlSystemGetDriverVersion)
        return None if version is None else _text(version)

    def described(self) -> list[dict[str, Any]]:
        """Each GPU's `name` and `memory_bytes`, in the driver's order."""
        described = []
        for handle in self._handles:
            name = attempt("a GPU's name", self._nvml.nvmlDeviceGetName, handle)
            memory = attempt("a GPU's memory", self._nvml.nvmlDeviceGetMemoryInfo, handle)
            told = {} if name is None else {"name": _text(name)}
            described.append(told if memory is None else {**told, "memory_bytes": int(memory.total)})
        return described

    def sample(self) -> dict[str, float]:
        """What each GPU does now, by MLflow's names without their `system/`."""
        sample: dict[str, float] = {}
        for index, handle in enumerate(self._handles):
            for part in (self._memory, self._utilization, self._power):
                told = attempt(f"GPU {index}: {part.__name__[1:]}", part, handle) or {}
                sample.update({f"gpu_{index}_{name}": value for name, value in told.items()})
        return sample

    def _memory(self, handle: Any) -> dict[str, float]:
        memory = self._nvml.nvmlDeviceGetMemoryInfo(handle)
        return {
            "memory_usage_megabytes": memory.used / MEGA,
            "memory_usage_percentage": memory.used / memory.total * 100,
        }

    def _utilization(self, handle: Any) -> dict[str, float]:
        return {"utilization_percentage": float(self._nvml.nvmlDeviceGetUtilizationRates(handle).gpu)}

    def _power(self, handle: Any) -> dict[str, float]:
        used = self._nvml.nvmlDeviceGetPowerUsage(handle)
        most = attempt("a GPU's power limit", self._nvml.nvmlDeviceGetEnforcedPowerLimit, handle)
        return {"power_usage_watts": used / MILLI} | ({"power_usage_percentage": used / most * 100} if most else {})


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value  # bytes: nvidia-ml-py before 12
