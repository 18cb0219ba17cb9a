"""Hypothesis strategies for everything a driver or a layer is given: random providers and random data.

Used by the contract suite and, because the laws of the layers hold for any provider, by `tests/` too.

* `namings`, `limits`, `claims`, `traits`: random providers, each of them consistent with itself.
* `names`, `param_values`, `tag_values`, `points`, `batches`, `run_drafts`: random data, legal for the model and as
  awkward as the model allows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from string import ascii_lowercase, ascii_uppercase, digits

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tracklayer.model import Batch, Dataset, Origin, ParamValue, Points, RunDraft, RunRef, Source, Status
from tracklayer.spi import Bound, Claim, Feature, Limits, Names, Naming, Search, Traits, native, never, sidecar

SOURCE = "a provider made up by chance"
#: What a layer can keep beside the run when the provider lacks it.
SIDECARS = (
    Feature.TYPED_PARAMS,
    Feature.EMPTY_VALUES,
    Feature.PARAM_OVERWRITE,
    Feature.METRIC_HISTORY,
    Feature.METRIC_SAME_STEP,
    Feature.METRIC_TIME,
    Feature.METRIC_NAN,
    Feature.METRIC_INFINITY,
    Feature.METRIC_NEGATIVE_STEP,
    Feature.NESTED_RUNS,
    Feature.BACKDATING,
    Feature.DESCRIPTION,
    Feature.PROVENANCE,
    Feature.DATASETS,
)
#: The shortest limit on the text of a value that a random provider has: a pointer must fit.
SHORTEST_VALUE = 64
#: The fewest params, tags or points that one run or one write of a random provider takes.
FEWEST = 4
#: The fewest bytes that one write takes: one item of the largest kind must fit.
FEWEST_BYTES = 20_000
#: Tags in a run of a random provider, at the least: tracklayer's own take some of them.
FEWEST_TAGS = 16
INT64 = 2**63 - 1

_LOOKS_LIKE_A_SPELLING = ("tlx_", "tlx_41z", "tlx_5fz", "tlx-41z", "TLX_41z", "tlh_", "tlh_a_" + "0" * 20)
_AWKWARD = (
    "../x", "/x", "x/", "a//b", ".", "..", "a.b.c", "a b", " a", "a ", "\ta\n", "a#b", "a?b=c", "a%41", "A", "a", "é",
    "e\u0301", "\u0131", "\u0130", "ß", "\u017f", "日本", "🚀", "\x00", "a\x00b", "\x7f", "\u200b", "\u202e", "\ufeff",
    "$x", "'; --", '"', "\\", "a" * 24, "a" * 25, "a" * 26, "a" * 300, "é" * 300, "_" * 30, "tracklayer.x",
    "mlflow.runName", "none", "None", "null", "0", "-1", "1.0", "NaN", *_LOOKS_LIKE_A_SPELLING,
)  # fmt: skip

# -- data

texts: SearchStrategy[str] = st.text(st.characters(codec="utf-8"), max_size=40)
_awkward = st.deferred(lambda: st.sampled_from(_AWKWARD))  # in an error it is a name, not a page of text
names: SearchStrategy[str] = st.one_of(
    _awkward,
    st.text(ascii_lowercase + ascii_uppercase + digits + "_-./ ", min_size=1, max_size=40),
    st.builds(str.__add__, st.sampled_from(_LOOKS_LIKE_A_SPELLING), st.text("0af_z-.", max_size=8)),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=300),
)
long_texts: SearchStrategy[str] = st.builds(
    lambda part, times: part * times, st.sampled_from(["x", "é", "🚀", "ab\n", "\x00"]), st.integers(100, 3_000)
)
tag_values: SearchStrategy[str] = st.one_of(
    texts, long_texts, _awkward, st.sampled_from(["", "True", "1", "tracklayer"])
)
floats: SearchStrategy[float] = st.one_of(
    st.floats(), st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 0.0, 5e-324, 1.7976931348623157e308, 0.1, 1e22])
)
param_values: SearchStrategy[ParamValue] = st.one_of(
    st.booleans(),
    st.integers(),
    st.builds(pow, st.sampled_from([10, -10, 2, -2]), st.integers(50, 400)),
    floats,
    tag_values,
    st.sampled_from(["True", "1", "1.0", "nan", "-0.0", 0, 1, 1.0, True, 2**63, -(2**63) - 1]),
)
steps: SearchStrategy[int] = st.one_of(
    st.integers(0, 3), st.integers(-INT64 - 1, INT64), st.sampled_from([-1, INT64, -INT64 - 1])
)
#: Nanoseconds since 1970: from 1902 to 2242, within what every clock of 64 bits holds.
times: SearchStrategy[int] = st.one_of(
    st.sampled_from([0, 1, 999_999, 1_000_000, 1_700_000_000_000_000_000, 1_700_000_000_000_000_001]),
    st.integers(-(2**61), 2**63 - 2**59),
)
instants: SearchStrategy[datetime] = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 -- Hypothesis adds the zone
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([timezone.utc, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-11))]),
)
statuses: SearchStrategy[Status] = st.sampled_from(["running", "finished", "failed", "killed", "scheduled"])
sources: SearchStrategy[Source] = st.builds(
    Source,
    commit=st.none() | texts,
    branch=st.none() | texts,
    dirty=st.none() | st.booleans(),
    remote=st.none() | texts,
    command=st.none() | tag_values,
)
origins: SearchStrategy[Origin] = st.builds(Origin, url=texts, experiment=texts, run=texts)
datasets: SearchStrategy[Dataset] = st.builds(
    Dataset,
    name=names,
    digest=st.one_of(st.text("0123456789abcdef", min_size=1, max_size=64), names),
    kind=texts,
    source=tag_values,
    columns=st.none() | tag_values,
    profile=st.none() | tag_values,
    context=st.none() | texts,
)


@st.composite
def points(draw: st.DrawFn, keys: SearchStrategy[str] = names, most: int = 12) -> Points:
    """Up to `most` points of one metric; some of them twice, and several at one step."""
    rows = draw(st.lists(st.tuples(steps, times, floats), max_size=most))
    twice = draw(st.lists(st.sampled_from(rows), max_size=3)) if rows else []
    return Points.of(draw(keys), rows + twice)


def batches(keys: SearchStrategy[str] = names, most: int = 6) -> SearchStrategy[Batch]:
    """Writes to one run: up to `most` of each kind of thing."""
    return st.builds(
        Batch,
        params=st.dictionaries(keys, param_values, max_size=most),
        tags=st.dictionaries(keys, tag_values, max_size=most),
        points=st.lists(points(keys), max_size=most, unique_by=lambda part: part.key).map(tuple),
        inputs=st.lists(datasets, max_size=2, unique_by=lambda data: (data.name, data.digest)).map(tuple),
        name=st.none() | keys,
        description=st.none() | tag_values,
        status=st.none() | statuses,
        ended=st.none() | instants,
    )


def run_drafts(parents: SearchStrategy[RunRef | None] = st.none()) -> SearchStrategy[RunDraft]:  # noqa: B008 -- lazy
    """What runs are made from. `parents`: where parents come from; a made-up parent would not exist."""
    return st.builds(
        RunDraft,
        token=st.uuids().map(lambda made: made.hex),
        name=st.none() | names,
        status=statuses,
        started=st.none() | instants,
        parent=parents,
        tags=st.dictionaries(names, tag_values, max_size=6),
        description=st.none() | tag_values,
        user=st.none() | names,
        source=st.none() | sources,
        origin=st.none() | origins,
    )


# -- providers


def _one_of_each(letters: str) -> str:
    return "".join(re.escape(letter) for letter in sorted(set(letters)))


@st.composite
def namings(draw: st.DrawFn, reserved: str | None = None) -> Naming:
    """An alphabet that can spell: every character of a spelling is legal in it.

    * `reserved`: a pattern that is reserved in all of them; without it, one is chosen by chance.
    """
    escape = draw(st.sampled_from("_-."))
    extra = draw(st.sets(st.sampled_from("-._/ :@#+=é日"), max_size=6)) - {escape}
    safe = ascii_lowercase + digits + draw(st.sampled_from(["", ascii_uppercase]))
    safe += "".join(sorted(draw(st.sets(st.sampled_from(sorted(extra)))) if extra else set()))
    some, inner = f"[{_one_of_each(safe)}]", f"[{_one_of_each(safe + escape + ''.join(extra) + ascii_uppercase)}]"
    pattern = draw(st.sampled_from([r"(?s).*", f"{inner}+", f"[a-z]{inner}*", f"{some}({inner}*{some})?"]))
    longest = st.builds(Bound, most=st.integers(25, 300), source=st.just(SOURCE), unit=_text_units)
    return Naming(
        pattern=pattern,
        longest=draw(st.none() | longest),
        safe=safe,
        escape=escape,
        reserved=reserved or draw(st.sampled_from([None, r"(?i)mlflow\..*", r"[0-9]+", r"id|name|none"])),
        folds_case=draw(st.booleans()),
        source=SOURCE,
    )


_text_units = st.sampled_from(["characters", "bytes"])


def _text_bound(least: int = SHORTEST_VALUE) -> SearchStrategy[Bound | None]:
    patterns = st.sampled_from([None, None, r"[ -~]*", r"[a-z0-9:]*"])  # a pointer matches each
    most = st.integers(least, least * 4)
    return st.none() | st.builds(Bound, most=most, source=st.just(SOURCE), unit=_text_units, pattern=patterns)


def _count(least: int = FEWEST, most: int = 60) -> SearchStrategy[Bound | None]:
    return st.none() | st.builds(Bound, most=st.integers(least, most), source=st.just(SOURCE))


def limits() -> SearchStrategy[Limits]:
    """Small numbers, so that small data goes beyond them."""
    return st.builds(
        Limits,
        param_value=_text_bound(),
        tag_value=_text_bound(),
        experiment_tag_value=_text_bound(),
        own_value=_text_bound(),
        description=_text_bound(),
        experiment_description=_text_bound(),
        dataset_name=_text_bound(),
        dataset_digest=_text_bound(),
        dataset_source=_text_bound(),
        dataset_columns=_text_bound(),
        params_per_run=_count(),
        tags_per_run=_count(FEWEST_TAGS),
        bytes_per_run=_count(FEWEST_BYTES, FEWEST_BYTES * 3),
        params_per_write=_count(1),
        tags_per_write=_count(1),
        points_per_write=_count(1),
        items_per_write=_count(1),
        bytes_per_write=st.none()
        | st.builds(
            Bound, most=st.integers(FEWEST_BYTES, FEWEST_BYTES * 3), source=st.just(SOURCE), unit=st.just("bytes")
        ),
        experiments_per_page=_count(1, 5),
        runs_per_page=_count(1, 5),
        points_per_page=_count(1, 20),
        point_time_unit=st.sampled_from([1, 1_000, 1_000_000, 1_000_000_000]),
        point_time_earliest=st.sampled_from([None, 0]),
        run_time_unit=st.sampled_from([1_000, 1_000_000, 1_000_000_000]),
    )


def claims(*, refusing: bool = False) -> SearchStrategy[Mapping[Feature, Claim]]:
    """Native all, but for what a layer can keep beside the run; `refusing`: that may be missing altogether."""
    kinds = [native(SOURCE), sidecar("the provider has no place for it", SOURCE)]
    some = st.sampled_from([*kinds, never("the provider has no such thing", SOURCE)] if refusing else kinds)
    return st.fixed_dictionaries(
        {feature: some if feature in SIDECARS else st.just(native(SOURCE)) for feature in Feature}
    )


def name_sets() -> SearchStrategy[Names]:
    """An alphabet for each kind of name. Tags of tracklayer's own are set apart from users'."""
    own = r"tracklayer\..*"
    return st.builds(
        Names,
        experiment=namings(),
        run=namings(),
        param=namings(),
        metric=namings(),
        tag=namings(own),
        experiment_tag=namings(own),
    )


def searches() -> SearchStrategy[Search]:
    """What a provider answers by itself: any part of it."""
    operators = st.frozensets(st.sampled_from(["=", "!=", ">", "LIKE", "IN", "IS NULL"]))
    answered = st.sampled_from(["attribute.status", "attribute.started", "attribute.name", "param", "tag", "metric"])
    return st.builds(Search, clauses=st.dictionaries(answered, operators, max_size=4), orders=st.frozensets(answered))


def traits(*, refusing: bool = False) -> SearchStrategy[Traits]:
    """A provider. `refusing`: features may be missing, so that a gate has something to refuse."""
    return st.builds(
        Traits,
        provider=st.just("chance"),
        claims=claims(refusing=refusing),
        limits=limits(),
        names=name_sets(),
        search=searches(),
        doubles=st.booleans(),
        shown=st.frozensets(st.sampled_from(["source", "inputs"])),
        shown_points=st.none() | st.integers(1, 5),
    )
