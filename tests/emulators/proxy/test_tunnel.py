"""What clients and servers do to each other through the proxy, byte by byte."""

from __future__ import annotations

import gc
import select
import socket
import ssl
import struct
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.emulators.proxy.origin import (
    PATIENCE,
    Origin,
    connected,
    document,
    listening,
    request,
    rest,
    tunnel,
    until,
)

from tracklayer.emulators.proxy import Proxy, Route
from tracklayer.emulators.proxy.pipe import MOST

HOSTS = ("*.example.org",)
ANSWER = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
#: Far more than the kernel's and the proxy's buffers hold.
MUCH = 64 << 20


class Apart:
    """A TLS client whose bytes are moved by hand."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="a.example.org")

    def shake(self, client: socket.socket, before: bytes = b"") -> None:
        while not self._shaken():
            client.sendall(before + self.outgoing.read())
            if before:
                assert until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
            before = b""
            self.incoming.write(client.recv(65_536))

    def _shaken(self) -> bool:
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def hear(self, client: socket.socket) -> bytes:
        heard = b""
        while True:
            try:
                part = self.tls.read(65_536)
            except ssl.SSLWantReadError:
                self.incoming.write(client.recv(65_536))
                continue
            except ssl.SSLZeroReturnError:
                part = b""
            if not part:
                return heard
            heard += part


def test_tls_and_keep_alive(origin: Origin, proxy: Proxy) -> None:
    with tunnel(proxy) as client:
        assert isinstance(client, ssl.SSLSocket)
        seen = []
        for path in ("/one", "/two?x=%2F+"):
            client.sendall(request(path))
            head = until(client, b"\r\n\r\n")
            seen.append(document(head + until(client, b"}")[:-1] + b"}" + client.recv(200)))
    assert [one["path"] for one in seen] == ["/one", "/two?x=%2F+"]
    assert [one["headers"] for one in seen] == [{"host": "a.example.org"}] * 2
    assert len({one["connection"] for one in seen}) == 1, "one connection carries both"
    assert proxy.asked == ["a.example.org"]
    assert origin.url not in proxy.asked


def test_the_certificate_is_of_the_host_and_of_no_other(proxy: Proxy) -> None:
    with tunnel(proxy, "a.b.example.org") as client:
        assert isinstance(client, ssl.SSLSocket)
        certificate = client.getpeercert()
    assert certificate is not None
    assert certificate["subjectAltName"] == (("DNS", "a.b.example.org"),)
    with tunnel(proxy, "one.example.org", tls=False) as plain:
        context = ssl.create_default_context(cafile=proxy.ca)
        with pytest.raises(ssl.SSLCertVerificationError, match=r"two\.example\.org"):
            context.wrap_socket(plain, server_hostname="two.example.org")


def test_a_client_that_does_not_trust_the_ca_is_told_of_in_the_log(
    proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    apart = Apart(ssl.create_default_context())
    with tunnel(proxy, tls=False) as client:
        with pytest.raises(ssl.SSLCertVerificationError):
            apart.shake(client)
        client.sendall(apart.outgoing.read())
        assert rest(client) == b""
    (line,) = caplog.messages
    assert line.startswith("the client that asked for a.example.org does not take its certificate (")
    assert line.endswith(f"does it trust {proxy.ca}?")


@pytest.mark.parametrize(
    ("target", "asked", "spoken"),
    [
        (("http/1.1",), ("h2", "http/1.1"), "http/1.1"),
        (("http/1.1",), ("h2",), None),
        (("http/1.1",), (), None),
        (("h2",), ("h2", "http/1.1"), "h2"),
        (("h2", "http/1.1"), ("http/1.1", "h2"), "h2"),
    ],
    ids=["both", "only-h2", "none", "target-of-h2", "the-target-chooses"],
)
def test_http_2_is_offered_only_for_a_target_that_says_so(
    origin: Origin, target: tuple[str, ...], asked: tuple[str, ...], spoken: str | None
) -> None:
    with Proxy([Route(HOSTS, origin.url, target)]) as proxy, tunnel(proxy, alpn=asked) as client:
        assert isinstance(client, ssl.SSLSocket)
        assert client.selected_alpn_protocol() == spoken


@pytest.mark.parametrize("spoken", ["http/1.1", "h2"])
def test_a_protocol_may_have_a_server_of_its_own(origin: Origin, spoken: str) -> None:
    with Origin() as other:
        route = Route(HOSTS, origin.url, ("http/1.1", "h2"), upstreams={"h2": other.url})
        with Proxy([route]) as proxy, tunnel(proxy, alpn=(spoken,)) as client:
            client.sendall(request("/who", Connection="close"))
            answer = rest(client)
        assert document(answer)["path"] == "/who"
        assert (other.asked, origin.asked) == ((1, 0) if spoken == "h2" else (0, 1))


def test_a_tunnel_may_be_spoken_through_in_the_clear(proxy: Proxy) -> None:
    with tunnel(proxy, tls=False) as client:
        client.sendall(request("/plain", Connection="close"))
        assert document(rest(client))["path"] == "/plain"


def test_a_client_that_does_not_wait_for_the_answer_to_connect(proxy: Proxy) -> None:
    """Its TLS is there in the same packet as its CONNECT."""
    with connected(proxy) as client:
        apart = Apart(ssl.create_default_context(cafile=proxy.ca))
        apart.shake(client, b"CONNECT a.example.org:443 HTTP/1.1\r\n\r\n")
        assert apart.tls.version() == "TLSv1.3"


def test_a_client_that_has_said_all_within_tls_still_hears_the_answer() -> None:
    heard = []

    def server(connection: socket.socket) -> None:
        heard.append(rest(connection))
        connection.sendall(b"answer " * 1000)

    with listening(server) as url, Proxy([Route(HOSTS, url)]) as proxy, connected(proxy) as client:
        apart = Apart(ssl.create_default_context(cafile=proxy.ca))
        apart.shake(client, b"CONNECT a.example.org:443 HTTP/1.1\r\n\r\n")
        apart.tls.write(b"question")
        with pytest.raises(ssl.SSLWantReadError):
            apart.tls.unwrap()
        client.sendall(apart.outgoing.read())
        assert apart.hear(client) == b"answer " * 1000
    assert heard == [b"question"]


def test_a_head_that_comes_byte_by_byte(proxy: Proxy) -> None:
    with connected(proxy) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET http://a.example.org/slow HTTP/1.1\r\n\r\n":
            client.sendall(bytes([byte]))
        assert document(rest(client))["path"] == "/slow"


def test_a_client_that_has_said_all_still_hears_the_answer() -> None:
    heard = []

    def server(connection: socket.socket) -> None:
        heard.append(rest(connection))
        connection.sendall(b"answer " * 100_000)

    with listening(server) as url, Proxy([Route(HOSTS, url)]) as proxy, tunnel(proxy, tls=False) as client:
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        answer = rest(client)
    assert heard == [b"question"]
    assert len(answer) == 700_000


def test_an_answer_that_comes_before_all_was_read_is_heard() -> None:
    def server(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(ANSWER)
        while connection.recv(1 << 16):  # or the system resets a connection that is closed with something unread
            pass

    with listening(server) as url, Proxy([Route(HOSTS, url)]) as proxy, tunnel(proxy) as client:
        sent, piece = 0, bytes(1 << 20)
        client.sendall(request("/", Expect="nothing"))
        while sent < 8 << 20:
            client.sendall(piece)
            sent += len(piece)
        said = b""
        while len(said) < len(ANSWER) and (part := client.recv(65_536)):
            said += part
        assert said == ANSWER


def test_a_server_that_closes_without_an_answer() -> None:
    with (
        listening(lambda connection: connection.recv(1000)) as url,
        Proxy([Route(HOSTS, url)]) as proxy,
        tunnel(proxy) as client,
    ):
        client.sendall(request("/"))
        assert rest(client) == b""


def test_a_server_that_resets_the_connection_is_seen_to_do_so() -> None:
    def server(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with listening(server) as url, Proxy([Route(HOSTS, url)]) as proxy, tunnel(proxy, tls=False) as client:
        client.sendall(request("/"))
        with pytest.raises(ConnectionResetError):
            rest(client)


def test_a_server_that_breaks_off_in_its_answer_is_heard_so_far() -> None:
    def server(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")

    with listening(server) as url, Proxy([Route(HOSTS, url)]) as proxy, tunnel(proxy) as client:
        client.sendall(request("/"))
        assert rest(client).endswith(b"12345")


@pytest.mark.parametrize("rude", [True, False], ids=["reset", "close"])
def test_a_client_that_goes_away_ends_the_connection_to_the_server(rude: bool) -> None:
    gone = threading.Event()

    def server(connection: socket.socket) -> None:
        connection.recv(1000)
        assert connection.recv(1000) == b""
        gone.set()

    with listening(server) as url, Proxy([Route(HOSTS, url)]) as proxy:
        with tunnel(proxy) as client:
            client.sendall(request("/"))
            if rude:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert gone.wait(PATIENCE)


def test_a_server_that_does_not_read_stops_the_client_and_nothing_is_lost() -> None:
    go = threading.Event()
    read = []

    def server(connection: socket.socket) -> None:
        assert go.wait(PATIENCE)
        read.append(len(rest(connection)))

    with listening(server) as url, Proxy([Route(HOSTS, url)]) as proxy, tunnel(proxy, tls=False) as client:
        piece = bytes(1 << 16)
        sent = 0
        client.setblocking(False)
        while sent < MUCH and select.select([], [client], [], 1)[1]:
            sent += client.send(piece)
        assert MOST < sent < MUCH, "it was stopped"
        go.set()
        client.settimeout(PATIENCE)
        client.sendall(piece)
        client.shutdown(socket.SHUT_WR)
        assert rest(client) == b""
    assert read == [sent + len(piece)]


def test_a_client_that_does_not_read_stops_the_server_and_nothing_is_lost() -> None:
    sent = []
    full = threading.Event()

    def server(connection: socket.socket) -> None:
        piece = bytes(1 << 16)
        total = 0
        assert connection.recv(2) == b"go"
        connection.setblocking(False)
        while total < MUCH and select.select([], [connection], [], 1)[1]:
            total += connection.send(piece)
        full.set()
        sent.append(total)

    with listening(server) as url, Proxy([Route(HOSTS, url)]) as proxy, tunnel(proxy) as client:
        client.sendall(b"go")
        assert full.wait(PATIENCE)
        assert len(rest(client)) == sent[0]
    assert MOST < sent[0] < MUCH


def test_many_tunnels_at_once(proxy: Proxy) -> None:
    def ask(number: int) -> str:
        with tunnel(proxy, f"h{number % 7}.example.org") as client:
            client.sendall(request(f"/{number}", Connection="close"))
            return str(document(rest(client))["path"])

    with ThreadPoolExecutor(40) as pool:
        assert list(pool.map(ask, range(200))) == [f"/{number}" for number in range(200)]
    assert len(proxy.asked) == 200
    assert set(proxy.asked) == {f"h{number}.example.org" for number in range(7)}


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (
            [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: keep-alive\r\nX: y\r\n\r\nbo", b"dy"],
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\nConnection: close\r\n\r\nbody",
        ),
        ([bytes([byte]) for byte in b"HTTP/1.1 204 No\r\n\r\n"], b"HTTP/1.1 204 No\r\nConnection: close\r\n\r\n"),
        ([b"HTTP/1.1 200 OK\r\nX: "], b"HTTP/1.1 200 OK\r\nX: "),
        ([b""], b""),
    ],
    ids=["interim", "byte by byte", "broken off", "nothing"],
)
def test_the_answer_to_a_plain_request_says_that_the_connection_ends(answer: list[bytes], heard: bytes) -> None:
    def server(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.recv(1000)
        for part in answer:
            connection.sendall(part)

    with listening(server) as url, Proxy([Route(HOSTS, url)]) as proxy, connected(proxy) as client:
        client.sendall(b"GET http://a.example.org/ HTTP/1.1\r\n\r\n")
        assert rest(client) == heard


def test_what_is_no_request_is_answered_in_one_line(proxy: Proxy) -> None:
    for said, says in [
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 this is a proxy: set it as HTTPS_PROXY"),
        (b"hello\r\n\r\n", b"HTTP/1.1 400 this is an HTTP proxy"),
        (b"GET /" + b"x" * 70_000, b"HTTP/1.1 400 the head of the request is longer than 65,536 bytes"),
        (b"CONNECT a_b:443 HTTP/1.1\r\n\r\n", b"HTTP/1.1 403 a_b is not emulated"),
    ]:
        with connected(proxy) as client:
            client.sendall(said)
            answer = rest(client)
        assert answer.startswith(says)
        assert answer.endswith(b"\n")
        assert answer.partition(b"\r\n\r\n")[2].count(b"\n") == 1


def test_a_name_that_no_certificate_can_be_made_for() -> None:
    with Proxy([Route(("*",), "http://127.0.0.1:9")]) as proxy, connected(proxy) as client:
        client.sendall(b"CONNECT a_b:443 HTTP/1.1\r\n\r\n")
        assert rest(client).startswith(b"HTTP/1.1 400 this is no name of a host")


def test_an_emulator_that_is_not_there_is_said_to_be_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    with Proxy([Route(HOSTS, nobody)]) as proxy, connected(proxy) as client:
        client.sendall(b"CONNECT a.example.org:443 HTTP/1.1\r\n\r\n")
        assert rest(client).startswith(b"HTTP/1.1 502 the emulator of a.example.org does not answer")


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_stopping_ends_what_is_open_and_leaves_nothing(origin: Origin) -> None:
    before = {thread.name for thread in threading.enumerate()}
    with Proxy([origin]) as proxy, tunnel(proxy) as idle, connected(proxy) as silent, tunnel(proxy, tls=False) as late:
        proxy.stop()
        assert rest(silent) == b""
        assert rest(late) == b""
        assert idle.recv(1) == b""
        assert "tracklayer-proxy" not in {thread.name for thread in threading.enumerate()} - before
        assert "tracklayer-proxy-client" not in {thread.name for thread in threading.enumerate()} - before
        proxy.start()
    gc.collect()
