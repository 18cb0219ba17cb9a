"""A framework that is not installed costs nothing, and is asked for in one line."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import tracklayer as tl

#: Plugin -> the package that it lacks, and the command that brings it.
FRAMEWORKS = {
    "accelerate": ("accelerate", "pip install accelerate"),
    "keras": ("keras", "pip install keras"),
    "lightgbm": ("lightgbm", "pip install lightgbm"),
    "lightning": ("lightning", "pip install lightning"),
    "optuna": ("optuna", "pip install optuna"),
    "sklearn": ("sklearn.callback", "pip install 'scikit-learn>=1.9'"),
    "transformers": ("transformers", "pip install transformers torch accelerate"),
    "xgboost": ("xgboost", "pip install xgboost"),
}


@pytest.mark.parametrize("plugin", FRAMEWORKS)
def test_one_line_names_what_is_missing_and_how_to_install_it(plugin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, pip = FRAMEWORKS[plugin]
    monkeypatch.setitem(sys.modules, module, None)
    wanted = rf"^tracklayer\.plugins\.{plugin} needs the package '[\w.]+', which is not installed; install it with: "
    with pytest.raises(tl.DriverMissing, match=wanted + re.escape(pip) + "$"):
        import_module(f"tracklayer.plugins.{plugin}")


#: What the logger takes of Lightning, as modules of the other name that it goes by.
OTHER_NAME = {
    "pytorch_lightning/loggers/logger.py": "class Logger: pass\nrank_zero_experiment = staticmethod",
    "pytorch_lightning/loggers/utilities.py": "_scan_checkpoints = None",
    "lightning_utilities/core/rank_zero.py": "rank_zero_only = staticmethod",
}
BASE = "from tracklayer.plugins.lightning import TracklayerLogger; print(TracklayerLogger.__base__.__module__)"


def test_lightning_may_be_installed_by_its_other_name_only(tmp_path: Path) -> None:
    for path, text in OTHER_NAME.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    command = [sys.executable, "-c", BASE]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert (done.stdout.strip(), done.stderr) == ("pytorch_lightning.loggers.logger", "")
