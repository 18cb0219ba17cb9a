"""Names that differ between teams: mapped as a user says, and suggested, never mapped unasked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Literal, NamedTuple, TypeAlias

from tracklayer.compare.align import Held, Row
from tracklayer.compare.direction import words_of
from tracklayer.compare.units import UNITS, unit
from tracklayer.errors import InvalidInput
from tracklayer.model import Model

Kind: TypeAlias = Literal["metric", "param"]

_ALIKE = """
    val valid validation dev; acc accuracy; train training trn; test testing tst; err error; prec precision;
    rec recall; lr learningrate; bs batchsize; wd weightdecay; num n number; epoch epochs; iter iters iterations;
    dropout droprate; optim optimizer optimiser opt; loss losses; auc auroc rocauc; seed randomseed randomstate;
    layer layers; dim dims dimension dimensions; temp temperature; mom momentum; f1 f1score; avg average mean
"""
#: Words that mean the same -> the first of them.
ALIKE = {word: line.split()[0] for line in _ALIKE.split(";") for word in line.split()}


class Suggestion(Model):
    """Two names that may mean one thing: `old` could be mapped to `new`, which is what more runs call it.

    * `kind`: of metrics or of params. `old_runs`, `new_runs`: how many runs have each. No run has both.
    * `why`: in one line. `units_differ`: they seem to be in two units; a map changes names and no values.
    """

    kind: Kind
    old: str
    new: str
    old_runs: int
    new_runs: int
    why: str
    units_differ: bool = False

    @property
    def option(self) -> str:
        """What would map it: `--map val_acc=validation/accuracy`."""
        return f"--map {self.old}={self.new}"


class Mapped(NamedTuple):
    """Copies with their names mapped, and a line for each name that could not be."""

    copies: list[Held]
    clashes: tuple[str, ...]


def parsed_map(lines: Iterable[str]) -> dict[str, str]:
    """`OLD=NEW`, as the command line has it. `InvalidInput` for a line that is not."""
    found: dict[str, str] = {}
    for line in lines:
        old, sign, new = line.partition("=")
        if not (sign and old and new):
            message = f"a map is OLD=NEW, such as val_acc=validation/accuracy, not {line!r}"
            raise InvalidInput(message)
        if found.setdefault(old, new) != new:
            message = f"{old!r} is mapped twice, to {found[old]!r} and to {new!r}"
            raise InvalidInput(message)
    return found


def mapped(copies: Sequence[Held], names: Mapping[str, str]) -> Mapped:
    """The copies with metrics and params renamed, old -> new. A run that has both keeps both, and a line says so.

    * `InvalidInput` for a name that no copy has, and for one that is mapped on to something that is mapped itself.
    """
    if not names:
        return Mapped(list(copies), ())
    for old, new in names.items():
        if new in names and old != new:
            message = f"{old!r} is mapped to {new!r}, which is mapped itself: map both to the name that is to stay"
            raise InvalidInput(message)
    there = {name for copy in copies for name in (*copy.run.metrics, *copy.run.params)}
    missing = [old for old in names if old not in there]
    if missing and copies:
        message = f"no run has the metric or param {missing[0]!r} that is to be mapped to {names[missing[0]]!r}"
        raise InvalidInput(message)
    clashes: dict[str, int] = defaultdict(int)
    done = [_mapped(copy, names, clashes) for copy in copies]
    return Mapped(done, tuple(f"{line} in {count} of the runs" for line, count in clashes.items()))


def _mapped(copy: Held, names: Mapping[str, str], clashes: dict[str, int]) -> Held:
    run, renamed, changes = copy.run, {}, dict[str, Any]()
    for part in ("metrics", "params"):
        values: Mapping[str, Any] = getattr(run, part)
        if names.keys().isdisjoint(values):
            continue
        taken: dict[str, Any] = {}
        for key, value in values.items():
            new = names.get(key, key)
            if new != key and (new in values or new in taken):
                clashes[f"{key!r} stays beside {new!r}: both are {part}"] += 1
                new = key
            elif new != key:
                renamed[f"{part}.{new}"] = key
            taken[new] = value
        changes[part] = taken
    if not renamed:
        return copy
    back = {f"{field.partition('.')[0]}.{old}": field for field, old in renamed.items()}
    changes["approximate"] = {back.get(field, field): why for field, why in run.approximate.items()}
    return copy.model_copy(update={"run": run.model_copy(update=changes), "renamed": renamed})


def suggestions(rows: Sequence[Row]) -> Iterator[Suggestion]:
    """Names that sound alike, each pair held by different runs; those of most runs first."""
    found = [
        *_suggested("metric", [(index, row.run.metrics) for index, row in enumerate(rows)]),
        *_suggested("param", [(index, row.run.params) for index, row in enumerate(rows)]),
    ]
    yield from sorted(found, key=lambda one: (-min(one.old_runs, one.new_runs), one.kind, one.old, one.new))


def _suggested(kind: Kind, held: Sequence[tuple[int, Mapping[str, Any]]]) -> Iterator[Suggestion]:
    runs: defaultdict[str, set[int]] = defaultdict(set)
    for index, names in held:
        for name in names:
            runs[name].add(index)
    alike: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in runs:
        alike[sound(name)].append(name)
    for several in alike.values():
        # by what most runs call it, then by the longer name, which says more
        ranked = sorted(several, key=lambda name: (-len(runs[name]), -len(name), name))
        for new, old in combinations(ranked, 2):
            if new == ranked[0] and runs[new].isdisjoint(runs[old]):
                yield _suggestion(kind, old, new, runs)


def _suggestion(kind: Kind, old: str, new: str, runs: Mapping[str, set[int]]) -> Suggestion:
    units = {unit(old), unit(new)} - {None}
    same = words_of(old) == words_of(new)
    why = "the same words" if same else "words that mean the same"
    differ = len(units) > 1
    if differ:
        why += f", but in {' and '.join(sorted(map(str, units)))}: a map changes no value"
    return Suggestion(
        kind=kind,
        old=old,
        new=new,
        old_runs=len(runs[old]),
        new_runs=len(runs[new]),
        why=f"{why}, and no run has both",
        units_differ=differ,
    )


def sound(name: str) -> tuple[str, ...]:
    """What a name is told by: its words in any order, those that mean the same as one, without its unit."""
    words = words_of(name)
    if len(words) > 1 and words[-1] in UNITS:
        words = words[:-1]
    told: list[str] = []
    at = 0
    while at < len(words):
        pair = "".join(words[at : at + 2])
        two = len(words) > at + 1 and pair in ALIKE
        word = pair if two else words[at]
        told.append(ALIKE.get(word, word))
        at += 2 if two else 1
    return tuple(sorted(told)) or (name,)
