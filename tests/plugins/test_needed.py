"""A framework that is not installed costs nothing, and is asked for in one line."""

from __future__ import annotations

import re
import sys
from importlib import import_module

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
