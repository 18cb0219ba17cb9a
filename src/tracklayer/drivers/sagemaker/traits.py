"""What SageMaker Experiments can do: data, each with its source.

`service-2.json` is botocore's model of the service (1.44.5), shape by shape: AWS's own numbers. What only a real
account could confirm stands in docs/providers/sagemaker.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_letters, ascii_lowercase, digits

from tracklayer.drivers.sagemaker.names import LONGEST, PATTERN
from tracklayer.drivers.sagemaker.rates import SAGEMAKER_RATES
from tracklayer.spi import Bound, Claim, Feature, Limits, Names, Naming, Search, Traits, native, never, sidecar

MODEL = "service-2.json"
MILLISECOND = 1_000_000
#: AWS tags that every run of ours has: the official SDK's mark.
DRIVERS_OWN_TAGS = 1


def line(most: int, least: int = 0) -> str:
    """AWS's `.*`, at most `most` long, as a pattern for Python that is never wider.

    Java's `.` takes no end of line of any kind, and its lengths may count a character beyond U+FFFF twice. NUL is left
    out because nobody says that it survives.
    """
    ends = r"\x00\n\r\x85\u2028\u2029"
    return rf"[^{ends}\U00010000-\U0010ffff]{{{least},{most}}}|[^{ends}]{{{least},{most // 2}}}"


def _text(most: int, shape: str) -> Bound:
    return Bound(most=most, unit="characters", pattern=line(most), source=f"{MODEL}: {shape}")


#: AWS's `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`: Python's `\w` is `\p{L}`, `\p{N}` and `_`. Blanks at either end are left out,
#: because consoles trim them, and letters beyond U+FFFF, because Java may count them twice.
_BLANKS = r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_MARKS = r"(?:(?![\U00010000-\U0010ffff])[\w.:/=+\-@])"
_TAG = rf"{_MARKS}(?:(?:{_MARKS}|[{_BLANKS}])*{_MARKS})?"


def _tag_value(source: str) -> Bound:
    return Bound(most=256, unit="characters", pattern=f"(?:{_TAG})?", source=source)


_TAG_KEY = Naming(
    pattern=_TAG,
    longest=Bound(most=128, unit="characters", source=f"{MODEL}: TagKey"),
    safe=ascii_letters + digits + ".-/",
    reserved=r"(?i:aws:.*|sagemaker:trial-component-source)",
    source=f"{MODEL}: TagKey; the tagging guide: keys that begin with aws: are AWS's own",
)

NAMES = Names(
    experiment=Naming(
        pattern=PATTERN,
        longest=Bound(most=LONGEST, unit="characters", source=f"{MODEL}: ExperimentEntityName"),
        safe=ascii_lowercase + digits,
        escape="-",
        folds_case=True,
        source=f"{MODEL}: ExperimentEntityName; Experiment.ExperimentName: unique in the account, whatever its case",
    ),
    run=Naming(
        pattern=line(2_048, 1),
        longest=_text(2_048, "TrialComponentArtifactValue, where the name is kept; the console shows a slug of it"),
        source=f"{MODEL}: TrialComponentArtifactValue",
    ),
    param=Naming(
        pattern=line(256, 1),
        longest=_text(256, "TrialComponentKey256: what ParametersToRemove takes; a write takes 320"),
        source=f"{MODEL}: TrialComponentKey256",
    ),
    metric=Naming(
        pattern=line(255, 1),
        longest=_text(255, "MetricName"),
        source=f"{MODEL} of sagemaker-metrics: MetricName",
    ),
    tag=_TAG_KEY,
    experiment_tag=_TAG_KEY.model_copy(update={"reserved": r"(?i:aws:.*)"}),
    artifact=Naming(
        pattern=r"[^\\\x00-\x1f\x7f\x85\u2028\u2029\ufffe\uffff]+",
        longest=Bound(
            most=600,
            unit="bytes",
            source="S3's object keys hold 1,024 bytes; ours stand behind a prefix (at most 200) and the run's name",
        ),
        safe=ascii_letters + digits + ".-/",
        reserved=r"\.tracklayer(/.*)?",
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html; XML holds no controls",
    ),
)

LIMITS = Limits(
    param_value=_text(2_500, "StringParameterValue"),
    tag_value=_tag_value(f"{MODEL}: TagValue"),
    experiment_tag_value=_tag_value(f"{MODEL}: TagValue"),
    own_value=Bound(
        most=8_000,
        unit="characters",
        pattern=line(8_000),
        source="ours are no AWS tags but input artifacts of the trial component, 2,000 characters each, up to four",
    ),
    experiment_description=_text(3_072, "ExperimentDescription"),
    params_per_run=Bound(most=300, source=f"{MODEL}: TrialComponentParameters"),
    tags_per_run=Bound(
        most=50 - DRIVERS_OWN_TAGS, source=f"{MODEL}: TagList (50), and one of each run is the mark of a run"
    ),
    tags_per_write=Bound(most=50 - DRIVERS_OWN_TAGS, source=f"{MODEL}: TagList; a draft's come with the mark"),
    params_per_write=Bound(most=300, source=f"{MODEL}: TrialComponentParameters"),
    points_per_write=Bound(most=10, source=f"{MODEL} of sagemaker-metrics: RawMetricDataList"),
    experiments_per_page=Bound(most=100, source=f"{MODEL}: SearchRequest.MaxResults"),
    runs_per_page=Bound(most=100, source=f"{MODEL}: SearchRequest.MaxResults"),
    run_time_unit=MILLISECOND,
)

_AGGREGATES = "BatchGetMetrics gives aggregates of a step or of a minute, never the points"
CLAIMS: Mapping[Feature, Claim] = {
    Feature.WRITING: native("CreateTrialComponent, UpdateTrialComponent, BatchPutMetrics"),
    Feature.DELETE: native("DeleteTrialComponent, DeleteTrial, DeleteExperiment: for good"),
    Feature.RESTORE: never("what is deleted is gone", f"{MODEL}: there is no such operation"),
    Feature.ARTIFACTS: native("S3, in the official SDK's layout"),
    Feature.NESTED_RUNS: sidecar("a trial component has no parent but its trials", f"{MODEL}: TrialComponent"),
    Feature.RESUME: native("UpdateTrialComponent: Status"),
    Feature.BACKDATING: native("CreateTrialComponent, UpdateTrialComponent: StartTime, EndTime"),
    Feature.IDEMPOTENT_CREATE: native("the trial component's name follows from the token, and a name is taken once"),
    Feature.PARAM_OVERWRITE: native("UpdateTrialComponent merges Parameters"),
    Feature.TYPED_PARAMS: sidecar("a param is a text or a double", f"{MODEL}: TrialComponentParameterValue"),
    Feature.EMPTY_VALUES: native(f"{MODEL}: StringParameterValue and TagValue have a min of 0"),
    Feature.METRIC_HISTORY: sidecar(_AGGREGATES, f"{MODEL} of sagemaker-metrics: MetricQuery"),
    Feature.METRIC_SAME_STEP: native("BatchPutMetrics keeps all of them, as Count shows"),
    Feature.METRIC_TIME: sidecar(
        "times are whole seconds of the last 14 days", "sagemaker-python-sdk: experiments/_metrics.py; its issue 4240"
    ),
    Feature.METRIC_NAN: sidecar("NaN is refused", "sagemaker-python-sdk: experiments/run.py drops it"),
    Feature.METRIC_INFINITY: sidecar("infinities are refused", "sagemaker-python-sdk: experiments/run.py drops them"),
    Feature.METRIC_NEGATIVE_STEP: sidecar("a step is at least 0", f"{MODEL} of sagemaker-metrics: Step"),
    Feature.DESCRIPTION: sidecar("experiments have one, trial components have none", f"{MODEL}: TrialComponent"),
    Feature.PROVENANCE: sidecar(
        "MetadataProperties hold a commit and a repository, set once, and no more", f"{MODEL}: MetadataProperties"
    ),
    Feature.DATASETS: sidecar("an input artifact is a name and a URI", f"{MODEL}: TrialComponentArtifact"),
    Feature.ATOMIC_WRITE: never("params, tags and points are each a call of their own", MODEL),
    Feature.FILTER: sidecar("Search sees neither what is kept beside a run nor what it has not indexed yet"),
    Feature.ORDER: sidecar("Search orders by what it has indexed, and by few properties"),
}

SAGEMAKER = Traits(
    provider="sagemaker",
    claims=CLAIMS,
    limits=LIMITS,
    names=NAMES,
    search=Search(clauses={"attribute.token": frozenset({"="})}),
    rates=SAGEMAKER_RATES,
    doubles=True,
    shown=frozenset({"source", "inputs"}),
    shown_points=1_000,
    pause=10.0,  # a write of 20 metrics is some 24 calls, each of them at a rate that is not published
)
