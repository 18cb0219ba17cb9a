"""Installs the wheel that lies in a folder, with nothing but what it asks for, and walks one run through it.

* Shows that the base install is enough for the local store: a package that only an extra brings would be missed here.
* Once with the newest of what it asks for, once with the oldest, so that the lower bounds are true.
* Shows that the wheel carries `py.typed` and its licence.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = ["bash", str(ROOT / ".ci" / "uv")]

WALK = """
import sys, tracklayer as tl
with tl.start_run("wheel", to="local:") as run:
    run.log_param("lr", 0.1)
    run.log_metric("loss", 0.5, step=1)
with tl.connect("local:") as client:
    (back,) = client.runs("wheel", filter="metrics.loss < 1")
    assert back.params == {"lr": 0.1}, back
    assert list(client.metric_history(back, "loss").values) == [0.5]
    assert "site-packages" in tl.__file__, tl.__file__
print("read back:", back.name)
"""
COMMANDS = (["python", "-c", WALK], ["tracklayer", "runs"], ["tracklayer", "doctor"], ["tracklayer", "--help"])


def carries(wheel: Path) -> None:
    """Exit when the wheel lacks what it must carry."""
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in ("tracklayer/py.typed", "/licenses/LICENSE"):
        if not any(name.endswith(wanted) for name in names):
            sys.exit(f"{wheel.name} lacks {wanted}")


def walks(wheel: Path, *, resolution: str) -> None:
    """Fail when a command does, in an environment of the wheel and its dependencies alone."""
    environment = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    with tempfile.TemporaryDirectory() as place:

        def call(*command: str) -> None:
            subprocess.run(command, cwd=place, env=environment, stdin=subprocess.DEVNULL, check=True)

        python = ("--python", sys.executable)
        compiled = ("--quiet", "--resolution", resolution, *python, str(ROOT / "pyproject.toml"))
        call(*UV, "pip", "compile", *compiled, "--output-file", "needs.txt", "--no-header", "--no-annotate")
        print(f"{resolution}: {', '.join(Path(place, 'needs.txt').read_text(encoding='utf-8').split())}", flush=True)
        inside = ("run", "--quiet", "--isolated", "--no-project", *python, "--with-requirements", "needs.txt")
        for command in COMMANDS:
            call(*UV, *inside, "--with", str(wheel), *command)


if __name__ == "__main__":
    (built,) = Path(sys.argv[1]).resolve().glob("*.whl")
    carries(built)
    for each in ("highest", "lowest-direct"):
        walks(built, resolution=each)
