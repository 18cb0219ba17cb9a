"""tracklayer in an environment that it is not installed in: its sources, and what it tells of itself."""

from __future__ import annotations

import os
import shutil
from importlib.metadata import distribution
from pathlib import Path

from contract_tests.witnesses.environments import ROOT


def installed(folder: Path) -> str:
    """A PYTHONPATH on which tracklayer is as good as installed, with its entry points; and the tests beside it.

    `folder`: where its metadata is copied to.
    """
    made = distribution("tracklayer")
    about = Path(str(made.locate_file(""))) / f"tracklayer-{made.version}.dist-info"
    shutil.copytree(about, folder / "site" / about.name, dirs_exist_ok=True)
    return os.pathsep.join(map(str, (folder / "site", ROOT / "src", ROOT)))
