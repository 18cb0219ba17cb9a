"""Files of runs by signed URLs, on three clouds: whole, in parts, in blocks; and what may go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO, RawIOBase
from typing import Any
from uuid import uuid4

import pytest
import requests
from tests.drivers.databricks.places import new_run, opened, rest_of

from tracklayer.drivers.databricks import uploads
from tracklayer.drivers.databricks.artifacts import RunFiles
from tracklayer.drivers.databricks.streams import Download
from tracklayer.emulators.databricks import DatabricksEmulator
from tracklayer.emulators.faults import Fault
from tracklayer.errors import Conflict, NotFound, PermissionDenied, ProviderError, Unavailable

BYTES = bytes(range(256)) * 64  # 16 KB


class Pipe(RawIOBase):
    """A stream that can tell neither its length nor its place."""

    def __init__(self, data: bytes) -> None:
        self._rest = BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._rest.read(min(len(buffer), 1_000))
        buffer[: len(block)] = block
        return len(block)


@pytest.fixture(scope="module")
def roots() -> dict[str, str]:
    """Profile -> the root of a run there, made when it is first asked for."""
    return {}


@pytest.fixture(params=["aws", "azure", "azure blob", "google"])
def place(
    request: pytest.FixtureRequest, emulator: DatabricksEmulator, roots: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> tuple[RunFiles, str]:
    """The files of a workspace whose parts and blocks are small, and the root of a run."""
    profile, _, kind = request.param.partition(" ")
    emulator.tune(smallest_part=4_096, page=3, **({"azure_storage": "AZURE_SAS_URI"} if kind else {}))
    monkeypatch.setattr(uploads, "BLOCK", 4_096)
    return RunFiles(rest_of(profile), large=10_000, part=4_096), root_of(profile, roots)


def root_of(profile: str, roots: dict[str, str]) -> str:
    if profile not in roots:
        driver = opened(f"databricks://{profile}?folder=/Shared")
        roots[profile] = driver._root(new_run(driver).ref)
    return roots[profile]


def test_files_of_any_size_come_back_and_are_listed(place: tuple[RunFiles, str]) -> None:
    files, root = place
    top = uuid4().hex[:8]
    written = {
        "empty": b"",
        "a b é#%41?.txt": b"text",
        "large.bin": BYTES,
        "pipe.bin": BYTES + b"x",
        "deep/er/x": b"x",
        "deep/y": b"y",
    }
    for name, data in written.items():
        files.put(root, f"{top}/{name}", Pipe(data) if name.startswith("pipe") else BytesIO(data))  # type: ignore[arg-type] # a raw stream
    files.put(root, f"{top}/deep/y", BytesIO(b"again"))
    for name, data in (written | {"deep/y": b"again"}).items():
        with files.open(root, f"{top}/{name}") as stream:
            assert stream.read() == data
    entries = {entry.name: (entry.is_folder, entry.size) for entry in files.entries(root, top)}
    assert entries == {
        "empty": (False, 0),
        "a b é#%41?.txt": (False, 4),
        "large.bin": (False, len(BYTES)),
        "pipe.bin": (False, len(BYTES) + 1),
        "deep": (True, None),
    }
    assert [entry.name for entry in files.entries(root, f"{top}/deep")] == ["er", "y"]
    assert list(files.entries(root, f"{top}/empty")) == list(files.entries(root, f"{top}/none")) == []


def test_a_url_that_has_run_out_is_replaced_while_a_file_is_sent(
    place: tuple[RunFiles, str], emulator: DatabricksEmulator
) -> None:
    files, root = place
    whole = files._rest.base.endswith("gcp.databricks.com")  # one request, with a URL that was made for it
    emulator.calls.clear()
    if not whole:
        emulator.fault(Fault("storage.Write", "answer", status=403, code="AccessDenied", message="Request has expired"))
    files.put(root, "renewed", BytesIO(BYTES))
    with files.open(root, "renewed") as stream:
        assert stream.read() == BYTES
    again = emulator.calls.count("artifacts/credentials-for-write") - 1
    assert again + emulator.calls.count("artifacts/get-presigned-upload-part-url") == (0 if whole else 1)


def test_a_file_that_is_not_there_is_not_found_however_the_storage_says_it(
    place: tuple[RunFiles, str], emulator: DatabricksEmulator
) -> None:
    files, root = place
    for missing_key in ("404", "403"):
        emulator.tune(missing_key=missing_key)
        with pytest.raises(NotFound):
            files.open(root, "never/was")


def test_parts_are_given_up_when_a_file_cannot_be_stored(emulator: DatabricksEmulator, roots: dict[str, str]) -> None:
    emulator.tune(smallest_part=4_096)
    files, root = RunFiles(rest_of("aws"), large=10_000, part=4_096), root_of("aws", roots)
    emulator.fault(Fault("artifacts/complete-multipart-upload", "answer", status=500, code="INTERNAL_ERROR"))
    with pytest.raises(ProviderError):
        files.put(root, "given up", BytesIO(BYTES))
    assert emulator.storage.open_uploads() == 0
    assert "given up" not in {entry.name for entry in files.entries(root, "")}


def test_no_error_shows_a_signed_url_and_no_token_goes_to_the_storage(
    emulator: DatabricksEmulator, roots: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """The storage refuses a request that carries credentials, so all that was stored went without."""
    caplog.set_level("DEBUG", logger="tracklayer")
    files, root = RunFiles(rest_of("aws")), root_of("aws", roots)
    for fault in (
        Fault("storage.Write", "answer", status=403, code="AccessDenied", message="no"),
        Fault("storage.Write", "reset"),
        Fault("storage.Write", "answer", status=307, headers={"Location": "https://x.example/?signature=s3cr3t"}),
    ):
        emulator.fault(fault)
        with pytest.raises(ProviderError) as caught:
            files.put(root, "x", BytesIO(b"x"))
        said = f"{caught.value} {caught.value!r} {caplog.text}"
        assert [word for word in ("signature", "expires=", "s3cr3t") if word in said] == []


def test_a_root_that_is_no_runs_is_somebody_elses(roots: dict[str, str]) -> None:
    files = RunFiles(rest_of("aws"))
    assert files.why_not(root_of("aws", roots)) is None
    assert files.why_not("dbfs://team@databricks/databricks/mlflow-tracking/1/abc/artifacts/below") is None
    for root in ("dbfs:/databricks/mlflow-tracking/1", "dbfs:/Volumes/a/b/c", "dbfs:/x", "s3://b/x",
                 "dbfs:/databricks/mlflow-tracking/1/tr-0/artifacts",
                 "dbfs:/databricks/mlflow-tracking/1/logged_models/m/artifacts"):  # fmt: skip
        assert files.why_not(root) == ""


# -- a download whose connection breaks


def answers(*given: tuple[bytes, str, int, int]) -> Iterator[requests.Response]:
    """Answers of (what comes before the connection breaks, ETag, status, the length that is said)."""
    for body, tag, status, length in given:
        answer = requests.Response()
        answer.status_code = status
        answer.headers.update({"ETag": tag, "Content-Length": str(length)})
        answer.raw = BytesIO(body)
        yield answer


def test_a_download_goes_on_where_the_connection_broke() -> None:
    left = answers((BYTES[:5_000], "a", 200, len(BYTES)), (b"", "a", 206, 0), (BYTES[5_000:], "a", 206, 0))
    asked: list[int] = []

    def again(start: int) -> requests.Response:
        asked.append(start)
        return next(left)

    with Download(again, "databricks") as stream:
        assert b"".join(iter(lambda: stream.read(3_000), b"")) == BYTES
    assert asked == [0, 5_000, 5_000]


@pytest.mark.parametrize(
    ("second", "error"),
    [((BYTES[5_000:], "b", 206, 0), Conflict), ((BYTES, "a", 200, 0), Unavailable), ((b"", "a", 206, 0), Unavailable)],
    ids=["replaced", "from its start", "nothing"],
)
def test_a_download_that_cannot_go_on_ends_with_an_error(
    second: tuple[bytes, str, int, int], error: type[ProviderError]
) -> None:
    left = answers((BYTES[:5_000], "a", 200, len(BYTES)), *[second] * 5)
    with Download(lambda _: next(left), "databricks") as stream:
        assert stream.read(5_000) == BYTES[:5_000]
        with pytest.raises(error):
            stream.read(1)


def test_where_the_storage_refuses_a_file_that_is_there_it_is_a_refusal(
    emulator: DatabricksEmulator, roots: dict[str, str]
) -> None:
    files, root = RunFiles(rest_of("aws")), root_of("aws", roots)
    files.put(root, "there", BytesIO(b"x"))
    emulator.fault(Fault("storage.Read", "answer", status=403, code="AccessDenied"))
    with pytest.raises(PermissionDenied):
        files.open(root, "there")
