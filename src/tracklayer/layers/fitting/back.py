"""What was given, from what a provider holds and what is kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tracklayer.layers.fitting import residue, series, texts
from tracklayer.layers.fitting.batch import MORE, PAGE
from tracklayer.layers.fitting.fields import MADE, unfit_run
from tracklayer.layers.fitting.residue import Page
from tracklayer.model import MetricSummary, ParamValue, Run
from tracklayer.spi import Naming, Traits

#: Why a value is not exact whose sidecar is gone: unlike any other reason, it tells of a loss.
MISSING = "the value is kept beside the run, and is missing there"


def unfit(traits: Traits, run: Run, load: Callable[[str], Mapping[str, bytes]]) -> tuple[Run, Page]:
    """The run as it was given, and its residue.

    * `load`: fetches the run's sidecars of a prefix; called only when the run says that there are some it needs.
    """
    naming = traits.names.tag
    own, tags = _parted(naming, run.tags)
    plain = not traits.doubles and _plain(*run.metrics, *run.params, *run.params.values())
    if plain and run.beside is None and _plain(run.description, *tags, *tags.values()):
        if not own and _plain(run.name):
            return run, Page()
        if own.keys() == {MADE} and texts.pointed(own[MADE]) is None:  # as a migrated run has it
            return Run.trusted({**run.__dict__, **unfit_run(traits, run, own), "tags": tags}), Page()
    load = load if run.beside is None else partial(_along, run.beside)
    values = _Values(load)
    pages = [residue.decoded(values.whole(f"tags.tracklayer.{key}", own[key])) for key in own if key.startswith(PAGE)]
    if MORE in own:
        pages += [residue.decoded(data) for data in load(residue.PAGE_PREFIX).values()]
    page = residue.union(one for one in pages if one is not None)
    known = {key: values.whole(f"tags.tracklayer.{key}", text) for key, text in own.items() if not key.startswith(PAGE)}
    lost = {key for key in known if f"tags.tracklayer.{key}" in values.missing}  # their heads would be taken for them
    fields = unfit_run(traits, run, {key: text for key, text in known.items() if key not in lost})
    if (description := run.description) is not None and "description" not in fields:
        fields["description"] = values.whole("description", description)
    plain = plain and not page
    fields["params"] = run.params if plain else _unfit_params(traits, run, page, values)
    fields["tags"] = {
        page.names.get(key, naming.read(key)): values.whole(f"tags.{key}", text) for key, text in tags.items()
    }
    fields["tags"] |= {name: text for name, (_, text) in page.tags.items()}
    fields["metrics"], approximate = (run.metrics, run.approximate) if plain else _unfit_metrics(traits, run, page)
    fields["inputs"] = run.inputs + tuple(one for one in page.datasets() if one not in run.inputs)
    fields["approximate"] = {**approximate, **values.missing}
    fields["beside"] = None
    return Run.trusted(run.__dict__ | fields), page


def _plain(*values: ParamValue | None) -> bool:
    """Is there nothing of ours in any of the texts among these? The common case, told without a look at each.

    * All that is ours begins with `tl` or `tracklayer`: spellings, tags and pointers.
    """
    whole = "\0".join([value for value in values if isinstance(value, str)])
    return "tl" not in whole and "tracklayer" not in whole


def _along(beside: Mapping[str, bytes], prefix: str) -> Mapping[str, bytes]:
    """The sidecars of a prefix, of those that came along with the record."""
    return {key: data for key, data in beside.items() if key.startswith(prefix)}


class _Values:
    """The long texts of a run, fetched at the first pointer."""

    def __init__(self, load: Callable[[str], Mapping[str, bytes]]) -> None:
        self._load = load
        self._loaded: Mapping[str, bytes] | None = None
        self.missing: dict[str, str] = {}

    def pointed(self, where: str, text: str) -> tuple[str, bool] | None:
        """The value that a slot points at, and whether it is a number; None for a plain text."""
        digest = texts.pointed(text)
        if digest is None:
            return None
        if self._loaded is None:
            self._loaded = self._load(texts.VALUE_PREFIX)
        found = texts.fetched(digest, self._loaded)
        if found is None:
            self.missing[where] = MISSING
        return found

    def whole(self, where: str, text: str) -> str:
        """The text of a slot, or the one that it points at."""
        found = self.pointed(where, text)
        return text if found is None else found[0]


def _parted(naming: Naming, tags: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Our own tags by key, and everybody else's."""
    own, others = {}, {}
    for tag, text in tags.items():
        key = naming.read_own(tag)
        if key is None:
            others[tag] = text
        else:
            own[key] = text
    return own, others


def _unfit_params(traits: Traits, run: Run, page: Page, values: _Values) -> dict[str, ParamValue]:
    params: dict[str, ParamValue] = {}
    for key, value in run.params.items():
        name = page.names.get(key, traits.names.param.read(key))
        if not isinstance(value, str):
            double = traits.doubles and isinstance(value, float)
            params[name] = texts.numbered(value, page.typed.get(key, ())) if double else value
            continue
        found = values.pointed(f"params.{name}", value)
        text, number = (value, value in page.typed.get(key, ())) if found is None else found
        params[name] = texts.typed(text) if number else text
    for name, (_, is_text, text) in page.params.items():
        params[name] = text if is_text else texts.typed(text)
    return params


def _unfit_metrics(traits: Traits, run: Run, page: Page) -> tuple[dict[str, MetricSummary], dict[str, str]]:
    """The summaries by name, and what of the run is approximate with them."""
    naming = traits.names.metric
    names = {key: page.names.get(key, naming.read(key)) for key in (*run.metrics, *page.extremes)}
    metrics = {names[key]: summary for key, summary in run.metrics.items()}
    reasons = dict(run.approximate)
    reasons |= {f"metrics.{name}": why for key, name in names.items() if (why := reasons.pop(f"metrics.{key}", None))}
    whole = series.rides_whole(traits)
    for key, part in page.extremes.items():
        name, native = names[key], run.metrics.get(key)
        ours = sum(page.shown.get(key, {}).values())
        alone = native is None or (native.count or 0) <= ours
        metrics[name] = residue.with_extremes(native, part, rides_whole=whole and alone)
        if whole and alone:
            reasons.pop(f"metrics.{name}", None)
        elif whole and native is not None:
            reasons[f"metrics.{name}"] = f"{native.count} points are counted, and tracklayer wrote {ours} of them"
    return metrics, reasons
