"""The web server of a simulated router: reads one request a connection, within limits, and writes one answer.

Source: RFC 9112. What a small device does not understand is answered with 400.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from headend.demo.nas import pages

HEAD_MOST_BYTES = 8192
BODY_MOST_BYTES = 8192
FIELDS_MOST = 40
READ_SECONDS = 10
# What a client still sends is read so far after a 400, because a connection closed over unread bytes loses the answer.
LEFTOVER_MOST_BYTES = 2**20
LEFTOVER_SECONDS = 1

_REQUEST_LINE = re.compile(r"(GET|POST) ([!-~]+) HTTP/1\.([01])")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r\n]*)")
_HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?")
_FORM = "application/x-www-form-urlencoded"


class BadRequestError(ValueError):
    """A request breaks the protocol or a limit; the text says how, in plain words."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `host` is what the client believes to speak with; `fields` are those of the query and of the form."""

    host: str
    path: str
    query: str
    fields: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: a page, or with `location` a redirect."""

    status: int
    page: str = ""
    location: str = ""
    cookie: str = ""


class Web:
    """Serves what `answer(request)` returns; it may raise BadRequestError, as everything that reads the request does."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._conversations: set[asyncio.Task[None]] = set()

    async def start(self, address: str, port: int) -> int:
        """Listen, and return the port, which the system chooses for 0. Raises OSError."""
        self._server = await asyncio.start_server(self._converse, address, port, limit=HEAD_MOST_BYTES)
        chosen: int = self._server.sockets[0].getsockname()[1]
        return chosen

    async def stop(self) -> None:
        """Stop listening and hang up on whoever is connected."""
        if self._server is None:
            return
        self._server.close()
        for conversation in self._conversations:
            conversation.cancel()
        # Each of them ends quietly, so that nothing is left to report.
        await asyncio.gather(*self._conversations)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "a connection is served in a task"
        self._conversations.add(task)
        try:
            # Browsers connect beforehand and leave; a device that goes silent is not waited for.
            with suppress(TimeoutError, ConnectionError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._conversations.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                request = await _read(reader)
            if request is None:
                return
            writer.write(_encode(await self._answer(request)))
        except BadRequestError as error:
            writer.write(_encode(Response(HTTPStatus.BAD_REQUEST, pages.error(str(error)))))
            writer.write_eof()
            await _drop_leftover(reader)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """Read a request; None when the client says nothing and leaves."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        request_line, *lines = head[:-4].decode("latin-1").split("\r\n")
        asked = _REQUEST_LINE.fullmatch(request_line)
        if asked is None:
            raise BadRequestError("This is no GET or POST of HTTP/1.")
        method, target, minor = asked.groups()
        headers = _headers(lines)
        if minor == "1" and "host" not in headers:
            raise BadRequestError("The Host is missing.")
        body = await reader.readexactly(_length(method, headers))
    except asyncio.LimitOverrunError:
        raise BadRequestError(f"The head has more than {HEAD_MOST_BYTES} bytes.") from None
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise BadRequestError("The request ends too early.") from None
        return None
    return _request(target, headers, body)


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        name = header[1].lower() if header else ""
        if header is None or (name in headers and name in ("host", "content-length")):
            raise BadRequestError("A header cannot be read.")
        headers[name] = header[2].strip()
    return headers


def _length(method: str, headers: dict[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise BadRequestError("The length of a form must be given.")
    given = headers.get("content-length", "0")
    if not re.fullmatch(r"[0-9]{1,9}", given) or int(given) > BODY_MOST_BYTES:
        raise BadRequestError(f"A form has at most {BODY_MOST_BYTES} bytes.")
    if given != "0" and (method != "POST" or headers.get("content-type", "").partition(";")[0].strip() != _FORM):
        raise BadRequestError("Only a form can be posted.")
    return int(given)


def _request(target: str, headers: dict[str, str], body: bytes) -> Request:
    try:
        split = urlsplit(target)
        fields = [
            field
            for source in (body.decode("ascii"), split.query)
            for field in parse_qsl(source, keep_blank_values=True, max_num_fields=FIELDS_MOST, errors="strict")
        ]
    except ValueError:
        raise BadRequestError("The fields cannot be read.") from None
    # A client that takes the router for a proxy names the host in the target.
    is_absolute = split.scheme == "http" and bool(split.netloc)
    host = split.netloc if is_absolute else headers.get("host", "")
    if not (is_absolute or target.startswith("/")) or (host and not _HOST.fullmatch(host)):
        raise BadRequestError("The address cannot be read.")
    # What stands first holds, so that the form goes before the query.
    return Request(host, split.path or "/", split.query, dict(reversed(fields)), headers)


def _encode(response: Response) -> bytes:
    content = response.page.encode()
    status = HTTPStatus(response.status)
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(content)}",
        "Cache-Control: no-store",
        "Connection: close",
    ]
    if response.location:
        lines.append(f"Location: {response.location}")
    if response.cookie:
        lines.append(f"Set-Cookie: {response.cookie}")
    assert not any(character in line for line in lines for character in "\r\n"), "a header is one line"
    return "\r\n".join([*lines, "", ""]).encode("ascii") + content


async def _drop_leftover(reader: asyncio.StreamReader) -> None:
    left_bytes = LEFTOVER_MOST_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(LEFTOVER_SECONDS):
            while left_bytes > 0 and (chunk := await reader.read(HEAD_MOST_BYTES)):
                left_bytes -= len(chunk)
