"""Proving: proofs made side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import TypeAlias

from tracklayer.migrate.crew import Crew
from tracklayer.migrate.ends import Ends
from tracklayer.migrate.ledger import Ledger
from tracklayer.migrate.proof.pair import Pair
from tracklayer.migrate.proof.proof import Proof
from tracklayer.migrate.proof.prove import prove
from tracklayer.migrate.trouble import ROUNDS, Trouble

#: Makes the proofs of pairs, lazily, and gives them in any order as they are made.
Spread: TypeAlias = Callable[[Iterable[Pair]], Iterable[Proof]]


def spread(ends: Ends, crew: Crew[Pair], ledger: Ledger | None = None) -> Spread:
    """Proofs by a crew; a ledger is told of each: of a copy that is not what it was thought to be it knows no more.

    * What could not be read, and may be another time, is tried again at the end, as long as that brings something; but
      not where a place is silent.
    """

    def proofs(pairs: Iterable[Pair]) -> Iterator[Proof]:
        left = tuple(pairs)
        for number in count(1):
            later: dict[Pair, Trouble] = {}
            silence = 0
            for done in crew.work((pair, prove_pair, (ends, pair)) for pair in left):
                pair, trouble = done.key, done.trouble
                if trouble is None:
                    silence = 0
                    _tell(ledger, done.value)
                    yield done.value
                    continue
                silence = silence + 1 if trouble.silent else 0
                if not trouble.passing:
                    yield _unread(pair, trouble)
                    continue
                later[pair] = trouble
                if silence >= crew.patience:
                    yield from (_unread(*one) for one in later.items())
                    later.clear()
            if number >= ROUNDS and len(later) == len(left):
                yield from (_unread(*one) for one in later.items())
                return
            left = tuple(later)
            if not left:
                return

    return proofs


def _unread(pair: Pair, trouble: Trouble) -> Proof:
    return Proof(run=pair.source, target=pair.target, failed=trouble.reason, silent=trouble.silent)


def _tell(ledger: Ledger | None, proof: Proof) -> None:
    if ledger is not None and proof.clean:
        ledger.proven(proof.run, proof.digest)
    elif ledger is not None:
        ledger.forget(proof.run)


def prove_pair(ends: Ends, pair: Pair) -> Proof:
    """A task: the proof of a pair, wherever it is carried out."""
    return prove(*ends.drivers(), pair)
