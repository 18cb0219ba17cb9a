"""The environment variables of a subject: nothing leaves the machine, and nothing is written outside its folder."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Marks every process that this run of the benchmark started, whatever session it put itself into.
MARK = "TRACKLAYER_BENCHMARK_RUN"

_QUIET = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "GIT_PYTHON_REFRESH": "quiet",
    "WANDB_MODE": "offline",
    "WANDB_SILENT": "true",
    "WANDB_ERROR_REPORTING": "false",  # else Sentry and OpenTelemetry
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GOODSEED_STORAGE": "local",
    "NO_PROXY": "127.0.0.1",
    "PYTHONPATH": str(ROOT),
}
_FOLDERS = {
    "HOME": "home",
    "TRACKLAYER_HOME": "tracklayer",
    "WANDB_DIR": ".",
    "WANDB_CACHE_DIR": "home/wandb-cache",
    "WANDB_CONFIG_DIR": "home/wandb-config",
    "WANDB_DATA_DIR": "home/wandb-data",
    "TRACKIO_DIR": "trackio",
    "HF_HOME": "home/huggingface",
    "GOODSEED_HOME": "goodseed",
}
#: Settings of the user, which would change what is measured.
_THEIRS = ("TRACKLAYER_", "MLFLOW_", "WANDB_", "TRACKIO_", "GOODSEED_", "HF_", "GRADIO_", "PYTHON", "XDG_")


def surroundings(folder: Path, mark: str) -> dict[str, str]:
    """All variables of a subject whose folder this is; makes the folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_THEIRS)}
    places = {name: folder / place for name, place in _FOLDERS.items()}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    return kept | _QUIET | {name: str(place) for name, place in places.items()} | {MARK: mark}
