"""Sidecars: small ones in the metadata, all others in Storage; and what a list costs with them."""

from __future__ import annotations

import pytest
from tests.drivers.vertex.conftest import Opener, Raw, experiment, run, whole

from tracklayer.drivers.vertex.driver import VertexDriver
from tracklayer.emulators.vertex import BUCKET, LOCATION, PROJECT, VertexEmulator
from tracklayer.errors import NotFound
from tracklayer.model import Batch, Query


def stored(emulator: VertexEmulator, bucket: str = BUCKET) -> list[str]:
    """The names of what Storage holds."""
    return sorted(emulator.gcs.store.buckets[bucket].blobs)


def test_small_sidecars_come_along_with_the_record(driver: VertexDriver, emulator: VertexEmulator, raw: Raw) -> None:
    made = run(driver)
    driver.put_sidecar(made.ref, "v-1", b"value")
    driver.put_sidecar(made.ref, "p-1", b"page")
    assert stored(emulator) == []
    assert driver.get_run(made.ref).beside == {"v-1": b"value", "p-1": b"page"}
    emulator.calls.clear()
    assert driver.get_sidecars(made.ref, "v-") == {"v-1": b"value"}
    assert emulator.calls.counts() == {"aiplatform.GetContext": 1}
    assert raw.context(made.id)["metadata"]["_tl"]["beside"].keys() == {"v-1", "p-1"}


def test_large_ones_and_blocks_lie_in_storage_and_the_record_says_so(
    driver: VertexDriver, emulator: VertexEmulator
) -> None:
    home = experiment(driver, name="abcd")
    made = run(driver, home, name="r")
    driver.put_sidecar(made.ref, "b-abc-1", b"block")
    assert stored(emulator) == [f"tracklayer/abcd/{made.id}/.tracklayer/b-abc-1"]
    assert driver.get_run(made.ref).beside == {}
    driver.put_sidecar(made.ref, "v-1", b"x" * 2_000)
    assert driver.get_run(made.ref).beside is None
    assert driver.get_sidecars(made.ref) == {"b-abc-1": b"block", "v-1": b"x" * 2_000}
    assert driver.get_sidecars(made.ref, "b-abc-") == {"b-abc-1": b"block"}
    emulator.calls.clear()
    assert driver.get_sidecars(made.ref, "m-") == {}
    assert emulator.calls.count(service="storage") == 0


def test_more_of_a_kind_costs_one_call_each(driver: VertexDriver, emulator: VertexEmulator) -> None:
    made = run(driver)
    driver.put_sidecar(made.ref, "b-1", b"x")
    emulator.calls.clear()
    driver.put_sidecar(made.ref, "b-2", b"x")
    assert emulator.calls.count(service="aiplatform") == 0
    assert emulator.calls.count(service="storage") == 1


def test_an_experiments_sidecars_are_its_own(driver: VertexDriver, emulator: VertexEmulator) -> None:
    home = experiment(driver, name="abcd")
    driver.put_sidecar(home.ref, "v-1", b"small")
    driver.put_sidecar(home.ref, "v-2", b"x" * 5_000)
    assert stored(emulator) == ["tracklayer/abcd/.tracklayer/v-2"]
    assert driver.get_sidecars(home.ref) == {"v-1": b"small", "v-2": b"x" * 5_000}
    assert driver.get_experiment(home.ref).beside is None


def test_a_list_of_runs_whose_long_texts_are_small_costs_no_more(
    driver: VertexDriver, emulator: VertexEmulator
) -> None:
    layers, home = whole(driver), experiment(driver)
    for number in range(5):
        made = run(layers, home, tags={"t" * 300: "x"})
        layers.write(made.ref, Batch(params={"p" * 300: number}))
    emulator.calls.clear()
    page = layers.list_runs(Query(experiments=(home.ref,)))
    assert [one.params["p" * 300] for one in page.items] == list(range(5))
    assert emulator.calls.count() <= 2


def test_a_default_bucket_is_made_at_the_first_file_and_belongs_to_the_project(
    opened: Opener, emulator: VertexEmulator
) -> None:
    driver = opened(f"vertex://{PROJECT}/{LOCATION}?prefix=team/a")
    made = run(driver, experiment(driver, name="abcd"))
    assert emulator.calls.count(service="storage") == 0
    for number in range(2):
        driver.put_sidecar(made.ref, f"b-{number}", b"x")
    assert emulator.calls.count("buckets.insert", "storage") == 1
    name = f"{PROJECT}-vertex-staging-{LOCATION}"
    assert stored(emulator, name) == [f"team/a/tracklayer/abcd/{made.id}/.tracklayer/b-{number}" for number in range(2)]


def test_where_files_lie_is_noted_on_the_run(opened: Opener, driver: VertexDriver) -> None:
    other = opened(f"vertex://{PROJECT}/{LOCATION}?prefix=elsewhere&bucket=another-bucket")
    made = run(driver)
    driver.put_sidecar(made.ref, "b-1", b"x")
    assert other.get_sidecars(made.ref) == {"b-1": b"x"}


def test_a_bucket_that_is_named_and_not_there_is_not_made(opened: Opener) -> None:
    driver = opened(f"vertex://{PROJECT}/{LOCATION}?bucket=no-such-bucket")
    made = run(driver)
    with pytest.raises(NotFound, match="bucket"):
        driver.put_sidecar(made.ref, "b-1", b"x")
