"""Finds what is said of secrets in a larger text: `token=...`, `"api_key": "..."`, `AccountKey=...;`, `--token ...`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracklayer.api.redaction.found import Found
from tracklayer.api.redaction.names import Verdict, verdict
from tracklayer.api.redaction.values import harmless, random_looking

#: Names are looked for by these, in lower case; `names.py` judges the whole name. All repetition is bounded, so that a
#: text is read in linear time.
NAME = re.compile(
    r"(?:pass|pwd|secret|token|key|credential|auth|jwt|sig|bearer|cookie)[a-z0-9_.\-]{0,40}"
    r"(?P<quote>\\?[\"'])?\]?(?:[ \t]{0,4}(?P<sign>=>|:=|[=:])(?![=:/])[ \t]{0,4}|[ \t]{1,4})"
)
WORDS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
NAME_BEFORE = 64
#: The schemes of an `Authorization` header stay: https://www.iana.org/assignments/http-authschemes
SCHEME = re.compile(
    r"(?:bearer|basic|token|digest|apikey|negotiate|sharedaccesssignature|aws4-hmac-sha256)\s+", re.IGNORECASE
)
QUOTE = re.compile(r"[bfruBFRU]{0,2}(\\?(?:\"\"\"|'''|[\"'`]))")
#: So much of a value is read to judge it. What is hidden is hidden to its end.
MOST = 256
MOST_QUOTED = 4_096
#: A comma, bracket or semicolon ends a value where another one, a space or the next name follows; else it is in it.
PIECE = r"[^\s\"'`,;&)\]}|\\]"
END = r"(?!\s|$|[,;:&)\]}|\"'`\\])"
BREAK = rf"[,&)\]}}|\\]{END}(?![\w.\-]{{1,40}}[=:])|;{END}(?![\w.\- ]{{1,40}}[=:])"
VALUE = re.compile(rf"(?:{PIECE}{{1,{MOST}}}|{BREAK}){{1,64}}")
LINE_END = re.compile(r"[ \t]*(?:$|[\r\n]|\\n)")
ITEM_END = re.compile(r"[ \t]*(?:$|[\r\n,}\])]|\\n)")
#: `getpass()`, `os.environ["X"]`, `args.token`, `{token}`: code, which names a secret and does not hold it.
CODE = re.compile(r"[\[({].*|lambda\b.*|\W+|[A-Za-z_][\w.]*[(\[].*|\$?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|", re.DOTALL)
IDENTIFIER = re.compile(r"\$?([A-Za-z_]\w*)")
#: What is to be filled in, though a value would end within it.
FILLED_IN = re.compile(r"\$\{|\$\(|\{\{|<[A-Za-z][^<>\n]{0,80}>|%\(")
#: A line's end, as `repr` and JSON write it.
WRITTEN_END = re.compile(r"\\[nrt]")
ODD = re.compile(r"[^A-Za-z_.\-]")
DIGIT, LETTER = re.compile("[0-9]"), re.compile("[A-Za-z]")
#: Numbers say nothing in a name: without them, `layers.7.token` and `layers.8.token` are judged once.
NO_DIGITS = str.maketrans(dict.fromkeys("0123456789", "."))
#: Shorter than what opens something.
SHORT = 6
WHY = "its text names a secret"


def assignments(text: str) -> Iterator[Found]:
    """Each value that stands behind the name of a secret."""
    low = text.lower()
    low = low if len(low) == len(text) else "".join(one.lower() if one.isascii() else one for one in text)
    done = 0
    for match in NAME.finditer(low):
        found = _value(text, match) if match.start() >= done else None
        if found is not None:
            done = found.end
            yield found


def _value(text: str, match: re.Match[str]) -> Found | None:
    begin, name = _name(text, match)
    sign, dashed = match["sign"], text.startswith("--", begin)
    bearer = sign is None and name.lower() == "bearer"
    if (sign is None and (match["quote"] or not (dashed or bearer))) or text.startswith("://", max(0, begin - 3)):
        return None  # running text; or the user of a URL, which `urls.py` sees to
    judged = Verdict.MAYBE if bearer else verdict(name.translate(NO_DIGITS))
    if judged is Verdict.PLAIN:
        return None
    at = match.end()
    quote = QUOTE.match(text, at)
    at = quote.end() if quote else at
    scheme = SCHEME.match(text, at) if name.lower().endswith("authorization") else None
    at = scheme.end() if scheme else at
    end = _closed(text, at, quote[1]) if quote else _open(text, at)
    value = text[at:end]
    if sign is None and value.startswith("--"):
        return None
    vague = name.lower() == "token" and not dashed and text[begin - 1 : begin] not in {"?", "&"}
    if judged is Verdict.MAYBE:
        hide = random_looking(value)
    elif vague:
        hide = _mixed(value) and not _named(name, value, quote)
    else:
        hide = not harmless(WRITTEN_END.split(value, maxsplit=1)[0]) and not _named(name, value, quote or scheme)
        hide = hide and (bool(quote or scheme) or not _counted(judged, value))
        hide = hide and (sign == "=" or name.lower() != "pass")
    if hide and not quote and FILLED_IN.match(text, at):
        hide = False
    if hide and sign == ":" and not (quote or scheme or match["quote"]):
        hide = _alone(text, begin, end, value)
    if not hide or not value:
        return None
    return Found(at, end if quote and text.startswith(quote[1], end) else _last(text, at), WHY)


def _name(text: str, match: re.Match[str]) -> tuple[int, str]:
    """Where the name begins, and the name without its dashes."""
    begin = match.start()
    while begin > 0 and match.start() - begin < NAME_BEFORE and text[begin - 1] in WORDS:
        begin -= 1
    end = match.start("quote") if match["quote"] else match.start("sign") if match["sign"] else match.end()
    return begin, text[begin:end].strip(" \t]").strip("-.")


def _closed(text: str, at: int, quote: str) -> int:
    """Where a quoted value ends: at the same quote, not behind a backslash; at the end of the line if there is none."""
    end = text.find(quote, at, at + MOST_QUOTED)
    while end > at and len(quote) == 1 and text[end - 1] == "\\" and text[end - 2 : end] != "\\\\":
        end = text.find(quote, end + 1, at + MOST_QUOTED)
    return end if end >= 0 and (len(quote) > 1 or "\n" not in text[at:end]) else _open(text, at)


def _open(text: str, at: int) -> int:
    value = VALUE.match(text, at, at + MOST)
    return value.end() if value else at


def _last(text: str, at: int) -> int:
    """Where an unquoted value ends, however long it is."""
    while value := VALUE.match(text, at):
        at = value.end()
    return at


def _named(name: str, value: str, quoted: object) -> bool:
    """Does the value name something, as code does, instead of being it: `token=args.token`, `secret=lark_secret`?"""
    if value.lower() == name.lower():
        return True
    if quoted:
        return False
    identifier = IDENTIFIER.fullmatch(value)
    if identifier and "_" in value and verdict(identifier[1], variable=value.isupper()) is not Verdict.PLAIN:
        return True
    return CODE.fullmatch(value) is not None


def _mixed(value: str) -> bool:
    """What a bare `token` must be in running text, where most are pieces of text for a model."""
    return len(value) >= SHORT and " " not in value and bool(DIGIT.search(value) and LETTER.search(value))


def _counted(judged: Verdict, value: str) -> bool:
    """A small number is a count, but for a password."""
    return judged is not Verdict.PASSWORD and len(value) < SHORT and value.replace(".", "", 1).isdigit()


def _alone(text: str, begin: int, end: int, value: str) -> bool:
    """Is `name: value` all there is on its line, or in its place of a mapping? Else it is a sentence."""
    _, newline, before = text[max(0, begin - NAME_BEFORE) : begin].rpartition("\n")
    first = not before.strip(" -") and (newline != "" or begin <= NAME_BEFORE)
    if first and LINE_END.match(text, end):
        return True
    return ODD.search(value) is not None and ITEM_END.match(text, end) is not None
