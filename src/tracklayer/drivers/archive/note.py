"""The words in an archive for who finds it, and the first line of its manifest."""

from __future__ import annotations

import hashlib
import os
from importlib.metadata import version
from pathlib import Path

from tracklayer.drivers.archive.layout import README
from tracklayer.drivers.archive.manifest import KIND, VERSION, line_of

WRITER = f"tracklayer {version('tracklayer')}"

TEXT = """# An archive of experiments

Written by tracklayer, in version {version} of its format. It can be read without tracklayer.

* `experiments`, `runs`, `params`, `tags`, `metrics`, `points`, `inputs`, `artifacts`, ...: a table each, in Parquet
  files. All files of a folder together are the table: `FROM 'points/*.parquet'` in DuckDB. `run_id` and
  `experiment_id` join them.
* `files`: the files of runs, each by its SHA-256. The table `artifacts` says of which run and path.
* `manifest.jsonl`: which tables there are, with the SHA-256 of each file, line by line. Each line has the SHA-256 of
  its own text and of the line before.
* `.working`: not part of the archive. Do not delete it while something writes here: it may hold what is not sealed.

`tracklayer archive check` finds any byte that was altered. The format: docs/archive.md of tracklayer.
"""


def first_line(staged: Path, time: str) -> str:
    """The first line of a manifest; the file that it names is staged."""
    data = TEXT.format(version=VERSION).encode()
    staged.mkdir(parents=True, exist_ok=True)
    with (staged / README).open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    added = {"path": README, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "rows": 0}
    return line_of(
        {
            "sequence": 0,
            "time": time,
            "writer": WRITER,
            "archive": KIND,
            "version": VERSION,
            "add": [added],
            "remove": [],
            "previous": None,
        }
    )
