from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests
from tests.emulators.vertex.wire import Refused, Wire

from tracklayer.emulators.faults import Fault
from tracklayer.emulators.remote import RemoteEmulator
from tracklayer.emulators.vertex import BUCKET, Knobs, VertexEmulator
from tracklayer.errors import InvalidInput


def test_nothing_of_google_is_imported_before_it_is_needed() -> None:
    heavy = ("google.auth", "google.cloud.", "google.protobuf", "grpc", "cryptography", "trustme")
    code = (
        "import sys, tracklayer.emulators.vertex as vertex; vertex.VertexEmulator();"
        f"print([name for name in sys.modules if name.startswith({heavy!r})])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    assert told.strip() == "[]"


def test_a_stopped_emulator_leaves_no_file_and_can_be_started_again() -> None:
    emulator = VertexEmulator()
    emulator.stop()
    with emulator:
        account, ca = Path(emulator.account), Path(emulator.ca)
        assert account.exists()
        assert ca.exists()
        emulator.start()
    assert not account.parent.exists()
    with emulator, Wire(emulator) as wire:
        assert wire.get(f"{wire.location}/tensorboards") == {}


def test_a_request_before_the_start_is_impossible() -> None:
    with pytest.raises(requests.exceptions.MissingSchema):
        requests.get(VertexEmulator().url, timeout=1)


def test_a_reset_forgets_all_but_the_knobs(wire: Wire) -> None:
    wire.emulator.tune(ids="lenient")
    wire.context("Upper")
    wire.emulator.gcs.store.put(BUCKET, "a", b"x", {}, {})
    wire.emulator.reset()
    assert wire.emulator.calls.all() == []
    with pytest.raises(Refused, match="NOT_FOUND"):
        wire.get(wire.store)
    assert wire.emulator.gcs.store.buckets[BUCKET].blobs == {}
    assert wire.emulator.knobs == Knobs(ids="lenient")


def test_calls_are_counted_and_knobs_turned_from_another_process(wire: Wire) -> None:
    remote = RemoteEmulator(wire.emulator.url)
    wire.context("exp-a")
    assert remote.counts()["aiplatform.CreateContext"] == 1
    remote.tune(ids="lenient")
    wire.context("Upper")
    with pytest.raises(InvalidInput, match="vertex has no knob 'colour'"):
        remote.tune(colour="red")
    assert "operation_delay" in wire.emulator.known_knobs()


def test_every_open_question_has_another_reading() -> None:
    first, second = Knobs(), Knobs.otherwise(burst=2)
    changed = {name for name in Knobs.model_fields if getattr(first, name) != getattr(second, name)}
    assert {"struct_nan", "ids", "page_cap", "project_names", "noop_etag"} <= changed
    assert second.burst == 2


def test_a_rate_is_kept_and_said_in_the_services_words(wire: Wire) -> None:
    wire.emulator.tune(rates={"CreateContext": 60, "default": 1e9}, burst=2)
    for number in range(2):
        wire.context(f"exp-{number}")
    with pytest.raises(Refused, match="Quota exceeded for quota metric") as caught:
        wire.context("exp-2")
    assert (caught.value.http, caught.value.status) == (429, "RESOURCE_EXHAUSTED")
    assert caught.value.body["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
    assert len(wire.listed("contexts")) == 2
    wire.emulator.tune(ahead=2)
    wire.context("exp-2")


def test_faults_have_the_services_shape(wire: Wire) -> None:
    wire.emulator.fault(
        Fault("ListContexts", "answer", status=503, code="UNAVAILABLE", message="later"),
        Fault("ListContexts", "answer", status=500),
        Fault("storage.*", "answer", status=429, code="rateLimitExceeded", message="slow down"),
    )
    with pytest.raises(Refused, match="503 UNAVAILABLE: later"):
        wire.listed("contexts")
    with pytest.raises(Refused, match="500 INTERNAL"):
        wire.listed("contexts")
    answer = wire.session.get(f"{wire.emulator.url}/storage/v1/b/{BUCKET}", timeout=30)
    assert answer.json()["error"]["errors"][0]["reason"] == "rateLimitExceeded"


def test_a_connection_that_is_cut_after_the_work_is_noticed_by_the_next_reader(wire: Wire) -> None:
    wire.emulator.fault(Fault("CreateContext", "drop-after"))
    with pytest.raises(requests.ConnectionError):
        wire.context("exp-a")
    assert wire.listed("contexts") == ["exp-a"]


def test_an_unknown_path_is_not_found(wire: Wire) -> None:
    with pytest.raises(Refused, match="NOT_FOUND"):
        wire.get("projects/p/locations/l/datasets")
    assert wire.emulator.calls.count("unknown") == 1


def test_an_endpoint_knows_its_own_location_only(wire: Wire) -> None:
    wire.emulator.tune(tokens=False)

    def status(host: str, location: str) -> int:
        url = f"{wire.emulator.url}/v1/projects/p/locations/{location}/tensorboards"
        return wire.session.get(url, headers={"Host": host}, timeout=30).status_code

    assert status("us-central1-aiplatform.googleapis.com", "us-central1") == 200
    assert status("us-central1-aiplatform.googleapis.com", "us-central2") == 400
    assert status("aiplatform.googleapis.com", "us-central2") == 200


def test_the_direct_way_has_its_variables(emulator: VertexEmulator) -> None:
    assert emulator.direct()["STORAGE_EMULATOR_HOST"] == emulator.url
    assert emulator.environment()["GOOGLE_CLOUD_PROJECT"] == "tracklayer-emulator"
    assert emulator.upstreams["h2"].startswith("http://127.0.0.1:")
