"""Between the web server and Django: it takes in whole requests, so that no thread waits for whoever sends slowly."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from headend.config.bodies import ASKED_BYTES, MOST_BYTES
from headend.lib.address import neighbourhood
from headend.ui.bodies import ANYBODY_BYTES

# From the end of the head of a request to the end of its body.
BODY_SECONDS: Final = 10.0
# Requests of which a part is still to come. A café is never near that: theirs come within a second. Beyond it the oldest
# makes room, so that who sends nothing keeps out nobody, not even a neighbour behind the same address.
MOST_ARRIVING_OF_ONE: Final = 100
MOST_ARRIVING: Final = 2000
# A browser shows the answer only when it has sent what it had to. That much is read, and forgotten, after a refusal.
MOST_FORGOTTEN_BYTES: Final = 16_000_000

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What Django says to a request, whole."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Front:
    """An ASGI application: it hands each whole request to one of `threads` threads, in which `application` (WSGI) answers.

    `is_proxied`: a proxy stands in front, so that its address is not the one of whoever asks.
    """

    def __init__(self, application: Application, *, threads: int, is_proxied: bool) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, "web")
        self._is_proxied = is_proxied
        # The oldest first.
        self._arriving: dict[asyncio.Timeout, str] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        environ = _environ(scope)
        try:
            body = await self._body(environ, receive) if _has_body(environ) else b""
            answer = await self._answer(environ, body)
        except _GoneError:
            # Or it sent what is no chunk: the server tells no difference, and whoever has left hears nothing.
            answer = _last(HTTPStatus.BAD_REQUEST)
        except TimeoutError:
            answer = _last(HTTPStatus.REQUEST_TIMEOUT)
        except _TooLargeError as refused:
            await _forget(environ, receive)
            answer = refused.answer
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _body(self, environ: dict[str, Any], receive: Receive) -> bytes:
        """The whole body. Raises TimeoutError, _GoneError and _TooLargeError."""
        kept: list[bytes] = []
        size, most = 0, ANYBODY_BYTES
        async with asyncio.timeout(BODY_SECONDS) as limit, aclosing(_chunks(receive)) as chunks:
            with self._arrival(limit, self._source(environ)):
                most = await self._more(environ, int(environ.get("CONTENT_LENGTH", 0)), most)
                async for chunk in chunks:
                    size += len(chunk)
                    most = await self._more(environ, size, most)
                    kept.append(chunk)
        return b"".join(kept)

    async def _more(self, environ: dict[str, Any], size: int, most: int) -> int:
        """How large the body may be, of which `size` bytes are known. Raises _TooLargeError."""
        if size <= most:
            return most
        asked: dict[str, Any] = {**environ, ASKED_BYTES: size}
        answer = await self._answer(asked, b"")
        allowed = int(asked.get(MOST_BYTES, 0))
        if size > allowed:
            raise _TooLargeError(_closing(answer))
        return allowed

    @contextmanager
    def _arrival(self, limit: asyncio.Timeout, source: str) -> Iterator[None]:
        of_one = [other for other, whose in self._arriving.items() if whose == source]
        if len(of_one) >= MOST_ARRIVING_OF_ONE:
            self._end(of_one[0])
        elif len(self._arriving) >= MOST_ARRIVING:
            self._end(next(iter(self._arriving)))
        self._arriving[limit] = source
        try:
            yield
        finally:
            self._arriving.pop(limit, None)

    def _end(self, limit: asyncio.Timeout) -> None:
        del self._arriving[limit]
        if not limit.expired():
            limit.reschedule(asyncio.get_running_loop().time())

    def _source(self, environ: dict[str, Any]) -> str:
        forwarded = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() if self._is_proxied else ""
        return neighbourhood(forwarded or environ["REMOTE_ADDR"])

    async def _answer(self, environ: dict[str, Any], body: bytes) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, environ, body)

    def _run(self, environ: dict[str, Any], body: bytes) -> Answer:
        """In a thread: what the application says."""
        environ["wsgi.input"] = BytesIO(body)
        if _has_body(environ):
            environ["CONTENT_LENGTH"] = str(len(body))
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            started.append((status, headers))

        response = self._application(environ, start_response)
        try:
            content = b"".join(response)
        finally:
            getattr(response, "close", lambda: None)()
        status, headers = started[-1]
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return Answer(int(status.split(" ", 1)[0]), encoded, content)


class _GoneError(Exception):
    """The rest of a body never comes: the browser has left, or what it sends cannot be read."""


class _TooLargeError(Exception):
    """More came, or is to come, than may. The answer says so."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


async def _chunks(receive: Receive) -> AsyncGenerator[bytes, None]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def _forget(environ: dict[str, Any], receive: Receive) -> None:
    """Reads what still comes of a body that was refused, and keeps nothing of it."""
    if "HTTP_EXPECT" in environ:
        # Nothing comes before we say that it may.
        return
    size = 0
    with suppress(TimeoutError, _GoneError):
        async with asyncio.timeout(BODY_SECONDS), aclosing(_chunks(receive)) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                if size > MOST_FORGOTTEN_BYTES:
                    return


def _has_body(environ: dict[str, Any]) -> bool:
    return environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ


def _last(status: HTTPStatus) -> Answer:
    """An answer of our own, for whom nobody waits as a rule."""
    text = f"{status.phrase}\n".encode()
    return _closing(Answer(status, [(b"content-type", b"text/plain")], text))


def _closing(answer: Answer) -> Answer:
    return Answer(answer.status, [*answer.headers, (b"connection", b"close")], answer.body)


def _environ(scope: Message) -> dict[str, Any]:
    """The request as WSGI has it (PEP 3333)."""
    path = unquote_to_bytes(scope["raw_path"]).decode("latin-1")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REMOTE_ADDR": scope["client"][0],
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": str(scope["server"][1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper().replace("-", "_")
        if b"_" in name:
            # It would pass for the header with a hyphen in its place.
            continue
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}" if key in environ else text
    return environ
