"""`import tracklayer` is light, and says exactly what it offers."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import tracklayer
import tracklayer.model
import tracklayer.spi

SDKS = {"mlflow", "boto3", "botocore", "sagemaker", "google", "azure", "azureml", "oci", "databricks"}
LIBRARIES = {"pandas", "polars", "pyarrow", "numpy", "sklearn", "matplotlib", "PIL", "sqlalchemy"}
LOADED = "import sys; print('loaded', *sorted({name.partition('.')[0] for name in sys.modules}))"


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh Python holds after a statement."""
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\n{LOADED}"], capture_output=True, text=True, timeout=120, check=True
    )
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "statement",
    [
        "import tracklayer",
        "import tracklayer; tracklayer.connect('local:')",
        "import tracklayer; tracklayer.connect('mlflow+http://127.0.0.1:1')",
        "from tracklayer.cli import main",
        "import tracklayer.plugins.training",
    ],
)
def test_no_sdk_is_loaded(
    statement: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("work"))
    loaded = loaded_by(statement)
    assert "tracklayer" in loaded
    # `google` may be there before anything is imported: a namespace that a .pth file makes.
    assert (loaded - loaded_by("pass")) & (SDKS | LIBRARIES) == set()


@pytest.mark.parametrize("module", [tracklayer, tracklayer.model, tracklayer.spi], ids=lambda module: module.__name__)
def test_all_names_what_is_public_and_nothing_else(module: ModuleType) -> None:
    public = {
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and not isinstance(thing, ModuleType) and name != "annotations"
    }
    assert set(module.__all__) - {"__version__"} == public
