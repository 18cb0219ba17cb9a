"""What a plan says of a provider's calls is what its emulator, or a server, is then asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import uuid4

import pytest
from contract_tests.servers.recorder import Recorder
from contract_tests.witnesses.places import CLOUDS, Places
from tests.migrate.plan.ordinary import fill

import tracklayer as tl
from tracklayer.migrate.plan.planning import plan

#: Calls that are not a copy's: to log in, and to make the bucket.
APART = re.compile(
    r"(aad|arm|sts|scim|well-known|iamcredentials)\..*|s3\.(HeadBucket|CreateBucket)|storage\.buckets\..*"
)
#: Calls that change nothing.
READS = re.compile(
    r"\w+\.(Describe|Get|List|Search).*|\w+\.(experiments|runs)/(get|get-by-name|search)|mlflow\.version"
    r"|(aad|arm|sts|scim|well-known|iamcredentials)\..*|storage\.objects\.(get|list|download)"
    r"|history\.artifacts(/contentinfo)?|mlflow\.artifacts/(list|credentials-for-read)|storage\.Read"
)


@dataclass(frozen=True)
class Asked:
    """A place, and what it has been asked so far."""

    url: str
    calls: Callable[[], Counter[str]]

    def since(self, before: Counter[str]) -> Counter[str]:
        now = self.calls()
        now.subtract(before)
        return +now


def _seen(recorder: Recorder) -> Counter[str]:
    """The requests to an MLflow server, by the names that the rates have for them."""
    calls: Counter[str] = Counter()
    for method, path in recorder.calls():
        api = path.partition("/api/2.0/mlflow/")[2]
        files = f"mlflow-artifacts.{method.lower()}" if "/mlflow-artifacts/" in path else unquote(path)
        calls[f"mlflow.{api}" if api else "mlflow.version" if path == "/version" else files] += 1
    return calls


@pytest.fixture(scope="module")
def asked(everywhere: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Asked]]:
    """Each place by its name; Vertex AI with a TensorBoard and without."""
    folder = tmp_path_factory.mktemp("places")
    with Recorder(everywhere.server.removeprefix("mlflow+")) as recorder, everywhere.entered(folder) as urls:
        calls = {name: everywhere.stage.emulators[name].calls.counts for name in CLOUDS}
        places = {name: Asked(urls[name], calls[name]) for name in CLOUDS}
        places["vertex alone"] = Asked(everywhere.stage.places["vertex"], calls["vertex"])
        places["mlflow"] = Asked(recorder.tracklayer_url, lambda: _seen(recorder))
        with tl.connect(urls["vertex"]) as client:
            client.create_experiment(f"the first makes the service's own store {uuid4().hex[:8]}")
        yield places


def test_the_calls_of_a_copy_are_those_of_its_plan(asked: Mapping[str, Asked]) -> None:
    wrong: list[str] = []
    for name, place in asked.items():
        with tl.connect(f"memory://{uuid4().hex}") as source:
            fill(source, f"ordinary {name}")
            before = place.calls()
            planned = plan(source, place.url)
            assert planned.ok, (name, planned.failed)
            written = [call for call in place.since(before) if not READS.fullmatch(call)]
            before = place.calls()
            done = tl.migrate(source, place.url, verify=False, workers=1)
            assert (done.failed, done.copied) == ((), 2), name
            calls = Counter({call: count for call, count in place.since(before).items() if not APART.fullmatch(call)})
            expected = Counter(planned.calls)
            wrong += [f"{name}: the plan wrote: {call}" for call in written]
            wrong += [f"{name}: unforeseen: {call} {count}" for call, count in (calls - expected).items()]
            wrong += [f"{name}: did not come: {call} {count}" for call, count in (expected - calls).items()]
    assert "\n".join(wrong) == ""
