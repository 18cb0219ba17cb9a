"""A stand-in for S3, as far as MLflow's server and a multipart upload need it: one bucket, in memory, on loopback."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from typing_extensions import Self


class S3:
    """Serving while it is entered. `objects`: key -> bytes; `parts`: upload -> number -> bytes."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.authorizations: list[str | None] = []
        self.refuse_part: int | None = None
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, s3: S3) -> None:
        self.s3 = s3
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        if parsed:
            place = urlsplit(self.path)
            self.key = unquote(place.path).partition("/")[2].partition("/")[2]  # /bucket/key
            self.query = {name: values[0] for name, values in parse_qs(place.query, keep_blank_values=True).items()}
        return parsed

    def do_POST(self) -> None:
        s3 = self.server.s3
        self._body()
        if "uploads" in self.query:
            upload = f"upload-{len(s3.parts)}"
            s3.parts[upload] = {}
            self._xml(f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>")
        else:
            parts = s3.parts.pop(self.query["uploadId"])
            s3.objects[self.key] = b"".join(parts[number] for number in sorted(parts))
            self._xml("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")

    def do_PUT(self) -> None:
        s3, data = self.server.s3, self._body()
        if "partNumber" not in self.query:
            s3.objects[self.key] = data
        elif (number := int(self.query["partNumber"])) == s3.refuse_part:
            self._xml("<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", 403)
            return
        else:
            s3.authorizations.append(self.headers.get("Authorization"))
            s3.parts[self.query["uploadId"]][number] = data
        self._send(200, b"", {"ETag": f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'})

    def do_DELETE(self) -> None:
        self.server.s3.parts.pop(self.query["uploadId"], None)
        self._send(204, b"")

    def do_GET(self) -> None:
        if self.key:
            self._object()
            return
        prefix = self.query.get("prefix", "")
        keys = sorted(key for key in self.server.s3.objects if key.startswith(prefix))
        folders = sorted(
            {prefix + key[len(prefix) :].partition("/")[0] + "/" for key in keys if "/" in key[len(prefix) :]}
        )
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.server.s3.objects[key])}</Size></Contents>"
            for key in keys
            if "/" not in key[len(prefix) :]
        )
        found += "".join(f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in folders)
        self._xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>")

    def do_HEAD(self) -> None:
        self._object()

    def _object(self) -> None:
        data = self.server.s3.objects.get(self.key)
        if data is None:
            self._xml("<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>", 404)
        else:
            self._send(200, data, {"ETag": '"x"', "Last-Modified": "Wed, 04 Mar 2026 05:06:07 GMT"})

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _xml(self, body: str, status: int = 200) -> None:
        self._send(status, body.encode(), {"Content-Type": "application/xml"})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
