"""gRPC in front of the services: plaintext and TLS, any method, bytes in and bytes out.

* Two servers: one for those who come without TLS by a loopback address, whose tokens gRPC would not send, and one for
  TLS and for what the proxy has taken out of TLS, which wants tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tracklayer.emulators.vertex.errors import ApiError
from tracklayer.emulators.vertex.messages import library
from tracklayer.errors import InvalidInput

#: Calls that are carried out at the same time.
WORKERS = 16
#: What a message may have: the emulator takes what REST takes.
LARGEST = 64 * 1024 * 1024
HOST = "127.0.0.1"

#: (service, operation, request, headers, whether a token is demanded) -> the answers.
Call = Callable[[str, str, bytes, Mapping[str, str], bool], Sequence[bytes]]


class Rpc:
    """The servers. `plain`, `secure`, `behind`: ports for plaintext, for TLS, for what comes out of the proxy's TLS."""

    def __init__(self, call: Call, streams: frozenset[str], certificate: tuple[bytes, bytes]) -> None:
        grpc = library("grpc")
        self._call = call
        self._streams = streams
        self._grpc: Any = grpc
        self._open, self._strict = self._server(demanding=False), self._server(demanding=True)
        self.plain = self._listening(self._open)
        self.behind = self._listening(self._strict)
        credentials = grpc.ssl_server_credentials([certificate])
        self.secure = int(self._strict.add_secure_port(f"{HOST}:0", credentials))
        self._open.start()
        self._strict.start()

    def stop(self) -> None:
        """End all calls."""
        for stopped in (self._open.stop(None), self._strict.stop(None)):
            stopped.wait(5)

    def _listening(self, server: Any) -> int:
        port = int(server.add_insecure_port(f"{HOST}:0"))
        if not port:
            raise InvalidInput("gRPC cannot listen on 127.0.0.1: is there a free port?")
        return port

    def _server(self, *, demanding: bool) -> Any:
        options = [
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", LARGEST),
            ("grpc.max_send_message_length", LARGEST),
        ]
        server = self._grpc.server(ThreadPoolExecutor(WORKERS, "emulator-rpc"), options=options)
        server.add_generic_rpc_handlers((self._handlers(demanding=demanding),))
        return server

    def _handlers(self, *, demanding: bool) -> Any:
        """A handler of every method there is."""
        grpc, call, streams = self._grpc, self._call, self._streams

        def answered(method: str, request: bytes, context: Any) -> Sequence[bytes]:
            _, path, operation = method.split("/")
            headers = {str(key): str(value) for key, value in context.invocation_metadata() if isinstance(value, str)}
            try:
                return call(path, operation, request, headers, demanding)
            except ApiError as error:
                status = next(code for code in grpc.StatusCode if code.value[0] == error.number)
                context.abort(status, error.message)
                raise

        class Handlers(grpc.GenericRpcHandler):  # type: ignore[misc,name-defined] # grpc has no types
            def service(self, details: Any) -> Any:
                method = details.method
                if method.rpartition("/")[2] in streams:
                    return grpc.unary_stream_rpc_method_handler(
                        lambda request, context: iter(answered(method, request, context))
                    )
                return grpc.unary_unary_rpc_method_handler(
                    lambda request, context: answered(method, request, context)[0]
                )

        return Handlers()
