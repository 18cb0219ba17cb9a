"""The document of a run's environment: what is known is right, what is not is left out, and it is JSON."""

from __future__ import annotations

import json
import logging
import os
import platform
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.api.capture.nvml import MIB, Nvml

from tracklayer.api.capture import environment, limits, variables
from tracklayer.api.capture.gpus import Gpus
from tracklayer.api.capture.packages import packages

module = import_module("tracklayer.api.capture.environment")
NO_LIBRARY = "libnvidia-ml.so.1: cannot open shared object file"


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)


def written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


# -- the document


def test_what_every_machine_tells() -> None:
    found = environment({"RANK": "0"})
    assert found["python"] == {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "executable": sys.executable,
    }
    assert found["system"]["host"] == platform.node()
    assert found["system"]["platform"].startswith(f"{platform.system()}-{platform.release()}")
    assert found["processors"]["count"] == os.cpu_count()
    assert found["memory"]["total_bytes"] > 2**20
    assert found["packages"]["pytest"] == version("pytest")
    assert found["variables"] == {"RANK": "0"}
    assert "gpus" not in found
    assert json.loads(json.dumps(found)) == found


def test_text_that_is_no_utf_8_is_escaped() -> None:
    found = environment({"LD_PRELOAD": "/opt/\udcff"})
    assert found["variables"] == {"LD_PRELOAD": r"/opt/\udcff"}
    json.dumps(found, ensure_ascii=False).encode()


def test_a_part_that_fails_is_left_out(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> dict[str, str]:
        raise MemoryError

    caplog.set_level(logging.DEBUG, "tracklayer")
    for name in ("packages", "memory_limit", "processor_limit", "_total_memory"):
        monkeypatch.setattr(module, name, broken)
    monkeypatch.setattr(platform, "libc_ver", broken)
    found = environment({})
    assert found.keys() == {"python", "processors", "memory", "variables"}
    assert found["memory"] == {}
    assert "environment: system is left out: MemoryError" in caplog.text


def test_memory_where_the_system_is_asked_through_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    here = environment({})["memory"]["total_bytes"]
    monkeypatch.delattr(os, "sysconf")
    assert environment({})["memory"]["total_bytes"] == here
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert "total_bytes" not in environment({})["memory"]


def test_cuda_is_told_by_a_torch_that_is_imported_and_by_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.delitem(sys.modules, "torch.version", raising=False)
    assert "cuda" not in environment({})
    assert "torch" not in sys.modules
    built = ModuleType("torch.version")
    monkeypatch.setitem(sys.modules, "torch.version", built)
    assert "cuda" not in environment({}), "a torch that is being imported"
    built.cuda = None  # type: ignore[attr-defined]
    assert "cuda" not in environment({}), "a torch for processors"
    built.cuda = "12.4"  # type: ignore[attr-defined]
    assert environment({})["cuda"] == "12.4"


# -- GPUs


def test_gpus_and_their_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml()
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    found = environment({})
    assert found["gpus"] == [
        {"name": "NVIDIA A100-SXM4-80GB", "memory_bytes": 81920 * MIB},
        {"name": "NVIDIA A100 MIG 1g.10gb", "memory_bytes": 9728 * MIB},
    ]
    assert found["gpu_driver"] == "535.104.05"
    assert nvml.users == 0, "the driver is left"


def test_what_a_gpu_does_not_tell_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml(gpus=1)
    for name in ("nvmlDeviceGetName", "nvmlSystemGetDriverVersion", "nvmlShutdown"):
        monkeypatch.setattr(nvml, name, Nvml(driver=False).nvmlInit)
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    found = environment({})
    assert found["gpus"] == [{"memory_bytes": 81920 * MIB}]
    assert "gpu_driver" not in found


@pytest.mark.parametrize("nvml", [Nvml(driver=False), Nvml(gpus=0), ModuleType("pynvml")])
def test_without_a_driver_or_gpus(nvml: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    assert Gpus.found() is None
    assert "gpus" not in environment({})
    assert getattr(nvml, "users", 0) == 0


def test_the_real_library_without_a_driver_is_silent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def no_library(*_: object, **__: object) -> Any:
        raise OSError(NO_LIBRARY)

    monkeypatch.delitem(sys.modules, "pynvml")
    nvml = import_module("pynvml")
    monkeypatch.setattr(nvml, "nvmlLib", None)
    monkeypatch.setattr(nvml, "CDLL", no_library)
    caplog.set_level(logging.INFO)
    assert Gpus.found() is None
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


# -- packages


def test_packages_are_sorted_the_first_of_two_counts_and_a_broken_one_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    written(first / "My_Package-2.dist-info" / "METADATA", "Metadata-Version: 2.1\nName: My_Package\nVersion: 2\n\nhi")
    written(first / "old.egg-info" / "PKG-INFO", "Name: old\r\nVersion: 0.1\r\n\r\nName: other\r\n")
    written(first / "single.egg-info", "Name: single\nVersion: 3\n")
    written(first / "nameless-1.dist-info" / "METADATA", "Version: 1\n\nName: nameless\n")
    (first / "empty-1.dist-info").mkdir()
    (first / "bytes-1.dist-info").mkdir()
    (first / "bytes-1.dist-info" / "METADATA").write_bytes(b"Name: bytes\nVersion: \xff\xfe\n")
    written(second / "my-package-1.dist-info" / "METADATA", "Name: my-package\nVersion: 1\n")
    monkeypatch.setattr(sys, "path", [str(first), str(second), str(tmp_path / "nowhere")])
    assert list(packages().items()) == [("My_Package", "2"), ("old", "0.1"), ("single", "3")]


def test_a_finder_that_fails_does_not_take_the_others_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        @staticmethod
        def find_distributions(_: object) -> Any:
            raise RuntimeError

    written(tmp_path / "a-1.dist-info" / "METADATA", "Name: a\nVersion: 1\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Broken])
    assert packages() == {"a": "1"}


# -- the limits of a container


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(limits, "ROOT", tmp_path / "cgroup")
    monkeypatch.setattr(limits, "MEMBERSHIP", tmp_path / "membership")
    return tmp_path / "cgroup"


def test_limits_of_version_2(groups: Path) -> None:
    written(limits.MEMBERSHIP, "0::/slice/job\n")
    written(groups / "slice" / "job" / "cpu.max", "max 100000\n")
    written(groups / "slice" / "cpu.max", "150000 100000\n")
    written(groups / "slice" / "job" / "memory.max", "1073741824\n")
    written(groups / "slice" / "memory.max", "max\n")
    found = environment({})
    assert found["processors"]["limit"] == 1.5
    assert found["memory"]["limit_bytes"] == 2**30


def test_limits_of_version_1_where_the_path_is_the_machines_and_not_the_containers(groups: Path) -> None:
    written(limits.MEMBERSHIP, "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n0::/\n")
    written(groups / "cpu" / "cpu.cfs_quota_us", "50000\n")
    written(groups / "cpu" / "cpu.cfs_period_us", "100000\n")
    written(groups / "memory" / "memory.limit_in_bytes", "536870912\n")
    assert limits.processor_limit() == 0.5
    assert limits.memory_limit() == 2**29


def test_no_limits(groups: Path) -> None:
    assert (limits.processor_limit(), limits.memory_limit()) == (None, None)
    written(limits.MEMBERSHIP, "4:memory:/\n3:cpu:/\n")
    written(groups / "cpu" / "cpu.cfs_quota_us", "-1\n")
    written(groups / "cpu" / "cpu.cfs_period_us", "100000\n")
    written(groups / "memory" / "memory.limit_in_bytes", "9223372036854771712\n")
    assert (limits.processor_limit(), limits.memory_limit()) == (None, None)
    assert "limit" not in environment({})["processors"]


# -- variables


def test_the_variables_that_are_kept() -> None:
    kept = {
        *("CUDA_VISIBLE_DEVICES", "NCCL_DEBUG", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "PYTORCH_CUDA_ALLOC_CONF"),
        *("TORCH_LOGS", "TORCHELASTIC_RUN_ID", "XLA_FLAGS", "JAX_PLATFORMS", "TF_XLA_FLAGS", "TF_CONFIG"),
        *("SLURM_JOB_ID", "SLURM_JOB_NODELIST", "SLURM_NTASKS", "SLURM_NNODES", "RANK", "WORLD_SIZE", "LOCAL_RANK"),
        *("MASTER_ADDR", "MASTER_PORT", "HF_HOME", "PYTHONHASHSEED", "CONDA_DEFAULT_ENV", "VIRTUAL_ENV"),
    }
    secret = {
        "HF_TOKEN",
        "SLURM_JWT",
        "NVIDIA_API_KEY",
        "TF_VAR_password",
        "TF_TOKEN_app_terraform_io",
        "WANDB_API_KEY",
    }
    other = {"PATH", "HOME", "RANKING", "MY_CUDA_", "AWS_SECRET_ACCESS_KEY"}
    found = variables({name: f"of {name}" for name in kept | secret | other})
    assert list(found.items()) == [(name, f"of {name}") for name in sorted(kept)]
