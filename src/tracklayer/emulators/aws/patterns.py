r"""AWS's patterns are Java's: the same text means less there than in Python.

* `.` stops at every line terminator, not at `\n` alone; `\w`, `\d`, `\s` are ASCII.
  https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html
* A pattern must match the whole text.
* `regex` knows `\p{L}`, which `re` does not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

#: Java's line terminators.
TERMINATORS = "\\n\\r\\u0085\\u2028\\u2029"
_CLASSES = {"w": "A-Za-z0-9_", "d": "0-9", "s": " \\t\\n\\x0b\\f\\r"}


@lru_cache(maxsize=4096)
def matcher(pattern: str, *, lines: bool = False) -> Callable[[str], bool]:
    """Whether a text matches a Java pattern wholly. `lines`: let `.` match line terminators too."""
    import regex  # noqa: PLC0415 -- of the extra `emulators`: needed only once something is to be matched

    compiled = regex.compile(translated(pattern, lines=lines))
    return lambda text: compiled.fullmatch(text) is not None


def translated(pattern: str, *, lines: bool = False) -> str:
    """The pattern in Python's words."""
    out, inside, position = [], False, 0
    while position < len(pattern):
        one = pattern[position]
        if one == "\\":
            following = pattern[position + 1]
            ascii_only = _CLASSES.get(following)
            plain = f"\\{following}" if following != "/" else "/"
            out.append(plain if ascii_only is None else ascii_only if inside else f"[{ascii_only}]")
            position += 1
        elif one == "." and not inside:
            out.append("(?s:.)" if lines else f"[^{TERMINATORS}]")
        else:
            inside = one == "[" or (inside and one != "]")
            out.append(one)
        position += 1
    return "".join(out)
