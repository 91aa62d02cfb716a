"""One HTTP exchange with somebody outside, that ends in time whatever he does, and reaches nobody inside where he must not."""

from dataclasses import dataclass, field
from typing import Any, Final

import httpx2 as httpx

from headend.lib.outside import ANSWER_SECONDS, CONNECT_SECONDS, Deadline, look_up

# In all.
WHOLE_SECONDS: Final = 15.0
ANSWER_LARGEST_BYTES: Final = 64 * 1024


def exchange(
    method: str,
    url: str,
    *,
    headers: dict[str, str],
    json: Any = None,
    content: bytes | None = None,
    whole_seconds: float | None = None,
    is_bounded: bool = False,
) -> httpx.Response:
    """The answer, read whole. Raises httpx.HTTPError (ReadTimeout where it did not end in time), InvalidURL, ValueError.

    With `is_bounded` a host of the server's own network raises outside.InsideError: for addresses that somebody has typed.
    """
    place = _outside(url) if is_bounded else _Place(httpx.URL(url))
    given: dict[str, Any] = {"headers": headers | place.headers, "json": json, "content": content}
    deadline = Deadline(WHOLE_SECONDS if whole_seconds is None else whole_seconds)
    limits = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    try:
        with (
            httpx.Client(timeout=limits, trust_env=False) as client,
            client.stream(
                method, place.url, extensions={"trace": deadline.note, **place.extensions}, **given
            ) as answer,
        ):
            body = _read(answer)
    except httpx.HTTPError as error:
        if deadline.is_over and not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            raise httpx.ReadTimeout(_TOO_LATE) from error
        raise
    finally:
        deadline.stop()
    if deadline.is_over:
        # The end of the connection reads like the end of the answer.
        raise httpx.ReadTimeout(_TOO_LATE)
    return httpx.Response(answer.status_code, content=body)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to connect, and what has to be said besides where that is an address in the place of a name."""

    url: httpx.URL
    headers: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)


def _outside(url: str) -> _Place:
    """The address that the host's name has now: it is connected to as it was looked at, so that the name cannot change between."""
    named = httpx.URL(url)
    if named.scheme not in ("http", "https") or not named.host:
        raise httpx.UnsupportedProtocol("neither http:// nor https://")
    try:
        chosen = look_up(named.host, named.port or named.scheme, is_bounded=True)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError("there is no host of this name") from error
    host = named.netloc.decode("ascii")
    return _Place(named.copy_with(host=chosen), {"Host": host}, {"sni_hostname": named.host})


_TOO_LATE: Final = "the answer did not end in time"


def _read(answer: httpx.Response) -> bytes:
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > ANSWER_LARGEST_BYTES:
            raise httpx.DecodingError("the answer is too large")
    return bytes(body)
