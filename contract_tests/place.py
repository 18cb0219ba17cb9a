"""Place: what a test works with, one place of one target with the whole stack on it."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property, partial
from io import BytesIO
from itertools import count
from typing import Any
from uuid import uuid4

from contract_tests.targets import Target
from contract_tests.watching import Above, Below, Ledger

from tracklayer.errors import ProviderError
from tracklayer.layers.stack import stack
from tracklayer.model import (
    Artifact,
    Batch,
    Experiment,
    ExperimentDraft,
    ExperimentRef,
    Points,
    Query,
    Run,
    RunDraft,
    RunRef,
    View,
    canonical,
)
from tracklayer.spi import Driver, Feature, Traits, every

_session = uuid4().hex[:8]
_made = count()


def unique(name: str = "") -> str:
    """The name, made one of a kind by what is put behind it: a server may be shared by many tests."""
    return f"{name}q{_session}{next(_made):05}"


class Place:
    """The same place three ways.

    * `bare`: the driver itself, which takes legal input only.
    * `driver`: with all layers around it, watched from above and below.
    * the methods: short for what most tests do with `driver`.
    """

    def __init__(
        self,
        target: Target,
        bare: Driver,
        ledger: Ledger | None = None,
        *,
        driver: Driver | None = None,
        shared: ExperimentRef | None = None,
    ) -> None:
        self.target = target
        self.bare = bare
        self.ledger = ledger or Ledger()
        self.driver: Driver = driver or Above(stack(Below(bare, self.ledger)), self.ledger)
        self._shared = shared

    @property
    def traits(self) -> Traits:
        return self.bare.traits

    def anew(self) -> Place:
        """The same place for another test, through the same driver: only `home` is another."""
        return Place(self.target, self.bare, self.ledger, driver=self.driver, shared=self.shared)

    def again(self) -> Place:
        """The same place through another driver and another stack, as another process sees it."""
        return Place(self.target, self.target.again(self.bare), self.ledger, shared=self._shared)

    def close(self) -> None:
        """Let go. On a real account, what was made goes too, as far as it can be deleted."""
        if self.target.live and self.traits.native(Feature.DELETE):
            for made in self.ledger.made:
                with suppress(ProviderError):
                    self.bare.delete(made)
        self.driver.close()

    @property
    def shared(self) -> ExperimentRef:
        """An experiment for runs that may stand beside those of other tests."""
        if self._shared is None:
            self._shared = self.experiment().ref
        return self._shared

    @cached_property
    def home(self) -> ExperimentRef:
        """An experiment of this test alone, for runs that it lists."""
        return self.experiment().ref

    def experiment(self, name: str | None = None, **fields: Any) -> Experiment:
        """A new experiment; its name is made unique if none is given."""
        return self.driver.create_experiment(ExperimentDraft(name=name or unique("contract"), **fields))

    def run(self, experiment: ExperimentRef | None = None, **fields: Any) -> Run:
        """A new run, as `create_run` gives it; beside those of other tests, if no experiment is given."""
        draft = RunDraft(**{"token": uuid4().hex} | fields)
        return self.driver.create_run(experiment or self.shared, draft)

    def write(self, run: Run | RunRef, **fields: Any) -> None:
        self.driver.write(RunRef(id=run.id), Batch(**fields))

    def read(self, run: Run | RunRef) -> Run:
        return self.driver.get_run(RunRef(id=run.id))

    def runs(self, *experiments: ExperimentRef, view: View = "active", page_size: int = 1000) -> list[Run]:
        """All runs of the experiments, page by page."""
        query = Query(experiments=experiments, view=view, page_size=page_size)
        return list(every(partial(self.driver.list_runs, query)))

    def experiments(self) -> list[Experiment]:
        return list(every(self.driver.list_experiments))

    def points(self, run: Run | RunRef, key: str) -> Points:
        """The whole series."""
        return canonical(key, list(every(partial(self.driver.read_points, RunRef(id=run.id), key))))

    def put(self, run: Run | RunRef, path: str, data: bytes) -> None:
        self.driver.put_artifact(RunRef(id=run.id), path, BytesIO(data))

    def get(self, run: Run | RunRef, path: str) -> bytes:
        with self.driver.open_artifact(RunRef(id=run.id), path) as stream:
            return stream.read()

    def files(self, run: Run | RunRef) -> dict[str, Artifact]:
        """All files of a run, by path."""
        listed = list(every(partial(self.driver.list_artifacts, RunRef(id=run.id))))
        assert len({file.path for file in listed}) == len(listed), "a file is listed twice"
        return {file.path: file for file in listed}
