"""Finds keys in a text by their shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import chain

from tracklayer.api.redaction.found import Found
from tracklayer.api.redaction.shapes import SHAPES, Shape

STARTS = "(?:" + "|".join(dict.fromkeys(shape.start for shape in SHAPES)) + r")(?=[\w./+=:-]{8})"
#: Where a key may begin: not within a word, and none is shorter than 12. So little passes that a closer look is cheap.
START = re.compile(rf"(?<![A-Za-z0-9_\-])(?=[A-Za-z1][\w./+=:\-]{{11}})({STARTS})")
#: `"\nghp_..."` as JSON and `repr` write it: the `n` is no part of a word.
ESCAPED = re.compile(rf"\\[nrt]({STARTS})")
#: A key is looked for in so many characters: none is longer, and so a text is read in linear time.
LONGEST = 8_192
TAIL = re.compile(r"[\w-]*")
#: A strand of DNA may begin as an AWS key does.
STRAND = re.compile("[ACGTUN]+")


def keys(text: str) -> Iterator[Found]:
    """Each key in the text, to the end of the word it is in."""
    starts = START.finditer(text)
    done = 0
    for start in chain(starts, ESCAPED.finditer(text)) if "\\" in text else starts:
        at = start.start(1)
        if at >= done or start.start() != at:
            for shape in _beginning(start[1]):
                if end := _end(shape, text, at):
                    done = end
                    yield Found(at, end, f"looks like {shape.what}")
                    break


@cache
def _beginning(begin: str) -> tuple[Shape, ...]:
    return tuple(shape for shape in SHAPES if re.fullmatch(shape.start, begin))


def _end(shape: Shape, text: str, at: int) -> int:
    for expression in _expressions(shape):
        if match := expression.match(text, at, at + LONGEST):
            end = _word_end(text, match.end())
            aws = shape.detector.startswith("aws.")
            return 0 if aws and (text[match.end() : end][:1].isalnum() or STRAND.fullmatch(text, at, end)) else end
    return 0


def _word_end(text: str, at: int) -> int:
    tail = TAIL.match(text, at)
    return tail.end() if tail else at


@cache
def _expressions(shape: Shape) -> tuple[re.Pattern[str], ...]:
    """A shape's own, or those of detect-secrets: imported here, since it takes half a second (it loads `requests`)."""
    if not shape.detector:
        return (re.compile(f"(?:{shape.start})(?:{shape.rest})"),)
    module, _, name = shape.detector.partition(".")
    return tuple(getattr(import_module(f"detect_secrets.plugins.{module}"), name).denylist)
