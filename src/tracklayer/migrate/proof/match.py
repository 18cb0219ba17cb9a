"""Match: which run of the target is the copy of which run of the source, and which has none, two, or is nobody's."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tracklayer.errors import NotFound
from tracklayer.migrate.identity import HOME_PREFIX, another_name, home_mark, token
from tracklayer.migrate.listing import runs_of
from tracklayer.migrate.proof.difference import Difference, What
from tracklayer.migrate.proof.pair import Pair
from tracklayer.migrate.proof.shown import NOTHING, shown, shown_tag
from tracklayer.migrate.selection import Selected, Selection
from tracklayer.model import Experiment, ExperimentRef, Run
from tracklayer.render import text
from tracklayer.spi import Driver, every

#: Names that a note holds.
MOST_NAMES = 5


@dataclass(frozen=True)
class Matched:
    """What a look at both places' lists has shown.

    * `pairs`: each selected run that has a copy. `differences`: runs without one, with two, of nobody; experiments.
    * `notes`: what is no difference, and worth knowing: in one line each.
    """

    pairs: tuple[Pair, ...]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Home:
    """An experiment of the source, and those of the target in which its runs are looked for.

    * `made`: the one that a migration from this source made for it; `there`: one of its name that was there before.
    """

    ours: Experiment
    made: Experiment | None
    there: Experiment | None

    @property
    def theirs(self) -> tuple[Experiment, ...]:
        """Those of the target."""
        return tuple(one for one in (self.made, self.there) if one is not None)


class Match:
    """The matching of a selection. `extra`: are runs looked for that are nobody's copies?

    * A copy is known by its token, which hangs on the source's URL and the run's id there; one that came by way of
      another place, by its origin, which says the same.
    * It costs a few calls for each experiment, and the target's lists of their runs, whole pages at a time.
    """

    def __init__(self, source: Driver, target: Driver, selection: Selection, *, extra: bool) -> None:
        self._source = source
        self._target = target
        self._selection = selection
        self._extra = extra
        self._wanted = {token(source.url, run.id): run for run in selection.runs}
        self._found: defaultdict[str, dict[str, bool]] = defaultdict(dict)  # token -> copies: is it deleted?
        self._by_way: defaultdict[str, dict[str, bool]] = defaultdict(dict)  # likewise, those that made a detour
        self._differences: list[Difference] = []
        self._older: list[str] = []  # names of experiments that were there before
        self._counted: Counter[str] = Counter()

    def matched(self) -> Matched:
        """Look through both places."""
        homes = [self._home(ref) for ref in self._selection.experiments]
        for home in homes:
            self._compare_home(home)
        seen = {one.id: one.ref for home in homes for one in home.theirs}
        made = {home.made.id for home in homes if home.made is not None}
        for run in runs_of(self._target, seen.values(), None if self._extra else self._wanted):
            self._look_at(run, ours=run.experiment.id in made)
        if self._known() < len(self._wanted):
            self._look_elsewhere(seen)
        pairs = tuple(self._pairs())
        return Matched(pairs, tuple(self._differences), tuple(self._notes()))

    def _notes(self) -> Iterator[str]:
        if self._older:
            names = [*self._older[:MOST_NAMES], "..."] if len(self._older) > MOST_NAMES else self._older
            count = text.counted(len(self._older), "experiment")
            rest = "before, so that tags and descriptions are not compared"
            yield f"{count} of that name stood at the target {rest}: {', '.join(names)}"
        yield from (f"{text.counted(number, 'run')} {what}" for what, number in self._counted.items())

    # -- experiments

    def _home(self, ref: ExperimentRef) -> Home:
        ours = self._source.get_experiment(ref)
        mark = home_mark(self._source.url, ours.id)
        made = there = None
        for name in (ours.name, another_name(ours.name, self._source.url, ours.id)):
            try:
                found = self._target.get_experiment(name)
            except NotFound:
                continue
            if mark in self._target.get_sidecars(found.ref, HOME_PREFIX):
                made = found
            elif name == ours.name:
                there = found
        return Home(ours, made, there)

    def _compare_home(self, home: Home) -> None:
        ours, theirs = home.ours, home.made
        if not home.theirs:
            self._differ("experiment", ours.name, ours.id, NOTHING, "the experiment is missing")
        elif theirs is None:
            self._older.append(repr(ours.name))
        elif theirs.deleted:
            self._differ("experiment", ours.name, ours.id, theirs.id, "the experiment is deleted at the target")
        else:
            if theirs.description != ours.description:
                what = f"{ours.name}: description"
                self._differ("experiment", what, shown(ours.description), shown(theirs.description), "it differs")
            for key in sorted({*ours.tags, *theirs.tags}):
                left, right = ours.tags.get(key), theirs.tags.get(key)
                if left != right:
                    told = shown_tag(key, left), shown_tag(key, right)
                    self._differ("experiment", f"{ours.name}: tag {key}", *told, "the tag differs")

    # -- runs

    def _look_at(self, run: Run, *, ours: bool) -> None:
        """`ours`: it lies in an experiment that was made for one of the source's."""
        if self._is_copy(run):
            return
        if not self._extra or run.deleted:
            return
        if run.origin is not None:
            self._counted["of the target's experiments came from elsewhere, or are copies of runs not asked for"] += 1
        elif ours:
            reason = "nothing at the source is like it: it was logged at the target"
            self._differ("run", "", NOTHING, run.id, f"the run is extra: {reason}", run=run.id, name=run.name)
        else:
            self._counted["of experiments that were there before are the target's own"] += 1

    def _is_copy(self, run: Run) -> bool:
        """Is it a copy of one that is wanted? Then it is noted."""
        if run.token in self._wanted:
            self._found[run.token][run.id] = run.deleted  # a list may give a run twice
            return True
        if run.origin is None or (mark := token(run.origin.url, run.origin.run)) not in self._wanted:
            return False
        self._by_way[mark][run.id] = run.deleted
        return True

    def _look_elsewhere(self, seen: dict[str, ExperimentRef]) -> None:
        """A copy stays where it was made: its experiment may have another name by now."""
        others = {one.id: one.ref for one in every(self._target.list_experiments)}
        if self._extra:  # else they have not been looked through wholly
            others = {known: ref for known, ref in others.items() if known not in seen}
        for run in runs_of(self._target, others.values(), None):
            if self._is_copy(run) and run.experiment.id not in seen:
                self._counted["found, but in other experiments than theirs"] += 1

    def _known(self) -> int:
        return sum(mark in self._found or mark in self._by_way for mark in self._wanted)

    def _pairs(self) -> Iterator[Pair]:
        copies: dict[str, str] = {}
        for mark, run in self._wanted.items():
            found = self._found.get(mark) or self._by_way.get(mark, {})
            alive = [known for known, deleted in found.items() if not deleted]
            if len(alive) > 1:
                self._lost(run, ", ".join(alive), f"it was copied {len(alive)} times")
            if alive:
                copies[run.id] = alive[0]
                above = None if run.parent is None else copies.get(run.parent)
                yield Pair(run.id, alive[0], parent=above, orphan=run.parent is None)
            else:
                self._lost(run, NOTHING, "its copy is deleted" if found else "the run is missing")

    def _lost(self, run: Selected, target: str, reason: str) -> None:
        self._differ("run", "", run.id, target, reason, run=run.id, name=run.name)

    def _differ(
        self,
        what: What,
        where: str,
        source: str,
        target: str,
        reason: str,
        *,
        run: str | None = None,
        name: str | None = None,
    ) -> None:
        self._differences.append(
            Difference(what=what, where=where, source=source, target=target, reason=reason, run=run, name=name)
        )
