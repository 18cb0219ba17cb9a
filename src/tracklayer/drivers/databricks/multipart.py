"""A large file in parts to S3: the workspace signs a URL for each, and puts them together."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, BinaryIO

from msgspec import Struct, field

from tracklayer.drivers.databricks.signed import Credential, sent
from tracklayer.drivers.mlflow.multipart import parts_of
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.shapes import Nothing
from tracklayer.drivers.mlflow.sized import Sized
from tracklayer.errors import PermissionDenied, ProviderError, Unauthenticated

#: Bytes from which a file goes in parts, and of one part: MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE and
#: MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE of mlflow/environment_variables.py.
LARGE, PART = 500 * 2**20, 10 * 2**20


class Begun(Struct):
    """The answer of artifacts/create-multipart-upload."""

    upload_id: str = ""
    upload_credential_infos: tuple[Credential, ...] = ()
    abort_credential_info: Credential = field(default_factory=Credential)


class OnePart(Struct):
    """The answer of artifacts/get-presigned-upload-part-url."""

    upload_credential_info: Credential = field(default_factory=Credential)


class Multipart:
    """One file of one run. `part`: bytes of a part, if that makes no more than S3 takes."""

    def __init__(self, rest: Rest, run: str, path: str, part: int = PART) -> None:
        self._rest = rest
        self._file: dict[str, Any] = {"run_id": run, "path": path}
        self._part = part

    def put(self, data: BinaryIO, size: int) -> None:
        """Store it. Where that fails, the parts that are there are given up."""
        parts = parts_of(size, self._part)
        begun = self._rest.call(
            "POST", "artifacts/create-multipart-upload", Begun, body={**self._file, "num_parts": parts.number}
        )
        upload, whole = {**self._file, "upload_id": begun.upload_id}, Sized(data, size)
        try:
            tags = [
                {"part_number": number, "etag": self._sent(upload, number, credential, whole.read(parts.size))}
                for number, credential in enumerate(begun.upload_credential_infos, start=1)
            ]
            body = {**upload, "part_etags": tags}
            self._rest.call("POST", "artifacts/complete-multipart-upload", Nothing, body=body)
        except BaseException:
            with suppress(ProviderError):
                sent(self._rest, "DELETE", begun.abort_credential_info).close()
            raise

    def _sent(self, upload: dict[str, Any], number: int, credential: Credential, block: bytes) -> str:
        """Send one part; once more with another URL, if this one has run out. Its ETag."""
        try:
            answer = sent(self._rest, "PUT", credential, data=block)
        except (PermissionDenied, Unauthenticated):
            query = {**upload, "part_number": str(number)}
            again = self._rest.call("GET", "artifacts/get-presigned-upload-part-url", OnePart, query=query)
            answer = sent(self._rest, "PUT", again.upload_credential_info, data=block)
        with answer:
            return answer.headers.get("ETag", "")
