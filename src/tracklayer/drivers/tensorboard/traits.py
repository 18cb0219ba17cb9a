"""What can be read of a folder of TensorBoard's logs."""

from __future__ import annotations

from collections.abc import Mapping

from tracklayer.spi import Claim, Feature, Traits, native, never, read_only

_EVENT = "tensorboard/compat/proto/event.proto, summary.proto"
CLAIMS: Mapping[Feature, Claim] = {
    Feature.ARTIFACTS: native("the files in a run's folder, the event files among them"),
    Feature.NESTED_RUNS: never("a run is a folder, and TensorBoard knows no parent"),
    Feature.BACKDATING: native(f"{_EVENT}: wall_time of the first and the last event"),
    Feature.TYPED_PARAMS: native("tensorboard/plugins/hparams/plugin_data.proto: a number, a text or a bool"),
    Feature.EMPTY_VALUES: native(_EVENT),
    Feature.METRIC_HISTORY: native(f"{_EVENT}: each event"),
    Feature.METRIC_SAME_STEP: native(f"{_EVENT}: any number of events has one step"),
    Feature.METRIC_TIME: native(f"{_EVENT}: wall_time, a double: about 200 nanoseconds"),
    Feature.METRIC_NAN: native(f"{_EVENT}: a float"),
    Feature.METRIC_INFINITY: native(f"{_EVENT}: a float"),
    Feature.METRIC_NEGATIVE_STEP: native(f"{_EVENT}: an int64"),
    Feature.DESCRIPTION: never("a folder of logs has none"),
    Feature.PROVENANCE: never("event files say neither who wrote them nor by which code"),
    Feature.DATASETS: never("event files name no data set"),
}
TENSORBOARD = Traits(
    provider="tensorboard",
    claims=read_only("event files are read, never written: TensorBoard's own writers do that", CLAIMS),
)
