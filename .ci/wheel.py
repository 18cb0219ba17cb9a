"""Installs the wheel that lies in a folder, with nothing but what it asks for, and walks one run through it.

* Shows that the base install is enough for the local store: a package that only an extra brings would be missed here.
* Shows that the wheel carries `py.typed` and its licence.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WALK = """
import sys, tracklayer as tl
with tl.start_run("wheel", to="local:") as run:
    run.log_param("lr", 0.1)
    run.log_metric("loss", 0.5, step=1)
with tl.connect("local:") as client:
    (back,) = client.runs("wheel")
    assert back.params == {"lr": 0.1}, back
    assert list(client.metric_history(back, "loss").values) == [0.5]
    assert "site-packages" in tl.__file__, tl.__file__
print("read back:", back.name)
"""


def main(folder: Path) -> None:
    """Fail with the first thing that is wrong."""
    (wheel,) = folder.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in ("tracklayer/py.typed", "/licenses/LICENSE"):
        if not any(name.endswith(wanted) for name in names):
            sys.exit(f"{wheel.name} lacks {wanted}")
    uv = ["bash", str(Path(__file__).with_name("uv")), "run", "--quiet", "--isolated", "--no-project"]
    inside = [*uv, "--python", sys.executable, "--with", str(wheel)]
    environment = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    with tempfile.TemporaryDirectory() as place:
        for command in (["python", "-c", WALK], ["tracklayer", "runs"], ["tracklayer", "doctor"]):
            subprocess.run([*inside, *command], cwd=place, env=environment, stdin=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
