"""What a sample holds: MLflow's own names and units, and what can be measured even where much cannot."""

from __future__ import annotations

import logging
import os
import sys
import threading
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from tests.api.capture.nvml import MIB, Nvml

from tracklayer.api.capture import SystemSampler

MLFLOW = "mlflow.system_metrics.metrics"
MACHINE = {
    *("system/cpu_utilization_percentage", "system/system_memory_usage_megabytes"),
    *("system/system_memory_usage_percentage", "system/disk_usage_percentage", "system/disk_usage_megabytes"),
    *("system/disk_available_megabytes", "system/network_receive_megabytes", "system/network_transmit_megabytes"),
}
PROCESS = {"system/process_cpu_percentage", "system/process_memory_megabytes"}


class Machine:
    """What psutil says, by our word."""

    busy, idle, received, sent = 100.0, 900.0, 5_000_000, 1_000_000

    def cpu_times(self) -> SimpleNamespace:
        times = {"user": self.busy, "nice": 0.0, "idle": self.idle - 100, "iowait": 100.0, "guest": 50.0}
        return SimpleNamespace(_asdict=lambda: times)

    def net_io_counters(self) -> SimpleNamespace:
        return SimpleNamespace(bytes_recv=self.received, bytes_sent=self.sent)


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return put_in_place(monkeypatch)


def put_in_place(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(psutil, "cpu_times", machine.cpu_times)
    monkeypatch.setattr(psutil, "net_io_counters", machine.net_io_counters)
    return machine


def test_a_sample_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = SystemSampler()
    monkeypatch.setattr(psutil, "net_io_counters", Machine().net_io_counters)
    sample = sampler.sample()
    assert MACHINE | PROCESS >= sample.keys() >= (MACHINE | PROCESS) - {"system/cpu_utilization_percentage"}
    assert all(isinstance(value, float) for value in sample.values())
    own = psutil.Process(os.getpid()).memory_info().rss / 1e6
    assert own / 4 < sample["system/process_memory_megabytes"] < own * 4
    assert 0 < sample["system/system_memory_usage_percentage"] < 100


def test_the_names_are_those_that_mlflow_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs: set[str] = set()
    for name in ("CPU", "Disk", "Network"):
        monitor = getattr(import_module(f"{MLFLOW}.{name.lower()}_monitor"), f"{name}Monitor")()
        monitor.collect_metrics()
        theirs |= {f"system/{each}" for each in monitor.aggregate_metrics()}
    machine = put_in_place(monkeypatch)
    sampler = SystemSampler()
    machine.busy += 1
    assert theirs == MACHINE == sampler.sample().keys() - PROCESS


def test_the_processors_share_is_that_since_the_sample_before_in_any_thread(machine: Machine) -> None:
    sampler = SystemSampler()
    samples: list[dict[str, float]] = []
    for busy, idle in ((30.0, 70.0), (5.0, 5.0), (0.0, 0.0)):
        machine.busy += busy
        machine.idle += idle
        thread = threading.Thread(target=lambda: samples.append(sampler.sample()))
        thread.start()
        thread.join()
    shares = [sample.get("system/cpu_utilization_percentage") for sample in samples]
    assert shares == [pytest.approx(30.0), pytest.approx(50.0), None], "no tick has passed before the last one"


def test_traffic_counts_from_when_the_sampler_was_made(machine: Machine) -> None:
    sampler = SystemSampler()
    machine.received += 2_500_000
    machine.sent += 500_000
    sample = sampler.sample()
    assert sample["system/network_receive_megabytes"] == 2.5
    assert sample["system/network_transmit_megabytes"] == 0.5


def test_what_cannot_be_measured_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError

    for name in ("cpu_times", "Process", "net_io_counters", "disk_usage"):
        monkeypatch.setattr(psutil, name, denied)
    assert SystemSampler().sample().keys() == {
        "system/system_memory_usage_megabytes",
        "system/system_memory_usage_percentage",
    }


def test_without_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SystemSampler.available()
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert not SystemSampler.available()
    assert SystemSampler().sample() == {}
    monkeypatch.setitem(sys.modules, "pynvml", Nvml(gpus=1))
    assert SystemSampler().sample()["system/gpu_0_utilization_percentage"] == 93.0


def test_gpus_by_mlflows_names_without_what_a_slice_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml()
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    sampler = SystemSampler()
    assert nvml.users == 0, "whoever makes a sampler does not wait for a driver"
    sample = {name: value for name, value in sampler.sample().items() if "gpu" in name}
    assert sample == {
        "system/gpu_0_utilization_percentage": 93.0,
        "system/gpu_0_memory_usage_megabytes": 20480 * MIB / 1e6,
        "system/gpu_0_memory_usage_percentage": 25.0,
        "system/gpu_0_power_usage_watts": 100.0,
        "system/gpu_0_power_usage_percentage": 25.0,
        "system/gpu_1_memory_usage_megabytes": 2432 * MIB / 1e6,
        "system/gpu_1_memory_usage_percentage": 25.0,
        "system/gpu_1_power_usage_watts": 100.001,
    }
    sampler.sample()
    assert nvml.users == 1, "the driver is asked for once"


def test_the_names_of_gpus_are_mlflows_too(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu_monitor: Any = import_module(f"{MLFLOW}.gpu_monitor")
    nvml = Nvml(gpus=1)
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    monkeypatch.setattr(gpu_monitor, "pynvml", nvml, raising=False)
    monitor = gpu_monitor.GPUMonitor()
    monitor.collect_metrics()
    ours = {name: value for name, value in SystemSampler().sample().items() if "gpu" in name}
    assert ours == pytest.approx({f"system/{name}": value[0] for name, value in monitor.metrics.items()}, abs=0.1)


def test_without_a_driver_it_is_silent(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", Nvml(driver=False))
    caplog.set_level(logging.INFO)
    assert not any("gpu" in name for name in SystemSampler().sample())
    assert caplog.records == []
