"""Where the files of a run lie that MLflow's own client wrote: where it says, or where they were moved to.

What a run's record says comes from a disk that anybody may have written to: a folder of this machine is read only when
it ends as MLflow's own do, `<id>/artifacts`, so that no record leads to somebody's home.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from tracklayer.errors import Unsupported
from tracklayer.spi import Feature

#: The name of the folder that the files of a run or of a model lie in.
FILES = "artifacts"
#: Roots of this scheme are served by a server, out of a folder that only it knows.
SERVED = "mlflow-artifacts"


class Roots:
    """Finds the folders of runs, of models and of experiments.

    * `near`: folders where they may have been moved to, as `<experiment>/<run>/artifacts`.
    * `served`: the folder or bucket that a server kept its files in; a folder is looked into for the others too.
    """

    def __init__(self, provider: str, near: Sequence[Path], served: str | None = None) -> None:
        here = None if served is None else _local(served)
        self._provider = provider
        self._near = near if here is None else [*near, here]
        self._served = served

    def of(self, uri: str, owner: str) -> str:
        """The root that `uri` names of the files of `owner`, a run's or a model's id. `Unsupported`."""
        root = self.below(uri)
        folder = _local(root)
        if folder is None:
            return root
        tail = Path(*folder.parts[-4:]).parts  # at most `4/models/m-1/artifacts`
        ours = (place.joinpath(*tail[start:]) for place in self._near for start in range(len(tail) - 2))
        found = next((place for place in ours if place.is_dir()), folder)
        if not found.is_absolute() or found.resolve().parts[-2:] != (owner, FILES):
            message = f"its files are said to lie in {root!r}, which is no folder of MLflow's for it on this machine"
            raise Unsupported(self._provider, Feature.ARTIFACTS.value, message)
        return str(found)

    def of_experiment(self, uri: str, experiment: str) -> str:
        """The root that `uri` names of an experiment: only what tracklayer keeps there is ever looked for."""
        root = self.below(uri)
        found = next((place / experiment for place in self._near if (place / experiment).is_dir()), None)
        return root if found is None or _local(root) is None else str(found)

    def below(self, uri: str) -> str:
        """A root that a server serves, where its files lie; any other as it is."""
        parts = urlsplit(uri)
        if parts.scheme != SERVED or self._served is None:
            return uri
        return f"{self._served.rstrip('/')}/{parts.path.strip('/')}"


def beside(path: Path) -> str | None:
    """The folder that a server keeps its files in if nothing else is said, beside its records; None if it is not there.

    mlflow/server/__init__.py: `--artifacts-destination`, by default `./mlartifacts`.
    """
    folder = path.parent / "mlartifacts"
    return str(folder) if folder.is_dir() else None


def _local(root: str) -> Path | None:
    """The folder that a root names, be it relative; None for a root elsewhere."""
    parts = urlsplit(root)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    return Path(root) if len(parts.scheme) <= 1 else None  # a letter is a drive of Windows
