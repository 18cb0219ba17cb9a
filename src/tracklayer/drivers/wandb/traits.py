"""What can be read of a `wandb` folder."""

from __future__ import annotations

from collections.abc import Mapping

from tracklayer.spi import Claim, Feature, Traits, native, never, read_only

_PROTO = "wandb/proto/wandb_internal.proto"
CLAIMS: Mapping[Feature, Claim] = {
    Feature.ARTIFACTS: native("the folder `files` of a run, and its .wandb file"),
    Feature.NESTED_RUNS: never("W&B groups runs, and knows no parent"),
    Feature.BACKDATING: native(f"{_PROTO}: RunRecord.start_time"),
    Feature.TYPED_PARAMS: native(f"{_PROTO}: ConfigItem.value_json"),
    Feature.EMPTY_VALUES: native(f"{_PROTO}: ConfigItem.value_json"),
    Feature.METRIC_HISTORY: native(f"{_PROTO}: HistoryRecord"),
    Feature.METRIC_SAME_STEP: native(f"{_PROTO}: HistoryRecord"),
    Feature.METRIC_TIME: native(f"{_PROTO}: HistoryItem _timestamp, a double: about 200 nanoseconds"),
    Feature.METRIC_NAN: native("tried: NaN"),
    Feature.METRIC_INFINITY: native("tried: Infinity"),
    Feature.METRIC_NEGATIVE_STEP: never("a step is at least 0", "wandb/sdk/wandb_run.py: log"),
    Feature.DESCRIPTION: native(f"{_PROTO}: RunRecord.notes"),
    Feature.PROVENANCE: native(f"{_PROTO}: EnvironmentRecord, GitRepoRecord"),
    Feature.DATASETS: never("what a run reads is an artifact of W&B's service, which is not on this disk"),
}
WANDB = Traits(
    provider="wandb",
    claims=read_only("offline runs are read, never written: W&B's own client does that", CLAIMS),
)
