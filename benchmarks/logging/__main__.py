"""What logging costs, with tracklayer and with its peers: `python benchmarks/logging [--quick] [--only NAME ...]`.

There is no `__init__.py` here, on purpose: the other benchmarks run with `benchmarks/` on their path, where a package
`logging` would hide the standard library's.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    sys.exit(import_module("benchmarks.logging.command").main(sys.argv[1:]))
