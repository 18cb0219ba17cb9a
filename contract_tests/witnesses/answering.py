"""What a witness does in its process: answers, by lines of JSON, what it is asked on stdin. Needs the stdlib only."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable


def answer(make: Callable[[], object]) -> None:
    """Do what is asked, by the methods of what `make` makes, until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # SDKs print, when they are imported too
    client = make()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            said = {"said": getattr(client, asked.pop("do"))(**asked)}
        except Exception as error:  # noqa: BLE001 -- told to whoever asked
            said = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), file=answers, flush=True)
