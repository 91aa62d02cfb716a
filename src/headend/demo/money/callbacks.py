"""How the practice network tells a merchant: one POST of JSON, repeated while the answer is no success."""

import http.client
import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

REPEATS_MOST: Final = 5
USER_AGENT: Final = "practice-money/1"


def deliver(url: str, content: dict[str, Any], *, timeout_seconds: float) -> int | None:
    """Send one callback and return the HTTP status of the answer, None for none. A redirect is not followed."""
    split = urlsplit(url)
    assert split.hostname is not None, "the address was checked"
    connection = http.client.HTTPConnection(split.hostname, split.port or 80, timeout=timeout_seconds)
    try:
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        path = (split.path or "/") + (f"?{split.query}" if split.query else "")
        connection.request("POST", path, json.dumps(content).encode(), headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def is_success(answer: int | None) -> bool:
    """Whether the merchant took a callback."""
    return answer is not None and 200 <= answer < 300


def pauses(first_seconds: float) -> Iterator[float]:
    """How long to wait before each repeat."""
    for repeat in range(REPEATS_MOST):
        yield first_seconds * 2**repeat
