"""What stands between the web server and Django: whole requests, bounded; no process and no socket."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from headend.cli import front
from headend.cli.front import Front
from headend.config.bodies import ASKED_BYTES, MOST_BYTES
from headend.ui.bodies import ANYBODY_BYTES

Environ = dict[str, Any]


class Web:
    """A front before an application that says what it got, and takes `most` bytes of whoever asks for more than anybody may send."""

    def __init__(self, *, most: int = ANYBODY_BYTES, is_proxied: bool = False) -> None:
        self.most = most
        self.got: list[tuple[Environ, bytes]] = []
        self.asked: list[int] = []
        self.front = Front(self._application, threads=1, is_proxied=is_proxied)

    def _application(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if ASKED_BYTES in environ:
            self.asked.append(environ[ASKED_BYTES])
            environ[MOST_BYTES] = self.most
            start_response("413 Content Too Large", [("Content-Type", "text/plain")])
            return [b"too large"]
        self.got.append((environ, environ["wsgi.input"].read()))
        start_response("200 OK", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return [b"well", b" done"]


class Request:
    """One request, and what was answered. `messages` is what comes of its body; then nothing more comes."""

    def __init__(self, messages: list[Any], *headers: tuple[str, str], client: str = "192.0.2.7") -> None:
        self.messages = list(messages)
        self.sent: list[dict[str, Any]] = []
        self.scope = {
            "type": "http",
            "method": "POST",
            "raw_path": b"/baobab/%C3%A9%00",
            "query_string": b"q=%ff",
            "client": (client, "4711"),
            "server": ("127.0.0.1", "8000"),
            "scheme": "http",
            "http_version": "1.1",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        }

    async def receive(self) -> dict[str, Any]:
        if not self.messages:
            await asyncio.get_running_loop().create_future()
        message = self.messages.pop(0)
        return message if isinstance(message, dict) else {"type": "http.request", "body": message, "more_body": True}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def to(self, web: Web) -> int:
        """Asks; the status of the answer, 0 where there is none."""
        await web.front(self.scope, self.receive, self.send)
        return int(self.sent[0]["status"]) if self.sent else 0


END = {"type": "http.request", "body": b"", "more_body": False}
GONE = {"type": "http.disconnect"}
CHUNKED = ("transfer-encoding", "chunked")


def length(number: int) -> tuple[str, str]:
    return "content-length", str(number)


def test_a_body_is_whole_before_anybody_reads_of_it() -> None:
    web, request = Web(), Request([b"code=", b"abc", END], length(8), ("cookie", "a=1"), ("cookie", "b=2"))

    assert asyncio.run(request.to(web)) == 200

    [(environ, body)] = web.got
    assert body == b"code=abc"
    assert environ["CONTENT_LENGTH"] == "8"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == ("/baobab/\xc3\xa9\0", "q=%ff")
    assert (environ["REMOTE_ADDR"], environ["REQUEST_METHOD"]) == ("192.0.2.7", "POST")
    assert request.sent[0]["headers"] == [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    assert request.sent[1]["body"] == b"well done"


def test_a_body_in_chunks_is_told_its_length() -> None:
    web, request = Web(), Request([b"{}", END], CHUNKED)

    assert asyncio.run(request.to(web)) == 200

    assert (web.got[0][0]["CONTENT_LENGTH"], web.got[0][1]) == ("2", b"{}")


def test_a_request_without_a_body_waits_for_nothing() -> None:
    web = Web()

    assert asyncio.run(Request([]).to(web)) == 200

    assert web.got[0][1] == b""


def test_a_header_with_an_underscore_passes_for_no_other() -> None:
    web = Web()

    asyncio.run(Request([], ("x_forwarded_proto", "https")).to(web))

    assert "HTTP_X_FORWARDED_PROTO" not in web.got[0][0]


@pytest.mark.parametrize("headers", [[length(ANYBODY_BYTES + 1)], [CHUNKED]], ids=["length", "chunked"])
def test_too_large_a_body_is_refused_and_not_handed_on(headers: list[tuple[str, str]]) -> None:
    web, request = Web(), Request([b"a" * ANYBODY_BYTES, b"a", END], *headers)

    assert asyncio.run(request.to(web)) == 413

    assert (web.asked, web.got) == ([ANYBODY_BYTES + 1], [])
    assert (b"connection", b"close") in request.sent[0]["headers"]
    # A browser that still sends would not read the answer.
    assert request.messages == []


def test_who_waits_to_be_told_that_it_may_come_is_told_at_once() -> None:
    request = Request([], length(ANYBODY_BYTES + 1), ("expect", "100-continue"))

    assert asyncio.run(request.to(Web())) == 413


@pytest.mark.parametrize("headers", [[length(2 * ANYBODY_BYTES)], [CHUNKED]], ids=["length", "chunked"])
def test_a_page_that_takes_more_gets_more(headers: list[tuple[str, str]]) -> None:
    web = Web(most=2 * ANYBODY_BYTES)
    request = Request([b"a" * ANYBODY_BYTES, b"a" * ANYBODY_BYTES, END], *headers)

    assert asyncio.run(request.to(web)) == 200

    assert web.asked == [2 * ANYBODY_BYTES]
    assert len(web.got[0][1]) == 2 * ANYBODY_BYTES


def test_half_a_body_is_nothing() -> None:
    """Nobody hears the answer, unless what came was no chunk at all."""
    web, request = Web(), Request([b"code=a", GONE], length(8))

    assert asyncio.run(request.to(web)) == 400

    assert web.got == []


def test_a_body_that_does_not_come_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "BODY_SECONDS", 0.01)
    web, request = Web(), Request([b"code=a"], length(5000))

    assert asyncio.run(request.to(web)) == 408

    assert (web.got, web.front._arriving) == ([], {})
    assert (b"connection", b"close") in request.sent[0]["headers"]


@pytest.mark.parametrize(
    ("is_proxied", "clients", "forwarded"),
    [
        (False, ["192.0.2.7", "192.0.2.7"], ["", ""]),
        (False, ["2001:db8::1", "2001:db8::2"], ["", ""]),
        (False, ["192.0.2.7", "::ffff:192.0.2.7"], ["198.51.100.1", "198.51.100.2"]),
        (True, ["127.0.0.1", "127.0.0.1"], ["198.51.100.1", "203.0.113.9, 198.51.100.1"]),
    ],
)
def test_the_oldest_half_of_one_address_makes_room(
    monkeypatch: pytest.MonkeyPatch, is_proxied: bool, clients: list[str], forwarded: list[str]
) -> None:
    monkeypatch.setattr(front, "MOST_ARRIVING_OF_ONE", 1)
    web = Web(is_proxied=is_proxied)
    sources = list(zip(clients, forwarded, strict=True))
    old, new = (Request([b"a"], length(9), ("x-forwarded-for", proxy), client=client) for client, proxy in sources)

    assert asyncio.run(_both(web, old, new)) == [408, None]


def test_no_address_makes_room_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "MOST_ARRIVING_OF_ONE", 1)
    web = Web(is_proxied=True)
    old, new = (Request([b"a"], length(9), ("x-forwarded-for", f"192.0.2.{number}")) for number in (1, 2))

    assert asyncio.run(_both(web, old, new)) == [None, None]


def test_in_all_there_is_a_bound_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "MOST_ARRIVING", 1)
    old, new = (Request([b"a"], length(9), client=f"192.0.2.{number}") for number in (1, 2))

    assert asyncio.run(_both(Web(), old, new)) == [408, None]


async def _both(web: Web, *requests: Request) -> list[int | None]:
    """The status of each request, None where its body is still waited for."""
    tasks = []
    for request in requests:
        tasks.append(asyncio.create_task(request.to(web)))
        # Until it waits, and who has to make room for it has gone.
        for _ in range(10):
            await asyncio.sleep(0)
    found = [task.result() if task.done() else None for task in tasks]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return found
