"""`headend web`: who sends slowly, or too much, keeps nobody else waiting."""

import contextlib
import http.client
import selectors
import socket
import time
from collections.abc import Iterator

import pytest

from headend.cli import crowd
from headend.ui.bodies import ANYBODY_BYTES
from tests.kit import ports
from tests.kit.installation import PATIENCE_SECONDS, Home, new_home

pytestmark = pytest.mark.real_time

HEAD = b"POST /kilima-net/hotspot/voucher/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
HALVES = {
    "length": HEAD + b"Content-Length: 5000\r\n\r\ncode=a",
    "chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n6\r\ncode=a\r\n",
    "head": HEAD,
    "nothing": b"",
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, founded_template: Home) -> Iterator[int]:
    """The port of a web server that answers."""
    with new_home(tmp_path_factory.mktemp("web") / "home", founded_template) as home:
        port = ports.free_tcp()
        process = home.start("web", "--web", f"127.0.0.1:{port}")
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not answers(port):
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def answers(port: int) -> bool:
    try:
        return ask(port, "GET", "/readyz") == 200
    except OSError:
        return False


def ask(port: int, method: str, place: str, body: bytes | None = None) -> int:
    """The status of an answer. Raises OSError where none comes: many are waited for by nobody so long as this."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8)
    try:
        connection.request(method, place, body, {"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        return connection.getresponse().status
    finally:
        connection.close()


def half(port: int, kind: str, source: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS, (source, 0))
    connection.sendall(HALVES[kind])
    return connection


def wait_until_all_end(connections: list[socket.socket], drip: list[socket.socket]) -> list[bytes]:
    """What was said to each, when all are closed by the other side; to some of them a byte is sent now and again."""
    said: dict[socket.socket, bytes] = dict.fromkeys(connections, b"")
    deadline = time.monotonic() + PATIENCE_SECONDS
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ)
        while selector.get_map():
            assert time.monotonic() < deadline
            for key, _ in selector.select(1.0):
                connection = connections[connections.index(key.fileobj)]  # type: ignore[arg-type]  # a socket was registered
                came = read(connection)
                said[connection] += came
                if not came:
                    selector.unregister(connection)
                    connection.close()
            for connection in drip:
                send(connection)
    return list(said.values())


def read(connection: socket.socket) -> bytes:
    try:
        return connection.recv(4096)
    except OSError:
        return b""


def send(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(b"a")


def test_half_sent_requests_keep_nobody_waiting_and_are_dropped(web: int) -> None:
    crowd.room()
    connections = [half(web, kind, "127.0.0.1") for kind in HALVES for _ in range(500 if kind == "length" else 50)]
    connections += [half(web, "length", f"127.0.0.{number}") for number in range(2, 22) for _ in range(50)]

    for _ in range(3):
        assert ask(web, "GET", "/kilima-net/hotspot/") == 200
        assert ask(web, "GET", "/kilima-net/console/sign-in/") == 200
        assert ask(web, "GET", "/kilima-net/portal/sign-in/") == 200
        assert ask(web, "POST", "/kilima-net/hotspot/voucher/", b"code=2345") == 400
        assert ask(web, "POST", "/callbacks/fake/token/", b"{}") == 404

    drip = [half(web, kind, "127.0.0.1") for kind in ("length", "head")]
    said = wait_until_all_end([*connections, *drip], drip)
    assert {words.split(b"\r\n")[0] for words in said} == {b"HTTP/1.1 408 Request Timeout", b""}
    assert sum(words.startswith(b"HTTP/1.1 408") for words in said) >= 1500


@pytest.mark.parametrize("size", [ANYBODY_BYTES + 1, 3_000_000])
@pytest.mark.parametrize("in_chunks", [False, True])
def test_who_sends_too_much_reads_so(web: int, size: int, in_chunks: bool) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", web, timeout=PATIENCE_SECONDS)
    pieces = (b"a" * 1000 for _ in range(size // 1000 + 1)) if in_chunks else b"a" * size
    connection.request("POST", "/kilima-net/hotspot/voucher/", pieces, encode_chunked=in_chunks)
    response = connection.getresponse()

    assert response.status == 413
    assert b"That is too large" in response.read()
    connection.close()


def test_a_body_in_chunks_is_read(web: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", web, timeout=PATIENCE_SECONDS)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Transfer-Encoding": "chunked"}
    connection.request(
        "POST", "/kilima-net/hotspot/voucher/", iter([b"code=", b"234567"]), headers, encode_chunked=True
    )
    response = connection.getresponse()

    assert response.status == 400
    assert b'value="234567"' in response.read()
    connection.close()


@pytest.mark.parametrize("chunk", [b"zz\r\ncode=a\r\n", b"-1\r\n", b"fffffffffffffffff\r\ncode=a\r\n"])
def test_what_is_no_chunk_is_no_error_of_ours(web: int, chunk: bytes) -> None:
    with socket.create_connection(("127.0.0.1", web), PATIENCE_SECONDS) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)

        assert connection.recv(4096).startswith(b"HTTP/1.1 400 Bad Request")
