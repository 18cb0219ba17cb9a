"""Options: how runs are logged, for a run, for a process, or from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from threading import Lock
from typing import Annotated, Any, Literal

from pydantic import Field

from tracklayer.api.redaction import Redaction
from tracklayer.errors import InvalidInput
from tracklayer.model import Model

#: What an environment variable may say for yes and no.
YES, NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off", ""})


class Options(Model):
    """How a run is logged. `tl.start_run(options=tl.Options(...))`, or `tl.configure(...)` for all runs from then on.

    * `strict`: what goes wrong on the way to a place is raised: at the start, at the next call that logs, at `flush`
      and at the end. Without, it is said once, kept and tried again. [TRACKLAYER_STRICT]
    * `flush_timeout`: seconds that `flush`, the end of a run and the exit of the program wait for places.
      [TRACKLAYER_FLUSH_TIMEOUT]
    * `id_timeout`: seconds that `run.id` and `run.url` wait until the run has been made. [TRACKLAYER_ID_TIMEOUT]
    * `redaction`: which secrets are hidden, and how. [TRACKLAYER_REDACT=off]
    * `capture`: git, packages, machine and environment are noted. [TRACKLAYER_CAPTURE]
    * `system_metrics`: seconds between two samples of the machine's load; 0: none. [TRACKLAYER_SYSTEM_METRICS]
    * `output`: what is printed becomes the artifact `output.log`. [TRACKLAYER_OUTPUT]
    * `ranks`: how metrics of all ranks but the first are told apart: `prefix` (`rank1/loss`), `tag` (`loss/rank1`), or
      `same` (one series of all). [TRACKLAYER_RANKS]
    * `shared`: the processes of one launch log to one run. [TRACKLAYER_SHARED]
    """

    strict: bool = False
    flush_timeout: Annotated[float, Field(ge=0)] = 30.0
    id_timeout: Annotated[float, Field(ge=0)] = 30.0
    redaction: Redaction = Redaction()
    capture: bool = True
    system_metrics: Annotated[float, Field(ge=0)] = 10.0
    output: bool = False
    ranks: Literal["prefix", "tag", "same"] = "prefix"
    shared: bool = True


#: Environment variable -> the option, and what it takes.
VARIABLES: Mapping[str, tuple[str, type]] = {
    "TRACKLAYER_STRICT": ("strict", bool),
    "TRACKLAYER_FLUSH_TIMEOUT": ("flush_timeout", float),
    "TRACKLAYER_ID_TIMEOUT": ("id_timeout", float),
    "TRACKLAYER_REDACT": ("redaction", Redaction),
    "TRACKLAYER_CAPTURE": ("capture", bool),
    "TRACKLAYER_SYSTEM_METRICS": ("system_metrics", float),
    "TRACKLAYER_OUTPUT": ("output", bool),
    "TRACKLAYER_RANKS": ("ranks", str),
    "TRACKLAYER_SHARED": ("shared", bool),
}

_lock = Lock()
_configured: dict[str, Any] = {}


def configure(**options: Any) -> Options:
    """Set options for all runs that this process starts from now on, and give them all. `InvalidInput`."""
    with _lock:
        Options(**{**_from(os.environ), **_configured, **options})
        _configured.update(options)
    return defaults()


def defaults() -> Options:
    """The options of a run that is given none: what `configure` set, else the environment, else the defaults."""
    with _lock:
        return Options(**{**_from(os.environ), **_configured})


def chosen(options: Options | None, *, strict: bool | None) -> Options:
    """The options of one run."""
    said = {} if options is None else {name: getattr(options, name) for name in options.model_fields_set}
    found = defaults().model_copy(update=said)
    return found if strict is None else found.model_copy(update={"strict": bool(strict)})


def _from(environ: Mapping[str, str]) -> dict[str, Any]:
    """What the environment says. `InvalidInput`."""
    found: dict[str, Any] = {}
    for name, (option, kind) in VARIABLES.items():
        text = environ.get(name)
        if text is not None:
            found[option] = _read(name, text.strip(), kind)
    return found


def _read(name: str, text: str, kind: type) -> Any:
    said = text.lower()
    if kind is str:
        return said
    if kind is float:
        try:
            return 0.0 if said in NO else float(text)
        except ValueError:
            message = f"{name}={text!r} is no number of seconds"
            raise InvalidInput(message) from None
    if said not in YES | NO:
        message = f"{name}={text!r}: say on or off"
        raise InvalidInput(message)
    return Redaction(enabled=said in YES) if kind is Redaction else said in YES
